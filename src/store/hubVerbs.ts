/**
 * The verbs of a PIN network's hub. Its books hold every PIN that was ever taken in, each in one custody: `stock`
 * here, `transit` to a switch, `away` at a switch, or as that switch has told since (sold, quarantined, void,
 * expired). A transfer is one commit here before any byte of it leaves; a switch's changes are applied in order and
 * once, with the cursor, in the commit that acknowledges them.
 */
import type { Lease, NetworkChange, NetworkSale, PinChange, StockStatement } from './memberVerbs.js';

export interface NetworkSwitch {
  readonly id: number;
  readonly name: string;
  readonly epoch: number;
  /** invited: a code is out, nobody has used it yet (in this epoch). */
  readonly state: 'invited' | 'active' | 'retired';
  /** Why it was retired, or refused for good (`stale`, `forked`); ''. */
  readonly why: string;
  /** X25519, base64url; '' before it has enrolled. */
  readonly publicKey: string;
  /** SHA-256 of its token, hexadecimal; and of its certificate, '' where it shows none. */
  readonly tokenSha256: string;
  readonly certificateSha256: string;
  /** Number of the last transfer that was made for it, and of the last that it has applied. */
  readonly transfer: number;
  readonly applied: number;
  readonly recall: number;
  readonly recalled: number;
  /** The last contact: its number, its link, and when (milliseconds since the epoch; 0: never). */
  readonly contact: number;
  readonly link: string;
  readonly seenAt: number;
  /** Cursors: what it has told and stands here. */
  readonly change: number;
  readonly journal: number;
  readonly settling: number;
  /** What its last statement came to; '' where it agreed, or there was none. */
  readonly difference: string;
  readonly statedAt: number;
  /** After this hub's books were found old: whether it has told all that it holds since. */
  readonly restated: boolean;
}

export interface Invitation {
  readonly name: string;
  /** SHA-256 of the one-time code, hexadecimal. */
  readonly codeSha256: string;
  readonly expiresAt: number;
  /** '' where it needs none. */
  readonly certificateSha256: string;
  readonly at: number;
}

export type InviteResult =
  | { readonly kind: 'invited'; readonly id: number }
  /** It is active: retire it first. Nothing changed. */
  | { readonly kind: 'active' };

export interface Enrolment {
  readonly codeSha256: string;
  readonly publicKey: string;
  readonly tokenSha256: string;
  /** Of the certificate that it has shown, hexadecimal; '' for none. */
  readonly certificateSha256?: string;
  readonly at: number;
}

export type EnrolResult =
  /** Also where the same key and token come again with the same code: the first answer may have been lost. */
  | { readonly kind: 'enrolled'; readonly id: number; readonly name: string; readonly epoch: number }
  | { readonly kind: 'refused'; readonly why: 'unknown-code' | 'expired' | 'used' | 'certificate' };

