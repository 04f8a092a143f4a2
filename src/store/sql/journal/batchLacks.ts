/** What a batch lacks that may wait: of all its items together. */
import type { Lack, Posting } from '../../store.js';
import type { Books } from '../books.js';
import { unpacked } from '../crossing/effects.js';
import type { PackedItem } from './batchItems.js';
import { lacksOf, type Want, wantOf } from './lacking.js';

/**
 * Of all the items that nothing else refuses, each looked at as if it were alone in that. So more may be asked for than
 * the batch will take (where one item uses up the limit of a later one), but never less.
 */
export function lacksOfBatch(books: Books, today: string, items: readonly PackedItem[]): readonly Lack[] {
  const wants: Want[] = [];
  const postings: Posting[] = [];
  for (const { way, entry, effects, card } of items) {
    if (way === 'refused') continue;
    const held = unpacked(effects);
    if (books.money.usage.refusal(held.usage)) continue;
    if (card) {
      const { wish, pinProduct } = card;
      const found = books.cards.find(wish.mark);
      if (books.cards.refusal(found, wish)) continue;
      if (pinProduct !== '' && found?.has_pin !== 1) wants.push({ product: pinProduct, count: 1 });
    }
    if (way === 'stock') wants.push(wantOf(entry));
    postings.push(...held.postings);
  }
  return lacksOf(books, today, wants, postings);
}
