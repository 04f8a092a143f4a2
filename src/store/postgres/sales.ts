/**
 * Sales from stock, many in one statement, and beside those of other processes: each takes PINs that nobody else has
 * locked, so one product is no queue. Only what needs nothing else of the books goes this way: one PIN, no money, no
 * network, no reversal that came first. What is known already is told; what finds no PIN is left to the group that has
 * the books alone, since a PIN that is locked may yet come back.
 *
 * Stops before the commit: nothing stands. Stops after it: sold, and a repeat is told so.
 */
import type { Books } from '../sql/books.js';
import { ENTRY_COLUMNS, OUTCOME_COLUMNS, OUTCOME_SIZE, takeEntry } from '../sql/crossing/columns.js';
import { type Cursor, type Flat, STATUS } from '../sql/crossing/flat.js';
import { verbsOf } from '../sql/group.js';
import { CommitLost, InDoubt } from '../sql/inDoubt.js';
import { pushMet } from '../sql/journal/opening.js';
import { WRITES } from '../sql/operations.js';
import type { Ahead } from '../sql/writing.js';
import type { PostgresEngine } from './engine.js';

const SELL = WRITES.indexOf('sell');
const KEY = ENTRY_COLUMNS.indexOf('key');
const PRODUCT = ENTRY_COLUMNS.indexOf('product');
const QUANTITY = ENTRY_COLUMNS.indexOf('quantity');

const COLUMNS = [...ENTRY_COLUMNS, ...OUTCOME_COLUMNS, 'closed_at'] as const;
const NUMBERS: ReadonlySet<string> = new Set([
  'quantity',
  'amount',
  'received_at',
  'balance',
  'receipt_id',
  'closed_at',
]);
const typeOf = (column: string): string =>
  NUMBERS.has(column) ? 'bigint' : column === 'account' ? 'bytea' : 'text';

const LIST = COLUMNS.join(', ');

/** The PINs of a product that are next for sale; by the index of what is for sale, in its order. */
export const CLAIM = `SELECT id, expiry FROM pin WHERE product = $1 AND custody = 'stock' AND expiry >= $2
  ORDER BY expiry, id LIMIT $3 FOR UPDATE SKIP LOCKED`;

/** $1 product, $2 today, $3 how many; then the columns of the entries, an array each. */
const SELL_ALL = `WITH claimed AS (${CLAIM}),
  numbered AS (SELECT id AS pin, row_number() OVER (ORDER BY expiry, id) AS place FROM claimed),
  asked AS (SELECT * FROM unnest(${COLUMNS.map((name, at) => `$${at + 4}::${typeOf(name)}[]`).join(', ')})
    WITH ORDINALITY AS asked (${LIST}, place)),
  sale AS (SELECT nextval('journal_id_seq') AS id, asked.*, numbered.pin FROM asked JOIN numbered USING (place)),
  entered AS (INSERT INTO journal (id, ${LIST}, pins, state, supplier, reference, deadline_at, doubt, original_id)
    SELECT id, ${LIST}, pin::text, 'approved', '', '', 0, '', 0 FROM sale),
  moved AS (INSERT INTO level_change (product, custody, count)
    SELECT $1, word, sign * (SELECT count(*) FROM sale) FROM (VALUES ('stock', -1), ('sold', 1)) AS way (word, sign)),
  sold AS (UPDATE pin SET custody = 'sold', sold_in = sale.id FROM sale WHERE pin.id = sale.pin
    RETURNING sale.place, sale.id, pin.id AS pin, pin.batch, hex(pin.sealed), pin.serial, pin.expiry)
  SELECT * FROM sold`;

const KNOWN = 'SELECT key FROM journal WHERE key = ANY($1)';

interface Asked {
  /** In the group. */
  readonly place: number;
  readonly entry: Flat;
  /** As COLUMNS. */
  readonly values: Flat;
  readonly today: string;
}

type Sold = [place: number, id: number, ...pin: (string | number)[]];

const NOTHING: Ahead = { done: new Map(), isAll: false, verbsMs: 0, commitMs: 0 };

