/**
 * What must be so in a hub's books: every PIN that is out is with a switch that is known, by a transfer that was made;
 * holdings and leases are what their rows and the ledger say. Elsewhere there are no such rows. As audit.ts has its
 * own: how many, and the first one's id where it has one.
 */
import { LEASED } from './hubLeases.js';

const COUNTED = `SELECT holder, product, custody, count(*) AS count, CAST(mark_sum(mark) AS BIGINT) AS sum FROM pin
  WHERE holder <> 0 GROUP BY holder, product, custody`;

export const HUB_CHECKS: readonly (readonly [string, string])[] = [
  [
    'PIN that is held by no known switch',
    'SELECT count(*), min(id) FROM pin WHERE holder <> 0 AND holder NOT IN (SELECT id FROM network_holder)',
  ],
  [
    'PIN whose custody is not that of its holder',
    `SELECT count(*), min(id) FROM pin WHERE (holder = 0 AND custody IN ('transit', 'away'))
     OR (holder <> 0 AND custody IN ('stock', 'returned'))`,
  ],
  [
    'PIN in transit by no transfer that is under way',
    `SELECT count(*), min(id) FROM pin WHERE custody = 'transit' AND NOT EXISTS
     (SELECT 1 FROM network_switch JOIN network_transfer ON network_transfer.holder = network_switch.holder
      WHERE network_switch.holder = pin.holder AND number = pin.transfer AND number > applied
      AND network_transfer.product = pin.product)`,
  ],
  [
    'PIN away by a transfer that has not been applied',
    `SELECT count(*), min(id) FROM pin WHERE custody = 'away' AND NOT EXISTS
     (SELECT 1 FROM network_switch WHERE network_switch.holder = pin.holder AND pin.transfer <= applied)`,
  ],
  [
    'transfer with other PINs than it gave',
    `WITH given AS (SELECT holder, transfer, count(*) AS count FROM pin WHERE holder <> 0 AND transfer > 0
       GROUP BY holder, transfer)
     SELECT count(*), min(number) FROM network_transfer
     LEFT JOIN network_switch ON network_switch.holder = network_transfer.holder
     LEFT JOIN given ON given.holder = network_transfer.holder AND given.transfer = number
     WHERE merchant = '' AND (coalesce(given.count, 0) > network_transfer.count
     OR (number > coalesce(applied, number) AND coalesce(given.count, 0) <> network_transfer.count))`,
  ],
  [
    'switch that has applied, or carried out, more than it was sent',
    'SELECT count(*), min(id) FROM network_switch WHERE applied > transfer OR recalled > recall',
  ],
  [
    'holding that differs from its PINs',
    `WITH counted AS (${COUNTED}), kept AS (SELECT * FROM holding WHERE count <> 0 OR sum <> 0)
     SELECT count(*), NULL FROM (SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM kept) AS more
     UNION ALL SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM counted) AS fewer) AS wrong`,
  ],
  [
    'lease that differs from the ledger',
    `WITH books AS (SELECT '${LEASED}' || name || ':' || merchant AS account, currency, leased AS amount FROM lease
       JOIN network_holder ON network_holder.id = lease.holder
       JOIN network_switch ON network_switch.id = network_holder.switch
       UNION ALL SELECT name, currency, -balance FROM ledger_account
       WHERE name >= '${LEASED}' AND name < '${LEASED}\u{10FFFF}')
     SELECT count(*), NULL FROM (SELECT 1 FROM books GROUP BY account, currency HAVING sum(amount) <> 0) AS wrong`,
  ],
];
