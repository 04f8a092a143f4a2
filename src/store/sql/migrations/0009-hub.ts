/** A PIN network's hub: its switches, what is under way to them, what they have told. */
export const hub = `
CREATE TABLE network_switch (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  -- Its present one of network_holder; 0 before it has enrolled.
  holder INTEGER NOT NULL,
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
  -- Changes up to it may stand here already, told by a restatement.
  restated_change INTEGER NOT NULL,
  journal INTEGER NOT NULL,
  settling INTEGER NOT NULL,
  difference TEXT NOT NULL,
  stated_at INTEGER NOT NULL,
  restated INTEGER NOT NULL
) STRICT;
CREATE INDEX network_switch_code ON network_switch (code_sha256);

-- Who holds PINs: a switch, in one epoch. What a former epoch held stays apart from what the next one holds.
CREATE TABLE network_holder (
  id INTEGER PRIMARY KEY,
  switch INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  -- When what it held was decided on, as it will not be heard again; 0 before.
  ended_at INTEGER NOT NULL,
  UNIQUE (switch, epoch)
) STRICT;

-- The last contacts: one that comes late is told from another copy of the switch.
CREATE TABLE network_contact (
  holder INTEGER NOT NULL,
  contact INTEGER NOT NULL,
  link TEXT NOT NULL,
  PRIMARY KEY (holder, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX pin_transit ON pin (holder, transfer) WHERE custody = 'transit';
CREATE INDEX pin_away ON pin (holder, product, expiry) WHERE custody = 'away';

-- Transfers made: what each gave, under which asking. Money stands here whole, PINs name their transfer.
CREATE TABLE network_transfer (
  holder INTEGER NOT NULL,
  number INTEGER NOT NULL,
  ask TEXT NOT NULL,
  product TEXT NOT NULL,
  merchant TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- PINs, or minor units.
  count INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (holder, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX network_transfer_ask ON network_transfer (holder, ask) WHERE ask <> '';

-- Those that have not been carried out.
CREATE TABLE network_recall (
  holder INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  of TEXT NOT NULL,
  currency TEXT NOT NULL,
  count INTEGER NOT NULL,
  first TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (holder, number)
) STRICT, WITHOUT ROWID;

-- PINs that are or were out, by holder, product and custody, and the sum of their marks (markSum.ts): kept in the
-- commits that move them.
CREATE TABLE holding (
  holder INTEGER NOT NULL,
  product TEXT NOT NULL,
  custody TEXT NOT NULL,
  count INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (holder, product, custody)
) STRICT, WITHOUT ROWID;

-- The same database enrolled anew may tell a sale again; another one counts its own journal from 1.
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
  PRIMARY KEY (switch, origin, kind, at)
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
  holder INTEGER NOT NULL,
  merchant TEXT NOT NULL,
  currency TEXT NOT NULL,
  leased INTEGER NOT NULL,
  "left" INTEGER NOT NULL,
  PRIMARY KEY (holder, merchant, currency)
) STRICT, WITHOUT ROWID;

-- PINs that a switch has claimed since these books were found old; empty where they are right.
CREATE TABLE network_claim (pin INTEGER PRIMARY KEY, holder INTEGER NOT NULL) STRICT;
`;
