/**
 * Value cards (CAPABILITIES A6 to A9): pre-authorise, activate, redeem, deactivate, report lost.
 *
 * A move is one commit: the journal's row, the card, at an activation its PIN and the money. A redemption is a credit
 * (supplied.ts) that its card is bound to from the commit that opens it until the one that ends or undoes it.
 * Stops before the move's commit: nothing stands, a repeat is fresh. Stops after it: moved; a repeat gets the stored
 * answer, the same PIN with it, and a reversal puts the card back. Stops of a redemption are those of a credit; who
 * asks again under another STAN is told to wait while it is in doubt, and that it succeeded once it did.
 */
import { SafeError } from '../base/errors.js';
import { type CardStep, cardRefusal } from '../domain/card.js';
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import {
  accountFits,
  amountDue,
  amountFault,
  type CardProduct,
  type CreditProduct,
} from '../domain/product.js';
import type { Reason } from '../domain/reason.js';
import type { CardRequest, CardService } from '../domain/request.js';
import type { CardBinding, CardMove, CardMoveResult, JournalEntry, StoredCard } from '../store/store.js';
import { askUntil, fill, mayAsk } from './asking.js';
import { cardCharges, cardSpent, ownAccount } from './charges.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { isManagedHere } from './ownAccounts.js';
import { entryOf, outcomeOf, storedApproval } from './records.js';
import { isEnded, redeemedOutcome } from './redeemed.js';
import { declineRecorded, metOutcome } from './repeats.js';
import { supply, underWay } from './supplied.js';

const STEPS: Readonly<Record<CardService, CardStep>> = {
  'card-preauthorisation': 'preauthorise',
  'card-activation': 'activate',
  'card-redemption': 'redeem',
  'card-deactivation': 'deactivate',
  'card-loss': 'report-lost',
};

export async function serveCard(
  context: SwitchContext,
  policy: LinkPolicy,
  request: CardRequest,
): Promise<Outcome | undefined> {
  const meant = await meantBy(context, policy, request);
  if (typeof meant === 'string') return declineRecorded(context, policy, request, meant);
  return request.kind === 'card-redemption'
    ? redeem(context, policy, request, meant)
    : move(context, policy, request, meant);
}

async function meantBy(
  context: SwitchContext,
  policy: LinkPolicy,
  request: CardRequest,
): Promise<Meant | Reason> {
  const card = await context.store.card(context.vault.markCard(request.card));
  if (!card) return 'unknown-card';
  const product = context.catalogue.products.get(card.product);
  if (product?.kind !== 'card') return 'unknown-product';
  const binding: CardBinding = {
    mark: card.mark,
    step: STEPS[request.kind],
    terminal: request.identity.terminal,
    activation: policy.cardActivation,
    today: context.calendar.today(),
  };
  return { card, product, binding };
}

/** What the store is told of a move, alone or as an item of a batch; or why the card may not be moved so. */
export async function cardMoveOf(
  context: SwitchContext,
  policy: LinkPolicy,
  request: CardRequest,
  fingerprint?: string,
): Promise<CardMove | Reason> {
  const meant = await meantBy(context, policy, request);
  return typeof meant === 'string' ? meant : moveOf(context, policy, request, meant, fingerprint);
}

interface Meant {
  readonly card: StoredCard;
  readonly product: CardProduct;
  readonly binding: CardBinding;
}

async function move(
  context: SwitchContext,
  policy: LinkPolicy,
  request: CardRequest,
  meant: Meant,
): Promise<Outcome | undefined> {
  const moving = moveOf(context, policy, request, meant);
  if (typeof moving === 'string') return declineRecorded(context, policy, request, moving);
  const { entry } = moving;
  const moveOnce = (mayWait: boolean) => context.store.moveCard({ ...moving, mayWait });
  const result = await moveOnce(mayAsk(context));
  if (result.kind !== 'short') return movedOutcome(context, moving, result);
  return underWay(context, entry, async () =>
    movedOutcome(context, moving, await fill(context, askUntil(context, entry, false), moveOnce, result)),
  );
}

