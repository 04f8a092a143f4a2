/** What acquisition counts and whom it tells: one word an event, so that one metric with labels shows them all. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import type { Vault } from '../../stock/vault.js';
import type { Store } from '../../store/store.js';
import { VENDOR_FAULTS } from '../vendors/api.js';

export const ACQUISITION_EVENTS = [
  /** An order stands in the books; its vendor is told next. */
  'placed',
  'accepted',
  'refused',
  'complete',
  /** A delivery was taken in and recorded, and one whose contents had come before. */
  'delivered',
  'repeated',
  /** PINs that entered stock, and rows of deliveries that did not. */
  'pins-taken',
  'pins-refused',
  ...VENDOR_FAULTS,
] as const;
export type AcquisitionEvent = (typeof ACQUISITION_EVENTS)[number];

export interface AcquisitionCounters {
  add(event: AcquisitionEvent, vendor: string, n?: number): void;
}

export interface AcquisitionDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: AcquisitionCounters;
  /** Called when PINs have entered stock: whoever allocates may look again. */
  readonly onStock: () => void;
}
