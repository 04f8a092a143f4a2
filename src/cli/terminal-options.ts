/** The options of the terminal commands, as commander hands them over. */
import type {
  BatchRequest,
  CreditRequest,
  Identity,
  ReversalRequest,
  SaleRequest,
} from '../tools/terminal/messages.js';
import type { Address } from './command.js';

/** What every message has: where to, in what form, from whom. */
export interface SharedOptions {
  readonly to?: Address;
  readonly bcd?: boolean;
  readonly format?: string;
  readonly framing: string;
  readonly tpdu?: string;
  readonly timeout: number;
  readonly json?: boolean;
  readonly clear?: boolean;
  /** File with the terminal's key. */
  readonly pinKey?: string;
}

export interface IdentityOptions
  extends SharedOptions,
    Partial<Pick<Identity, 'stan' | 'rrn' | 'date' | 'time'>> {
  readonly terminal: string;
  readonly merchant: string;
  readonly acquirer: string;
  readonly transmitted?: string;
}

export type SellOptions = IdentityOptions & SaleRequest;
export type CreditOptions = IdentityOptions & CreditRequest;
export type BatchOptions = IdentityOptions & Omit<BatchRequest, 'items'>;
export type InquireOptions = IdentityOptions & { readonly account: string; readonly product?: string };
export type ReverseOptions = IdentityOptions & ReversalRequest;
export type EchoOptions = IdentityOptions & { readonly code: string };
