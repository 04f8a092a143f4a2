/**
 * The supply interface: what the switch asks of a supplier, whatever it speaks. A supplier acts at most
 * once per reference. It says "refused" or "unavailable" only where it is certain that nothing was done;
 * anything else (time-out, lost connection, 5xx) is "unknown", and must be undone or asked about.
 */
import type { Money } from '../domain/money.js';
import type { SoldPin } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';

export interface SupplyOrder {
  /** Ours, unique per attempt, in the journal before the supplier is asked. At most 12 characters, A-Z and 0-9. */
  readonly reference: string;
  readonly service: 'account-credit' | 'account-inquiry' | 'pin-sale';
  readonly product: string;
  /** Sensitive; '' for a PIN that is not made for an account. */
  readonly account: string;
  readonly region: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly quantity: number;
  readonly merchant: string;
  readonly terminal: string;
  /** When the original was received, milliseconds since the epoch: suppliers want one time for the life of an order. */
  readonly orderedAt: number;
}

export type SupplyResult =
  | {
      readonly kind: 'approved';
      /** The supplier's confirmation, at most 6 characters; '' where it gives none. */
      readonly approvalCode: string;
      readonly balance: Money | undefined;
      /** YYYYMMDD or ''. */
      readonly accountExpiry: string;
      /** PINs issued at the moment of sale. */
      readonly pins: readonly SoldPin[];
    }
  /** A definite no, the customer's or the account's; another supplier is not asked. */
  | {
      readonly kind: 'refused';
      readonly reason: Reason;
      readonly supplierReason: string;
    }
  /** Nothing was done and nothing left this host, or the supplier said so: another supplier may be asked. */
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'unknown' };

export type UndoResult =
  /** Undone, or never done ("not found" answering a reversal is success). */
  | { readonly kind: 'undone' }
  /** Ask again later. */
  | { readonly kind: 'unknown' };

export interface Supplier {
  readonly name: string;
  /** How doubt is ended: by undoing, or (where the supplier cannot undo) by asking what was done. */
  readonly doubt: 'reversal' | 'inquiry';
  /** Whether it may be asked now. */
  ready(): boolean;
  /** Never rejects. Resolves within `timeoutMs` or soon after. */
  perform(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult>;
  /** `attempt` counts from 1; later ones are marked as repeats where the dialect can. Never rejects. */
  reverse(order: SupplyOrder, attempt: number, timeoutMs: number): Promise<UndoResult>;
  /** What became of an order: approved, refused (nothing done), or unknown. Never rejects. */
  inquire(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult>;
  start(): Promise<void>;
  stop(): Promise<void>;
}
