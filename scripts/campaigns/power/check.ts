/** Opens what a power cut left with the program's own opening, and says what is wrong with it. */
import { join } from 'node:path';
import { audit } from '../../../src/store/sql/audit.js';
import { Cursor, type Flat } from '../../../src/store/sql/crossing/flat.js';
import { STORE_LIMITS } from '../../../src/store/sql/limits.js';
import { type Connection, defineMarkSum, openWriter } from '../../../src/store/sqlite/database.js';
import { connectionOf } from '../../../src/store/sqlite/engine.js';
import type { Audit } from '../../../src/store/store.js';
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
    let db: Connection;
    try {
      db = openWriter(join(this.#folder, 'switch.db'), STORE_LIMITS);
    } catch (error) {
      return `does not open: ${String(error)}`;
    }
    try {
      return this.#faultIn(db, at);
    } catch (error) {
      return `cannot be read: ${String(error)}`;
    } finally {
      db.close();
    }
  }

  #faultIn(db: Connection, at: number): string | undefined {
    const integrity = db.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') return `integrity: ${String(integrity)}`;
    defineMarkSum(db);
    const out: Flat = [];
    audit(connectionOf(db))(new Cursor([], 0), out);
    const { takenIn, byCustody, faults } = out[0] as Audit;
    const accounted = Object.values(byCustody).reduce((sum, count) => sum + count, 0);
    if (faults.length > 0) return `audit: ${faults.join('; ')}`;
    if (takenIn !== accounted) return `audit: ${takenIn} taken in, ${accounted} accounted for`;
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
