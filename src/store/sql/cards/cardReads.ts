/** What is read of cards, packed for the calling side; and whether their books are right. */

import { type Flat, toLatin1 } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

type Row = readonly [number, string, string, string, number, Uint8Array, number, string, string, number];

export function card(db: Connection): Handler {
  const select = db.prepare<[string], Row>(
    `SELECT id, state, product, mark, batch, sealed, pin IS NOT NULL, expiry, terminal, moved_in
     FROM card WHERE mark = ?`,
  );
  select.raw();
  return (input, out) => {
    const [id = null, state, product, mark, batch, sealed, ...rest] = select.get(input.text()) ?? [];
    out.push(id);
    if (sealed) out.push(state ?? '', product ?? '', mark ?? '', batch ?? 0, toLatin1(sealed), ...rest);
  };
}

export function cardIntakeState(db: Connection): Handler {
  const select = db.prepare<[string], Flat>(
    'SELECT progress, taken, refused FROM card_intake WHERE name = ?',
  );
  select.raw();
  return (input, out) => {
    out.push(...(select.get(input.text()) ?? [null, null, null]));
  };
}

export const CARD_LEVELS =
  'SELECT product, state, count(*) FROM card GROUP BY product, state ORDER BY product, state';

/** What stands in the journal of the transaction that moved a card last. */
const HOLDER = 'card LEFT JOIN journal ON journal.id = card.moved_in';

/** As audit.ts has its own: how many, and the first one's id. */
export const CARD_CHECKS: readonly (readonly [string, string])[] = [
  [
    'redeemed card without exactly its one approved redemption',
    `SELECT count(*), min(card.id) FROM ${HOLDER} WHERE card.state = 'redeemed'
     AND (journal.service IS DISTINCT FROM 'card-redemption' OR journal.state <> 'approved')`,
  ],
  [
    'card bound to no redemption under way',
    `SELECT count(*), min(card.id) FROM ${HOLDER} WHERE card.state = 'redeeming'
     AND (journal.service IS DISTINCT FROM 'card-redemption' OR journal.state NOT IN ('pending', 'reversing'))`,
  ],
  [
    'active card without its approved activation',
    `SELECT count(*), min(card.id) FROM ${HOLDER} WHERE card.state = 'active'
     AND (journal.service IS DISTINCT FROM 'card-activation' OR journal.state <> 'approved')`,
  ],
  [
    'redemption that stands without its card',
    `SELECT count(*), min(journal.id) FROM journal WHERE service = 'card-redemption' AND quantity > 0
     AND state IN ('pending', 'reversing', 'approved') AND NOT EXISTS (SELECT 1 FROM card_move JOIN card
     ON card.id = card_move.card WHERE card_move.id = journal.id AND card.moved_in = journal.id)`,
  ],
  [
    'card that the intakes do not account for',
    `SELECT abs((SELECT coalesce(sum(taken), 0) FROM card_intake) - (SELECT count(*) FROM card)), NULL`,
  ],
];
