/** What was in transit to a switch, and has arrived: it is away from then on. */
import type { Books } from '../books.js';
import type { Holdings } from './hubHoldings.js';

export class Arrivals {
  readonly #books: Books;
  readonly #holdings: Holdings;
  readonly #take;

  constructor(books: Books, holdings: Holdings) {
    this.#books = books;
    this.#holdings = holdings;
    this.#take = books.db
      .prepare<[number, number], [string, string]>(
        `UPDATE pin SET custody = 'away' WHERE custody = 'transit' AND holder = ? AND transfer <= ?
         RETURNING product, mark`,
      )
      .raw();
  }

  /** The caller writes the holdings. */
  take(holder: number, applied: number): void {
    for (const [product, mark] of this.#take.all(holder, applied)) {
      this.#holdings.leave(holder, product, 'transit', mark);
      this.#holdings.enter(holder, product, 'away', mark);
      this.#books.levels.move(product, 'transit', 'away');
    }
  }
}
