/** Every statement that a sale, a repeat, a reversal or a sweep runs goes by an index: none scans, none sorts. */
import { join } from 'node:path';
import t from 'tap';
import { EXPIRE_CARDS } from '../../../src/store/sql/cards/cardIntake.js';
import { CARD_BY_MARK, CARD_MOVE } from '../../../src/store/sql/cards/cards.js';
import { SETTLED_LATER, SOLD_AT_ONCE } from '../../../src/store/sql/days/days.js';
import { ADD_SALES, ADD_SETTLINGS, OF_ACQUIRER, OF_TERMINAL } from '../../../src/store/sql/days/tally.js';
import { ITEM_ENDS, ITEMS } from '../../../src/store/sql/journal/batches.js';
import { BY_KEY } from '../../../src/store/sql/journal/journal.js';
import {
  AT_OR_AFTER,
  commissionSql,
  PAGE,
  STOCK,
  salesSql,
} from '../../../src/store/sql/journal/reporting.js';
import { BY_APPROVAL, BY_PREFIX, BY_RRN, DAY_BEFORE } from '../../../src/store/sql/journal/search.js';
import { TOMBSTONES } from '../../../src/store/sql/journal/tombstones.js';
import { STORE_LIMITS } from '../../../src/store/sql/limits.js';
import { CHANGES, DROP_TOLD } from '../../../src/store/sql/network/contacts.js';
import { LATEST_EXPIRY, SOONEST } from '../../../src/store/sql/network/givingBack.js';
import { TOLD_AT_ONCE, TOLD_LATER } from '../../../src/store/sql/network/salesPortion.js';
import { HELD } from '../../../src/store/sql/network/stockStatement.js';
import { FORWARDINGS, PENDING, QUARANTINED } from '../../../src/store/sql/reads.js';
import { SELL_PIN } from '../../../src/store/sql/stock/pins.js';
import { NEXT_FOR_SALE } from '../../../src/store/sql/stock/shelf.js';
import { EXPIRED } from '../../../src/store/sql/stock/stocking.js';
import { type Connection, openWriter } from '../../../src/store/sqlite/database.js';

const PLANS: Readonly<Record<string, readonly [string, RegExp]>> = {
  'next for sale': [NEXT_FOR_SALE, /INDEX pin_for_sale \(product=\? AND expiry>\?\)/],
  'sell a PIN': [SELL_PIN, /SEARCH pin USING INTEGER PRIMARY KEY/],
  repeat: [BY_KEY, /INDEX journal_key \(key=\?\)/],
  citation: [BY_PREFIX, /INDEX journal_key \(key>\? AND key<\?\)/],
  'day before': [DAY_BEFORE, /COVERING INDEX journal_key \(key<\?\)/],
  rrn: [BY_RRN, /INDEX journal_rrn \(rrn=\?\)/],
  approval: [BY_APPROVAL, /INDEX journal_approval \(approval_code=\? AND terminal=\?\)/],
  items: [ITEMS, /INDEX journal_batch \(batch_id=\?\)/],
  'how items end': [ITEM_ENDS, /INDEX journal_batch \(batch_id=\?\)/],
  'tombstone by STAN': [
    `${TOMBSTONES} AND stan = ? ORDER BY id DESC`,
    /INDEX tombstone_stan \(terminal=\? AND stan=\?\)/,
  ],
  'tombstone by RRN': [
    `${TOMBSTONES} AND rrn = ? ORDER BY id DESC`,
    /INDEX tombstone_rrn \(terminal=\? AND rrn=\?\)/,
  ],
  expired: [EXPIRED, /INDEX pin_for_sale \(product=\? AND expiry<\?\)/],
  pending: [PENDING, /SCAN journal USING INDEX journal_pending/],
  forwardings: [FORWARDINGS, /SCAN forwarding USING INDEX forwarding_next/],
  page: [PAGE, /SEARCH journal USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/],
  'id by time': [AT_OR_AFTER, /SEARCH journal USING INTEGER PRIMARY KEY \(rowid>\?\)/],
  'totals of a terminal': [OF_TERMINAL, /PRIMARY KEY \(cutover=\? AND acquirer=\? AND terminal=\?\)/],
  "a day's sales": [SOLD_AT_ONCE, /SEARCH journal USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/],
  "a day's settlings": [
    SETTLED_LATER,
    /SEARCH settling USING INTEGER PRIMARY KEY.*SEARCH journal USING INTEGER/,
  ],
  card: [CARD_BY_MARK, /INDEX card_mark \(mark=\?\)/],
  'move of a card': [CARD_MOVE, /SEARCH card_move USING INTEGER PRIMARY KEY/],
  'expiring cards': [EXPIRE_CARDS, /INDEX card_expiring \(expiry<\?\)/],
  'changes to tell': [
    CHANGES,
    /SEARCH network_change USING INTEGER PRIMARY KEY \(rowid>\?\).*SEARCH pin USING INTEGER PRIMARY KEY/,
  ],
  'changes that were told': [DROP_TOLD, /SEARCH network_change USING INTEGER PRIMARY KEY \(rowid<\?\)/],
  'sales to tell': [TOLD_AT_ONCE, /SEARCH journal USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/],
  'settlings to tell': [
    TOLD_LATER,
    /SEARCH settling USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\).*SEARCH journal USING INTEGER/,
  ],
  'to give back, soonest first': [SOONEST, /SEARCH pin USING INDEX pin_for_sale \(product=\?\)/],
  'to give back, latest first': [LATEST_EXPIRY, /SEARCH pin USING INDEX pin_for_sale \(product=\?\)/],
  'held PINs': [HELD, /SEARCH pin USING INTEGER PRIMARY KEY \(rowid>\?\)/],
  quarantined: [QUARANTINED, /SCAN pin USING INDEX pin_quarantined/],
};

t.test('plans', async (t) => {
  const db = openWriter(join(t.testdir(), 'store.db'), STORE_LIMITS);
  t.teardown(() => db.close());
  for (const [name, [sql, expected]] of Object.entries(PLANS)) {
    const plan = planOf(db, sql);
    t.match(plan, expected, name);
    t.notMatch(plan, /TEMP B-TREE/, `${name}: nothing is sorted`);
  }
});

/** One that is grouped sorts its portion, of a bounded number of rows, and no more. */
t.test('sums look at their portion of rows alone', async (t) => {
  const db = openWriter(join(t.testdir(), 'store.db'), STORE_LIMITS);
  t.teardown(() => db.close());
  const bounded =
    /SEARCH (journal|pin|settling|tally) USING (INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)|PRIMARY KEY \(cutover=\? AND acquirer=\?\))/;
  const sums = [salesSql(['day', 'merchant', 'product', 'supplier']), commissionSql(['day']), STOCK];
  for (const sql of [...sums, ADD_SALES, ADD_SETTLINGS, OF_ACQUIRER]) {
    const plan = planOf(db, sql);
    t.match(plan, bounded);
    t.notMatch(plan, /SCAN (journal|pin|settling|tally)/);
  }
});

function planOf(db: Connection, sql: string): string {
  const named = [...sql.matchAll(/@(\w+)/g)].map(([, name = '']) => [name, '']);
  const marks = Array(sql.split('?').length - 1).fill('x');
  const values = named.length > 0 ? [Object.fromEntries(named) as object] : marks;
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
  return steps.map(({ detail }) => detail).join('; ');
}
