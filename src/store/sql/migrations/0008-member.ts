/** A switch in a PIN network: what it knows of itself, the hub's data keys, and what the hub has to learn. */
export const member = `
-- At a switch: the transfer by which it came last, as changeLog.ts numbers them; 0 where it did not come from a hub.
-- At the hub: the number of the one by which it left.
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
  -- Counts the enrolments of this database; and the first of them in this network.
  enrolment INTEGER NOT NULL,
  first_enrolment INTEGER NOT NULL,
  -- PINs that came by transfers and were new here, ever.
  came INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;

CREATE TABLE adopted_key_batch (origin INTEGER PRIMARY KEY, batch INTEGER NOT NULL) STRICT;

-- pin 0: money. An id is never used again in one enrolment: the next is beyond these, and beyond told_change.
CREATE TABLE network_change (
  id INTEGER PRIMARY KEY,
  pin INTEGER NOT NULL,
  custody TEXT NOT NULL,
  merchant TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL DEFAULT '',
  amount INTEGER NOT NULL DEFAULT 0
) STRICT;
`;
