/**
 * What a terminal is told of the catalogue: providers, a provider's values, its regions, rates. Whole from the page
 * asked for on; the conduit takes what one answer holds and names the page after it. A page is the code of its first
 * item (of rates: the line's number), so that a new revision between two pages neither repeats nor leaves out.
 */
import type { Catalogue } from '../domain/catalogue.js';
import { type Listed, type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Product } from '../domain/product.js';
import type { Reason } from '../domain/reason.js';
import type { CatalogueInquiry } from '../domain/request.js';

/** Items handed over at once: more than any answer holds. */
const ITEMS_MAX = 200;

export function tellCatalogue(catalogue: Catalogue, request: CatalogueInquiry): Outcome {
  const items = itemsOf(catalogue, request);
  if (typeof items === 'string') return plainOutcome(items);
  const from = request.page === '' ? 0 : items.findIndex(({ page }) => page === request.page);
  // The item that the page began with is no longer there.
  if (from < 0) return plainOutcome('unknown-product');
  return { ...plainOutcome('approved'), listing: items.slice(from, from + ITEMS_MAX) };
}

function itemsOf(
  catalogue: Catalogue,
  { part, provider: code, product }: CatalogueInquiry,
): readonly Listed[] | Reason {
  if (part === 'providers') return providers(catalogue);
  const named = catalogue.onSale(product);
  if (product !== '' && !named) return 'unknown-product';
  const provider = catalogue.provider(code || (named?.provider ?? ''));
  if (!provider || (named && named.provider !== provider.code)) return 'unknown-product';
  switch (part) {
    case 'values':
      return catalogue.productsOf(provider.code).map(value);
    case 'regions':
      return provider.regions
        .filter((region) => !named || named.regions.length === 0 || named.regions.includes(region.code))
        .map(({ code: region, name }) =>
          listed(region, [
            ['RG', region],
            ['NM', name],
          ]),
        );
    case 'rates':
      return [...(named?.rates ?? []), ...provider.rates].map((line, at) =>
        listed(String(at), [['RT', line]]),
      );
  }
}

/** Those that have something for sale. */
function providers(catalogue: Catalogue): readonly Listed[] {
  return [...catalogue.providers.values()]
    .filter(({ code }) => catalogue.productsOf(code).length > 0)
    .map(({ code, name }) =>
      listed(code, [
        ['PV', code],
        ['NM', name],
      ]),
    );
}

function value(product: Product): Listed {
  const { code, name, price, currency, unit } = product;
  const entries: [string, string][] = [
    ['PR', code],
    ['NM', name],
  ];
  if (price !== undefined) entries.push(['AM', String(price)]);
  else {
    entries.push(
      ['MN', String(product.amountMin)],
      ['MX', String(product.amountMax)],
      ['ST', String(product.amountStep)],
    );
  }
  entries.push(['CU', currency]);
  if (unit === 'minutes') entries.push(['UN', 'minutes'], ['VL', String(product.value)]);
  return listed(code, entries);
}

function listed(page: string, entries: Listed['entries']): Listed {
  return { page, entries };
}
