/**
 * What this switch knows by heart: providers, products, merchants, terminals, accounts that no number range tells.
 * Kept in memory, so that no sale waits for a look-up; immutable: a change makes a new catalogue. Every look-up is
 * one of a map; a number range is one for each length of prefix that there is (28 at most). A builder takes the
 * parts in any order and in any portions, so that a large one is built without holding up sales.
 */
import { type Commission, Commissions } from './commission.js';
import { isAllowed, type Merchant, type Terminal } from './merchant.js';
import { amountFault, type CreditProduct, type PinProduct, type Product } from './product.js';
import { type Promotion, rewardedCode } from './promotion.js';
import { NumberRanges, type Provider } from './provider.js';
import type { Reason } from './reason.js';
import type { ServiceKind } from './request.js';

/** What a credit says of itself; '' stands for "not said". */
export interface CreditWish {
  readonly account: string;
  readonly provider: string;
  readonly product: string;
  readonly amount: number | undefined;
  readonly currency: string;
}

/** What an account was credited with last time. */
export interface LastCredit {
  readonly provider: string;
  readonly product: string;
}

export interface PinWish {
  readonly provider: string;
  readonly product: string;
  readonly region: string;
  readonly quantity: number;
  readonly amount: number | undefined;
  readonly currency: string;
}

/** `product` is undefined where the provider has none that could be credited: there may be a PIN of it instead. */
export interface CreditChoice {
  readonly provider: Provider;
  readonly product: CreditProduct | undefined;
}

export class CatalogueBuilder {
  readonly providers = new Map<string, Provider>();
  readonly products = new Map<string, Product>();
  readonly merchants = new Map<string, Merchant>();
  readonly terminals = new Map<string, Terminal>();
  readonly commissions: Commission[] = [];
  readonly promotions: Promotion[] = [];
  /** Provider's code by account. */
  readonly accounts = new Map<string, string>();

  addProviders(list: Iterable<Provider>): this {
    for (const one of list) this.providers.set(one.code, one);
    return this;
  }

  addProducts(list: Iterable<Product>): this {
    for (const one of list) this.products.set(one.code, one);
    return this;
  }

  addMerchants(list: Iterable<Merchant>): this {
    for (const one of list) this.merchants.set(one.id, one);
    return this;
  }

  addTerminals(list: Iterable<Terminal>): this {
    for (const one of list) this.terminals.set(one.id, one);
    return this;
  }

  addCommissions(list: Iterable<Commission>): this {
    this.commissions.push(...list);
    return this;
  }

  addPromotions(list: Iterable<Promotion>): this {
    this.promotions.push(...list);
    return this;
  }

  addAccounts(provider: string, accounts: Iterable<string>): this {
    for (const account of accounts) this.accounts.set(account, provider);
    return this;
  }

  /** Takes the builder over: nothing may be added any more. */
  build(revision: number): Catalogue {
    return new Catalogue(revision, this);
  }
}

export class Catalogue {
  readonly revision: number;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly products: ReadonlyMap<string, Product>;
  readonly #merchants: ReadonlyMap<string, Merchant>;
  readonly #terminals: ReadonlyMap<string, Terminal>;
  readonly commissions: Commissions;
  readonly #promotions = new Map<string, Promotion>();
  readonly #accounts: ReadonlyMap<string, string>;
  readonly #ranges: NumberRanges;
  readonly #byProvider = new Map<string, Product[]>();

