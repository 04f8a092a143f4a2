/**
 * A batch: several PIN sales and credits in one message (CAPABILITIES T4). Each item is a transaction of its own in
 * the journal, bound to the batch's row; what is refused for one leaves the others as they are.
 *
 *   sellBatch committed (stock sold, suppliers' items opened)  ->  suppliers asked, all at once  ->  each closed by
 *   its own commit  ->  answered when all have ended, inside the time of one sale
 *
 * | stops                                   | what stands                         | what happens next                       |
 * |-----------------------------------------|-------------------------------------|-----------------------------------------|
 * | before sellBatch is committed           | nothing                             | a repeat is fresh                       |
 * | after it, no supplier asked, or some    | stock items sold, others pending    | next start: pending items are declined, |
 * |                                         |                                     | and undone at their suppliers; a repeat |
 * |                                         |                                     | tells each item as it ended             |
 * | a supplier answered, close not committed| that item pending                   | the same for that item alone            |
 * | all closed, answer lost                 | each item as it ended               | a repeat gets the same answer           |
 * | a reversal, before its commit           | nothing undone                      | its repeat undoes                       |
 * | a reversal, after it                    | all that it names undone here, each | forwarded until acknowledged            |
 * |                                         | supplier's undoing recorded         |                                         |
 * A reversal that comes before the last item has ended suppresses the batch's answer, whichever items it names.
 */
import { batchReason } from '../domain/batch.js';
import { type ItemOutcome, type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Batch } from '../domain/request.js';
import type {
  BatchResult,
  ItemResult,
  JournalEntry,
  StoredBatch,
  StoredTransaction,
} from '../store/store.js';
import { askUntil, fill, mayAsk } from './asking.js';
import { batchFault, type PlannedItem, planItems, sumOf } from './batchItems.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { entryOf, outcomeOf, repeatedOutcome, storedRefusal } from './records.js';
import { metOutcome } from './repeats.js';
import { underWay } from './supplied.js';
import { readAfterCommit } from './unread.js';

export async function performBatch(
  context: SwitchContext,
  policy: LinkPolicy,
  request: Batch,
): Promise<Outcome | undefined> {
  const { identity, items } = request;
  const plans = await planItems(context, policy, request);
  const entry = entryOf(context, policy, identity, {
    service: request.kind,
    product: '',
    quantity: items.length,
    amount: request.amount ?? sumOf(plans),
    currency: request.currency || (plans[0]?.entry.currency ?? ''),
    region: '',
    account: '',
  });
  const fault = batchFault(request, plans);
  if (fault) {
    const declined = await context.store.decline(entry, storedRefusal(fault));
    if (declined.kind === 'repeat') return repeatedBatch(context, declined.transaction);
    if (declined.kind !== 'opened') return metOutcome(context, declined);
    return { ...plainOutcome(fault), transactionId: declined.id };
  }
  return underWay(context, entry, () => run(context, entry, plans));
}

async function run(
  context: SwitchContext,
  entry: JournalEntry,
  plans: readonly PlannedItem[],
): Promise<Outcome | undefined> {
  // Room for its items too, so that none is opened that nobody may ask for.
  if (context.atSuppliers.size + plans.length >= context.limits.atSuppliersMax)
    return plainOutcome('malfunction');
  const approvalCode = context.names.approvalCode();
  const batch = {
    entry,
    approvalCode,
    today: context.calendar.today(),
    items: plans.map(({ item }) => item),
  };
  const sell = (mayWait: boolean) => context.store.sellBatch({ ...batch, mayWait });
  const first = await sell(mayAsk(context));
  const isSupplied = plans.some(({ supplied }) => supplied !== undefined);
  const result =
    first.kind === 'short' ? await fill(context, askUntil(context, entry, isSupplied), sell, first) : first;
  if (result.kind === 'repeat') return repeatedBatch(context, result.transaction);
  if (result.kind !== 'entered') return metOutcome(context, result);
  if (result.items.some(({ kind }) => kind === 'opened')) return askSuppliers(context, plans, result);
  const told = await Promise.all(
    plans.map(async (plan, at): Promise<ItemOutcome> => {
      const outcome = await endedOutcome(context, plan, result.items[at]);
      return { number: plan.item.number, outcome };
    }),
  );
  return batchOutcome(result.id, approvalCode, told);
}

/** What an item came to that no supplier was asked for. */
function endedOutcome(
  context: SwitchContext,
  { entry, refusal, approval }: PlannedItem,
  result: ItemResult | undefined,
): Promise<Outcome> | Outcome {
  switch (result?.kind) {
    case 'sold':
      return outcomeOf(context, result.id, entry, approval, result.pins);
    case 'credited': {
      const { id, balance, receiptId } = result;
      const told = { ...approval, balance, balanceCurrency: entry.currency };
      return outcomeOf(context, id, entry, receiptId > 0 ? { ...told, receiptId } : told, []);
    }
    case 'refused':
    case 'card-refused':
      return plainOutcome(result.reason);
    case 'out-of-stock':
      return plainOutcome('out-of-stock');
    default:
      return plainOutcome(refusal ?? 'malfunction');
  }
}

/** All at once; then what stands in the journal is told, as to a repeat. */
async function askSuppliers(
  context: SwitchContext,
  plans: readonly PlannedItem[],
  { id, items }: Extract<BatchResult, { kind: 'entered' }>,
): Promise<Outcome | undefined> {
  const asked = plans.map(async ({ entry, supplied }, at) => {
    const opened = items[at];
    if (opened?.kind !== 'opened' || !supplied) return;
    await underWay(context, entry, () => supplied.goOn(opened.id));
  });
  await Promise.all(asked);
  const stored = await readAfterCommit(context.store.batch(id));
  const reversed = stored?.batch.outcome?.reason === 'reversed';
  return stored && !reversed ? storedOutcome(context, stored) : undefined;
}

/** The answer to a repeat: each item as it stands. One that was refused whole has none. */
export async function repeatedBatch(context: SwitchContext, batch: StoredTransaction): Promise<Outcome> {
  const stored = await context.store.batch(batch.id);
  return stored && stored.items.length > 0 ? storedOutcome(context, stored) : repeatedOutcome(context, batch);
}

async function storedOutcome(context: SwitchContext, { batch, items }: StoredBatch): Promise<Outcome> {
  const told = items.map(async (item) => ({
    number: item.item,
    outcome: await repeatedOutcome(context, item),
  }));
  return batchOutcome(batch.id, batch.outcome?.approvalCode ?? '', await Promise.all(told));
}

function batchOutcome(id: number, approvalCode: string, items: readonly ItemOutcome[]): Outcome {
  const reason = batchReason(items.map(({ outcome }) => outcome.reason));
  const given = reason === 'approved' || reason === 'partial';
  return { ...plainOutcome(reason), transactionId: id, approvalCode: given ? approvalCode : '', items };
}
