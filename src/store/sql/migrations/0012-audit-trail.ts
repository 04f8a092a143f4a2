/** The audit trail: what operators did and what keys were used for. Rows are only ever added. */
export const auditTrail = `
-- number: 1, 2, 3 …; said: JSON; hash: over this row and the hash before it (../../trailHash.ts).
CREATE TABLE audit_trail (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  said TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- The last of them, id 1: a row that is missing at the end is missed.
CREATE TABLE audit_head (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
`;
