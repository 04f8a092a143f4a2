/** What the journey and its branches work with. Handed in whole; nothing here is global. */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import type { CardActivation } from '../domain/card.js';
import type { Catalogue } from '../domain/catalogue.js';
import type { Outcome } from '../domain/outcome.js';
import type { Vault } from '../stock/vault.js';
import type { JournalEntry, Store } from '../store/store.js';
import type { Supplier } from '../supply/supply.js';
import type { Calendar } from './calendar.js';
import type { KeyPolicy } from './keys.js';
import type { Names } from './names.js';
import type { Receipts } from './receipts.js';

/** What a link's profile decides about the journey. */
export interface LinkPolicy extends KeyPolicy {
  readonly unknownOriginal: 'accept' | 'not-found';
  readonly cardActivation: CardActivation;
}

export interface SwitchTimes {
  /** From a request's arrival to its answer, suppliers included. */
  readonly saleMs: number;
  /** One try of a reversal or inquiry at a supplier. */
  readonly forwardMs: number;
  /** Waits between tries of a forwarding; the last one repeats. */
  readonly forwardWaitsMs: readonly number[];
}

export interface SwitchLimits {
  /** Requests at suppliers at once. */
  readonly atSuppliersMax: number;
  /** Forwardings under way at once. */
  readonly forwardingsAtOnceMax: number;
  /** For so long after a credit may its account be named by the reference that was told. */
  readonly accountReferenceDays: number;
}

export const SWITCH_TIMES: SwitchTimes = {
  saleMs: 20_000,
  forwardMs: 10_000,
  forwardWaitsMs: [2_000, 10_000, 30_000, 60_000],
};

export const SWITCH_LIMITS: SwitchLimits = {
  atSuppliersMax: 10_000,
  forwardingsAtOnceMax: 16,
  accountReferenceDays: 400,
};

/** The PIN network, where this switch is a member of one. Neither call rejects; both end in time. */
export interface Network {
  /** True where PINs of the product came, or may have come, before `until` (milliseconds since the epoch). */
  askPins(product: string, count: number, until: number): Promise<boolean>;
  /** True where a part of the merchant's money came, or may have come. Minor units. */
  askMoney(merchant: string, currency: string, amount: number, until: number): Promise<boolean>;
}

/** A transaction at a supplier right now, in this process. */
export interface AtSupplier {
  readonly entry: JournalEntry;
  /** Undefined where the answer is suppressed. Never rejects but with a store's error. */
  readonly answer: Promise<Outcome | undefined>;
}

export interface SwitchContext {
  /** Other processes may work on the same journal at the same time. */
  readonly isShared: boolean;
  readonly store: Store;
  readonly vault: Vault;
  readonly suppliers: ReadonlyMap<string, Supplier>;
  /** As it is now: another revision may take its place between two requests (liveCatalogue.ts). */
  readonly catalogue: Catalogue;
  readonly receipts: Receipts;
  /** Undefined where it is no member: its stock and its merchants' money are its own. */
  readonly network: Network | undefined;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly random: Random;
  readonly names: Names;
  /** By transaction key: a repeat attaches to its original here, and never makes a second call. */
  readonly atSuppliers: Map<string, AtSupplier>;
  /** Tells the forwarder that a forwarding may be due sooner than it thinks. */
  readonly forwardingDue: () => void;
  /** Acquirers whose cutover closes the day; undefined: every one. */
  readonly cutoverAcquirers: readonly string[] | undefined;
  readonly log: Log;
  readonly times: SwitchTimes;
  readonly limits: SwitchLimits;
}
