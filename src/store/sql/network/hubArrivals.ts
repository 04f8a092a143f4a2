/** What was in transit to a switch, and has arrived: it is away from then on. */
import type { Books } from '../books.js';
import type { Holdings } from './hubHoldings.js';

export class Arrivals {
  readonly #holdings: Holdings;
  readonly #take;

  constructor({ db }: Books, holdings: Holdings) {
    this.#holdings = holdings;
    this.#take = db
      .prepare<[number, number], [string, string]>(
        `UPDATE pin SET custody = 'away' WHERE custody = 'transit' AND holder = ? AND transfer <= ?
         RETURNING product, mark`,
      )
      .raw();
  }

  /** The caller writes the holdings. */
  take(holder: number, applied: number): void {
    const from = { holder, custody: 'transit' } as const;
    for (const [product, marks] of byProduct(this.#take.all(holder, applied)))
      this.#holdings.move(product, from, { holder, custody: 'away' }, marks);
  }
}

/** Marks, from rows of product and mark. */
export function byProduct(
  rows: readonly (readonly [string, string])[],
): ReadonlyMap<string, readonly string[]> {
  const marks = new Map<string, string[]>();
  for (const [product, mark] of rows) {
    const of = marks.get(product);
    if (of) of.push(mark);
    else marks.set(product, [mark]);
  }
  return marks;
}
