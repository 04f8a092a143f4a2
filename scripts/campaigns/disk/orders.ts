/** What a disk is told to fail with (shim.c), and what is known of it: by a file that the shim has mapped. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Chance } from '../../../src/base/chance.js';
import { preloadOf } from '../preload.js';

const { EIO, EROFS, ENOSPC } = constants.errno;
/** Writes and syncs are answered as if they had been done. */
const LIE = 9_999;
const ERRORS = { EIO, EROFS, ENOSPC, lie: LIE } as const;
const CALLS = { open: 1, write: 2, sync: 4, cut: 8, name: 16, all: 31 } as const;
const FILES = { log: 1, database: 2, index: 4, other: 8, all: 15 } as const;
/** Numbers of 4 bytes: error, calls, files, each, skip, came, failed. */
const BYTES = 28;
const FAILED_AT = 24;

export interface DiskFault {
  readonly error: keyof typeof ERRORS;
  readonly calls: keyof typeof CALLS;
  readonly files: keyof typeof FILES;
  /** One in so many of these calls fails. */
  readonly each: number;
  /** So many of them pass first. */
  readonly skip: number;
}

export class Orders {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: number;

  /** `into`: a folder for the library and the file. `root`: a disk of its own, so to say. */
  constructor(into: string, root: string) {
    const file = join(into, 'orders');
    this.#file = openSync(file, 'w+', 0o600);
    writeSync(this.#file, Buffer.alloc(BYTES), 0, BYTES, 0);
    const library = preloadOf('scripts/campaigns/disk/shim.c', into);
    this.env = { LD_PRELOAD: library, DISK_ROOT: root, DISK_ORDERS: file };
  }

  /** From the next call on. */
  fail({ error, calls, files, each, skip }: DiskFault): void {
    const numbers = [0, CALLS[calls], FILES[files], each, skip, 0, 0];
    const bytes = Buffer.alloc(BYTES);
    for (const [at, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * at);
    writeSync(this.#file, bytes, 0, BYTES, 0);
    this.#error(ERRORS[error]);
  }

  heal(): void {
    this.#error(0);
  }

  /** Calls that failed since fail(). */
  get failed(): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#file, bytes, 0, 4, FAILED_AT);
    return bytes.readUInt32LE();
  }

  close(): void {
    closeSync(this.#file);
  }

  #error(error: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(error);
    writeSync(this.#file, bytes, 0, 4, 0);
  }
}

const DRAWN = {
  error: ['EIO', 'EIO', 'EROFS', 'ENOSPC', 'ENOSPC'],
  calls: ['all', 'all', 'write', 'write', 'sync', 'sync', 'cut', 'open'],
  files: ['all', 'all', 'log', 'log', 'database', 'index', 'other'],
  each: [1, 1, 1, 3, 40],
} as const;
const SKIP_MAX = 300;

export function drawFault(chance: Chance): DiskFault {
  const of = <T>(values: readonly T[]): T => values[chance.pick(values.length)] as T;
  const skip = chance.next() < 0.5 ? 0 : chance.pick(SKIP_MAX);
  return {
    error: of(DRAWN.error),
    calls: of(DRAWN.calls),
    files: of(DRAWN.files),
    each: of(DRAWN.each),
    skip,
  };
}

/** Whether nothing new can be committed from the moment it comes: no sale that is asked for then may be approved. */
export function isTotal({ error, calls, files, each, skip }: DiskFault): boolean {
  const hitsLog = files === 'all' || files === 'log';
  return error !== 'lie' && hitsLog && each === 1 && skip === 0 && ['all', 'write', 'sync'].includes(calls);
}

export function faultText({ error, calls, files, each, skip }: DiskFault): string {
  return `${error} on ${calls} of ${files}, one in ${each} after ${skip}`;
}