  constructor(revision: number, parts: CatalogueBuilder) {
    this.revision = revision;
    this.providers = parts.providers;
    this.products = parts.products;
    this.#merchants = parts.merchants;
    this.#terminals = parts.terminals;
    this.commissions = new Commissions(parts.commissions);
    for (const one of parts.promotions) for (const code of one.products) this.#promotions.set(code, one);
    this.#accounts = parts.accounts;
    this.#ranges = new NumberRanges(parts.providers.values());
    for (const product of parts.products.values()) {
      if (!this.#isOnSale(product)) continue;
      const others = this.#byProvider.get(product.provider);
      if (others) others.push(product);
      else this.#byProvider.set(product.provider, [product]);
    }
  }

  /** Undefined where this terminal of this merchant may ask for this. A merchant not sent is the terminal's. */
  stranger(terminalId: string, merchantId: string, service: ServiceKind): Reason | undefined {
    const terminal = this.#terminals.get(terminalId);
    if (!terminal?.enabled) return 'invalid-terminal';
    if (merchantId !== '' && merchantId !== terminal.merchant) return 'invalid-merchant';
    const merchant = this.#merchants.get(terminal.merchant);
    if (!merchant?.enabled) return 'invalid-merchant';
    return isAllowed(terminal, service) && isAllowed(merchant, service) ? undefined : 'not-permitted';
  }

  /** The one that this product counts for. */
  promotionOf(product: string): Promotion | undefined {
    return this.#promotions.get(product);
  }

  /** Products whose receipts are printed, and beside each what it is when its promotion is due. */
  *printed(): Iterable<Product> {
    for (const product of this.products.values()) {
      yield product;
      const line = this.#promotions.get(product.code)?.line;
      if (line) yield { ...product, code: rewardedCode(product.code), receipt: [...product.receipt, line] };
    }
  }

  terminal(id: string): Terminal | undefined {
    return this.#terminals.get(id);
  }

  merchant(id: string): Merchant | undefined {
    return this.#merchants.get(id);
  }

  /** The shop that a terminal stands in; '' where it is not known. */
  merchantOf(terminalId: string): string {
    return this.#terminals.get(terminalId)?.merchant ?? '';
  }

  /** What a provider sells, as the document has it in order. */
  productsOf(provider: string): readonly Product[] {
    return this.#byProvider.get(provider) ?? [];
  }

  /** A product by its code; else the first of a provider's that fits amount and region. */
  pinFor(wish: PinWish): PinProduct | Reason {
    const { provider, region } = wish;
    if (wish.product !== '') {
      const product = this.onSale(wish.product);
      const isMeant = product?.kind === 'pin' && (provider === '' || provider === product.provider);
      return isMeant ? product : 'unknown-product';
    }
    const regions = this.provider(provider)?.regions;
    if (!regions) return 'unknown-product';
    if (region !== '' && regions.length > 0 && !regions.some(({ code }) => code === region))
      return 'invalid-region';
    const product = this.productsOf(provider).find(
      (one): one is PinProduct =>
        one.kind === 'pin' &&
        amountFault(one, wish.quantity, wish.amount, wish.currency) === undefined &&
        (region === '' || one.regions.length === 0 || one.regions.includes(region)),
    );
    return product ?? 'invalid-amount';
  }

  /**
   * Whose account it is, and the product that credits it. The longest number range tells; then the account-to-provider
   * table; then the request's own word; then what was done last time. A number that left its operator is a range of
   * its own, as long as the number: there is none longer. One provider's that is not enabled is not given to another.
   */
  creditFor(wish: CreditWish, known?: LastCredit): CreditChoice | Reason {
    const { account } = wish;
    const named = wish.product === '' ? undefined : this.onSale(wish.product);
    if (wish.product !== '' && named?.kind !== 'credit') return 'unknown-product';
    const word = wish.provider || (named?.provider ?? '');
    if (word !== '' && !this.provider(word)) return 'unknown-product';
    if (named && named.provider !== word) return 'unknown-product';
    const range = this.#ranges.find(account, word || known?.provider);
    const owner = range?.provider.code ?? this.#accounts.get(account) ?? (word || known?.provider);
    if (owner === undefined) return 'invalid-account';
    const provider = this.provider(owner);
    if (!provider) return this.providers.has(owner) ? 'no-route' : 'invalid-account';
    if (named?.kind === 'credit' && named.provider === provider.code) return { provider, product: named };
    const credits = this.productsOf(provider.code).filter(
      (one): one is CreditProduct => one.kind === 'credit',
    );
    const fits = (one: CreditProduct): boolean =>
      amountFault(one, 1, wish.amount, wish.currency) === undefined;
    const product =
      credits.find((one) => one.code === known?.product && (wish.amount === undefined || fits(one))) ??
      credits.find(({ code }) => code === range?.product) ??
      credits.find(fits) ??
      credits[0];
    return { provider, product };
  }

  /** Undefined where the region will do; one that its provider does not have is refused though none is needed. */
  regionFault(product: Product, region: string): Reason | undefined {
    const regions = this.providers.get(product.provider)?.regions ?? [];
    if (region === '') return product.regionRequired ? 'invalid-region' : undefined;
    if (regions.length === 0) return undefined;
    const fits =
      regions.some(({ code }) => code === region) &&
      (product.regions.length === 0 || product.regions.includes(region));
    return fits ? undefined : 'invalid-region';
  }

  /** One that is enabled, as all that follow. */
  provider(code: string): Provider | undefined {
    const found = this.providers.get(code);
    return found?.enabled ? found : undefined;
  }

  /** A product that may be sold now. */
  onSale(code: string): Product | undefined {
    const product = this.products.get(code);
    return product && this.#isOnSale(product) ? product : undefined;
  }

  #isOnSale({ enabled, provider }: Product): boolean {
    return enabled && this.provider(provider) !== undefined;
  }
}
