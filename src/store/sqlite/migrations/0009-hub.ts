/** A PIN network's hub: its switches, what is under way to them, what they have told. */
export const hub = `
CREATE TABLE network_switch (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL,
  why TEXT NOT NULL,
  code_sha256 TEXT NOT NULL,
  code_expires_at INTEGER NOT NULL,
  public_key TEXT NOT NULL,
  token_sha256 TEXT NOT NULL,
  certificate_sha256 TEXT NOT NULL,
  transfer INTEGER NOT NULL,
  applied INTEGER NOT NULL,
  recall INTEGER NOT NULL,
  recalled INTEGER NOT NULL,
  contact INTEGER NOT NULL,
  link TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  change INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  settling INTEGER NOT NULL,
  difference TEXT NOT NULL,
  stated_at INTEGER NOT NULL,
  restated INTEGER NOT NULL
) STRICT;
CREATE INDEX pin_transit ON pin (holder, transfer) WHERE custody = 'transit';

-- Transfers made: what each gave, under which asking. Money stands here whole, PINs name their transfer.
CREATE TABLE network_transfer (
  switch INTEGER NOT NULL,
  number INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  ask TEXT NOT NULL,
  product TEXT NOT NULL,
  merchant TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- PINs, or minor units.
  count INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (switch, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX network_transfer_ask ON network_transfer (switch, ask) WHERE ask <> '';

CREATE TABLE network_recall (
  switch INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  of TEXT NOT NULL,
  currency TEXT NOT NULL,
  count INTEGER NOT NULL,
  first TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (switch, number)
) STRICT, WITHOUT ROWID;

-- PINs that are or were out, by switch, product and custody, and the sum of their marks: kept in the commits that move them.
CREATE TABLE holding (
  switch INTEGER NOT NULL,
  product TEXT NOT NULL,
  custody TEXT NOT NULL,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (switch, product, custody)
) STRICT, WITHOUT ROWID;

CREATE TABLE network_sale (
  switch INTEGER NOT NULL,
  kind TEXT NOT NULL,
  -- The journal's id there.
  origin INTEGER NOT NULL,
  service TEXT NOT NULL,
  product TEXT NOT NULL,
  merchant TEXT NOT NULL,
  terminal TEXT NOT NULL,
  stan TEXT NOT NULL,
  rrn TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (switch, origin, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE demand (
  product TEXT NOT NULL,
  switch INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  sold INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  PRIMARY KEY (hour, switch, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  switch INTEGER NOT NULL,
  merchant TEXT NOT NULL,
  currency TEXT NOT NULL,
  leased INTEGER NOT NULL,
  left INTEGER NOT NULL,
  PRIMARY KEY (switch, merchant, currency)
) STRICT, WITHOUT ROWID;
`;
