/**
 * Journal, stock and what stands beside them. States, custodies and reasons are words, so that a shell can read
 * the file. Times are milliseconds since the epoch, dates YYYYMMDD, amounts minor units.
 */
export const journalAndStock = `
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  acquirer TEXT NOT NULL,
  merchant TEXT NOT NULL,
  terminal TEXT NOT NULL,
  message_class TEXT NOT NULL,
  stan TEXT NOT NULL,
  rrn TEXT NOT NULL,
  transmitted_at TEXT NOT NULL,
  local_date TEXT NOT NULL,
  local_time TEXT NOT NULL,
  service TEXT NOT NULL,
  product TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  region TEXT NOT NULL,
  account BLOB,
  account_mark TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  reason TEXT,
  approval_code TEXT NOT NULL,
  balance INTEGER,
  balance_currency TEXT NOT NULL,
  account_expiry TEXT NOT NULL,
  supplier_reason TEXT NOT NULL,
  receipt_id INTEGER NOT NULL,
  supplier TEXT NOT NULL,
  reference TEXT NOT NULL,
  deadline_at INTEGER NOT NULL,
  doubt TEXT NOT NULL,
  closed_at INTEGER NOT NULL,
  original_id INTEGER NOT NULL,
  -- Ids of the PINs that it took or was issued, comma-separated.
  pins TEXT
) STRICT;
CREATE UNIQUE INDEX journal_key ON journal (key);
CREATE INDEX journal_rrn ON journal (rrn) WHERE rrn <> '';
CREATE INDEX journal_approval ON journal (approval_code, terminal) WHERE approval_code <> '' AND account_mark <> '';
CREATE INDEX journal_pending ON journal (id) WHERE state = 'pending';

CREATE TABLE pin (
  id INTEGER PRIMARY KEY,
  custody TEXT NOT NULL,
  -- The transaction that holds it; null where none does.
  sold_in INTEGER,
  product TEXT NOT NULL,
  supplier TEXT NOT NULL,
  batch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  mark TEXT NOT NULL,
  serial TEXT NOT NULL,
  expiry TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX pin_mark ON pin (mark);
CREATE INDEX pin_for_sale ON pin (product, expiry, id) WHERE custody = 'stock';
CREATE INDEX pin_quarantined ON pin (id) WHERE custody = 'quarantined';

-- PINs by product and custody, kept in the commits that move them; audit counts them again.
CREATE TABLE level (
  product TEXT NOT NULL,
  custody TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (product, custody)
) STRICT, WITHOUT ROWID;

-- PINs issued at the moment of sale, by supplier.
CREATE TABLE issued (supplier TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE intake (
  name TEXT NOT NULL PRIMARY KEY,
  supplier TEXT NOT NULL,
  batch INTEGER NOT NULL,
  progress INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a supplier must be told or asked; its id is the transaction's.
CREATE TABLE forwarding (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL
) STRICT;
CREATE INDEX forwarding_next ON forwarding (next_at, id);

-- Reversals whose original has not been seen; id is the reversal's, met the late original's.
CREATE TABLE tombstone (
  id INTEGER PRIMARY KEY,
  acquirer TEXT NOT NULL,
  merchant TEXT NOT NULL,
  terminal TEXT NOT NULL,
  message_class TEXT NOT NULL,
  stan TEXT NOT NULL,
  dates TEXT NOT NULL,
  transmitted_at TEXT NOT NULL,
  local_time TEXT NOT NULL,
  rrn TEXT NOT NULL,
  amount INTEGER,
  recorded_at INTEGER NOT NULL,
  met INTEGER
) STRICT;
CREATE INDEX tombstone_stan ON tombstone (terminal, stan) WHERE met IS NULL;
CREATE INDEX tombstone_rrn ON tombstone (terminal, rrn) WHERE met IS NULL;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  decided_by TEXT NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  from_custody TEXT NOT NULL,
  to_custody TEXT NOT NULL,
  -- Ids of the PINs that moved, comma-separated.
  pins TEXT NOT NULL
) STRICT;

CREATE TABLE receipt (id INTEGER PRIMARY KEY, lines TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE key_batch (id INTEGER PRIMARY KEY, key_id TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
