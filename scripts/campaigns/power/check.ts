/** Holds the books of a switch that sold until the power was cut against what its terminals had been told by then. */
import { join } from 'node:path';
import type { Connection } from '../../../src/store/sqlite/database.js';
import { faultOfBooks } from './books.js';
import type { Told } from './record.js';

const SOLD = `SELECT journal.terminal, journal.stan, pin.serial FROM journal JOIN pin ON pin.id = CAST(journal.pins AS INTEGER)
  WHERE journal.state = 'approved' AND pin.custody = 'sold' AND pin.sold_in = journal.id`;

export class ImageChecker {
  readonly #folder: string;
  readonly #told: readonly Told[];
  #held = 0;

  constructor(folder: string, told: readonly Told[]) {
    this.#folder = folder;
    this.#told = told;
  }

  /** Answered sales that were looked up, over all images. */
  get held(): number {
    return this.#held;
  }

  /** What is wrong, in words; undefined where nothing is. `at`: bytes of the trace at the cut. */
  fault(at: number): string | undefined {
    return faultOfBooks(join(this.#folder, 'switch.db'), (db) => this.#faultIn(db, at));
  }

  #faultIn(db: Connection, at: number): string | undefined {
    const sold = new Map<string, string>();
    for (const [terminal, stan, serial] of db.prepare<[], [string, string, string]>(SOLD).raw().all())
      sold.set(`${terminal} ${stan}`, serial);
    for (const { at: answered, terminal, stan, serial } of this.#told) {
      if (answered > at) continue;
      this.#held += 1;
      const found = sold.get(`${terminal} ${stan}`);
      if (found === undefined) return `sale ${stan} was answered and is not in the journal`;
      if (found !== serial) return `sale ${stan} was answered with ${serial} and has ${found}`;
    }
    return undefined;
  }
}
