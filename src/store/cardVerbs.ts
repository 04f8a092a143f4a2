/**
 * The verbs of value cards. A card is moved in the commit of the transaction that moves it, and by the states of that
 * transaction from then on: a redemption that is opened holds its card, one that is approved has spent it, one that
 * is declined or undone gives it back; a reversed activation puts it back where it was, its PIN out of sale. So a card
 * is redeemed at most once, whatever is cut or repeated. Card numbers reach the store sealed, and as keyed marks.
 */
import type { CardStanding, CardState, CardWish } from '../domain/card.js';
import type { Reason } from '../domain/reason.js';
import type { JournalEntry, SealedPin, StoredOutcome, StoredTransaction } from './entry.js';
import type { Attempt, MayWait, Met, OpenResult, Short } from './journalVerbs.js';
import type { Effects, Refused } from './ledgerVerbs.js';
import type { IntakeChunk, IntakeResult, IntakeState } from './stockVerbs.js';

/** One row of a card intake, sealed. */
export interface CardRow {
  /** Line in the batch file, for the report. */
  readonly line: number;
  readonly product: string;
  /** The card's number. */
  readonly sealed: Uint8Array;
  /** Keyed fingerprint of the number: unique. */
  readonly mark: string;
  /** The PIN that is printed on it, sealed; null where there is none. */
  readonly pin: Uint8Array | null;
  /** YYYYMMDD. */
  readonly expiry: string;
}

export type CardChunk = Omit<IntakeChunk, 'rows'> & { readonly rows: readonly CardRow[] };

export interface StoredCard extends CardStanding {
  readonly id: number;
  readonly product: string;
  readonly mark: string;
  /** The key batch that sealed it. */
  readonly batch: number;
  readonly sealed: Uint8Array;
  /** True where a PIN is printed on it. */
  readonly hasPin: boolean;
  /** The transaction that moved it last; 0 where none did. */
  readonly movedIn: number;
}

/** How a transaction names its card, and what it wants of it. */
export interface CardBinding extends CardWish {
  readonly mark: string;
}

/** A card's move that no supplier has a part in: pre-authorise, activate, deactivate, report lost. */
export interface CardMove extends MayWait {
  readonly entry: JournalEntry;
  readonly card: CardBinding;
  readonly outcome: StoredOutcome;
  /** The product from whose stock a card without a printed PIN gets one, in the same commit; '' for none. */
  readonly pinProduct: string;
  readonly effects?: Effects | undefined;
}

/** A card's value goes to an account. */
export interface Redemption {
  readonly entry: JournalEntry;
  readonly card: CardBinding;
  /** The supplier that is to credit it; undefined where none is to be asked. */
  readonly at: Attempt | undefined;
  /** What stands where none is asked: an approval (it is credited here, in this commit), or why it cannot be. */
  readonly outcome: StoredOutcome;
  /** The ledger account whose balance, after all of this, an approval tells; '' for none. */
  readonly account: string;
  readonly effects?: Effects | undefined;
}

export type RedeemResult =
  | OpenResult
  | Unredeemed
  /** Credited here: approved, and the card is spent. `outcome` as it was stored. */
  | { readonly kind: 'redeemed'; readonly id: number; readonly outcome: StoredOutcome };

/** The card may not do that: recorded as declined with this reason; nothing else changed. */
export interface CardRefused {
  readonly kind: 'card-refused';
  readonly id: number;
  readonly reason: Reason;
}

export type CardMoveResult =
  | Met
  | Refused
  | CardRefused
  | { readonly kind: 'moved'; readonly id: number; readonly pins: readonly SealedPin[] };

/** Why a redemption was not opened: nothing is credited by it. */
export type Unredeemed =
  | CardRefused
  /** The card's value went to this same account before: recorded as approved, quantity 0, with that one's outcome. */
  | { readonly kind: 'redeemed-before'; readonly id: number; readonly transaction: StoredTransaction }
  /** The credit that holds the card has not ended, or is being undone: nothing was recorded. */
  | { readonly kind: 'card-held' };

export interface CardLevel {
  readonly product: string;
  readonly state: CardState;
  readonly count: number;
}

export interface CardVerbs {
  takeInCards(chunk: CardChunk): Promise<IntakeResult>;
  cardIntakeState(intake: string): Promise<IntakeState | undefined>;
  moveCard(move: CardMove): Promise<CardMoveResult | Short>;
  /** Opens a credit at a supplier, or approves it here, and binds the card to it. */
  redeem(redemption: Redemption): Promise<RedeemResult>;
  card(mark: string): Promise<StoredCard | undefined>;
  cardLevels(): Promise<readonly CardLevel[]>;
  /** Cards that were not redeemed before `today` (YYYYMMDD) came: expired; says how many. */
  expireCards(today: string): Promise<number>;
}
