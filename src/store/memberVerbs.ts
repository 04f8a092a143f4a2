/**
 * The verbs of a switch that is a member of a PIN network. What comes from the hub comes as numbered transfers,
 * applied once each and in order; what the hub must learn stands in a log of changes, written in the commits of
 * the moves themselves, told by cursor, and dropped when the hub has it. A PIN's name in the network is its mark at
 * the hub. Custody changes hands by these two alone, so that loss, repetition and reordering of messages change
 * nothing: a transfer that was applied is known by its number, a change that was told by the hub's cursor.
 */

/** What a switch knows of itself in the network. */
export interface Membership {
  /** Names the hub's books: 32 hexadecimal digits. */
  readonly network: string;
  /** This switch's name there. */
  readonly name: string;
  /** Counts the enrolments of that name; transfers of another epoch are refused. */
  readonly epoch: number;
  readonly hub: string;
  /** The hub's X25519 public key, base64url. */
  readonly hubKey: string;
  /** Private key and token, sealed by the vault. */
  readonly secrets: Uint8Array;
  /** Why it must not sell; '' where it may. Once stopped it stays so until it is enrolled anew. */
  readonly stopped: string;
  /** Number of the last transfer that was applied. */
  readonly transfer: number;
  /** Number of the last recall that was carried out. */
  readonly recall: number;
  /** Contacts that the hub has acknowledged, and the link of the last one. */
  readonly contact: number;
  readonly link: string;
  /** The link of a contact that was begun and not acknowledged; '' where there is none. */
  readonly nextLink: string;
  /** When the hub acknowledged the last contact, milliseconds since the epoch; 0: never. */
  readonly contactAt: number;
  /** Last change that the hub has acknowledged. */
  readonly toldChange: number;
  /** Last ids of journal and settling that the hub has acknowledged. */
  readonly toldJournal: number;
  readonly toldSettling: number;
  /** The hub's catalogue revision that was taken over last; 0 for none. */
  readonly revision: number;
}

export type Joining = Pick<Membership, 'network' | 'name' | 'epoch' | 'hub' | 'hubKey' | 'secrets'>;

/** A PIN that the hub hands over, sealed under a data key that this store has (adoptKeyBatch). */
export interface IncomingPin {
  readonly product: string;
  readonly supplier: string;
  readonly batch: number;
  readonly sealed: Uint8Array;
  /** Its mark at the hub. */
  readonly mark: string;
  readonly serial: string;
  /** YYYYMMDD. */
  readonly expiry: string;
}

/** A part of a merchant's money, to be spent here without asking. Minor units. */
export interface Lease {
  readonly merchant: string;
  readonly currency: string;
  readonly amount: number;
}

export interface Incoming {
  readonly epoch: number;
  readonly number: number;
  readonly pins: readonly IncomingPin[];
  readonly leases: readonly Lease[];
  readonly at: number;
}

export type IncomingResult =
  /** `known`: PINs that were here already, in a custody that is not `returned`; their changes tell the hub. */
  | { readonly kind: 'taken'; readonly known: number }
  /** Applied before: nothing changed. */
  | { readonly kind: 'repeat' }
  /** One before it has not come yet: nothing changed. */
  | { readonly kind: 'gap'; readonly expected: number }
  /** Of another epoch, or this switch was told to stop: nothing changed. */
  | { readonly kind: 'refused'; readonly why: 'epoch' | 'stopped' | 'no-member' };

/** The hub asks for PINs or money back. Carried out once per number; less than asked where there is less. */
export type Recall =
  | {
      readonly kind: 'pins';
      readonly number: number;
      readonly product: string;
      readonly count: number;
      /** Those of an earlier expiry go first, or those of a later one. */
      readonly first: 'soonest' | 'latest';
    }
  | ({ readonly kind: 'lease'; readonly number: number } & Lease);

/** What the hub has to learn, in the order in which it was committed. */
export type NetworkChange =
  | {
      readonly kind: 'pin';
      readonly id: number;
      readonly mark: string;
      /** Where the PIN is now; `returned`: it is the hub's again. */
      readonly custody: PinChange;
    }
  /** Money that goes back to the hub. */
  | ({ readonly kind: 'lease'; readonly id: number } & Lease);

export const PIN_CHANGES = ['stock', 'sold', 'quarantined', 'void', 'expired', 'returned'] as const;
export type PinChange = (typeof PIN_CHANGES)[number];