function movedOutcome(
  context: SwitchContext,
  { entry, pinProduct, outcome }: CardMove,
  result: CardMoveResult,
): Promise<Outcome> | Outcome {
  switch (result.kind) {
    case 'moved':
      return outcomeOf(context, result.id, { ...entry, pinProduct }, outcome, result.pins);
    case 'card-refused':
      return { ...plainOutcome(result.reason), transactionId: result.id };
    default:
      return metOutcome(context, result);
  }
}

function moveOf(
  context: SwitchContext,
  policy: LinkPolicy,
  request: CardRequest,
  { product, binding }: Meant,
  fingerprint?: string,
): CardMove | Reason {
  const sells = binding.step === 'preauthorise' || binding.step === 'activate';
  if (sells) {
    const fault = context.catalogue.onSale(product.code)
      ? (amountFault(product, 1, request.amount, request.currency) ??
        context.catalogue.regionFault(product, request.region))
      : 'unknown-product';
    if (fault) return fault;
  }
  const activates = binding.step === 'activate';
  const asked = {
    service: request.kind,
    product: product.code,
    quantity: 1,
    amount: activates ? amountDue(product, 1, request.amount) : (request.amount ?? 0),
    currency: product.currency,
    region: request.region,
    account: '',
  };
  const entry = entryOf(context, policy, request.identity, asked, fingerprint);
  return {
    entry,
    card: binding,
    outcome: storedApproval(
      context.names.approvalCode(),
      activates ? context.receipts.idOf(product.code) : 0,
    ),
    pinProduct: activates ? product.pin : '',
    effects: activates ? cardCharges(context, entry.terminal, entry) : undefined,
  };
}

async function redeem(
  context: SwitchContext,
  policy: LinkPolicy,
  request: CardRequest,
  { card, product, binding }: Meant,
): Promise<Outcome | undefined> {
  const refusal = cardRefusal(card, binding);
  const isSpent = card.state === 'redeemed' || card.state === 'redeeming';
  if (refusal && !isSpent) return declineRecorded(context, policy, request, refusal);
  const value = product.value || amountDue(product, 1, undefined);
  const credited = isSpent
    ? context.catalogue.products.get(product.credit)
    : creditOf(context, request, product, value);
  if (typeof credited === 'string') return declineRecorded(context, policy, request, credited);
  if (credited?.kind !== 'credit') return declineRecorded(context, policy, request, 'no-route');
  const entry = entryOf(context, policy, request.identity, {
    service: request.kind,
    product: credited.code,
    quantity: 1,
    amount: value,
    currency: product.currency,
    region: request.region,
    account: request.account,
  });
  if (isManagedHere(credited)) return redeemHere(context, entry, { card: product, credited, binding });
  const effects = cardSpent(product.code, entry);
  return supply(context, entry, credited, request.account, undefined, { card: binding, effects });
}

interface Here {
  readonly card: CardProduct;
  readonly credited: CreditProduct;
  readonly binding: CardBinding;
}

/** Into an account of our own ledger: one commit. */
async function redeemHere(
  context: SwitchContext,
  entry: JournalEntry,
  { card, credited, binding }: Here,
): Promise<Outcome> {
  const account = ownAccount(credited.provider, entry.accountMark);
  const result = await context.store.redeem({
    entry,
    card: binding,
    at: undefined,
    outcome: storedApproval(context.names.approvalCode(), context.receipts.idOf(credited.code)),
    account,
    effects: cardSpent(card.code, { ...entry, credited: account }),
  });
  if (result.kind === 'opened')
    throw new SafeError('a redemption into our own ledger was opened at a supplier');
  return isEnded(result) ? redeemedOutcome(context, entry, result) : metOutcome(context, result);
}

/** The product that credits this account with the card's value: the card's own, where the account is its provider's. */
function creditOf(
  context: SwitchContext,
  { account, region, amount, currency }: CardRequest,
  card: CardProduct,
  value: number,
): CreditProduct | Reason {
  const { catalogue } = context;
  if (amount !== undefined && amount !== value) return 'invalid-amount';
  if (currency !== '' && currency !== card.currency) return 'invalid-amount';
  const wish = { account, provider: '', product: card.credit, amount: value, currency: card.currency };
  const choice = catalogue.creditFor(wish);
  if (typeof choice === 'string') return choice;
  if (choice.product?.code !== card.credit || !accountFits(choice.product, account)) return 'invalid-account';
  return catalogue.regionFault(choice.product, region) ?? choice.product;
}
