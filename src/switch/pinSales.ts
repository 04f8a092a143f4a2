/**
 * A PIN sale. From our own stock it is one commit: open, take the PINs, close.
 *
 * Stops before the commit: nothing stands, a repeat is fresh. Stops after it: approved, the PIN is this
 * terminal's; a repeat gets the same PIN, a reversal quarantines it. A product that is not kept in stock is
 * issued by its supplier at the moment of sale, by the way of supplied.ts.
 */
import type { Outcome } from '../domain/outcome.js';
import { pinAmountFault } from '../domain/product.js';
import type { PinSale } from '../domain/request.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { entryOf, outcomeOf, storedApproval, storedRefusal } from './records.js';
import { declineRecorded, metOutcome } from './repeats.js';
import { supply } from './supplied.js';

/** The route's word for our own stock. */
export const STOCK = 'stock';

export async function sellPin(
  context: SwitchContext,
  policy: LinkPolicy,
  request: PinSale,
): Promise<Outcome | undefined> {
  const product = context.catalogue.pinProduct(request.product);
  if (!product) return declineRecorded(context, policy, request, 'unknown-product');
  const { quantity } = request;
  const fault = pinAmountFault(product, quantity, request.amount, request.currency);
  if (fault) return declineRecorded(context, policy, request, fault);
  const entry = entryOf(context, policy, request.identity, {
    service: request.kind,
    product: product.code,
    quantity,
    amount: product.price * quantity,
    currency: product.currency,
    region: request.region,
    account: '',
  });
  if (product.route[0] !== STOCK) return supply(context, entry, product, '');
  const stored = storedApproval(context.names.approvalCode(), context.receipts.idOf(product.code));
  const result = await context.store.sell({ entry, outcome: stored, today: context.calendar.today() });
  if (result.kind === 'sold') return outcomeOf(context, result.id, entry, stored, result.pins);
  if (result.kind === 'out-of-stock') {
    return outcomeOf(context, result.id, entry, storedRefusal('out-of-stock'), []);
  }
  return metOutcome(context, entry, result);
}
