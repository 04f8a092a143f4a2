/**
 * What came of a request. The conduit turns it into an answer. A stored outcome answers a repeat with the
 * same words, so everything the terminal is told is in it, or follows from the PINs that it names.
 */
import type { Money } from './money.js';
import type { Reason } from './reason.js';
import type { Figures } from './settling.js';

/** A voucher as the customer gets it. `code` is what is worth money: never logged, never stored in clear. */
export interface SoldPin {
  readonly code: string;
  readonly serial: string;
  /** Last day on which it may be used, YYYYMMDD. */
  readonly expiry: string;
}

/** An item of a listing: its tags and values, and how to ask for the listing from here on. */
export interface Listed {
  readonly page: string;
  readonly entries: readonly (readonly [tag: string, value: string])[];
}

/** What came of one item of a batch. */
export interface ItemOutcome {
  readonly number: number;
  readonly outcome: Outcome;
}

export interface Outcome {
  readonly reason: Reason;
  /** The journal's number of the transaction; undefined where the journal has none. */
  readonly transactionId: number | undefined;
  /** Approval code (DE38), '' where there is none. */
  readonly approvalCode: string;
  readonly balance: Money | undefined;
  /** Account expiry, YYYYMMDD, '' where not known. */
  readonly accountExpiry: string;
  /** The supplier's own word for a plainOutcome, safe to show, '' where there is none. */
  readonly supplierReason: string;
  readonly pins: readonly SoldPin[];
  /** Receipt lines, ready to print. */
  readonly receipt: readonly string[];
  /** Minor units; told where the request did not say it. */
  readonly amount?: number;
  /** By which this shop may credit the account again without entering it; '' where there is none. */
  readonly accountReference?: string;
  /** What was asked of the catalogue, as much as there is: the conduit takes what an answer holds. */
  readonly listing?: readonly Listed[];
  /** Of a batch: each item's own. */
  readonly items?: readonly ItemOutcome[];
  /** Of a reconciliation: our own figures, and whether what was said agrees. */
  readonly totals?: { readonly agreed: boolean; readonly figures: Figures };
}

export function plainOutcome(reason: Reason, supplierReason = ''): Outcome {
  return {
    reason,
    transactionId: undefined,
    approvalCode: '',
    balance: undefined,
    accountExpiry: '',
    supplierReason,
    pins: [],
    receipt: [],
  };
}
