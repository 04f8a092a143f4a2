/** Which transactions may leave the journal. `@before` is a moment. */

const ALL = '9007199254740991';
const unsettled = (position: string): string => `(SELECT origin FROM settling WHERE id > ${position})`;

/**
 * Final, old, counted in its day's totals, told to the hub, and cited by nothing that stays. The last one stays too: its
 * number must not be given again.
 */
function isFinal(row: string): string {
  return `${row}.state IN ('approved', 'declined', 'reversed')
    AND ${row}.received_at < @before AND ${row}.closed_at < @before
    AND ${row}.id < (SELECT max(id) FROM journal)
    AND ${row}.id <= (SELECT journal_id FROM tallied)
    AND ${row}.id <= coalesce((SELECT told_journal FROM membership), ${ALL})
    AND ${row}.id NOT IN ${unsettled('(SELECT settling_id FROM tallied)')}
    AND ${row}.id NOT IN ${unsettled(`coalesce((SELECT told_settling FROM membership), ${ALL})`)}
    AND ${row}.id NOT IN (SELECT sold_in FROM pin WHERE custody = 'quarantined' AND sold_in IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM forwarding WHERE forwarding.id = ${row}.id)
    AND NOT EXISTS (SELECT 1 FROM account_memory
      WHERE account_memory.mark = ${row}.account_mark AND account_memory.transaction_id = ${row}.id)
    AND NOT EXISTS (SELECT 1 FROM card_move JOIN card ON card.id = card_move.card
      WHERE card_move.id = ${row}.id AND card.moved_in = ${row}.id)`;
}

/** A batch leaves with all its items, or stays with them. */
export const MAY_LEAVE = `journal.batch_id = 0 AND ${isFinal('journal')}
  AND (journal.service <> 'batch' OR NOT EXISTS (SELECT 1 FROM journal AS item
    WHERE item.batch_id = journal.id AND item.batch_id <> 0 AND NOT (${isFinal('item')})))`;

/** Whether the number `id` is that of a transaction that has left. */
export const hasLeft = (id: string): string =>
  `(coalesce(${id}, 0) > 0 AND
  coalesce((SELECT last_id FROM archived WHERE first_id <= ${id} ORDER BY first_id DESC LIMIT 1), 0) >= ${id})`;

/** Numbers of a JSON array, whole or a named value. */
export const among = (name: string): string => `(SELECT CAST(value AS BIGINT) FROM json_each(${name}))`;
