/** The reading verbs, each packed for the calling side; run in the reading worker, each in one snapshot. */

import type { TransactionQuery } from '../store.js';
import { archivable, archives } from './archive/archiveReads.js';
import { audit } from './audit.js';
import { CARD_LEVELS, card, cardIntakeState } from './cards/cardReads.js';
import {
  cataloguePortion,
  lastRevision,
  portion,
  portionDigests,
  portionsLacking,
  revisions,
} from './catalogue.js';
import { type Flat, toLatin1 } from './crossing/flat.js';
import { cutovers, SETTLED_LATER, SOLD_AT_ONCE, settledPage } from './days/days.js';
import type { Connection } from './engine.js';
import { exportOf, exportsOfPins, operators } from './exports/exportReads.js';
import { ITEMS } from './journal/batches.js';
import { type Handler, JOURNAL_COLUMNS, type JournalRow, TransactionPacker } from './journal/journal.js';
import { commissionSql, page, salesSql, span, stock, sums } from './journal/reporting.js';
import { resolutions } from './journal/resolving.js';
import { Search } from './journal/search.js';
import { recall } from './money/memory.js';
import { balances, statement } from './money/posting.js';
import { hubReads } from './network/hubReads.js';
import { memberReads } from './network/memberReads.js';
import { orderReads } from './network/orderReads.js';
import type { Read } from './operations.js';
import { PIN_COLUMNS, type PinRow, packPin } from './stock/pins.js';
import { trailHead, trailPage } from './trail/trailWork.js';

/** Not whose deadline is in the span; from above to, the span is empty. */
export const PENDING = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE state = 'pending' AND service <> 'batch'
  AND deadline_at NOT BETWEEN ? AND ?
  AND NOT EXISTS (SELECT 1 FROM forwarding WHERE forwarding.id = journal.id) ORDER BY id`;
export const FORWARDINGS = `SELECT id, kind, attempts, next_at FROM forwarding ORDER BY next_at, id LIMIT ?`;
export const QUARANTINED = `SELECT product, coalesce(sold_in, 0), ${PIN_COLUMNS} FROM pin
  WHERE custody = 'quarantined' ORDER BY id LIMIT ?`;

/** Of this process among those that serve from the same books. */
export interface Presence {
  others(): number;
  leads(): boolean;
}

export function readHandlers(db: Connection, presence: Presence): Record<Read, Handler> {
  const packer = new TransactionPacker(db);
  const search = new Search(db);
  return {
    batch: batch(db, packer),
    pending: transactions(db, packer, PENDING),
    forwardings: forwardings(db, packer),
    forwardingCount: value(db, 'SELECT count(*) FROM forwarding'),
    find: (input, out) => {
      const rows = search.find(input.object<TransactionQuery>());
      out.push(rows.length);
      for (const row of rows) packer.push(out, row);
    },
    receipts: rows(db, 'SELECT id, lines FROM receipt ORDER BY id'),
    keyBatches: keyBatches(db),
    intakeState: intakeState(db),
    levels: rows(db, 'SELECT product, custody, count FROM level WHERE count <> 0 ORDER BY product, custody'),
    quarantined: quarantined(db),
    audit: audit(db),
    balances: balances(db),
    statement: statement(db),
    recall: recall(db),
    cardIntakeState: cardIntakeState(db),
    card: card(db),
    cardLevels: rows(db, CARD_LEVELS),
    setting: setting(db),
    servesAlone: (_, out) => void out.push(presence.others() === 0 ? 1 : 0),
    leads: (_, out) => void out.push(presence.leads() ? 1 : 0),
    lastRevision: lastRevision(db),
    revisions: revisions(db),
    cataloguePortion: cataloguePortion(db),
    portionDigests: portionDigests(db),
    portion: portion(db),
    portionsLacking: portionsLacking(db),
    span: span(db),
    page: page(db, packer),
    sumSales: sums(db, salesSql),
    sumCommission: sums(db, commissionSql),
    sumStock: stock(db),
    cutovers: cutovers(db),
    soldAtOnce: settledPage(db, packer, SOLD_AT_ONCE),
    settledLater: settledPage(db, packer, SETTLED_LATER),
    resolutions: resolutions(db),
    ...memberReads(db),
    ...hubReads(db),
    ...orderReads(db),
    archivable: archivable(db),
    archives: archives(db),
    trail: trailPage(db),
    trailHead: trailHead(db),
    operators: operators(db),
    exports: exportsOfPins(db),
    exportOf: exportOf(db),
  };
}

function transactions(db: Connection, packer: TransactionPacker, sql: string): Handler {
  const select = db.prepare<[number, number], JournalRow>(sql);
  return (input, out) => {
    const found = select.all(input.number(), input.number());
    out.push(found.length);
    for (const row of found) packer.push(out, row);
  };
}

/** The batch, then its items; nothing where there is none. */
function batch(db: Connection, packer: TransactionPacker): Handler {
  const byId = db.prepare<[number], JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE id = ?`);
  const items = db.prepare<[number], JournalRow>(ITEMS);
  return (input, out) => {
    const id = input.number();
    const row = byId.get(id);
    const found = row?.service === 'batch' ? [row, ...items.all(id)] : [];
    out.push(found.length);
    for (const each of found) packer.push(out, each);
  };
}

