/**
 * What a schema cannot say of a catalogue: names that point at nothing, or at two things; amounts that contradict each
 * other. A fault is one line: where, and what is allowed. Linear in the document's size.
 */
import { SafeError } from '../../base/errors.js';
import { subjectOf } from '../../domain/commission.js';
import type { CatalogueDocument, ProductDocument, PromotionDocument, ProviderDocument } from './schema.js';

export class CatalogueError extends SafeError {
  override name = 'CatalogueError';
}

/** Steps of a route that are no supplier's: a supplier may not be named so. */
export const OWN_STEPS: readonly string[] = ['stock', 'ledger'];

/** Names listed in a message at most. */
const NAMED_MAX = 20;

/** `where` is put before the path: `FILE: `, or `FILE: catalogue.`. Throws CatalogueError. */
export function checkCatalogue(document: CatalogueDocument, where: string): void {
  const { providers, accounts, products, receipts, merchants, terminals } = document;
  const fault = (path: string, text: string): never => {
    throw new CatalogueError(`${where}${path}: ${text}`);
  };
  const providerOf = new Map(providers.map((one) => [one.code, one]));
  const productOf = new Map(products.map((one) => [one.code, one]));
  const shops = new Set(merchants.map(({ id }) => id));
  unique(providers, ({ code }) => code, `${where}providers`);
  unique(products, ({ code }) => code, `${where}products`);
  unique(merchants, ({ id }) => id, `${where}merchants`);
  unique(terminals, ({ id }) => id, `${where}terminals`);
  for (const one of providers) checkProvider(one, productOf, fault);
  const owners = new Map<string, string>();
  for (const [owner, text] of Object.entries(accounts)) {
    if (!providerOf.has(owner)) fault(`accounts.${owner}`, noneOf(providerOf.keys(), 'providers'));
    for (const account of accountsIn(text)) {
      const other = owners.get(account);
      // The account itself is a customer's, and is not told.
      if (other !== undefined)
        fault(`accounts.${owner}`, `has an account that stands under ${other} already`);
      owners.set(account, owner);
    }
  }
  for (const one of products) {
    const path = `products.${one.code}`;
    const provider = providerOf.get(one.provider);
    if (!provider) fault(`${path}.provider`, `"${one.provider}" ${noneOf(providerOf.keys(), 'providers')}`);
    else checkRegions(one, provider, path, fault);
    checkAmounts(one, path, fault);
    checkRoute(one, path, fault);
    if (one.kind === 'card') checkCard(one, productOf, path, fault);
    if (typeof one.receipt === 'string' && !Object.hasOwn(receipts, one.receipt))
      fault(`${path}.receipt`, `"${one.receipt}" ${noneOf(Object.keys(receipts), 'receipts')}`);
  }
  for (const { id, merchant } of terminals) {
    if (!shops.has(merchant)) fault(`terminals.${id}.merchant`, `"${merchant}" is none of the merchants`);
  }
  for (const { id, account } of merchants) {
    if (account?.mode === 'prepaid' && account.limit > 0)
      fault(`merchants.${id}.account.limit`, 'must be 0 where the mode is prepaid');
  }
  checkCommissions(document, fault);
  checkPromotions(document, productOf, fault);
}

type Fault = (path: string, text: string) => void;

function checkCommissions({ commissions, merchants, products }: CatalogueDocument, fault: Fault): void {
  const known = {
    merchant: new Set(merchants.map(({ id }) => id)),
    group: new Set(merchants.map(({ group }) => group).filter((group) => group !== '')),
    product: new Set(products.map(({ code }) => code)),
  };
  for (const [at, one] of commissions.entries()) {
    const path = `commissions.${at}`;
    if (one.merchant !== undefined && one.group !== undefined)
      fault(path, 'must have merchant or group, not both');
    for (const member of ['merchant', 'group', 'product'] as const) {
      const name = one[member];
      if (name !== undefined && !known[member].has(name))
        fault(`${path}.${member}`, `"${name}" ${noneOf(known[member], `${member}s`)}`);
    }
  }
  const twice = duplicate(commissions.map(subjectOf));
  if (twice !== undefined) fault('commissions', `"${twice.trim()}" stands twice`);
}

function checkPromotions(
  { promotions }: CatalogueDocument,
  products: ReadonlyMap<string, ProductDocument>,
  fault: Fault,
): void {
  const twice = duplicate(promotions.map(({ code }) => code));
  if (twice !== undefined) fault('promotions', `"${twice}" stands twice`);
  const owners = new Map<string, string>();
  for (const one of promotions) {
    const path = `promotions.${one.code}`;
    if ((one.count === undefined) === (one.total === undefined))
      fault(path, 'must have either count or total');
    if (one.add === 0 && one.line === undefined) fault(path, 'must have add, or line, or both');
    for (const code of one.products) {
      const other = owners.get(code);
      if (other !== undefined) fault(`${path}.products`, `"${code}" stands under ${other} already`);
      owners.set(code, one.code);
      checkPromoted(one, products.get(code), code, fault);
    }
    const currencies = new Set(one.products.map((code) => products.get(code)?.currency));
    if (currencies.size > 1) fault(`${path}.products`, 'must be of one currency');
  }
}

function checkPromoted(
  { code, add }: PromotionDocument,
  product: ProductDocument | undefined,
  name: string,
  fault: Fault,
): void {
  const path = `promotions.${code}`;
  if (product?.kind !== 'credit') fault(`${path}.products`, `"${name}" is none of the credit products`);
  else if (add > 0 && !product.route.includes('ledger'))
    fault(`${path}.add`, `"${name}" credits no account that is managed here: only a line may be`);
}