/** A contact with the hub, on disk before it is made. The hub takes only the one that follows the last it knows. */
export interface Contact {
  readonly contact: number;
  readonly link: string;
  readonly nextLink: string;
}

export interface ContactEnd {
  /** The link of the contact that the hub has acknowledged. */
  readonly link: string;
  readonly change: number;
  readonly journal: number;
  readonly settling: number;
  readonly at: number;
}

/** A sale as the hub keeps it. */
export interface NetworkSale {
  /** sold: approved; undone: an approved one was reversed; missed: declined for want of stock. */
  readonly kind: 'sold' | 'undone' | 'missed';
  /** The journal's id of the transaction here. */
  readonly transaction: number;
  readonly service: string;
  readonly product: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly stan: string;
  readonly rrn: string;
  readonly quantity: number;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** When it was received, milliseconds since the epoch. */
  readonly at: number;
}

export interface SalesPortion {
  readonly sales: readonly NetworkSale[];
  /** Cursors behind what is told here. */
  readonly journal: number;
  readonly settling: number;
  readonly more: boolean;
}

/**
 * What this switch has of the hub's, in one moment: what the hub holds against its own books. Of this enrolment alone,
 * and without what was returned: that is the hub's.
 */
export interface StockStatement {
  /** The last change, and the last transfer, that it holds. */
  readonly change: number;
  readonly transfer: number;
  readonly lines: readonly StockStatementLine[];
}

export interface StockStatementLine {
  readonly product: string;
  readonly custody: PinChange;
  readonly count: number;
  /** Sum of the PINs' marks, each as a number of 48 bits, modulo 2^48 (markSum.ts). */
  readonly sum: number;
}

/** Merchants' money that came from the hub in this enrolment and was not given back, spent or not, in one moment. */
export interface LeaseStatement {
  /** The last change, and the last transfer, that it holds. */
  readonly change: number;
  readonly transfer: number;
  readonly leases: readonly Lease[];
}

/** A PIN of the hub's, as this switch has it: for a hub whose books are older than this. */
export interface HeldPin {
  readonly id: number;
  readonly mark: string;
  readonly product: string;
  readonly supplier: string;
  readonly serial: string;
  readonly expiry: string;
  readonly custody: PinChange;
}

export interface MemberVerbs {
  membership(): Promise<Membership | undefined>;
  /**
   * Enters the network, or enters it anew: then every PIN of the hub's that is still for sale here goes to
   * quarantine, leases are taken out, the log begins empty, and numbers begin at 0, as at the hub; sales that the same
   * network was told are not told again. Refused (false) while there are PINs for sale that did not come from the hub. The same enrolment again changes
   * nothing but `hub`, `hubKey` and `secrets`.
   */
  join(joining: Joining): Promise<boolean>;
  /** From now on nothing is sold from stock: for ever, until it is enrolled anew. */
  stopSelling(why: string): Promise<void>;
  /** Hub revision `revision` is stored as the catalogue here. */
  tookRevision(revision: number): Promise<void>;

  /** The contact that was begun and not ended, or a new one with this link (random, 32 hexadecimal digits). */
  beginContact(nextLink: string): Promise<Contact>;
  /** The hub has it. Drops what it has learned. False where that contact is not under way. */
  endContact(end: ContactEnd): Promise<boolean>;

  /** Id here of the hub's data key `origin` (a number of 48 bits, made of the key); wrapped is stored where it was not known. */
  adoptKeyBatch(origin: number, keyId: string, wrapped: Uint8Array): Promise<number>;
  /** Data keys that came from the hub: their origins, and their numbers here. */
  adoptedKeyBatches(): Promise<ReadonlyMap<number, number>>;
  transferIn(incoming: Incoming): Promise<IncomingResult>;
  /** False where this number, or a later one, was carried out before, or this switch is stopped: nothing changed. */
  giveBack(recall: Recall, at: number): Promise<boolean>;

  /** After the change `after`, in order. */
  changes(after: number, limit: number): Promise<readonly NetworkChange[]>;
  /**
   * Behind these cursors. A transaction that was undone and then stood all the same is told as sold again: what it comes
   * to is what was sold less what was undone. The product of a card's activation that gave a PIN is the PIN's.
   */
  networkSales(journal: number, settling: number, limit: number): Promise<SalesPortion>;
  statementOfStock(): Promise<StockStatement>;
  statementOfLeases(): Promise<LeaseStatement>;
  /** Of this enrolment all; of earlier ones in the same network what was sold. */
  heldPins(after: number, limit: number): Promise<readonly HeldPin[]>;
}