interface ForwardingRow {
  readonly id: number;
  readonly kind: string;
  readonly attempts: number;
  readonly next_at: number;
}

function forwardings(db: Connection, packer: TransactionPacker): Handler {
  const select = db.prepare<[number], ForwardingRow>(FORWARDINGS);
  const byId = db.prepare<[number], JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE id = ?`);
  return (input, out) => {
    const found = select.all(input.number());
    const counted = out.push(0) - 1;
    let count = 0;
    for (const { id, kind, attempts, next_at } of found) {
      const row = byId.get(id);
      if (!row) continue;
      out.push(kind, attempts, next_at);
      packer.push(out, row);
      count += 1;
    }
    out[counted] = count;
  };
}

function value(db: Connection, sql: string): Handler {
  const select = db.prepare<[], number>(sql).pluck();
  return (_, out) => {
    out.push(select.get() ?? 0);
  };
}

/** All rows, column by column, after their count. */
function rows(db: Connection, sql: string): Handler {
  const select = db.prepare<[], Flat>(sql);
  select.raw();
  return (_, out) => {
    const found = select.all();
    out.push(found.length);
    for (const row of found) out.push(...row);
  };
}

function keyBatches(db: Connection): Handler {
  const select = db.prepare<[], [number, string, Uint8Array]>(
    'SELECT id, key_id, wrapped FROM key_batch ORDER BY id',
  );
  select.raw();
  return (_, out) => {
    const found = select.all();
    out.push(found.length);
    for (const [id, keyId, wrapped] of found) out.push(id, keyId, toLatin1(wrapped));
  };
}

function intakeState(db: Connection): Handler {
  const select = db.prepare<[string], Flat>('SELECT progress, taken, refused FROM intake WHERE name = ?');
  select.raw();
  return (input, out) => {
    out.push(...(select.get(input.text()) ?? [null, null, null]));
  };
}

function quarantined(db: Connection): Handler {
  const select = db.prepare<[number], [string, number, ...PinRow]>(QUARANTINED);
  select.raw();
  return (input, out) => {
    const found = select.all(input.number());
    out.push(found.length);
    for (const [product, transaction, ...pin] of found) {
      out.push(product, transaction);
      packPin(out, pin);
    }
  };
}

function setting(db: Connection): Handler {
  const select = db.prepare<[string], string>('SELECT value FROM setting WHERE name = ?').pluck();
  return (input, out) => {
    out.push(select.get(input.text()) ?? null);
  };
}