/** The custody of a retired switch's PINs is decided: quarantined here, whatever it may still have sold. */
export interface Retirement {
  readonly name: string;
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

export type RetireResult =
  | { readonly kind: 'retired'; readonly pins: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'already' };

export interface HubContact {
  readonly switchId: number;
  readonly epoch: number;
  readonly contact: number;
  readonly link: string;
  readonly nextLink: string;
  /**
   * Last transfer and last recall that the switch has applied, read after `changes`: these may be of PINs that came
   * by it.
   */
  readonly transfer: number;
  readonly recall: number;
  /** What follows the cursor `after`; `changes` up to `change`. */
  readonly after: number;
  readonly change: number;
  readonly changes: readonly NetworkChange[];
  readonly afterJournal: number;
  readonly journal: number;
  readonly afterSettling: number;
  readonly settling: number;
  readonly sales: readonly NetworkSale[];
  /** Merchants' money as the switch has it: what is left of its leases. */
  readonly leases: readonly Lease[];
  /** Compared where it stands at exactly `change` and `transfer`. */
  readonly statement: StockStatement | undefined;
  readonly at: number;
}

export type HubContactResult =
  | {
      readonly kind: 'accepted';
      readonly change: number;
      readonly journal: number;
      readonly settling: number;
    }
  /** Nothing changed but what is said here: a retired, stale or forked switch stays refused until enrolled anew. */
  | {
      readonly kind: 'refused';
      readonly why:
        | 'unknown'
        | 'retired'
        | 'epoch'
        /** An older copy of the switch's database than the one that was last heard. */
        | 'stale'
        /** Two copies of one switch's database have spoken. */
        | 'forked'
        /** The hub's own books are older than the switch's: nothing is allocated until all have told what they hold. */
        | 'hub-behind'
        /** A change of a PIN, or money, that this switch does not hold. */
        | 'not-holder'
        /** A cursor that does not follow the last one. */
        | 'gap';
      /** One line, without secrets. */
      readonly detail: string;
    };

export interface Allocation {
  readonly switchId: number;
  readonly product: string;
  /** Less is given where there is less. */
  readonly count: number;
  /** YYYYMMDD: PINs whose expiry is before it are not transferred. */
  readonly notBefore: string;
  /** Names the asking: the same one again gives nothing more; ''. */
  readonly ask: string;
  readonly at: number;
}

export interface LeaseOut extends Lease {
  readonly switchId: number;
  /** The merchant's balance here may not go below it. Minor units. */
  readonly floor: number;
  readonly ask: string;
  readonly at: number;
}

export type TransferResult =
  /** `count`: PINs, or minor units. */
  | { readonly kind: 'transferred'; readonly number: number; readonly count: number }
  /** Nothing there to give: nothing changed. */
  | { readonly kind: 'nothing' }
  /** This asking was answered before, by that transfer. */
  | { readonly kind: 'known'; readonly number: number; readonly count: number }
  | { readonly kind: 'refused'; readonly why: 'not-active' | 'hub-behind' };

/** A transfer that was made and may not have been applied. */
export interface OutgoingTransfer {
  readonly number: number;
  readonly epoch: number;
  readonly product: string;
  readonly pins: readonly OutgoingPin[];
  readonly leases: readonly Lease[];
}

export interface OutgoingPin {
  readonly supplier: string;
  readonly batch: number;
  readonly sealed: Uint8Array;
  readonly mark: string;
  readonly serial: string;
  readonly expiry: string;
}

/** PINs by where they are. `switchId` 0: here. */
export interface Holding {
  readonly switchId: number;
  readonly product: string;
  readonly custody: string;
  readonly count: number;
}

/** PINs whose expiry is near, by where they are for sale. */
export interface ExpiringStock {
  readonly switchId: number;
  readonly product: string;
  readonly count: number;
}

/** Demand in one hour at one switch, as its sales have told. */
export interface DemandHour {
  readonly switchId: number;
  readonly product: string;
  /** Milliseconds since the epoch, a whole hour. */
  readonly hour: number;
  readonly sold: number;
  readonly missed: number;
}

export interface RecallOrder {
  readonly switchId: number;
  readonly kind: 'pins' | 'lease';
  /** Product, or merchant. */
  readonly of: string;
  readonly currency: string;
  readonly count: number;
  readonly first: 'soonest' | 'latest';
  readonly at: number;
}

export interface PendingRecall extends RecallOrder {
  readonly number: number;
}

/** What a merchant's money is at: available here, out at switches, and what of it those last said is left. */
export interface LeaseState {
  readonly switchId: number;
  readonly merchant: string;
  readonly currency: string;
  /** Given out and not returned. Minor units. */
  readonly leased: number;
  /** As the switch said last. */
  readonly left: number;
}

/** One PIN that a switch says it holds; PINs that these books do not know are entered without their sealed code. */
export interface Restating {
  readonly switchId: number;
  readonly pins: readonly {
    readonly mark: string;
    readonly product: string;
    readonly supplier: string;
    readonly serial: string;
    readonly expiry: string;
    readonly custody: PinChange;
  }[];
  /**
   * What of merchants' money was leased to the switch and not given back, spent or not, as of that transfer and that
   * change: what these books say of those is set right by it.
   */
  readonly money?:
    | {
        readonly transfer: number;
        readonly through: number;
        readonly leases: readonly Lease[];
      }
    | undefined;
  /** With the last portion: where the switch stood before it read the first one. */
  readonly end:
    | {
        readonly contact: number;
        readonly link: string;
        readonly transfer: number;
        readonly recall: number;
        /** The last one that the hub had acknowledged: all that follow are told again. */
        readonly change: number;
        /** The last change once the last portion was read: those up to it may show in the portions already. */
        readonly through: number;
      }
    | undefined;
  readonly at: number;
}

export interface HubVerbs {
  /** By id. */
  switches(): Promise<readonly NetworkSwitch[]>;
  invite(invitation: Invitation): Promise<InviteResult>;
  enrol(enrolment: Enrolment): Promise<EnrolResult>;
  retire(retirement: Retirement): Promise<RetireResult>;

  /** Everything that a switch's contact says, in one commit. */
  contact(contact: HubContact): Promise<HubContactResult>;

  /** Soonest expiry first. */
  allocate(allocation: Allocation): Promise<TransferResult>;
  leaseOut(lease: LeaseOut): Promise<TransferResult>;
  /** Transfers to a switch after that number, in order; PINs of at most `pinsMax` (the first one whole). */
  transfersAfter(switchId: number, after: number, pinsMax: number): Promise<readonly OutgoingTransfer[]>;
  recallFrom(order: RecallOrder): Promise<number>;
  /** That the switch has not said it carried out. */
  recalls(switchId: number): Promise<readonly PendingRecall[]>;

  holdings(): Promise<readonly Holding[]>;
  /** For sale here or away, with an expiry before that day (YYYYMMDD). */
  expiring(before: string): Promise<readonly ExpiringStock[]>;
  /** Hours from `since` on. */
  demand(since: number): Promise<readonly DemandHour[]>;
  leases(): Promise<readonly LeaseState[]>;

  /** '' where the books are right; else why they are older than a switch's, and nothing is allocated. */
  behind(): Promise<string>;
  restate(restating: Restating): Promise<void>;
  /**
   * All that are active have restated: PINs that nobody claims and that were out go to quarantine, and allocation
   * goes on. Says how many; undefined where a switch has not restated yet.
   */
  recover(by: string, why: string, at: number): Promise<number | undefined>;
}
