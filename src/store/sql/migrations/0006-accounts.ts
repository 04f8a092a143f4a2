/** How each account was credited last, by its keyed mark; its transaction is approved, or the row is gone. */
export const accounts = `
CREATE TABLE account_memory (
  mark TEXT NOT NULL PRIMARY KEY,
  transaction_id INTEGER NOT NULL,
  provider TEXT NOT NULL,
  merchant TEXT NOT NULL,
  product TEXT NOT NULL,
  region TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
