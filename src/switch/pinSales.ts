/**
 * A PIN sale. From our own stock it is one commit: open, take the PINs, close.
 *
 * Stops before the commit: nothing stands, a repeat is fresh. Stops after it: approved, the PIN is this
 * terminal's; a repeat gets the same PIN, a reversal quarantines it. Where a product's route names suppliers, one of
 * them issues the PIN at the moment of sale, by the way of supplied.ts: at once, or (where the route names our own
 * stock too, which always comes first) when the stock is out.
 */
import { SafeError } from '../base/errors.js';
import type { Outcome } from '../domain/outcome.js';
import { amountDue, amountFault } from '../domain/product.js';
import type { PinSale } from '../domain/request.js';
import { chargesOf } from './charges.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { entryOf, storedApproval } from './records.js';
import { declineRecorded, metOutcome, stockOutcome } from './repeats.js';
import { type StockSale, supply } from './supplied.js';

/** The route's word for our own stock. */
export const STOCK = 'stock';

export async function sellPin(
  context: SwitchContext,
  policy: LinkPolicy,
  request: PinSale,
): Promise<Outcome | undefined> {
  const product = context.catalogue.pinFor(request);
  if (typeof product === 'string') return declineRecorded(context, policy, request, product);
  const { quantity, amount } = request;
  const fault =
    amountFault(product, quantity, amount, request.currency) ??
    context.catalogue.regionFault(product, request.region);
  if (fault) return declineRecorded(context, policy, request, fault);
  const entry = entryOf(context, policy, request.identity, {
    service: request.kind,
    product: product.code,
    quantity,
    amount: amountDue(product, quantity, amount),
    currency: product.currency,
    region: request.region,
    account: '',
  });
  const fromStock: StockSale = {
    outcome: storedApproval(context.names.approvalCode(), context.receipts.idOf(product.code)),
    today: context.calendar.today(),
  };
  const isKept = product.route.includes(STOCK);
  if (!isKept) return supply(context, entry, product, '');
  if (product.route.length > 1) return supply(context, entry, product, '', fromStock);
  const effects = chargesOf(context, entry.terminal, entry);
  const result = await context.store.sell({ entry, ...fromStock, effects });
  if (result.kind === 'sold' || result.kind === 'out-of-stock') {
    return stockOutcome(context, entry, fromStock.outcome, result);
  }
  if (result.kind !== 'opened') return metOutcome(context, result);
  throw new SafeError('a sale from stock alone was opened at a supplier');
}
