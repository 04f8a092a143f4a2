/**
 * The canonical service request: the same whatever dialect, framing or format it came in.
 * The conduit makes it from a message; the switch knows nothing of message fields.
 * Strings are as the terminal sent them, trimmed of padding; '' stands for "not sent".
 */
import type { SaidFigures } from './settling.js';

/** Who asks, and how the terminal names this transaction. */
export interface Identity {
  /** Acquiring institution (DE32), else the link's configured acquirer. */
  readonly acquirer: string;
  /** Card acceptor (DE42). */
  readonly merchant: string;
  /** Terminal (DE41). */
  readonly terminal: string;
  /** Second digit of the MTI; a repeat (xxx1) has the same one as its original. */
  readonly messageClass: string;
  /** System trace audit number (DE11). */
  readonly stan: string;
  /** Retrieval reference number (DE37). */
  readonly rrn: string;
  /** Local date of the transaction: YYYYMMDD, YYMMDD or MMDD, as far as the message tells. */
  readonly localDate: string;
  /** Local time of the transaction, hhmmss. */
  readonly localTime: string;
  /** Transmission date and time (DE7), MMDDhhmmss: a resend may change it, so it is not in the key. */
  readonly transmittedAt: string;
  /** The fields that say what was asked for, joined: the journal keeps a keyed hash of it only. */
  readonly content: string;
  /** True where an account or a card number is among them. */
  readonly contentIsSensitive: boolean;
}

export interface PinSale {
  readonly kind: 'pin-sale';
  readonly identity: Identity;
  /** '' where provider and amount decide. */
  readonly product: string;
  readonly provider: string;
  /** How many PINs; 1 unless the message says otherwise. */
  readonly quantity: number;
  readonly region: string;
  /** Minor units; undefined where the terminal leaves the price to the switch. */
  readonly amount: number | undefined;
  readonly currency: string;
}

export interface AccountCredit {
  readonly kind: 'account-credit';
  readonly identity: Identity;
  /** '' where the account alone decides. */
  readonly product: string;
  readonly provider: string;
  readonly region: string;
  /** Phone, account, meter or card number; '' where it is named by `reference`. Sensitive. */
  readonly account: string;
  /** As an earlier credit of this account was answered with; '' where it is not named so. */
  readonly reference: string;
  /** Minor units. */
  readonly amount: number | undefined;
  readonly currency: string;
}

export interface AccountInquiry {
  readonly kind: 'account-inquiry';
  readonly identity: Identity;
  readonly product: string;
  readonly provider: string;
  readonly region: string;
  /** As in a credit. Sensitive. */
  readonly account: string;
  readonly reference: string;
}

/** One of several that a message carries: a PIN sale, a credit where it names an account, an activation where a card. */
export interface BatchItem {
  /** 1 to 99, unique in its batch. */
  readonly number: number;
  readonly product: string;
  readonly provider: string;
  readonly region: string;
  /** PINs; 1 for a credit. */
  readonly quantity: number;
  /** '' for a PIN sale. Sensitive. */
  readonly account: string;
  /** Names the account in place of its number; '' where it does not. */
  readonly reference: string;
  /** Number of the value card that is to be activated; '' for all others. Sensitive. */
  readonly card: string;
  /** Minor units; undefined where the terminal leaves the price to the switch. */
  readonly amount: number | undefined;
}

export interface Batch {
  readonly kind: 'batch';
  readonly identity: Identity;
  /** In the order of the message; at least one. */
  readonly items: readonly BatchItem[];
  /** Of all items together; undefined where the message does not say. */
  readonly amount: number | undefined;
  readonly currency: string;
}

export const CARD_SERVICES = [
  'card-preauthorisation',
  'card-activation',
  'card-redemption',
  'card-deactivation',
  'card-loss',
] as const;
export type CardService = (typeof CARD_SERVICES)[number];