export class Sales {
  readonly #engine: PostgresEngine;
  readonly #books: Books;
  readonly #known;
  readonly #sell;

  constructor(engine: PostgresEngine, books: Books) {
    this.#engine = engine;
    this.#books = books;
    this.#known = engine.db.prepare<[[readonly string[]]], string>(KNOWN).pluck();
    this.#sell = engine.db.prepare<unknown[], Sold>(SELL_ALL).raw();
  }

  /**
   * Sells what can be sold so. Where it fails nothing was changed, and the whole group goes the other way. Throws InDoubt.
   */
  ahead(messages: readonly Flat[]): Ahead {
    const { asked, verbs } = this.#asked(messages);
    if (asked.length === 0) return NOTHING;
    const begun = performance.now();
    let done: ReadonlyMap<number, Flat> = new Map();
    let verbsMs = 0;
    const committed = (): Ahead => ({
      done,
      isAll: done.size === verbs,
      verbsMs,
      commitMs: performance.now() - begun - verbsMs,
    });
    try {
      this.#engine.beginTogether();
      this.#books.catchUp();
      if (!this.#books.log.isMember) done = this.#sellAll(asked);
      verbsMs = performance.now() - begun;
      this.#engine.commit();
      return committed();
    } catch (error) {
      this.#engine.rollback();
      if (error instanceof CommitLost) throw new InDoubt((stands) => (stands ? committed() : NOTHING));
      if (this.#engine.faultOf(error) === 'broken') throw error;
      return NOTHING;
    }
  }

  #asked(messages: readonly Flat[]): { asked: Asked[]; verbs: number } {
    const asked: Asked[] = [];
    const keys = new Set<string>();
    let verbs = 0;
    for (const message of messages) {
      for (const input of verbsOf(message)) {
        const place = verbs++;
        if (input.values[input.at] !== SELL) continue;
        const one = askedBy(input, place);
        const key = one?.entry[KEY] as string;
        // The second of two under one key is told what the first came to.
        if (!one || keys.has(key)) continue;
        keys.add(key);
        asked.push(one);
      }
    }
    return { asked, verbs };
  }

  #sellAll(asked: readonly Asked[]): Map<number, Flat> {
    const done = new Map<number, Flat>();
    const known = new Set(this.#known.all([asked.map(({ entry }) => entry[KEY] as string)]));
    const fresh = new Map<string, Asked[]>();
    for (const one of asked) {
      const { place, entry, today } = one;
      if (known.has(entry[KEY] as string)) {
        const result: Flat = [STATUS.done];
        pushMet(this.#books, entry, result);
        done.set(place, result);
      } else if (this.#books.tombstones.waitingFor(entry) === undefined) {
        const of = `${today}|${entry[PRODUCT]}`;
        const sales = fresh.get(of);
        if (sales) sales.push(one);
        else fresh.set(of, [one]);
      }
    }
    for (const sales of fresh.values()) this.#sellOf(sales, done);
    return done;
  }

  /** Of one product. */
  #sellOf(sales: readonly Asked[], done: Map<number, Flat>): void {
    const [first] = sales;
    if (!first) return;
    const columns = COLUMNS.map((_, at) => sales.map(({ values }) => values[at]));
    for (const [place, id, ...pin] of this.#sell.all(
      first.entry[PRODUCT],
      first.today,
      sales.length,
      ...columns,
    )) {
      const sale = sales[place - 1] as Asked;
      done.set(sale.place, [STATUS.done, 'sold', id, 1, ...pin]);
    }
  }
}

/** Undefined where it needs more than a PIN of stock. */
function askedBy(input: Cursor, place: number): Asked | undefined {
  const end = input.at;
  input.at += 2;
  const entry = takeEntry(input);
  const outcome = input.take(OUTCOME_SIZE);
  const today = input.text();
  const closedAt = input.number();
  input.scalar();
  const effects = input.scalar();
  const remember = input.scalar();
  input.at = end;
  if (entry[QUANTITY] !== 1 || effects !== null || remember !== null) return undefined;
  return { place, entry, values: [...entry, ...outcome, closedAt], today };
}
