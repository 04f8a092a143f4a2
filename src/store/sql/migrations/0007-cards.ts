/** Value cards, and what moved them. */
export const cards = `
CREATE TABLE card (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  product TEXT NOT NULL,
  supplier TEXT NOT NULL,
  batch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  mark TEXT NOT NULL,
  -- The printed PIN, sealed; null where there is none.
  pin BLOB,
  expiry TEXT NOT NULL,
  -- The terminal that pre-authorised it, '' where none did.
  terminal TEXT NOT NULL,
  -- The transaction that moved it last; 0 where none did.
  moved_in INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX card_mark ON card (mark);
CREATE INDEX card_expiring ON card (expiry, id) WHERE state IN ('inactive', 'preauthorised', 'active');

-- Its id is the transaction's: what it did, and where the card goes back where it is undone.
CREATE TABLE card_move (
  id INTEGER PRIMARY KEY,
  card INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  from_terminal TEXT NOT NULL,
  -- As card.moved_in was.
  from_move INTEGER NOT NULL
) STRICT;

CREATE TABLE card_intake (
  name TEXT NOT NULL PRIMARY KEY,
  supplier TEXT NOT NULL,
  batch INTEGER NOT NULL,
  progress INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
