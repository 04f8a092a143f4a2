/**
 * Merchants and their terminals: what they may sell, how much of it, on whose money, and what they earn by it.
 * Amounts in minor units.
 */
import { CARD_SERVICES, type ServiceKind } from './request.js';

/** Services that may be allowed to a terminal, or not. A reversal always may come: what was done must be undoable. */
export const TERMINAL_SERVICES = [
  'pin-sale',
  'account-credit',
  'account-inquiry',
  'catalogue-inquiry',
  ...CARD_SERVICES,
] as const satisfies readonly ServiceKind[];
export type TerminalService = (typeof TERMINAL_SERVICES)[number];

/** Kinds of period in which limits count, by the switch's own clock and day. */
export const WINDOWS = ['hour', 'day'] as const;
export type Window = (typeof WINDOWS)[number];

/** What may be sold in one period: so many transactions, and so much of each currency. */
export interface Limit {
  readonly count?: number | undefined;
  readonly amount?: number | undefined;
}

export type Limits = { readonly [W in Window]?: Limit | undefined };

/** What a merchant sells on: money paid in before, or credit up to a limit. */
export interface MerchantAccount {
  readonly mode: 'prepaid' | 'credit';
  /** How far below zero the balance may go; 0 where it is prepaid. */
  readonly limit: number;
  /** ISO 4217 numeric. What is sold in another currency finds nothing on this account. */
  readonly currency: string;
}

/** The balance that it may not go below, minor units; in another currency than its own it has nothing. */
export function balanceFloor({ currency: own, limit }: MerchantAccount, currency: string): number {
  return own === currency && limit > 0 ? -limit : 0;
}

interface Seller {
  readonly id: string;
  readonly enabled: boolean;
  readonly limits?: Limits | undefined;
  /** Undefined: every service. */
  readonly services?: readonly TerminalService[] | undefined;
}

export interface Merchant extends Seller {
  readonly name: string;
  /** Merchants that earn alike; '' where it stands alone. */
  readonly group: string;
  /** Undefined: what it owes is not reckoned here. */
  readonly account?: MerchantAccount | undefined;
}

export interface Terminal extends Seller {
  readonly merchant: string;
}

const RESTRICTABLE: ReadonlySet<string> = new Set(TERMINAL_SERVICES);

/** False where this seller has a list of services, and this one is not in it. */
export function isAllowed({ services }: Seller, service: ServiceKind): boolean {
  if (!services || !RESTRICTABLE.has(service)) return true;
  return services.some((one) => one === service);
}
