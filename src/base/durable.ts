/** Files that are on disk, with their names, when a function returns: a power cut takes what was not synced. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/** What became of the names in a folder is on disk. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The file's bytes are on disk; its name only once its folder is synced. `flag` as of open. For its owner only. */
export function writeSynced(file: string, content: string | Uint8Array, flag: 'w' | 'wx' = 'w'): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const descriptor = openSync(file, flag, OWNER_ONLY);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A file that was not there; throws EEXIST where one was. */
export function createDurably(file: string, content: string | Uint8Array): void {
  writeSynced(file, content, 'wx');
  syncFolder(dirname(file));
}

/** Whole or not at all, in place of one that may be there. */
export function replaceDurably(file: string, content: string | Uint8Array): void {
  writeSynced(`${file}.part`, content);
  renameSync(`${file}.part`, file);
  syncFolder(dirname(file));
}
