/**
 * Totals by day, acquirer, terminal and currency, brought up to date when somebody asks and never by a sale: each row
 * of the journal, and each settling, is added once, in the order of ids. A cutover first adds all that its day
 * holds, so that what stands in the tally under a day is that day's.
 */
import {
  FIGURES,
  type Figures,
  SETTLED_SERVICES,
  type Side,
  SUPPLIERS_ONLY,
} from '../../../domain/settling.js';
import type { Connection } from '../engine.js';

const COLUMNS = FIGURES.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
const COLUMN_LIST = COLUMNS.join(', ');
const ADDED = COLUMNS.map((name) => `${name} = tally.${name} + excluded.${name}`).join(', ');

const servicesOf = (side: Side): string =>
  Object.entries(SETTLED_SERVICES)
    .filter(([, its]) => its === side)
    .map(([service]) => `'${service}'`)
    .join(', ');
/** No side of any service is an empty list, which not every engine takes. */
const among = (services: string): string => `service IN (${services === '' ? 'NULL' : services})`;
const CREDIT = among(servicesOf('credit'));
const DEBIT = among(servicesOf('debit'));

const count = (test: string): string => `sum(CASE WHEN ${test} THEN 1 ELSE 0 END)`;
const amount = (test: string): string => `sum(CASE WHEN ${test} THEN amount ELSE 0 END)`;
/** In the order of FIGURES. */
const sumsOf = (done: string, undone: string): string =>
  [count, amount]
    .flatMap((sum) =>
      [CREDIT, DEBIT].flatMap((side) => [sum(`${side} AND ${done}`), sum(`${side} AND ${undone}`)]),
    )
    .join(', ');

const listOf = (services: Iterable<string>): string =>
  Array.from(services, (service) => `'${service}'`).join(', ');
export const SETTLED_LIST = listOf([...Object.keys(SETTLED_SERVICES), ...SUPPLIERS_ONLY]);
/** What was approved as it was entered, whatever became of it: its attempt never had a deadline. */
export const AT_ONCE =
  "deadline_at = 0 AND reason = 'approved' AND state IN ('approved', 'reversing', 'reversed')";
export const COUNTED_LIST = listOf(Object.keys(SETTLED_SERVICES));
const COUNTED_AT_ONCE = `${AT_ONCE} AND service IN (${COUNTED_LIST})`;
export const SETTLED_AT_ONCE = `${AT_ONCE} AND service IN (${SETTLED_LIST})`;

const INTO = `INSERT INTO tally (cutover, acquirer, terminal, currency, ${COLUMN_LIST})`;
const GROUPED = `GROUP BY acquirer, terminal, currency
  ON CONFLICT (cutover, acquirer, terminal, currency) DO UPDATE SET ${ADDED}`;
export const ADD_SALES = `${INTO} SELECT ?, acquirer, terminal, currency, ${sumsOf('1 = 1', '1 = 0')}
  FROM journal WHERE id > ? AND id <= ? AND ${COUNTED_AT_ONCE} ${GROUPED}`;
export const ADD_SETTLINGS = `${INTO} SELECT ?, acquirer, terminal, currency, ${sumsOf('done = 1', 'done = 0')}
  FROM settling CROSS JOIN journal ON journal.id = settling.origin
  WHERE settling.id > ? AND settling.id <= ? AND (${CREDIT} OR ${DEBIT}) ${GROUPED}`;

export const OF_TERMINAL = `SELECT currency, ${COLUMN_LIST} FROM tally
  WHERE cutover = ? AND acquirer = ? AND terminal = ? ORDER BY currency`;
export const OF_ACQUIRER = `SELECT currency, ${COLUMNS.map((name) => `sum(${name})`).join(', ')} FROM tally
  WHERE cutover = ? AND acquirer = ? GROUP BY currency ORDER BY currency`;

export interface Place {
  readonly journal: number;
  readonly settling: number;
}

export class Tally {
  readonly #last;
  readonly #tallied;
  readonly #sales;
  readonly #settlings;
  readonly #move;
  readonly #terminal;
  readonly #acquirer;

  constructor(db: Connection) {
    const idsOf = (journal: string, settling: string) =>
      db.prepare<[], Place>(`SELECT (${journal}) AS journal, (${settling}) AS settling`);
    this.#last = idsOf(
      'SELECT coalesce(max(id), 0) FROM journal',
      'SELECT coalesce(max(id), 0) FROM settling',
    );
    this.#tallied = idsOf('SELECT journal_id FROM tallied', 'SELECT settling_id FROM tallied');
    this.#sales = db.prepare<[number, number, number]>(ADD_SALES);
    this.#settlings = db.prepare<[number, number, number]>(ADD_SETTLINGS);
    this.#move = db.prepare<[number, number]>('UPDATE tallied SET journal_id = ?, settling_id = ?');
    this.#terminal = db.prepare<[number, string, string], (string | number)[]>(OF_TERMINAL);
    this.#terminal.raw();
    this.#acquirer = db.prepare<[number, string], (string | number)[]>(OF_ACQUIRER);
    this.#acquirer.raw();
  }

  /** The last ids that there are. */
  last(): Place {
    return this.#last.get() ?? { journal: 0, settling: 0 };
  }

  /** Adds at most so many rows of each to the day that began with `cutover`; true where nothing is left. */
  advance(cutover: number, rowsMax: number): boolean {
    const last = this.last();
    const from = this.#tallied.get() ?? { journal: 0, settling: 0 };
    const journal = Math.min(last.journal, from.journal + rowsMax);
    const settling = Math.min(last.settling, from.settling + rowsMax);
    if (journal > from.journal) this.#sales.run(cutover, from.journal, journal);
    if (settling > from.settling) this.#settlings.run(cutover, from.settling, settling);
    if (journal > from.journal || settling > from.settling) this.#move.run(journal, settling);
    return journal === last.journal && settling === last.settling;
  }

  /** By currency. `terminal` undefined: of the whole acquirer. */
  figures(cutover: number, acquirer: string, terminal: string | undefined): ReadonlyMap<string, Figures> {
    const rows =
      terminal === undefined
        ? this.#acquirer.all(cutover, acquirer)
        : this.#terminal.all(cutover, acquirer, terminal);
    return new Map(
      rows.map(([currency, ...values]) => [
        currency as string,
        Object.fromEntries(FIGURES.map((name, at) => [name, values[at]])) as Figures,
      ]),
    );
  }
}
