/**
 * The business day: cutover, reconciliation, and what a day's settlement is made of.
 *
 * Stops before a cutover's commit: the day is open, and the next attempt closes it. Stops after it: closed, and a
 * second attempt finds it so. A reconciliation stands with its journal row in one commit: before it nothing stands,
 * after it a repeat is told the same figures.
 */
import { agrees, type Figures, NO_FIGURES } from '../../../domain/settling.js';
import type { Cutover, Reconciliation, Reconciling } from '../../dayVerbs.js';
import type { IdSpan } from '../../reportVerbs.js';
import type { Books } from '../books.js';
import { ENTRY_COLUMNS, takeEntry } from '../crossing/columns.js';
import { unpackEffects } from '../crossing/effects.js';
import type { Flat } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import {
  closedAs,
  type Handler,
  JOURNAL_COLUMNS,
  type JournalRow,
  packedOutcome,
  stateOf,
  type TransactionPacker,
} from '../journal/journal.js';
import { SETTLED_AT_ONCE, SETTLED_LIST, Tally } from './tally.js';

const KEY = ENTRY_COLUMNS.indexOf('key');
const FINGERPRINT = ENTRY_COLUMNS.indexOf('fingerprint');
const ACQUIRER = ENTRY_COLUMNS.indexOf('acquirer');
const TERMINAL = ENTRY_COLUMNS.indexOf('terminal');

/** Rows added to the tally in one commit, when more wait: some 20 ms. */
export const TALLY_ROWS = 10_000;

export type PackedReconciling = Omit<Reconciling, 'entry'>;

const CUTOVERS = `SELECT id, day, journal_id, settling_id, decided_by, at,
  lag(journal_id, 1, 0) OVER (ORDER BY id) AS journal_before,
  lag(settling_id, 1, 0) OVER (ORDER BY id) AS settling_before FROM cutover`;
export const LATEST = `${CUTOVERS} ORDER BY id DESC LIMIT ?`;

interface CutoverRow {
  readonly id: number;
  readonly day: string;
  readonly journal_id: number;
  readonly settling_id: number;
  readonly journal_before: number;
  readonly settling_before: number;
  readonly decided_by: string;
  readonly at: number;
}

function cutoverOf(row: CutoverRow): Cutover {
  return {
    id: row.id,
    day: row.day,
    sales: { after: row.journal_before, last: row.journal_id },
    settlings: { after: row.settling_before, last: row.settling_id },
    by: row.decided_by,
    at: row.at,
  };
}

export function cutover(books: Books): Handler {
  const latest = books.db.prepare<[number], CutoverRow>(LATEST);
  const insert = books.db.prepare<[string, number, number, string, number]>(
    'INSERT INTO cutover (day, journal_id, settling_id, decided_by, at) VALUES (?, ?, ?, ?, ?)',
  );
  const tally = new Tally(books.db);
  return (input, out) => {
    const day = input.text();
    const by = input.text();
    const at = input.number();
    const before = latest.get(1);
    if (before && before.day >= day) {
      out.push('closed-before', cutoverOf(before));
      return;
    }
    tally.advance(before?.id ?? 0, Number.MAX_SAFE_INTEGER);
    const { journal, settling } = tally.last();
    insert.run(day, journal, settling, by, at);
    const closed = latest.get(1);
    if (!closed) throw new Error('no cutover');
    out.push('closed', cutoverOf(closed));
  };
}

/** Adds a portion of what waits; packs 1 where nothing waits any more. */
export function tallyUp(books: Books): Handler {
  const tally = new Tally(books.db);
  const present = presentDay(books.db);
  return (_, out) => {
    out.push(tally.advance(present(), TALLY_ROWS) ? 1 : 0);
  };
}

/** The id of the last cutover: the day that began with it is open. */
function presentDay(db: Connection): () => number {
  const last = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM cutover').pluck();
  return () => last.get() ?? 0;
}

export function cutovers(db: Connection): Handler {
  const latest = db.prepare<[number], CutoverRow>(LATEST);
  return (input, out) => {
    out.push(latest.all(input.number()).map(cutoverOf));
  };
}

interface ReconciliationRow {
  readonly currency: string;
  readonly agreed: number;
  readonly own: string;
}

