/** Exports of PINs out of the system, under dual control: two operators approve with keys of their own. */
import type { SealedPin } from './entry.js';

export interface Operator {
  readonly name: string;
  /** Ed25519, SPKI, Base64. */
  readonly publicKey: string;
  readonly at: number;
  /** 0 while it may approve. */
  readonly removedAt: number;
}

export interface NewExport {
  readonly product: string;
  readonly count: number;
  readonly why: string;
  readonly requestedBy: string;
  readonly at: number;
}

export interface PinExport extends NewExport {
  readonly id: number;
  /** Its PINs have left the stock. */
  readonly isTaken: boolean;
  readonly approvals: readonly Approval[];
}

export interface Approval {
  readonly operator: string;
  /** Of what ../stock/exporting.ts has signed; Base64. */
  readonly signature: string;
  readonly at: number;
}

/** How many different operators have to approve. */
export const APPROVALS = 2;

export type ApproveResult = 'approved' | 'unknown' | 'no-operator' | 'approved-before' | 'taken';

export type TakeResult =
  /** In the custody `void` from then on; the same ones each time. */
  | { readonly kind: 'taken'; readonly product: string; readonly pins: readonly SealedPin[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unapproved' }
  | { readonly kind: 'short'; readonly available: number };

export interface ExportVerbs {
  /** False where the name or the key is known already, also of one that was removed. */
  addOperator(operator: Pick<Operator, 'name' | 'publicKey' | 'at'>): Promise<boolean>;
  /** False where there is none. */
  removeOperator(name: string, at: number): Promise<boolean>;
  operators(): Promise<readonly Operator[]>;
  requestExport(wanted: NewExport): Promise<number>;
  /** Whoever calls has verified the signature. */
  approveExport(id: number, approval: Approval): Promise<ApproveResult>;
  exportOf(id: number): Promise<PinExport | undefined>;
  /** Latest first. */
  exports(limit: number): Promise<readonly PinExport[]>;
  /** `today`: YYYYMMDD; PINs that expire before it are not taken. One commit. */
  takeExport(id: number, today: string): Promise<TakeResult>;
}
