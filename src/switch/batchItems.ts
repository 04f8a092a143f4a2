/** What is to be done for each item of a batch: from stock, at a supplier, or nothing, before anything is recorded. */
import { amountDue, type CreditProduct, type PinProduct } from '../domain/product.js';
import type { Reason } from '../domain/reason.js';
import type { BatchItem as AskedItem, Batch, CardRequest, Identity } from '../domain/request.js';
import type { BatchItem, JournalEntry, Reward, StoredOutcome } from '../store/store.js';
import { cardMoveOf } from './cards.js';
import { chargesOf } from './charges.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { creditOf, type MeantCredit } from './credits.js';
import { creditingOf, isManagedHere } from './ownAccounts.js';
import { pinOf, STOCK, stockApproval } from './pinSales.js';
import { rewardOf } from './promotions.js';
import { entryOf, rememberingOf, storedApproval, storedRefusal, type Told } from './records.js';
import { SuppliedTransaction } from './supplied.js';

export interface PlannedItem {
  readonly item: BatchItem;
  readonly entry: Told;
  /** What it is stored as where it is sold from stock. */
  readonly approval: StoredOutcome;
  /** Why it is refused before anybody is asked. */
  readonly refusal: Reason | undefined;
  /** Whoever performs it where it is opened at a supplier. */
  readonly supplied: SuppliedTransaction | undefined;
  /** False where neither product nor message tells its amount. */
  readonly isPriced: boolean;
}

const NOT_SUPPLIED = { refusal: undefined, supplied: undefined, isPriced: true };

export function planItems(
  context: SwitchContext,
  policy: LinkPolicy,
  request: Batch,
): Promise<readonly PlannedItem[]> {
  return Promise.all(request.items.map((asked) => planItem(context, policy, request, asked)));
}

async function planItem(
  context: SwitchContext,
  policy: LinkPolicy,
  { identity, currency }: Batch,
  asked: AskedItem,
): Promise<PlannedItem> {
  const { number, quantity } = asked;
  const own = itemIdentity(identity, number);
  if (asked.card !== '') return planCard(context, policy, own, currency, asked);
  const meant = await meantBy(context, own, currency, asked);
  const product = typeof meant === 'string' ? undefined : meant.product;
  const { account, amount, region } = typeof meant === 'string' ? asked : meant;
  const entry = entryOf(
    context,
    policy,
    own,
    {
      service: product?.kind === 'pin' || isSale(asked) ? 'pin-sale' : 'account-credit',
      product: product?.code ?? asked.product,
      quantity,
      amount: product ? amountDue(product, quantity, amount) : (amount ?? 0),
      currency: product?.currency ?? currency,
      region,
      account,
    },
    // The batch's own fingerprint covers every item.
    '',
  );
  if (typeof meant === 'string') return refused(number, entry, meant, amount !== undefined);
  return planned(context, number, entry, meant.product, account);
}

async function planCard(
  context: SwitchContext,
  policy: LinkPolicy,
  identity: Identity,
  currency: string,
  { number, product, card, region, amount }: AskedItem,
): Promise<PlannedItem> {
  const kind = 'card-activation';
  const request: CardRequest = { kind, identity, card, account: '', region, amount, currency };
  const moving =
    context.catalogue.stranger(identity.terminal, identity.merchant, kind) ??
    (await cardMoveOf(context, policy, request, ''));
  if (typeof moving === 'string') {
    const said = { service: kind, product, quantity: 1, amount: amount ?? 0, currency, region, account: '' };
    return refused(number, entryOf(context, policy, identity, said, ''), moving, amount !== undefined);
  }
  const { entry, outcome, pinProduct } = moving;
  const item: BatchItem = { number, way: 'card', ...moving };
  return { item, entry: { ...entry, pinProduct }, approval: outcome, ...NOT_SUPPLIED };
}

function isSale({ account, reference }: AskedItem): boolean {
  return account === '' && reference === '';
}

/** As it would be meant in a message of its own. */
async function meantBy(
  context: SwitchContext,
  identity: Identity,
  currency: string,
  asked: AskedItem,
): Promise<MeantCredit | Reason> {
  const service = isSale(asked) ? 'pin-sale' : 'account-credit';
  const stranger = context.catalogue.stranger(identity.terminal, identity.merchant, service);
  if (stranger) return stranger;
  if (!isSale(asked)) return creditOf(context, { kind: 'account-credit', identity, currency, ...asked });
  const product = pinOf(context, { kind: 'pin-sale', identity, currency, ...asked });
  const { amount, region } = asked;
  return typeof product === 'string' ? product : { product, account: '', amount, region };
}

/** The number stands in its key in the message class's place, where no message can put it. */
function itemIdentity(identity: Identity, number: number): Identity {
  return { ...identity, messageClass: `${identity.messageClass}#${String(number).padStart(2, '0')}` };
}

function refused(number: number, entry: JournalEntry, reason: Reason, isPriced: boolean): PlannedItem {
  const outcome = storedRefusal(reason);
  const item: BatchItem = { number, way: 'refused', entry, outcome };
  return { item, entry, approval: outcome, refusal: reason, supplied: undefined, isPriced };
}

function planned(
  context: SwitchContext,
  number: number,
  entry: JournalEntry,
  product: PinProduct | CreditProduct,
  account: string,
): PlannedItem {
  if (product.kind === 'credit' && isManagedHere(product)) {
    const crediting = creditingOf(context, entry, product);
    const item: BatchItem = { number, way: 'ledger', ...crediting };
    return { item, entry, approval: crediting.outcome, ...NOT_SUPPLIED };
  }
  const isKept = product.kind === 'pin' && product.route.includes(STOCK);
  const isSupplied = !isKept || product.route.length > 1;
  const supplied = isSupplied ? new SuppliedTransaction(context, entry, product, account) : undefined;
  const attempt = supplied?.attempt;
  const plan = { entry, refusal: undefined, supplied, isPriced: true };
  const effects = chargesOf(context, entry.terminal, entry);
  if (isKept) {
    const outcome = stockApproval(context, product);
    const remember = rememberingOf(context, entry);
    const item: BatchItem = { number, way: 'stock', entry, outcome, orElse: attempt, effects, remember };
    return { ...plan, approval: outcome, item };
  }
  if (!attempt) return refused(number, entry, 'supplier-down', true);
  return {
    ...plan,
    approval: storedApproval(''),
    item: { number, way: 'supplier', entry, attempt, effects, reward: promised(context, entry, product) },
  };
}

function promised(
  context: SwitchContext,
  entry: JournalEntry,
  product: PinProduct | CreditProduct,
): Reward | undefined {
  return product.kind === 'credit' ? rewardOf(context, entry, product) : undefined;
}

/** What the items cost together, as far as that is known. */
export function sumOf(plans: readonly PlannedItem[]): number {
  return plans.reduce((sum, { entry }) => sum + entry.amount, 0);
}

/** An amount of the whole message is that of its items: less than what is known, or other where all is, is wrong. */
export function batchFault({ amount }: Batch, plans: readonly PlannedItem[]): Reason | undefined {
  if (amount === undefined) return undefined;
  const currencies = new Set(plans.map(({ entry }) => entry.currency).filter((currency) => currency !== ''));
  const sum = sumOf(plans);
  const isSum = plans.every(({ isPriced }) => isPriced) ? amount === sum : amount >= sum;
  return isSum && currencies.size <= 1 ? undefined : 'invalid-amount';
}
