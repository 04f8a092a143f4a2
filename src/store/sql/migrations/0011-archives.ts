/** What of the journal lies in archives: the audit counts it there. */
export const archives = `
-- A file of old transactions. removed: rows that it stands for here by now; pins: that they have sold.
CREATE TABLE archive (
  name TEXT NOT NULL PRIMARY KEY,
  day TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  pins INTEGER NOT NULL,
  is_done INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers of removed rows: no row of the journal lies between the first and the last of a span.
CREATE TABLE archived (first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL) STRICT;

-- What removed transactions have posted, in all; the postings stay.
CREATE TABLE archived_money (
  account TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;
`;
