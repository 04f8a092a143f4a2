/**
 * New values in the place of captured ones. Each is a one-to-one mapping under a key of the run, so nothing has to be
 * remembered: whoever cites a captured value, however far behind, cites the new one. Lengths stay.
 *
 *   STAN, RRN   each digit is turned within the digits, each letter within the letters, by an amount of its place. The
 *               last digits of an RRN are turned as those of a STAN are: where it ends with the STAN, it still does.
 *   times       all are moved by the same number of seconds.
 */
import type { Random } from '../../base/random.js';

const PLACES = 12;
const CODES = 256;
const ZERO = 48;
const UPPER_A = 65;
const LOWER_A = 97;

export class Substitution {
  /** By place from the right, then by code: the new code. */
  readonly #turned: Uint8Array;

  constructor(random: Random) {
    // The last place always turns, so that no value stays as it was.
    const turns = Array.from({ length: PLACES }, (_, at) => (at === 0 ? 1 + random.int(9) : random.int(10)));
    this.#turned = Uint8Array.from({ length: PLACES * CODES }, (_, at) =>
      turnedCode(at % CODES, turns[Math.floor(at / CODES)] as number),
    );
  }

  /** Nothing but zeros names nothing and stays; so nothing else may become that. */
  of(text: string): string {
    const bytes = Buffer.from(text, 'latin1');
    this.turn(bytes, 0, bytes.length);
    return bytes.toString('latin1');
  }

  /** The same of the text that stands in the bytes. */
  turn(bytes: Buffer, from: number, end: number): void {
    if (namesNothing(bytes, from, end)) return;
    this.#turn(bytes, from, end);
    if (namesNothing(bytes, from, end)) this.#turn(bytes, from, end);
  }

  #turn(bytes: Buffer, from: number, end: number): void {
    const turned = this.#turned;
    let place = 0;
    for (let at = end - 1; at >= from; at -= 1) {
      bytes[at] = turned[place * CODES + (bytes[at] as number)] as number;
      place = place + 1 === PLACES ? 0 : place + 1;
    }
  }
}

function turnedCode(code: number, turn: number): number {
  if (code >= ZERO && code < ZERO + 10) return ZERO + ((code - ZERO + turn) % 10);
  if (code >= UPPER_A && code < UPPER_A + 26) return UPPER_A + ((code - UPPER_A + turn) % 26);
  if (code >= LOWER_A && code < LOWER_A + 26) return LOWER_A + ((code - LOWER_A + turn) % 26);
  return code;
}

function namesNothing(bytes: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1) {
    const code = bytes[at];
    if (code !== ZERO && code !== 32) return false;
  }
  return true;
}
