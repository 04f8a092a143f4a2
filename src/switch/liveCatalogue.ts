/**
 * The catalogue that counts now. A new revision takes its place between two requests: first its receipts' templates
 * get their numbers, on disk, then catalogue and receipts change over together, in one turn. A request reads it once
 * and never keeps it. Replacements go one at a time, in the order in which they were asked for.
 */
import type { Catalogue } from '../domain/catalogue.js';
import type { Receipts } from './receipts.js';

export class LiveCatalogue {
  readonly #receipts: Receipts;
  #current: Catalogue;
  #last: Promise<void> = Promise.resolve();

  private constructor(catalogue: Catalogue, receipts: Receipts) {
    this.#current = catalogue;
    this.#receipts = receipts;
  }

  static async open(catalogue: Catalogue, receipts: Receipts): Promise<LiveCatalogue> {
    receipts.use(await receipts.number(catalogue.printed()));
    return new LiveCatalogue(catalogue, receipts);
  }

  get current(): Catalogue {
    return this.#current;
  }

  /** Rejects where the store could not take the templates: the one before then stays. */
  replace(catalogue: Catalogue): Promise<void> {
    const replaced = this.#last.then(async () => {
      const numbers = await this.#receipts.number(catalogue.printed());
      this.#receipts.use(numbers);
      this.#current = catalogue;
    });
    this.#last = replaced.catch(() => undefined);
    return replaced;
  }
}
