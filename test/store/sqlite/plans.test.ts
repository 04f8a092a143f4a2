/** Every statement that a sale, a repeat, a reversal or a sweep runs goes by an index: none scans, none sorts. */
import { join } from 'node:path';
import t from 'tap';
import { openWriter } from '../../../src/store/sqlite/database.js';
import { BY_KEY } from '../../../src/store/sqlite/journal.js';
import { STORE_LIMITS } from '../../../src/store/sqlite/limits.js';
import { SELL_PIN } from '../../../src/store/sqlite/pins.js';
import { FORWARDINGS, PENDING, QUARANTINED } from '../../../src/store/sqlite/reads.js';
import { BY_APPROVAL, BY_PREFIX, BY_RRN, DAY_BEFORE } from '../../../src/store/sqlite/search.js';
import { NEXT_FOR_SALE } from '../../../src/store/sqlite/shelf.js';
import { EXPIRED } from '../../../src/store/sqlite/stocking.js';
import { TOMBSTONES } from '../../../src/store/sqlite/tombstones.js';

const PLANS: Readonly<Record<string, readonly [string, RegExp]>> = {
  'next for sale': [NEXT_FOR_SALE, /INDEX pin_for_sale \(product=\? AND expiry>\?\)/],
  'sell a PIN': [SELL_PIN, /SEARCH pin USING INTEGER PRIMARY KEY/],
  repeat: [BY_KEY, /INDEX journal_key \(key=\?\)/],
  citation: [BY_PREFIX, /INDEX journal_key \(key>\? AND key<\?\)/],
  'day before': [DAY_BEFORE, /COVERING INDEX journal_key \(key<\?\)/],
  rrn: [BY_RRN, /INDEX journal_rrn \(rrn=\?\)/],
  approval: [BY_APPROVAL, /INDEX journal_approval \(approval_code=\? AND terminal=\?\)/],
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
  quarantined: [QUARANTINED, /SCAN pin USING INDEX pin_quarantined/],
};

t.test('plans', async (t) => {
  const db = openWriter(join(t.testdir(), 'store.db'), STORE_LIMITS);
  t.teardown(() => db.close());
  for (const [name, [sql, expected]] of Object.entries(PLANS)) {
    const parameters = Array(sql.split('?').length - 1).fill('x');
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
    const plan = steps.map(({ detail }) => detail).join('; ');
    t.match(plan, expected, name);
    t.notMatch(plan, /TEMP B-TREE/, `${name}: nothing is sorted`);
  }
});
