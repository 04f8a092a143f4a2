/**
 * Reversals that came before their original. Each opening is held against a set in memory of what they cite;
 * only a hit asks the table. The set may hold too much (met ones, rolled-back ones), never too little: ids only
 * grow, so after another process's commit the newer rows are read in. Past `tombstonesMax` citations the set is
 * given up and every opening asks the table, a few microseconds each.
 */
import { bothEqual, saidEqual, saidOn, transmissionGap } from '../../citation.js';
import type { OriginalQuery } from '../../store.js';
import { ENTRY_COLUMNS } from '../crossing/columns.js';
import type { Flat } from '../crossing/flat.js';
import type { Connection } from '../engine.js';

export interface TombstoneLimits {
  /** How late an original may come after its reversal, milliseconds. */
  readonly tombstoneMs: number;
  /** Citations held in memory. */
  readonly tombstonesMax: number;
}

interface TombstoneRow {
  readonly id: number;
  readonly acquirer: string;
  readonly merchant: string;
  readonly message_class: string;
  readonly stan: string;
  readonly dates: string;
  readonly transmitted_at: string;
  readonly local_time: string;
  readonly rrn: string;
  readonly amount: number | null;
  readonly recorded_at: number;
}

interface Late {
  readonly acquirer: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly messageClass: string;
  readonly stan: string;
  readonly rrn: string;
  readonly transmittedAt: string;
  readonly localDate: string;
  readonly localTime: string;
  readonly amount: number;
  readonly receivedAt: number;
}

const at = (name: (typeof ENTRY_COLUMNS)[number]): number => ENTRY_COLUMNS.indexOf(name);
const [ACQUIRER, MERCHANT, TERMINAL, STAN, RRN] = [
  at('acquirer'),
  at('merchant'),
  at('terminal'),
  at('stan'),
  at('rrn'),
];
const [CLASS, TRANSMITTED, DATE, TIME] = [
  at('message_class'),
  at('transmitted_at'),
  at('local_date'),
  at('local_time'),
];
const [AMOUNT, RECEIVED] = [at('amount'), at('received_at')];

export const TOMBSTONES = `SELECT id, acquirer, merchant, message_class, stan, dates, transmitted_at, local_time, rrn,
  amount, recorded_at FROM tombstone WHERE met IS NULL AND terminal = ?`;

export class Tombstones {
  readonly #cited = new Set<string>();
  readonly #limits: TombstoneLimits;
  readonly #newer;
  readonly #byStan;
  readonly #byRrn;
  readonly #insert;
  readonly #meet;
  #seen = 0;
  #overflown = false;

  constructor(db: Connection, limits: TombstoneLimits) {
    this.#limits = limits;
    this.#newer = db.prepare<[number, number], { id: number; terminal: string; stan: string; rrn: string }>(
      `SELECT id, terminal, stan, rrn FROM tombstone WHERE id > ? AND met IS NULL
       AND recorded_at >= (SELECT max(recorded_at) FROM tombstone) - ? ORDER BY id`,
    );
    this.#byStan = db.prepare<[string, string], TombstoneRow>(`${TOMBSTONES} AND stan = ? ORDER BY id DESC`);
    this.#byRrn = db.prepare<[string, string], TombstoneRow>(`${TOMBSTONES} AND rrn = ? ORDER BY id DESC`);
    this.#insert =
      db.prepare(`INSERT INTO tombstone (id, acquirer, merchant, terminal, message_class, stan, dates,
      transmitted_at, local_time, rrn, amount, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#meet = db.prepare<[number, number]>('UPDATE tombstone SET met = ? WHERE id = ?');
  }

  /** Reads in what another process (or the last run) recorded. */
  refresh(): void {
    for (const { id, terminal, stan, rrn } of this.#newer.iterate(this.#seen, this.#limits.tombstoneMs)) {
      this.#cite(terminal, stan, rrn);
      this.#seen = id;
    }
  }

  add(id: number, query: OriginalQuery, now: number): void {
    const { acquirer, merchant, terminal, messageClass, stan, dates, transmittedAt, localTime, rrn, amount } =
      query;
    this.#insert.run(
      id,
      acquirer,
      merchant,
      terminal,
      messageClass,
      stan,
      dates.join(),
      transmittedAt,
      localTime,
      rrn,
      amount,
      now,
    );
    this.#cite(terminal, stan, rrn);
  }

  /** The tombstone that waits for this packed entry. */
  waitingFor(entry: Flat): number | undefined {
    if (this.#cited.size === 0 && !this.#overflown) return undefined;
    const terminal = entry[TERMINAL] as string;
    const stan = entry[STAN] as string;
    const rrn = entry[RRN] as string;
    const byStan = this.#overflown || this.#cited.has(`s${terminal}|${stan}`);
    const byRrn = rrn !== '' && (this.#overflown || this.#cited.has(`r${terminal}|${rrn}`));
    if (!byStan && !byRrn) return undefined;
    const late = lateOf(entry);
    const cited = byStan ? this.#byStan.all(terminal, stan).find((row) => this.#cites(row, late)) : undefined;
    if (cited) return cited.id;
    return byRrn ? this.#byRrn.all(terminal, rrn).find((row) => this.#names(row, late))?.id : undefined;
  }

  /** Its original came: it waits for no other. */
  meet(id: number, original: number): void {
    this.#meet.run(original, id);
  }

  #cite(terminal: string, stan: string, rrn: string): void {
    if (this.#cited.size >= this.#limits.tombstonesMax) {
      this.#overflown = true;
      this.#cited.clear();
    }
    if (this.#overflown) return;
    if (stan !== '') this.#cited.add(`s${terminal}|${stan}`);
    if (rrn !== '') this.#cited.add(`r${terminal}|${rrn}`);
  }

  #cites(row: TombstoneRow, late: Late): boolean {
    return (
      row.stan !== '' &&
      row.dates.split(',').includes(late.localDate) &&
      saidEqual(row.acquirer, late.acquirer) &&
      saidEqual(row.merchant, late.merchant) &&
      saidEqual(row.message_class, late.messageClass) &&
      transmissionGap(row.transmitted_at, late.transmittedAt) < Number.POSITIVE_INFINITY &&
      bothEqual(row.local_time, late.localTime) &&
      this.#fits(row, late)
    );
  }

  #names(row: TombstoneRow, late: Late): boolean {
    return (
      row.rrn !== '' &&
      saidEqual(row.merchant, late.merchant) &&
      saidOn(row.dates === '' ? [] : row.dates.split(','), late.localDate) &&
      this.#fits(row, late)
    );
  }

  #fits(row: TombstoneRow, late: Late): boolean {
    return (
      (row.amount === null || row.amount === late.amount) &&
      late.receivedAt - row.recorded_at <= this.#limits.tombstoneMs
    );
  }
}

function lateOf(entry: Flat): Late {
  return {
    acquirer: entry[ACQUIRER] as string,
    merchant: entry[MERCHANT] as string,
    terminal: entry[TERMINAL] as string,
    messageClass: entry[CLASS] as string,
    stan: entry[STAN] as string,
    rrn: entry[RRN] as string,
    transmittedAt: entry[TRANSMITTED] as string,
    localDate: entry[DATE] as string,
    localTime: entry[TIME] as string,
    amount: entry[AMOUNT] as number,
    receivedAt: entry[RECEIVED] as number,
  };
}
