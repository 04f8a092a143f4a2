/**
 * Receipt lines: a product's template is stored once under a number, the journal keeps the number, and a
 * repeat years later prints the same lines. Holds every template in memory; there are few.
 */
import { SafeError } from '../base/errors.js';
import type { Product } from '../domain/product.js';
import type { Store } from '../store/store.js';

export interface ReceiptValues {
  readonly amount: number;
  readonly currency: string;
  readonly serial: string;
  readonly expiry: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly rrn: string;
  readonly approval: string;
}

export class Receipts {
  readonly #templates: Map<number, readonly string[]>;
  readonly #byProduct = new Map<string, number>();

  private constructor(templates: ReadonlyMap<number, readonly string[]>) {
    this.#templates = new Map(templates);
  }

  static async open(store: Store, products: Iterable<Product>): Promise<Receipts> {
    const receipts = new Receipts(await store.receipts());
    for (const product of products) {
      if (product.receipt.length === 0) continue;
      const lines = product.receipt.map((line) => line.replaceAll('{product}', product.name));
      const id = await store.internReceipt(lines);
      receipts.#templates.set(id, lines);
      receipts.#byProduct.set(product.code, id);
    }
    return receipts;
  }

  /** The number of a product's template today; 0 for none. */
  idOf(product: string): number {
    return this.#byProduct.get(product) ?? 0;
  }

  render(id: number, values: ReceiptValues): readonly string[] {
    if (id === 0) return [];
    const lines = this.#templates.get(id);
    if (!lines) throw new SafeError(`receipt template ${id} is not in the store`);
    return lines.map((line) => (line.includes('{') ? fill(line, values) : line));
  }
}

function fill(line: string, values: ReceiptValues): string {
  return line.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (name === 'amount') return decimal(values.amount);
    const value = values[name as keyof ReceiptValues];
    return value === undefined ? whole : String(value);
  });
}

/** Minor units as a decimal with two places, by whole numbers only. */
function decimal(amount: number): string {
  return `${Math.trunc(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;
}