export function reconcile(books: Books): Handler {
  const { db, journal, packer } = books;
  const tally = new Tally(db);
  const present = presentDay(db);
  const lastDay = db.prepare<[], string>('SELECT day FROM cutover ORDER BY id DESC LIMIT 1').pluck();
  /** The day that a cutover closed began with the one before it. */
  const beginOf = db
    .prepare<[string], number>(
      `SELECT (SELECT coalesce(max(id), 0) FROM cutover AS before WHERE before.id < closed.id)
       FROM cutover AS closed WHERE day = ?`,
    )
    .pluck();
  const stored = db.prepare<[number], ReconciliationRow>(
    'SELECT currency, agreed, own FROM reconciliation WHERE id = ?',
  );
  const insert = db.prepare<[number, string, string, string, number, string, string]>(
    'INSERT INTO reconciliation (id, day, scope, currency, agreed, said, own) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  return (input, out) => {
    const entry = takeEntry(input);
    const { day, scope, currency, said, accepted, mismatch } = input.object<PackedReconciling>();
    const closedAt = input.number();
    const met = journal.byKey(entry[KEY] as string);
    if (met) {
      if (met.fingerprint !== entry[FINGERPRINT]) {
        out.push('conflict');
        return;
      }
      const row = stored.get(met.id);
      out.push('repeat', row ? reconciliationOf(row) : null);
      packer.push(out, met);
      return;
    }
    const isOpen = day === '' || day > (lastDay.get() ?? '');
    const begin = isOpen ? present() : beginOf.get(day);
    if (begin === undefined) {
      out.push('unknown-day');
      return;
    }
    tally.advance(present(), Number.MAX_SAFE_INTEGER);
    const terminal = scope === 'terminal' ? (entry[TERMINAL] as string) : undefined;
    const byCurrency = tally.figures(begin, entry[ACQUIRER] as string, terminal);
    if (currency === '' && byCurrency.size > 1) {
      out.push('several-currencies');
      return;
    }
    const its = currency === '' ? ([...byCurrency.keys()][0] ?? '') : currency;
    const figures: Figures = byCurrency.get(its) ?? NO_FIGURES;
    const agreed = agrees(said, figures);
    const outcome = agreed ? accepted : mismatch;
    const id = journal.insert(entry, packedOutcome(outcome), closedAs(stateOf(outcome), closedAt)) ?? 0;
    insert.run(id, day, scope, its, agreed ? 1 : 0, JSON.stringify(said), JSON.stringify(figures));
    out.push('reconciled', { currency: its, agreed, figures } satisfies Reconciliation, id);
  };
}

function reconciliationOf({ currency, agreed, own }: ReconciliationRow): Reconciliation {
  return { currency, agreed: agreed === 1, figures: JSON.parse(own) as Figures };
}

export const SOLD_AT_ONCE = `SELECT id AS place, 1 AS done, ${JOURNAL_COLUMNS} FROM journal
  WHERE id > ? AND id <= ? AND ${SETTLED_AT_ONCE} ORDER BY id LIMIT ?`;
const OF_JOURNAL = JOURNAL_COLUMNS.split(', ')
  .map((name) => `journal.${name}`)
  .join(', ');
export const SETTLED_LATER = `SELECT settling.id AS place, settling.done, ${OF_JOURNAL}
  FROM settling CROSS JOIN journal ON journal.id = settling.origin
  WHERE settling.id > ? AND settling.id <= ? AND service IN (${SETTLED_LIST}) ORDER BY settling.id LIMIT ?`;

function commissionOf(effects: string | null): number {
  if (effects === null) return 0;
  const paid = unpackEffects(effects).postings.filter(({ account }) => account.startsWith('commission:'));
  return paid.reduce((sum, { amount }) => sum - amount, 0);
}

/** Rows looked at in one page. */
const LOOKED_AT_MAX = 50_000;

export function settledPage(db: Connection, packer: TransactionPacker, sql: string): Handler {
  const select = db.prepare<[number, number, number], JournalRow & { place: number; done: number }>(sql);
  return (input, out: Flat) => {
    const { after, last } = input.object<IdSpan>();
    const limit = input.number();
    const end = Math.min(last, after + LOOKED_AT_MAX);
    const rows = select.all(after, end, limit);
    out.push(rows.length < limit ? end : (rows.at(-1)?.place ?? end), rows.length);
    for (const row of rows) {
      out.push(row.place, row.done, commissionOf(row.effects));
      packer.push(out, row);
    }
  };
}
