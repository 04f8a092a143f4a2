/**
 * Credits and inquiries of a customer's account: provider, product and supplier follow from the account (CAPABILITIES
 * A1 to A5), and what the request leaves out from how the account was credited last (A10, A13). Where the provider
 * cannot be credited directly, the customer gets a PIN of it in the same transaction (A12): under the same key, so that
 * a repeat gets the same PIN and a reversal takes it out of sale.
 */
import type { CreditChoice } from '../domain/catalogue.js';
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import {
  accountFits,
  amountDue,
  amountFault,
  type CreditProduct,
  type PinProduct,
} from '../domain/product.js';
import type { Reason } from '../domain/reason.js';
import type { AccountCredit, AccountInquiry } from '../domain/request.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { type KnownAccount, knownAccount } from './knownAccounts.js';
import { creditOwn, inquireOwn, isManagedHere } from './ownAccounts.js';
import { STOCK, sellProduct } from './pinSales.js';
import { entryOf } from './records.js';
import { declineRecorded } from './repeats.js';
import { routeOf } from './routing.js';
import { supply } from './supplied.js';

/** What a credit comes to, with what its request leaves out. */
export interface MeantCredit {
  /** A PIN's where the account cannot be credited directly. */
  readonly product: CreditProduct | PinProduct;
  readonly account: string;
  /** Minor units; was found right. */
  readonly amount: number | undefined;
  readonly region: string;
}

/** Or why the account may not be credited so. */
export async function creditOf(
  context: SwitchContext,
  request: AccountCredit,
): Promise<MeantCredit | Reason> {
  const known = await knownAccount(context, request);
  if (typeof known === 'string') return known;
  const named = { ...request, account: known.account };
  const choice = context.catalogue.creditFor(named, known.last);
  if (typeof choice === 'string') return choice;
  const credit = completed(named, known, choice);
  const { account, amount, region } = credit;
  const { product } = choice;
  if (!product || isPinDue(context, choice)) return pinInPlace(context, credit, choice);
  return creditFault(context, product, request, credit) ?? { product, account, amount, region };
}

export async function creditAccount(
  context: SwitchContext,
  policy: LinkPolicy,
  request: AccountCredit,
): Promise<Outcome | undefined> {
  const meant = await creditOf(context, request);
  if (typeof meant === 'string') return declineRecorded(context, policy, request, meant);
  const { product, account, amount, region } = meant;
  const { identity } = request;
  if (product.kind === 'pin')
    return sellProduct(context, policy, { identity, quantity: 1, amount, region }, product, account);
  const entry = entryOf(context, policy, identity, {
    service: request.kind,
    product: product.code,
    quantity: 1,
    amount: amountDue(product, 1, amount),
    currency: product.currency,
    region,
    account,
  });
  if (isManagedHere(product)) return creditOwn(context, entry, product);
  return supply(context, entry, product, account);
}

/** Region and amount of last time where the request says none. */
function completed(
  request: AccountCredit,
  { last, amount: before }: KnownAccount,
  { provider, product }: CreditChoice,
): AccountCredit {
  const here = last?.provider === provider.code ? last.region : '';
  const isSold = provider.regions.some(({ code }) => code === here);
  const fits = isSold && (!product || product.regions.length === 0 || product.regions.includes(here));
  const region = request.region === '' && fits ? here : request.region;
  // A price may have changed since: then the amount of last time is found wrong, and not silently another one.
  const isOpen =
    !product || product.price === undefined || (request.product === '' && product.code === last?.product);
  const currency = request.currency || (product?.currency ?? before?.currency ?? '');
  if (request.amount !== undefined || !isOpen || before?.currency !== currency) return { ...request, region };
  return { ...request, region, amount: before.minor, currency };
}

function creditFault(
  context: SwitchContext,
  product: CreditProduct,
  request: AccountCredit,
  { account, amount, currency, region }: AccountCredit,
): Reason | undefined {
  if (!accountFits(product, account)) return 'invalid-account';
  // The account is another provider's than the product asked for: its price is not what the customer agreed to.
  if (request.product !== '' && request.product !== product.code && request.amount === undefined)
    return 'unknown-product';
  return amountFault(product, 1, amount, currency) ?? context.catalogue.regionFault(product, region);
}

/** The provider does not take credits, or this product's route ends at the stock and no supplier before it is ready. */
function isPinDue(context: SwitchContext, { provider, product }: CreditChoice): boolean {
  if (!provider.direct || !product) return true;
  return product.route.includes(STOCK) && routeOf(context, product).length === 0;
}

/** A PIN of the same provider and value, for a terminal that may sell PINs. */
function pinInPlace(
  { catalogue }: SwitchContext,
  { identity, product: named, account, amount: sent, currency, region }: AccountCredit,
  { provider, product: direct }: CreditChoice,
): MeantCredit | Reason {
  const stranger = catalogue.stranger(identity.terminal, identity.merchant, 'pin-sale');
  if (stranger) return stranger;
  if (!catalogue.productsOf(provider.code).some(({ kind }) => kind === 'pin')) return 'no-route';
  if (!/^[0-9]+$/.test(account)) return 'invalid-account';
  const amount = sent ?? (direct?.code === named ? direct.price : undefined);
  if (amount === undefined) return 'invalid-amount';
  const product = catalogue.pinFor({
    provider: provider.code,
    product: '',
    region,
    quantity: 1,
    amount,
    currency,
  });
  if (typeof product === 'string') return product;
  return catalogue.regionFault(product, region) ?? { product, account, amount, region };
}

/** An inquiry changes nothing, here or there, so the journal does not keep it: a repeat simply asks again. */
export async function inquireAccount(context: SwitchContext, request: AccountInquiry): Promise<Outcome> {
  const known = await knownAccount(context, request);
  if (typeof known === 'string') return plainOutcome(known);
  const { account, last } = known;
  const choice = context.catalogue.creditFor({ ...request, account, amount: undefined, currency: '' }, last);
  if (typeof choice === 'string') return plainOutcome(choice);
  const { product, provider } = choice;
  if (!product || !provider.direct) return plainOutcome('no-route');
  if (!accountFits(product, account)) return plainOutcome('invalid-account');
  if (isManagedHere(product)) return inquireOwn(context, account, product);
  const [supplier] = routeOf(context, product);
  if (!supplier) return plainOutcome('supplier-down');
  const { identity } = request;
  const now = context.clock.now();
  const result = await supplier.perform(
    {
      reference: context.names.reference(),
      service: 'account-inquiry',
      product: product.code,
      account,
      region: request.region || (last?.provider === provider.code ? last.region : ''),
      amount: 0,
      currency: product.currency,
      quantity: 1,
      merchant: identity.merchant,
      terminal: identity.terminal,
      orderedAt: now,
    },
    context.times.saleMs,
  );
  switch (result.kind) {
    case 'approved':
      return {
        ...plainOutcome('approved'),
        approvalCode: result.approvalCode,
        balance: result.balance,
        accountExpiry: result.accountExpiry,
      };
    case 'refused':
      return plainOutcome(result.reason, result.supplierReason);
    case 'unavailable':
      return plainOutcome('supplier-down');
    case 'unknown':
      return plainOutcome('late');
  }
}
