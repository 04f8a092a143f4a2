/**
 * What this switch knows by heart: products, merchants, terminals. Read at start and kept in memory, so that
 * no sale waits for a look-up. Immutable: a change makes a new catalogue.
 */
import type { CreditProduct, PinProduct, Product } from './product.js';
import type { Reason } from './reason.js';

export interface Merchant {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

export interface Terminal {
  readonly id: string;
  readonly merchant: string;
  readonly enabled: boolean;
}

export class Catalogue {
  readonly products: ReadonlyMap<string, Product>;
  readonly #merchants: ReadonlyMap<string, Merchant>;
  readonly #terminals: ReadonlyMap<string, Terminal>;
  readonly #prefixes: readonly { readonly prefix: string; readonly product: CreditProduct }[];

  constructor(products: readonly Product[], merchants: readonly Merchant[], terminals: readonly Terminal[]) {
    this.products = new Map(products.map((product) => [product.code, product]));
    this.#merchants = new Map(merchants.map((merchant) => [merchant.id, merchant]));
    this.#terminals = new Map(terminals.map((terminal) => [terminal.id, terminal]));
    this.#prefixes = products
      .flatMap((product) =>
        product.kind === 'credit' ? product.accountPrefixes.map((prefix) => ({ prefix, product })) : [],
      )
      .sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** Undefined where this terminal of this merchant may ask for something. A merchant not sent is the terminal's. */
  stranger(terminalId: string, merchantId: string): Reason | undefined {
    const terminal = this.#terminals.get(terminalId);
    if (!terminal?.enabled) return 'invalid-terminal';
    if (merchantId !== '' && merchantId !== terminal.merchant) return 'invalid-merchant';
    return this.#merchants.get(terminal.merchant)?.enabled ? undefined : 'invalid-merchant';
  }

  pinProduct(code: string): PinProduct | undefined {
    const product = this.products.get(code);
    return product?.kind === 'pin' ? product : undefined;
  }

  /** The product named, else the one whose prefix fits the account longest. Undefined with a product that does not serve the account. */
  creditProduct(code: string, account: string): CreditProduct | undefined {
    const fits = this.#prefixes.find(
      ({ prefix, product }) => account.startsWith(prefix) && (code === '' || product.code === code),
    );
    return fits?.product;
  }
}
