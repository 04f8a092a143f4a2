/**
 * What is known of an account that is to be credited: from the request, or by the reference that an earlier credit was
 * answered with; and how it was credited last. The amount of last time counts for the shop that credited it then, so
 * that nobody learns from an account alone what another shop sold to it; provider, product and region count for all.
 */
import type { Reason } from '../domain/reason.js';
import type { AccountCredit, AccountInquiry } from '../domain/request.js';
import type { AccountMemory } from '../store/store.js';
import { accountOf, creditBehind } from './accountReferences.js';
import type { SwitchContext } from './context.js';

export interface KnownAccount {
  readonly account: string;
  readonly last: AccountMemory | undefined;
  /** Of last time, minor units; undefined where it does not count for this shop. */
  readonly amount: { readonly minor: number; readonly currency: string } | undefined;
}

/** One read of the store where the request leaves anything open, two where it comes by reference. */
export async function knownAccount(
  context: SwitchContext,
  request: AccountCredit | AccountInquiry,
): Promise<KnownAccount | Reason> {
  if (request.reference !== '') return byReference(context, request);
  const { account } = request;
  const isSaid =
    request.product !== '' &&
    request.region !== '' &&
    (request.kind === 'account-inquiry' || request.amount !== undefined);
  if (isSaid) return { account, last: undefined, amount: undefined };
  const last = await context.store.recall(context.vault.markAccount(account));
  const isOurs = last?.merchant === context.catalogue.merchantOf(request.identity.terminal);
  const amount = last && isOurs ? { minor: last.amount, currency: last.currency } : undefined;
  return { account, last, amount };
}

/** The account counts where both are sent, and must be the reference's. */
async function byReference(
  context: SwitchContext,
  { reference, account: sent, identity }: AccountCredit | AccountInquiry,
): Promise<KnownAccount | Reason> {
  const credit = await creditBehind(context, reference, identity.terminal);
  if (!credit) return 'invalid-account';
  const account = await accountOf(context, credit);
  if (sent !== '' && sent !== account) return 'invalid-account';
  const last = await context.store.recall(credit.accountMark);
  const isOurs = last?.merchant === context.catalogue.merchantOf(identity.terminal);
  const { amount, currency } = last && isOurs ? last : credit;
  return { account, last, amount: { minor: amount, currency } };
}
