/** Operators with keys of their own, and exports of PINs that two of them have to approve. */
export const exportsOfPins = `
-- public_key: Ed25519, SPKI, Base64. removed_at: 0 while it may approve.
CREATE TABLE operator (
  name TEXT NOT NULL PRIMARY KEY,
  public_key TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  removed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- pins: ids, comma-separated, once they have left the stock.
CREATE TABLE pin_export (
  id INTEGER PRIMARY KEY,
  product TEXT NOT NULL,
  count INTEGER NOT NULL,
  why TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  at INTEGER NOT NULL,
  pins TEXT
) STRICT;

CREATE TABLE pin_export_approval (
  export INTEGER NOT NULL,
  operator TEXT NOT NULL,
  signature TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (export, operator)
) STRICT, WITHOUT ROWID;
`;
