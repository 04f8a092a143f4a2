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
const ZERO = 48;
const UPPER_A = 65;
const LOWER_A = 97;

export class Substitution {
  /** By place from the right. */
  readonly #turns: readonly number[];

  constructor(random: Random) {
    // The last place always turns, so that no value stays as it was.
    this.#turns = Array.from({ length: PLACES }, (_, at) => (at === 0 ? 1 + random.int(9) : random.int(10)));
  }

  /** Nothing but zeros names nothing and stays; so nothing else may become that. */
  of(text: string): string {
    if (namesNothing(text)) return text;
    const turned = this.#turned(text);
    return namesNothing(turned) ? this.#turned(turned) : turned;
  }

  #turned(text: string): string {
    let turned = '';
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      const turn = this.#turns[(text.length - 1 - at) % PLACES] as number;
      turned += String.fromCharCode(turnedCode(code, turn));
    }
    return turned;
  }
}

function turnedCode(code: number, turn: number): number {
  if (code >= ZERO && code < ZERO + 10) return ZERO + ((code - ZERO + turn) % 10);
  if (code >= UPPER_A && code < UPPER_A + 26) return UPPER_A + ((code - UPPER_A + turn) % 26);
  if (code >= LOWER_A && code < LOWER_A + 26) return LOWER_A + ((code - LOWER_A + turn) % 26);
  return code;
}

function namesNothing(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== ZERO && code !== 32) return false;
  }
  return true;
}
