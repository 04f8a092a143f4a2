/**
 * A file read from start to end in windows of `WINDOW_BYTES`, each a buffer of its own that may be held on to. What a
 * reader is not done with stands at the start of the next window, which is at least twice as long as that. A file that
 * grows meanwhile is read as far as it is at its end.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export const WINDOW_BYTES = 1_048_576;
const STDIN = 0;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 5;

/** Fills buffer[from..) as far as it can; how many bytes that were, 0 at the end. */
export type Fill = (buffer: Buffer, from: number) => number;

/** Reads buffer[0..end), `base` from the start of the file, and returns how many bytes it is done with. */
export type Take = (buffer: Buffer, end: number, base: number, last: boolean) => number;

/** `-` is standard input. */
export function openFile(path: string): { readonly fill: Fill; close(): void } {
  const file = path === '-' ? STDIN : openSync(path, 'r');
  return {
    fill: (buffer, from) => readSome(file, buffer, from),
    close: () => {
      if (file !== STDIN) closeSync(file);
    },
  };
}

/** Standard input that nothing has come in yet says so, where it does not block: then it is tried again. */
function readSome(file: number, buffer: Buffer, from: number): number {
  for (;;) {
    try {
      return readSync(file, buffer, from, buffer.length - from, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
    }
  }
}

/** After every window the caller has its turn, so that what it was told of can be handed on. */
export function* windows(fill: Fill, take: Take): Generator<void> {
  let buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  let kept = 0;
  let base = 0;
  for (;;) {
    const end = kept + filled(fill, buffer, kept);
    const last = end < buffer.length;
    const done = take(buffer, end, base, last);
    yield;
    if (last) return;
    kept = end - done;
    base += done;
    let bytes = WINDOW_BYTES;
    while (bytes < 2 * kept) bytes *= 2;
    const next = Buffer.allocUnsafeSlow(bytes);
    buffer.copy(next, 0, done, end);
    buffer = next;
  }
}

/** The first bytes of what `fill` gives, at most so many, and all of it. */
export function peeked(fill: Fill, bytes: number): { readonly first: Buffer; readonly whole: Fill } {
  const buffer = Buffer.alloc(bytes);
  const first = buffer.subarray(0, filled(fill, buffer, 0));
  let rest = first;
  const whole: Fill = (into, from) => {
    if (rest.length === 0) return fill(into, from);
    const copied = rest.copy(into, from);
    rest = rest.subarray(copied);
    return copied;
  };
  return { first, whole };
}

/** A pipe gives less than was asked for long before its end. */
function filled(fill: Fill, buffer: Buffer, from: number): number {
  let at = from;
  while (at < buffer.length) {
    const bytes = fill(buffer, at);
    if (bytes === 0) break;
    at += bytes;
  }
  return at - from;
}
