/** A switch in a PIN network: what it knows of itself, the hub's data keys, and what the hub has to learn. */
export const member = `
-- At a switch: the transfer by which it came last, 0 where it did not come from a hub. At the hub: by which it left.
ALTER TABLE pin ADD COLUMN transfer INTEGER NOT NULL DEFAULT 0;
-- At the hub: the switch that has it, or had it last; 0: the hub.
ALTER TABLE pin ADD COLUMN holder INTEGER NOT NULL DEFAULT 0;

-- One row at most, id 1.
CREATE TABLE membership (
  id INTEGER PRIMARY KEY,
  network TEXT NOT NULL,
  name TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  hub TEXT NOT NULL,
  hub_key TEXT NOT NULL,
  secrets BLOB NOT NULL,
  stopped TEXT NOT NULL,
  transfer INTEGER NOT NULL,
  recall INTEGER NOT NULL,
  contact INTEGER NOT NULL,
  link TEXT NOT NULL,
  next_link TEXT NOT NULL,
  contact_at INTEGER NOT NULL,
  told_change INTEGER NOT NULL,
  told_journal INTEGER NOT NULL,
  told_settling INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;

CREATE TABLE adopted_key_batch (origin INTEGER PRIMARY KEY, batch INTEGER NOT NULL) STRICT;

-- pin 0: money. Ids are never used again, also when the log is empty.
CREATE TABLE network_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pin INTEGER NOT NULL,
  custody TEXT NOT NULL,
  merchant TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL
) STRICT;
`;
