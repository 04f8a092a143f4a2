/**
 * One delivery: fetched, taken in as any batch is, recorded with its order.
 *
 * Stops: before the intake's first commit it is fetched again; inside, the intake goes on behind its last chunk; after
 * it and before the record, the intake's books say that this batch is in, and what it came to, and only the record is
 * made. So nothing enters twice, and the order's count is what entered by it.
 */
import { type BadRow, BatchError } from '../../stock/batchFile.js';
import { INTAKE_PACE, intakeFile } from '../../stock/intake.js';
import type { VendorOrder } from '../../store/store.js';
import { type Fault, fault, type ListedDelivery } from '../vendors/api.js';
import type { VendorClient } from '../vendors/client.js';
import type { AcquisitionDeps } from './events.js';

/** Refused rows of one delivery that are logged, each by its line; the rest are counted. */
const ROWS_TOLD_MAX = 20;

export async function takeDelivery(
  deps: AcquisitionDeps,
  client: VendorClient,
  order: VendorOrder,
  listed: ListedDelivery,
): Promise<Fault | undefined> {
  const { store, clock, log, counters } = deps;
  const { reference, vendor, product, quantity } = order;
  const batch = await client.batch({ reference, product: order.code, quantity }, listed);
  if ('kind' in batch) return batch;
  const about = { vendor, reference, delivery: listed.id };
  let told = 0;
  const onRefused = ({ line, reason }: BadRow): void => {
    told += 1;
    if (told <= ROWS_TOLD_MAX) log.warn({ ...about, line, reason }, 'row of a delivery refused');
  };
  const report = await intakeFile(
    deps,
    { name: `delivery ${listed.id}`, bytes: batch },
    {
      supplier: order.supplier,
      products: new Map([[order.code, product]]),
      pace: INTAKE_PACE.beside,
      once: true,
      onRefused,
    },
  ).catch(noBatch);
  if (report === undefined) return fault('no-batch');
  const { taken, refused } = report;
  const { id: delivery, sha256 } = listed;
  const recorded = await store.recordDelivery({
    reference,
    delivery,
    sha256,
    taken,
    refused,
    at: clock.now(),
  });
  if (recorded.kind !== 'recorded') return undefined;
  const rows = taken + refused;
  log.info({ ...about, product, taken: recorded.taken, refused: rows - recorded.taken }, 'delivery taken in');
  if (rows !== listed.count) log.warn({ ...about, listed: listed.count, rows }, 'delivery of another count');
  counters.add(recorded.taken === 0 && taken > 0 ? 'repeated' : 'delivered', vendor);
  counters.add('pins-taken', vendor, recorded.taken);
  counters.add('pins-refused', vendor, rows - recorded.taken);
  if (recorded.taken > 0) deps.onStock();
  return undefined;
}

function noBatch(error: unknown): undefined {
  if (error instanceof BatchError) return undefined;
  throw error;
}
