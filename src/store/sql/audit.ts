/**
 * Whether the books are right, from one snapshot, counted in SQL. One pass over PINs (each sold one looks up its
 * transaction by id) and one over the journal's sales, one over items; each fault is told with a count and a first example.
 * A PIN names at most one transaction by its row; that no second one claims it shows in the totals.
 */
import { CUSTODIES, type Custody } from '../../domain/transaction.js';
import { hasLeft } from './archive/leaving.js';
import { CARD_CHECKS } from './cards/cardReads.js';
import type { Flat } from './crossing/flat.js';
import type { Connection } from './engine.js';
import type { Handler } from './journal/journal.js';
import { LEDGER_CHECKS } from './money/ledgerAudit.js';
import { MEMORY_CHECKS } from './money/memory.js';
import { HUB_CHECKS } from './network/hubAudit.js';
import { MEMBER_CHECKS } from './network/memberAudit.js';

/** Each finds offending rows: how many, and the first one's id. */
const CHECKS: readonly (readonly [string, string])[] = [
  [
    'sold PIN without exactly its one approved sale',
    `SELECT count(*), min(pin.id) FROM pin LEFT JOIN journal ON journal.id = pin.sold_in
     WHERE pin.custody = 'sold' AND pin.holder = 0 AND (journal.id IS NULL OR journal.state <> 'approved'
     OR instr(',' || coalesce(journal.pins, '') || ',', ',' || pin.id || ',') = 0)
     AND NOT (journal.id IS NULL AND ${hasLeft('pin.sold_in')})`,
  ],
  [
    'PIN in stock, expired or returned that a transaction holds',
    "SELECT count(*), min(id) FROM pin WHERE custody IN ('stock', 'expired', 'returned') AND sold_in IS NOT NULL",
  ],
  [
    'PIN in no known custody',
    `SELECT count(*), min(id) FROM pin WHERE custody NOT IN (${CUSTODIES.map((word) => `'${word}'`).join(', ')})`,
  ],
  [
    'approved PIN sale without its PINs',
    `SELECT count(*), min(id) FROM journal WHERE service = 'pin-sale' AND state = 'approved'
     AND quantity <> CASE WHEN pins IS NULL THEN 0 ELSE 1 + length(pins) - length(replace(pins, ',', '')) END`,
  ],
  [
    'reversing transaction without its forwarding',
    `SELECT count(*), min(id) FROM journal WHERE state = 'reversing'
     AND id NOT IN (SELECT id FROM forwarding)`,
  ],
  [
    'forwarding beside a transaction that needs none',
    `SELECT count(*), min(forwarding.id) FROM forwarding LEFT JOIN journal ON journal.id = forwarding.id
     WHERE journal.id IS NULL OR journal.state NOT IN ('pending', 'reversing')`,
  ],
  [
    'item without its batch',
    `SELECT count(*), min(item.id) FROM journal AS item LEFT JOIN journal AS batch ON batch.id = item.batch_id
     WHERE item.batch_id <> 0 AND (batch.id IS NULL OR batch.service <> 'batch' OR batch.key = item.key)`,
  ],
  [
    'batch with other items than it says, or whose state does not follow from them',
    `WITH items AS (SELECT batch_id, count(*) AS count, total(state = 'pending') AS pending,
       total(state = 'approved') AS approved, total(state = 'declined') AS declined
       FROM journal WHERE batch_id <> 0 GROUP BY batch_id)
     SELECT count(*), min(batch.id) FROM journal AS batch LEFT JOIN items ON items.batch_id = batch.id
     WHERE batch.service = 'batch' AND (batch.state <> CASE WHEN items.count IS NULL THEN 'declined'
       WHEN pending > 0 THEN 'pending' WHEN approved > 0 THEN 'approved'
       WHEN declined = items.count THEN 'declined' ELSE 'reversed' END
       OR items.count <> batch.quantity OR (batch.state <> 'pending' AND batch.reason IS NULL))`,
  ],
  [
    'transaction that is in the journal and has left it',
    `SELECT count(*), min(id) FROM archived JOIN journal ON journal.id >= first_id AND journal.id <= last_id`,
  ],
  [
    'level that differs from the count of its PINs',
    `WITH counted AS (SELECT product, custody, count(*) AS count FROM pin GROUP BY product, custody),
     books AS (SELECT product, custody, count FROM counted
       UNION ALL SELECT product, custody, -count FROM level)
     SELECT count(*), NULL FROM (SELECT 1 FROM books GROUP BY product, custody HAVING sum(count) <> 0) AS wrong`,
  ],
];

/** What has left the journal is counted in its archives. */
const CLAIMED = `SELECT (SELECT coalesce(sum(1 + length(pins) - length(replace(pins, ',', ''))), 0) FROM journal
  WHERE state = 'approved' AND pins IS NOT NULL) + (SELECT coalesce(sum(pins), 0) FROM archive)`;
/** What a switch of a network has sold stands in its own journal. */
const SOLD_HERE = "SELECT count(*) FROM pin WHERE custody = 'sold' AND holder = 0";

const ALL_CHECKS = [
  ...CHECKS,
  ...LEDGER_CHECKS,
  ...MEMORY_CHECKS,
  ...CARD_CHECKS,
  ...MEMBER_CHECKS,
  ...HUB_CHECKS,
];

export function audit(db: Connection): Handler {
  return (_, out) => {
    const byCustody = Object.fromEntries(CUSTODIES.map((custody) => [custody, 0])) as Record<Custody, number>;
    const counts = db.prepare<[], [Custody, number]>('SELECT custody, count(*) FROM pin GROUP BY custody');
    counts.raw();
    for (const [custody, count] of counts.all()) byCustody[custody] = count;
    const takenIn = number(
      db,
      `SELECT (SELECT coalesce(sum(taken), 0) FROM intake) + (SELECT coalesce(sum(count), 0) FROM issued)
       + (SELECT coalesce(sum(came), 0) FROM membership)`,
    );
    const faults = ALL_CHECKS.flatMap(([name, sql]) => check(db, name, sql));
    const accounted = Object.values(byCustody).reduce((sum, count) => sum + count, 0);
    if (takenIn !== accounted) faults.push(`taken in ${takenIn}, accounted for ${accounted}`);
    const claimed = number(db, CLAIMED);
    const sold = number(db, SOLD_HERE);
    if (claimed !== sold) faults.push(`approved sales claim ${claimed} PINs, sold are ${sold}`);
    out.push({ takenIn, byCustody, faults });
  };
}

function check(db: Connection, name: string, sql: string): string[] {
  const select = db.prepare<[], Flat>(sql);
  select.raw();
  const [count, example] = select.get() ?? [];
  if (!count) return [];
  return [example === null ? `${name}: ${count}` : `${name}: ${count}, first ${example}`];
}

function number(db: Connection, sql: string): number {
  return db.prepare<[], number>(sql).pluck().get() ?? 0;
}
