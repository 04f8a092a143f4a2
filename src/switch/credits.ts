/** Credits and inquiries of a customer's account: product and supplier follow from the account (CAPABILITIES A1 to A5). */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import { accountFits, amountDue, amountFault, type CreditProduct } from '../domain/product.js';
import type { Reason } from '../domain/reason.js';
import type { AccountCredit, AccountInquiry } from '../domain/request.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { creditOwn, inquireOwn, isManagedHere } from './ownAccounts.js';
import { entryOf } from './records.js';
import { declineRecorded } from './repeats.js';
import { routeOf } from './routing.js';
import { supply } from './supplied.js';

/** The product that credits the account, or why it may not be credited so. */
export function creditOf({ catalogue }: SwitchContext, request: AccountCredit): CreditProduct | Reason {
  const choice = catalogue.creditFor(request);
  if (typeof choice === 'string') return choice;
  const { product } = choice;
  if (!product) return 'no-route';
  const { account, amount, currency, region } = request;
  if (!accountFits(product, account)) return 'invalid-account';
  return amountFault(product, 1, amount, currency) ?? catalogue.regionFault(product, region) ?? product;
}

export async function creditAccount(
  context: SwitchContext,
  policy: LinkPolicy,
  request: AccountCredit,
): Promise<Outcome | undefined> {
  const { account, amount } = request;
  const product = creditOf(context, request);
  if (typeof product === 'string') return declineRecorded(context, policy, request, product);
  const entry = entryOf(context, policy, request.identity, {
    service: request.kind,
    product: product.code,
    quantity: 1,
    amount: amountDue(product, 1, amount),
    currency: product.currency,
    region: request.region,
    account,
  });
  if (isManagedHere(product)) return creditOwn(context, entry, product);
  return supply(context, entry, product, account);
}

/** An inquiry changes nothing, here or there, so the journal does not keep it: a repeat simply asks again. */
export async function inquireAccount(context: SwitchContext, request: AccountInquiry): Promise<Outcome> {
  const choice = context.catalogue.creditFor({ ...request, amount: undefined, currency: '' });
  if (typeof choice === 'string') return plainOutcome(choice);
  const { product } = choice;
  if (!product) return plainOutcome('no-route');
  if (!accountFits(product, request.account)) return plainOutcome('invalid-account');
  if (isManagedHere(product)) return inquireOwn(context, request.account, product);
  const [supplier] = routeOf(context, product);
  if (!supplier) return plainOutcome('supplier-down');
  const { identity } = request;
  const now = context.clock.now();
  const result = await supplier.perform(
    {
      reference: context.names.reference(),
      service: 'account-inquiry',
      product: product.code,
      account: request.account,
      region: request.region,
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
