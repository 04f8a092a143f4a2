/**
 * A PIN sale. From our own stock it is one commit: open, take the PINs, close.
 *
 * Stops before the commit: nothing stands, a repeat is fresh. Stops after it: approved, the PIN is this
 * terminal's; a repeat gets the same PIN, a reversal quarantines it. Where a product's route names suppliers, one of
 * them issues the PIN at the moment of sale, by the way of supplied.ts: at once, or (where the route names our own
 * stock too, which always comes first) when the stock is out. In a network the hub is asked before that (asking.ts).
 */
import { SafeError } from '../base/errors.js';
import type { Outcome } from '../domain/outcome.js';
import { amountDue, amountFault, type PinProduct } from '../domain/product.js';
import type { Reason } from '../domain/reason.js';
import type { Identity, PinSale } from '../domain/request.js';
import type { JournalEntry, SaleResult, StoredOutcome } from '../store/store.js';
import { askUntil, fill, mayAsk } from './asking.js';
import { chargesOf } from './charges.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { entryOf, rememberingOf, storedApproval } from './records.js';
import { declineRecorded, metOutcome, stockOutcome } from './repeats.js';
import { type StockSale, supply, underWay } from './supplied.js';

/** The route's word for our own stock. */
export const STOCK = 'stock';

/** The product that is meant, or why it may not be sold so. */
export function pinOf({ catalogue }: SwitchContext, request: PinSale): PinProduct | Reason {
  const product = catalogue.pinFor(request);
  if (typeof product === 'string') return product;
  if (product.forAccount) return 'invalid-account';
  const { quantity, amount, currency, region } = request;
  return (
    amountFault(product, quantity, amount, currency) ?? catalogue.regionFault(product, region) ?? product
  );
}

/** What a sale from our own stock is stored as. */
export function stockApproval({ names, receipts }: SwitchContext, product: PinProduct): StoredOutcome {
  return storedApproval(names.approvalCode(), receipts.idOf(product.code));
}

export function sellPin(
  context: SwitchContext,
  policy: LinkPolicy,
  request: PinSale,
): Promise<Outcome | undefined> {
  const product = pinOf(context, request);
  if (typeof product === 'string') return declineRecorded(context, policy, request, product);
  return sellProduct(context, policy, request, product);
}

export interface PinOrder {
  readonly identity: Identity;
  readonly quantity: number;
  /** Minor units; was found right. */
  readonly amount: number | undefined;
  readonly region: string;
}

/** `account` is whose credit the PIN stands for; '' for a PIN that was asked for as such. */
export async function sellProduct(
  context: SwitchContext,
  policy: LinkPolicy,
  { identity, quantity, amount, region }: PinOrder,
  product: PinProduct,
  account = '',
): Promise<Outcome | undefined> {
  const entry = entryOf(context, policy, identity, {
    service: 'pin-sale',
    product: product.code,
    quantity,
    amount: amountDue(product, quantity, amount),
    currency: product.currency,
    region,
    account,
  });
  const fromStock: StockSale = {
    outcome: stockApproval(context, product),
    today: context.calendar.today(),
    remember: rememberingOf(context, entry),
  };
  const isKept = product.route.includes(STOCK);
  if (!isKept) return supply(context, entry, product, account);
  if (product.route.length > 1) return supply(context, entry, product, account, fromStock);
  const effects = chargesOf(context, entry.terminal, entry);
  const sell = (mayWait: boolean) => context.store.sell({ entry, ...fromStock, effects, mayWait });
  const result = await sell(mayAsk(context));
  if (result.kind !== 'short') return soldOutcome(context, entry, fromStock, result);
  return underWay(context, entry, async () => {
    const filled = await fill(context, askUntil(context, entry, false), sell, result);
    return soldOutcome(context, entry, fromStock, filled);
  });
}

function soldOutcome(
  context: SwitchContext,
  entry: JournalEntry,
  { outcome }: StockSale,
  result: SaleResult,
): Promise<Outcome> | Outcome {
  if (result.kind === 'sold' || result.kind === 'out-of-stock')
    return stockOutcome(context, entry, outcome, result);
  if (result.kind !== 'opened') return metOutcome(context, result);
  throw new SafeError('a sale from stock alone was opened at a supplier');
}
