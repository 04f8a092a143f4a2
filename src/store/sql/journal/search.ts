/**
 * Finding transactions. A reversal's original: by citation (the nearest in DE7), then RRN, then approval code; the
 * newest that fits.
 * By STAN there is no index of its own: keys begin with date, STAN and terminal, so the search goes from day to
 * day over the distinct days of the key's index (a few microseconds a day, whatever a day holds).
 */
import { bothEqual, saidEqual, saidOn, transmissionGap } from '../../citation.js';
import { keyPart, prefixEnd } from '../../keyPrefix.js';
import type { OriginalQuery, TransactionQuery } from '../../store.js';
import type { Connection } from '../engine.js';
import { BY_KEY, JOURNAL_COLUMNS, type JournalRow } from './journal.js';

/** Newest rows looked through under one RRN, or one approval code: reused ones must not make a search long. */
const CANDIDATES_MAX = 1_000;

export const BY_PREFIX = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE key >= ? AND key < ? ORDER BY key`;
export const BY_RRN = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE rrn = ? AND rrn <> '' ORDER BY id DESC LIMIT ?`;
export const BY_APPROVAL = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE approval_code = ? AND approval_code <> ''
  AND terminal = ? AND account_mark = ? AND account_mark <> '' ORDER BY id DESC LIMIT ?`;
export const DAY_BEFORE = 'SELECT key FROM journal WHERE key < ? ORDER BY key DESC LIMIT 1';

export class Search {
  readonly #byPrefix;
  readonly #byRrn;
  readonly #byApproval;
  readonly #dayBefore;
  readonly #byId;
  readonly #byKey;
  readonly #latest;

  constructor(db: Connection) {
    this.#byPrefix = db.prepare<[string, string], JournalRow>(BY_PREFIX);
    this.#byRrn = db.prepare<[string, number], JournalRow>(BY_RRN);
    this.#byApproval = db.prepare<[string, string, string, number], JournalRow>(BY_APPROVAL);
    this.#dayBefore = db.prepare<[string], string>(DAY_BEFORE).pluck();
    this.#byId = db.prepare<[number], JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE id = ?`);
    this.#byKey = db.prepare<[string], JournalRow>(BY_KEY);
    this.#latest = db.prepare<[number], JournalRow>(
      `SELECT ${JOURNAL_COLUMNS} FROM journal ORDER BY id DESC LIMIT ?`,
    );
  }

  original(query: OriginalQuery, of: 'transaction' | 'reversal' = 'transaction'): JournalRow | undefined {
    const fits = (row: JournalRow): boolean =>
      (row.service === 'reversal') === (of === 'reversal') &&
      (query.amount === null || row.amount === query.amount);
    // STAN and RRN are the batch's; an approval code and an account may be an item's own.
    const whole = (row: JournalRow): boolean => row.batch_id === 0 && fits(row);
    // Who was told of a card's redemption before was given that one's code.
    const own = (row: JournalRow): boolean => (row.original_id === 0 || of === 'reversal') && fits(row);
    return this.#cited(query, whole) ?? this.#named(query, whole) ?? this.#approved(query, own);
  }

  #cited(query: OriginalQuery, fits: (row: JournalRow) => boolean): JournalRow | undefined {
    if (query.stan === '') return undefined;
    const cites = (row: JournalRow): boolean =>
      saidEqual(query.acquirer, row.acquirer) &&
      saidEqual(query.merchant, row.merchant) &&
      saidEqual(query.messageClass, row.message_class) &&
      bothEqual(query.localTime, row.local_time) &&
      fits(row);
    let best: JournalRow | undefined;
    let bestGap = Number.POSITIVE_INFINITY;
    for (const date of new Set(query.dates)) {
      const prefix = `${date}|${keyPart(query.stan)}|${keyPart(query.terminal)}|`;
      for (const row of this.#byPrefix.all(prefix, prefixEnd(prefix))) {
        const gap = transmissionGap(query.transmittedAt, row.transmitted_at);
        if (!cites(row) || gap > bestGap || gap === Number.POSITIVE_INFINITY) continue;
        if (gap === bestGap && best && best.id > row.id) continue;
        best = row;
        bestGap = gap;
      }
    }
    return best;
  }

  #named(query: OriginalQuery, fits: (row: JournalRow) => boolean): JournalRow | undefined {
    if (query.rrn === '') return undefined;
    return this.#byRrn
      .all(query.rrn, CANDIDATES_MAX)
      .find(
        (row) =>
          row.terminal === query.terminal &&
          saidEqual(query.merchant, row.merchant) &&
          saidOn(query.dates, row.local_date) &&
          fits(row),
      );
  }

  #approved(query: OriginalQuery, fits: (row: JournalRow) => boolean): JournalRow | undefined {
    if (query.approvalCode === '' || query.accountMark === '') return undefined;
    return this.#byApproval
      .all(query.approvalCode, query.terminal, query.accountMark, CANDIDATES_MAX)
      .find(fits);
  }

  /** Newest first. */
  find({ id, key, stan, rrn, limit }: TransactionQuery): JournalRow[] {
    if (key !== undefined) return [this.#byKey.get(key)].filter((row) => row !== undefined);
    const fits = (row: JournalRow): boolean =>
      (stan === undefined || row.stan === stan) && (rrn === undefined || row.rrn === rrn);
    if (id !== undefined) return [this.#byId.get(id)].filter((row) => row !== undefined).filter(fits);
    if (rrn) return this.#byRrn.all(rrn, Math.max(limit, CANDIDATES_MAX)).filter(fits).slice(0, limit);
    return stan === undefined ? this.#latest.all(limit) : this.#byStan(stan, limit);
  }

  #byStan(stan: string, limit: number): JournalRow[] {
    const found: JournalRow[] = [];
    let day = this.#dayBefore.get('~')?.slice(0, 8);
    while (day !== undefined && found.length < limit) {
      const prefix = `${day}|${keyPart(stan)}|`;
      found.push(...this.#byPrefix.all(prefix, prefixEnd(prefix)));
      day = this.#dayBefore.get(day)?.slice(0, 8);
    }
    return found.sort((one, other) => other.id - one.id).slice(0, limit);
  }
}
