/**
 * Whether the ledger is right: it sums to zero, each balance is the sum of its postings, and what is posted is
 * what the journal says (effects of what is pending or approved, once; of anything else, nothing). Usage of the
 * present period is counted again from the journal.
 */

import { hasLeft } from '../archive/leaving.js';

/** Effects that stand. */
const STANDING = "state IN ('pending', 'approved')";

/** What each transaction has to have posted to each account. */
export const EFFECTS_BY_ACCOUNT = `
  SELECT journal.id AS origin, CASE line.value ->> 0
      WHEN 'supplier:' THEN 'supplier:' || CASE journal.supplier WHEN '' THEN 'stock' ELSE journal.supplier END
      ELSE line.value ->> 0 END AS account, line.value ->> 1 AS currency, CAST(line.value ->> 2 AS BIGINT) AS amount
  FROM journal, json_each(journal.effects, '$.p') AS line
  WHERE journal.effects IS NOT NULL AND journal.${STANDING}`;

/** What each origin has posted to each account, and minus what it should have; 0: all that have left the journal. */
const DIFFERENCES = `
  SELECT CASE WHEN ${hasLeft('posting.origin')} THEN 0 ELSE posting.origin END,
    ledger_account.name, ledger_account.currency, posting.amount
  FROM posting LEFT JOIN ledger_account ON ledger_account.id = posting.account
  UNION ALL
  SELECT 0, account, currency, -amount FROM archived_money
  UNION ALL
  SELECT origin, account, currency, -amount FROM (${EFFECTS_BY_ACCOUNT}) AS effect
  UNION ALL
  SELECT -adjustment.id, line.value ->> 0, line.value ->> 1, -CAST(line.value ->> 2 AS BIGINT)
  FROM adjustment, json_each(adjustment.effects, '$.p') AS line`;

/** As audit.ts has its own: how many, and the first one's id. */
export const LEDGER_CHECKS: readonly (readonly [string, string])[] = [
  [
    'currency in which the ledger does not sum to zero',
    `SELECT count(*), min(CAST(currency AS BIGINT)) FROM
     (SELECT currency FROM ledger_account GROUP BY currency HAVING sum(balance) <> 0) AS wrong`,
  ],
  [
    'account whose balance is not the sum of its postings',
    `SELECT count(*), min(id) FROM ledger_account WHERE (balance, postings, postings) <>
     (SELECT coalesce(sum(amount), 0), count(*), coalesce(max(number), 0) FROM posting WHERE account = ledger_account.id)`,
  ],
  [
    'transaction or adjustment whose postings are not what it says',
    `WITH difference (origin, account, currency, amount) AS (${DIFFERENCES})
     SELECT count(DISTINCT origin), min(origin) FROM
     (SELECT origin FROM difference GROUP BY origin, account, currency HAVING sum(amount) <> 0) AS wrong`,
  ],
  [
    'limit that counts other than its sales',
    `WITH counted AS (
       SELECT subject, "window", period, count, amount FROM usage
       UNION ALL
       SELECT line.value ->> 0, line.value ->> 1, line.value ->> 2, -1, -CAST(line.value ->> 5 AS BIGINT)
       FROM journal, json_each(journal.effects, '$.u') AS line JOIN usage
       ON usage.subject = line.value ->> 0 AND usage."window" = line.value ->> 1 AND usage.period = line.value ->> 2
       WHERE journal.effects IS NOT NULL AND journal.${STANDING})
     SELECT count(*), NULL FROM
     (SELECT 1 FROM counted GROUP BY subject, "window", period HAVING sum(count) <> 0 OR sum(amount) <> 0) AS wrong`,
  ],
];