function checkProvider(
  { code, regions, ranges }: ProviderDocument,
  products: ReadonlyMap<string, ProductDocument>,
  fault: Fault,
): void {
  const path = `providers.${code}`;
  const twice = duplicate(regions.map((region) => region.code));
  if (twice !== undefined) fault(`${path}.regions`, `"${twice}" stands twice`);
  for (const [at, { prefix, from, to, lengthMin, lengthMax, product }] of ranges.entries()) {
    const here = `${path}.ranges.${at}`;
    if ((prefix === undefined) === (from === undefined) || (from === undefined) !== (to === undefined))
      fault(here, 'must have either prefix, or from and to');
    if (from !== undefined && to !== undefined && (from.length !== to.length || from > to))
      fault(here, 'from must not be above to, and have as many digits');
    if (lengthMin > lengthMax) fault(here, 'lengthMin must not be above lengthMax');
    if (product === undefined) continue;
    const named = products.get(product);
    if (named?.kind !== 'credit' || named.provider !== code)
      fault(`${here}.product`, `"${product}" is no credit product of this provider`);
  }
}

function checkRegions(one: ProductDocument, provider: ProviderDocument, path: string, fault: Fault): void {
  const known = new Set(provider.regions.map(({ code }) => code));
  const unknown = one.regions.find((region) => !known.has(region));
  if (unknown !== undefined)
    fault(`${path}.regions`, `"${unknown}" ${noneOf(known, `regions of ${provider.code}`)}`);
  if (one.regionRequired && known.size === 0)
    fault(`${path}.regionRequired`, `${provider.code} has no regions`);
}

function checkAmounts(one: ProductDocument, path: string, fault: Fault): void {
  const { price, amountMin, amountMax, amountStep } = one;
  const open = [amountMin, amountMax, amountStep].filter((member) => member !== undefined).length;
  if (price === undefined ? open !== 3 : open !== 0)
    fault(path, 'must have either price, or amountMin, amountMax and amountStep');
  if (amountMin !== undefined && amountMax !== undefined && amountMin > amountMax)
    fault(`${path}.amountMin`, 'must not be above amountMax');
}

function checkRoute(one: ProductDocument, path: string, fault: Fault): void {
  const { kind, price, route } = one;
  const names = route.map(supplierName);
  const twice = duplicate(names);
  if (twice !== undefined) fault(`${path}.route`, `"${twice}" stands twice`);
  if (new Set(route.map((step) => typeof step)).size > 1)
    fault(`${path}.route`, 'must have a weight at each supplier, or at none');
  if (names.includes('ledger') && (kind === 'pin' || names.length > 1))
    fault(`${path}.route`, 'ledger credits accounts managed here: the only step of a credit product');
  if (kind === 'pin' && price === undefined && names.includes('stock'))
    fault(`${path}.route`, 'stock has PINs of one price: an open value needs a supplier');
  if (kind === 'pin' && one.forAccount && names.includes('stock'))
    fault(`${path}.route`, 'stock has PINs of no account: one that is made for an account needs a supplier');
}

/** A card's price and value are fixed, and what it is redeemed for can be credited. */
function checkCard(
  { price, value, currency, credit, pin }: Extract<ProductDocument, { kind: 'card' }>,
  products: ReadonlyMap<string, ProductDocument>,
  path: string,
  fault: Fault,
): void {
  if (price === undefined) fault(path, 'must have a price');
  const credited = products.get(credit);
  if (credited?.kind !== 'credit') fault(`${path}.credit`, `"${credit}" is no credit product`);
  else checkWorth(credited, value || (price ?? 0), currency, path, fault);
  if (pin === '') return;
  const printed = products.get(pin);
  if (printed?.kind !== 'pin' || !printed.route.includes('stock'))
    fault(`${path}.pin`, `"${pin}" is no PIN product that is kept in stock`);
}

function checkWorth(
  credited: ProductDocument,
  worth: number,
  currency: string,
  path: string,
  fault: Fault,
): void {
  const { code, price, amountMin = 0, amountMax = 0, amountStep = 1 } = credited;
  const isInRange = worth >= amountMin && worth <= amountMax && (worth - amountMin) % amountStep === 0;
  const fits = price === undefined ? isInRange : worth === price;
  if (!fits || credited.currency !== currency)
    fault(`${path}.value`, `${code} cannot credit ${worth} in currency ${currency}`);
}

export function supplierName(step: ProductDocument['route'][number]): string {
  return typeof step === 'string' ? step : step.supplier;
}

/** Routes name suppliers of this installation. Throws CatalogueError. */
export function checkRoutes(
  { products }: Pick<CatalogueDocument, 'products'>,
  supplierNames: Iterable<string>,
  where: string,
): void {
  const suppliers = new Set([...OWN_STEPS, ...supplierNames]);
  for (const { code, route } of products) {
    const unknown = route.map(supplierName).find((one) => !suppliers.has(one));
    if (unknown !== undefined) {
      throw new CatalogueError(
        `${where}products.${code}.route: "${unknown}" is none of ${[...suppliers].join(', ')}`,
      );
    }
  }
}

export function accountsIn(text: string): string[] {
  return text.match(/\d+/g) ?? [];
}

function noneOf(names: Iterable<string>, what: string): string {
  const all = [...names];
  if (all.length === 0) return `is none of the ${what}: there are none`;
  return `is none of the ${what}: ${all.slice(0, NAMED_MAX).join(', ')}${all.length > NAMED_MAX ? ', …' : ''}`;
}

function unique<T>(list: readonly T[], nameOf: (one: T) => string, where: string): void {
  const twice = duplicate(list.map(nameOf));
  if (twice !== undefined) throw new CatalogueError(`${where}: "${twice}" stands twice`);
}

function duplicate(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((one) => seen.size === seen.add(one).size);
}
