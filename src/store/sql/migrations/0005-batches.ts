/** Items of batches: journal rows that name their batch's row, and their number in it; 0 for all others. */
export const batches = `
ALTER TABLE journal ADD COLUMN batch_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN item INTEGER NOT NULL DEFAULT 0;
CREATE INDEX journal_batch ON journal (batch_id, item) WHERE batch_id <> 0;
`;
