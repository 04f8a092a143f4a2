/**
 * The ledger. A transaction's effects stand in its journal row (null for most); postings are only ever added.
 * Currencies are ISO 4217 numeric, amounts minor units.
 */
export const money = `
-- {"p": [[account, currency, amount, floor]], "u": [[subject, window, period, countMax, amountMax, amount]]}
ALTER TABLE journal ADD COLUMN effects TEXT;

-- balance and postings are kept in the commits that post; audit sums and counts them again.
CREATE TABLE ledger_account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  balance INTEGER NOT NULL,
  postings INTEGER NOT NULL,
  UNIQUE (name, currency)
) STRICT;

-- origin: the id of its transaction, or minus the id of its adjustment. number: 1, 2, 3 … in each account.
CREATE TABLE posting (
  account INTEGER NOT NULL,
  number INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE adjustment (
  id INTEGER PRIMARY KEY,
  -- Null where nothing names it.
  reference TEXT UNIQUE,
  decided_by TEXT NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- As journal.effects.
  effects TEXT NOT NULL
) STRICT;

-- What a subject sold in the present period of each kind.
CREATE TABLE usage (
  subject TEXT NOT NULL,
  "window" TEXT NOT NULL,
  period TEXT NOT NULL,
  count INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (subject, "window")
) STRICT, WITHOUT ROWID;
`;