/** A value card's way: made ready, activated at payment, its value given to an account; or taken out of use. */
export interface CardRequest {
  readonly kind: CardService;
  readonly identity: Identity;
  /** The card's number. Sensitive. */
  readonly card: string;
  /** Which account gains its value; '' where it is not redeemed. Sensitive. */
  readonly account: string;
  readonly region: string;
  /** Minor units; undefined where the terminal leaves it to the card. */
  readonly amount: number | undefined;
  readonly currency: string;
}

/** What a terminal may be told of the catalogue. */
export const CATALOGUE_PARTS = ['providers', 'values', 'regions', 'rates'] as const;
export type CataloguePart = (typeof CATALOGUE_PARTS)[number];

export interface CatalogueInquiry {
  readonly kind: 'catalogue-inquiry';
  readonly identity: Identity;
  readonly part: CataloguePart;
  /** Whose values, regions or rates; not needed for the providers themselves. */
  readonly provider: string;
  /** A product's own rates; '' for its provider's. */
  readonly product: string;
  /** Where to go on, as the answer before said; '' from the beginning. */
  readonly page: string;
}

/** What a reversal says of its original; '' where the message does not say. */
export interface OriginalReference {
  readonly messageClass: string;
  readonly stan: string;
  /** DE7 of the original, MMDDhhmmss. */
  readonly transmittedAt: string;
  /** Local date and time of the original where the layout cites these instead: MMDD and hhmmss. */
  readonly localDate: string;
  readonly localTime: string;
  readonly acquirer: string;
  readonly rrn: string;
  readonly approvalCode: string;
  /** Sensitive. */
  readonly account: string;
}

export interface ReversalRequest {
  readonly kind: 'reversal';
  readonly identity: Identity;
  readonly original: OriginalReference;
  /** Minor units; undefined where the message does not repeat the original's amount. */
  readonly amount: number | undefined;
  /** Of a batch only the items with these numbers; undefined: all. */
  readonly items?: readonly number[] | undefined;
}

/** What became of an original. It changes nothing, and the journal does not keep it. */
export interface StatusInquiry {
  readonly kind: 'status';
  readonly identity: Identity;
  readonly of: 'transaction' | 'reversal';
  readonly original: OriginalReference;
  /** As in a reversal. */
  readonly amount: number | undefined;
}

export interface NetworkRequest {
  readonly kind: 'sign-on' | 'sign-off' | 'echo';
  readonly identity: Identity;
}

/** Totals of a terminal, or (where the identity has none) of all terminals of its acquirer. */
export interface ReconciliationRequest {
  readonly kind: 'reconciliation';
  readonly identity: Identity;
  /** The closed day that is meant, as far as the message tells; '' for since the last cutover. */
  readonly date: string;
  /** '' where there is but one. */
  readonly currency: string;
  readonly said: SaidFigures;
}

/** The acquirer's business day ends. */
export interface CutoverRequest {
  readonly kind: 'cutover';
  readonly identity: Identity;
  /** The new business day, as far as the message tells. */
  readonly date: string;
}

export type DayRequest = ReconciliationRequest | CutoverRequest;
export type FinancialRequest = PinSale | AccountCredit | AccountInquiry | CardRequest;
export type ServiceRequest =
  | FinancialRequest
  | Batch
  | CatalogueInquiry
  | ReversalRequest
  | StatusInquiry
  | NetworkRequest
  | DayRequest;

/** The peer's new key for the link's MACs, under the key-encrypting key; both in upper-case hexadecimal. */
export interface KeyExchange {
  readonly kind: 'key-exchange';
  readonly identity: Identity;
  readonly keyBlock: string;
  /** Check value of the new key; '' where it was not sent. */
  readonly keyCheck: string;
}

/** What a link may be asked for: the keys between two hosts are no service of the switch. */
export type LinkRequest = ServiceRequest | KeyExchange;
export type ServiceKind = ServiceRequest['kind'];
