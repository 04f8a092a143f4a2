/**
 * Writes key files: whole or not at all, mode 0600, on disk when a function returns (file and folder), never one
 * over another that it has not read: a lost key is lost stock.
 */
import { closeSync, linkSync, openSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder, writeSynced } from '../base/durable.js';
import { SafeError } from '../base/errors.js';

/** A file that others are making too: one of them wins, and its keys stay. False where one was there. */
export function createKeyText(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}.new`;
  rmSync(draft, { force: true });
  writeSynced(draft, text);
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
  syncFolder(dirname(file));
  return true;
}

/** The draft's name is the lock: between reading the old text and putting the new one there, nobody else does. */
export function replaceKeyText(file: string, newText: () => string): void {
  const draft = `${file}.new`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new SafeError(`${draft}: is there: a rotation is under way; where one was cut short, remove it`);
  }
  try {
    writeSynced(draft, newText());
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}
