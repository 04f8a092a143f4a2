/**
 * The business day: what ended or was undone after it was entered, cutovers, totals, reconciliations; and doubt that
 * was ended by hand. What stood before it is entered as if it had ended now: it counts in the first day.
 */
export const endOfDay = `
-- A transaction became approved after it was entered (done 1), or an approved one was undone (done 0).
CREATE TABLE settling (id INTEGER PRIMARY KEY, origin INTEGER NOT NULL, done INTEGER NOT NULL) STRICT;
INSERT INTO settling (origin, done) SELECT id, 1 FROM journal WHERE deadline_at <> 0 AND reason = 'approved'
  AND state IN ('approved', 'reversing', 'reversed') ORDER BY id;
INSERT INTO settling (origin, done) SELECT id, 0 FROM journal WHERE reason = 'approved'
  AND state IN ('reversing', 'reversed') ORDER BY id;

-- The last ids of journal and settling that the day holds.
CREATE TABLE cutover (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL UNIQUE,
  journal_id INTEGER NOT NULL,
  settling_id INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Totals of the day that began with a cutover (0: the first), as far as tallied says. Amounts in minor units.
CREATE TABLE tally (
  cutover INTEGER NOT NULL,
  acquirer TEXT NOT NULL,
  terminal TEXT NOT NULL,
  currency TEXT NOT NULL,
  credits INTEGER NOT NULL,
  credit_reversals INTEGER NOT NULL,
  debits INTEGER NOT NULL,
  debit_reversals INTEGER NOT NULL,
  credit_amount INTEGER NOT NULL,
  credit_reversal_amount INTEGER NOT NULL,
  debit_amount INTEGER NOT NULL,
  debit_reversal_amount INTEGER NOT NULL,
  PRIMARY KEY (cutover, acquirer, terminal, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE tallied (journal_id INTEGER NOT NULL, settling_id INTEGER NOT NULL) STRICT;
INSERT INTO tallied (journal_id, settling_id) VALUES (0, 0);

-- Under the id of its journal row. said and own: JSON, by figure.
CREATE TABLE reconciliation (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  scope TEXT NOT NULL,
  currency TEXT NOT NULL,
  agreed INTEGER NOT NULL,
  said TEXT NOT NULL,
  own TEXT NOT NULL
) STRICT;

CREATE TABLE resolution (
  id INTEGER PRIMARY KEY,
  origin INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX resolution_origin ON resolution (origin);
`;
