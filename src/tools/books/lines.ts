/**
 * A file of JSON lines, read one by one: in memory is one line, however long the file. A last line without its end is
 * what a crash cut short: it is told, not read.
 * Maximum: LINE_BYTES_MAX of one line.
 */
import { createReadStream } from 'node:fs';
import { SafeError } from '../../base/errors.js';

const LINE_BYTES_MAX = 4_194_304;
const LF = 10;

export interface JsonLine {
  readonly value: unknown;
  /** From 1. */
  readonly number: number;
  /** Bytes of the file up to the end of this line. */
  readonly end: number;
}

/** Throws SafeError, which begins with `what`, on a line that is no JSON; errors of the file as they come. */
export async function* readJsonLines(path: string, what: string): AsyncGenerator<JsonLine> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  let end = 0;
  for await (const chunk of createReadStream(path)) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    for (let next = bytes.indexOf(LF, at); next >= 0; next = bytes.indexOf(LF, at)) {
      number += 1;
      end += next + 1 - at;
      if (next > at) yield { value: parsed(bytes.toString('utf8', at, next), what, number), number, end };
      at = next + 1;
    }
    rest = Buffer.from(bytes.subarray(at));
    if (rest.length > LINE_BYTES_MAX) {
      throw new SafeError(`${what}: line ${number + 1} is longer than ${LINE_BYTES_MAX} bytes`);
    }
  }
}

function parsed(text: string, what: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SafeError(`${what}: line ${number} is not JSON`);
  }
}
