/**
 * Receipt lines: a template is stored once under a number, the journal keeps the number, and a repeat years later
 * prints the same lines, whatever the catalogue says by then. Holds every template in memory; there are few.
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

/** Templates that are given their numbers at once: so many verbs wait in the store's queue at most. */
const NUMBERED_AT_ONCE_MAX = 500;

export class Receipts {
  readonly #store: Store;
  readonly #templates: Map<number, readonly string[]>;
  /** Number by template, as the store holds it. */
  readonly #numbers = new Map<string, number>();
  #byProduct: ReadonlyMap<string, number> = new Map();

  private constructor(store: Store, templates: ReadonlyMap<number, readonly string[]>) {
    this.#store = store;
    this.#templates = new Map(templates);
    for (const [id, lines] of templates) this.#numbers.set(JSON.stringify(lines), id);
  }

  static async open(store: Store): Promise<Receipts> {
    return new Receipts(store, await store.receipts());
  }

  /** The numbers of these products' templates, by product; a template not met before is stored. Changes no receipt. */
  async number(products: Iterable<Product>): Promise<ReadonlyMap<string, number>> {
    const wanted = [...products].filter(({ receipt }) => receipt.length > 0);
    const byProduct = new Map<string, number>();
    for (let at = 0; at < wanted.length; at += NUMBERED_AT_ONCE_MAX) {
      const portion = wanted.slice(at, at + NUMBERED_AT_ONCE_MAX);
      const numbers = await Promise.all(portion.map((product) => this.#numberOf(product)));
      for (const [index, { code }] of portion.entries()) byProduct.set(code, numbers[index] ?? 0);
    }
    return byProduct;
  }

  async #numberOf({ name, receipt }: Product): Promise<number> {
    const lines = receipt.map((line) => line.replaceAll('{product}', name));
    const text = JSON.stringify(lines);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const id = await this.#store.internReceipt(lines);
    this.#templates.set(id, lines);
    this.#numbers.set(text, id);
    return id;
  }

  /** What number() gave: from now on these are the products' receipts. */
  use(byProduct: ReadonlyMap<string, number>): void {
    this.#byProduct = byProduct;
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
    return Object.hasOwn(values, name) ? String(values[name as keyof ReceiptValues]) : whole;
  });
}

/** Minor units as a decimal with two places, by whole numbers only. */
function decimal(amount: number): string {
  return `${Math.trunc(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;
}
