/**
 * End of day. A reconciliation (0500) holds a terminal's totals, or (without a terminal) its acquirer's, against our
 * own since the last cutover, or of the closed day that it names; the answer has our own figures and stands in the
 * journal, so a repeat is answered the same. A cutover (0800) closes the business day by one commit: every
 * transaction is before it or after it, so none is refused meanwhile, and a second one of the same day changes
 * nothing. The day that it closes is the one before the new date that it names, else the one whose end is nearest.
 */
import { addDays, resolveDate } from '../base/dates.js';
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { CutoverRequest, ReconciliationRequest } from '../domain/request.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { entryOf, storedApproval, storedRefusal } from './records.js';

/** Before it, the day whose end is nearest is yesterday's. */
const NOON = '120000';

export async function reconcile(
  context: SwitchContext,
  policy: LinkPolicy,
  request: ReconciliationRequest,
): Promise<Outcome> {
  const { identity, date, currency, said } = request;
  const day = date === '' ? '' : resolveDate(date, context.calendar.today());
  if (date !== '' && day === '') return plainOutcome('format-error');
  const nothing = { product: '', quantity: 0, amount: 0, region: '', account: '' };
  const result = await context.store.reconcile({
    entry: entryOf(context, policy, identity, { ...nothing, service: request.kind, currency }),
    day,
    scope: identity.terminal === '' ? 'acquirer' : 'terminal',
    currency,
    said,
    accepted: storedApproval(''),
    mismatch: storedRefusal('reconciliation-error'),
  });
  switch (result.kind) {
    case 'conflict':
      return plainOutcome('duplicate');
    case 'unknown-day':
      return plainOutcome('invalid-transaction');
    case 'several-currencies':
      return plainOutcome('format-error');
    case 'reconciled': {
      const { agreed } = result.reconciliation;
      const outcome = plainOutcome(agreed ? 'approved' : 'reconciliation-error');
      return { ...outcome, transactionId: result.id, totals: result.reconciliation };
    }
    case 'repeat': {
      const { transaction, reconciliation } = result;
      const outcome = plainOutcome(transaction.outcome?.reason ?? 'in-progress');
      const told = { ...outcome, transactionId: transaction.id };
      return reconciliation ? { ...told, totals: reconciliation } : told;
    }
  }
}

export async function cutOver(context: SwitchContext, { identity, date }: CutoverRequest): Promise<Outcome> {
  const { calendar, store, cutoverAcquirers: allowed } = context;
  if (allowed && !allowed.includes(identity.acquirer)) return plainOutcome('not-permitted');
  const today = calendar.today();
  const begins = date === '' ? '' : resolveDate(date, today);
  if (date !== '' && begins === '') return plainOutcome('format-error');
  const closes = begins === '' ? nearestEnd(today, calendar.timeNow()) : addDays(begins, -1);
  if (closes > today) return plainOutcome('invalid-transaction');
  await store.cutover(closes, `acquirer ${identity.acquirer}`);
  return plainOutcome('approved');
}

/** The day whose midnight is nearest. */
export function nearestEnd(today: string, time: string): string {
  return time < NOON ? addDays(today, -1) : today;
}

/** The last day that a cutover at `at` (hhmmss) every day has closed by now. */
export function dayDue(today: string, time: string, at: string): string {
  const closedToday = nearestEnd(today, at);
  return time >= at ? closedToday : addDays(closedToday, -1);
}
