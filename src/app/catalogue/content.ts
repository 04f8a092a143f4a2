/** From a document's members, as written, to the switch's own: the only place that knows both forms. */
import { type Catalogue, CatalogueBuilder } from '../../domain/catalogue.js';
import type { PinProduct, Product } from '../../domain/product.js';
import type { Promotion } from '../../domain/promotion.js';
import { type NumberRange, type Provider, prefixesOf } from '../../domain/provider.js';
import { accountsIn, supplierName } from './references.js';
import type { CatalogueDocument, ProductDocument, PromotionDocument, ProviderDocument } from './schema.js';

export function providerOf({ ranges, ...rest }: ProviderDocument): Provider {
  return { ...rest, ranges: ranges.flatMap(rangesOf) };
}

function rangesOf({
  prefix,
  from = '',
  to = '',
  lengthMin,
  lengthMax,
  product = '',
}: ProviderDocument['ranges'][number]): NumberRange[] {
  const prefixes = prefix === undefined ? prefixesOf(from, to) : [prefix];
  // A block names whole numbers, or how they begin: an account has at least its digits.
  return prefixes.map((one) => ({
    prefix: one,
    lengthMin: Math.max(lengthMin, from.length),
    lengthMax,
    product,
  }));
}

export function productOf(document: ProductDocument, receipts: CatalogueDocument['receipts']): Product {
  const { price, amountMin, amountMax, amountStep, route, receipt, value = 0, ...rest } = document;
  const shared = {
    value,
    price,
    amountMin: price ?? amountMin ?? 0,
    amountMax: price ?? amountMax ?? 0,
    amountStep: amountStep ?? 1,
    route: route.map(supplierName),
    weights: weightsOf(route),
    receipt: typeof receipt === 'string' ? (receipts[receipt] ?? []) : receipt,
  } satisfies Partial<PinProduct>;
  return { ...rest, ...shared };
}

function weightsOf(route: ProductDocument['route']): readonly number[] | undefined {
  const weights = route.flatMap((step) => (typeof step === 'string' ? [] : [step.weight]));
  return weights.length > 0 && weights.length === route.length ? weights : undefined;
}

function promotionOf({ count, total, line = '', ...rest }: PromotionDocument): Promotion {
  return { ...rest, line, by: count === undefined ? 'amount' : 'count', every: count ?? total ?? 1 };
}

/**
 * Builds a catalogue of documents that each hold a portion of it; products come after the receipts that they name. What
 * is added at once holds up sales for that long.
 */
export class CatalogueAssembly {
  readonly #builder = new CatalogueBuilder();
  readonly #receipts: CatalogueDocument['receipts'] = {};

  add({
    providers,
    accounts,
    products,
    receipts,
    merchants,
    terminals,
    commissions,
    promotions,
  }: CatalogueDocument): this {
    Object.assign(this.#receipts, receipts);
    this.#builder
      .addProviders(providers.map(providerOf))
      .addProducts(products.map((one) => productOf(one, this.#receipts)))
      .addMerchants(merchants)
      .addTerminals(terminals)
      .addCommissions(commissions)
      .addPromotions(promotions.map(promotionOf));
    for (const [provider, text] of Object.entries(accounts)) {
      this.#builder.addAccounts(provider, accountsIn(text));
    }
    return this;
  }

  /** Nothing may be added any more. */
  build(revision: number): Catalogue {
    return this.#builder.build(revision);
  }
}

/** The whole at once: for what is small, or not in a hurry. */
export function catalogueOf(document: CatalogueDocument, revision: number): Catalogue {
  return new CatalogueAssembly().add(document).build(revision);
}
