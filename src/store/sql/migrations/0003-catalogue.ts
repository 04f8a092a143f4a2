/** Revisions of the catalogue. Rows are only ever added. */
export const catalogue = `
CREATE TABLE catalogue_portion (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL
) STRICT;

CREATE TABLE catalogue_revision (
  revision INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  made_by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- number: 0, 1, 2 … in the document's order.
CREATE TABLE catalogue_content (
  revision INTEGER NOT NULL,
  number INTEGER NOT NULL,
  portion INTEGER NOT NULL,
  PRIMARY KEY (revision, number)
) STRICT, WITHOUT ROWID;
`;
