/**
 * The transaction key: terminal's STAN and local date first, so that one index serves repeats, citations and
 * "find by STAN". Never the socket. Where date or time are missing the RRN takes their place. DE7 is not in it:
 * a resend may change it. A new STAN, or the same STAN another day, is a new transaction. A profile may name the
 * RRN too, or in place of the STAN: then what asks again under a new STAN (an advice with its original's body) meets
 * its original, and a search by STAN does not find it.
 */
import type { Identity } from '../domain/request.js';
import { keyPart } from '../store/keyPrefix.js';
import type { Calendar } from './calendar.js';

/** The parts that a profile may choose from; the message class is always one. */
export type KeyField = 'acquirer' | 'merchant' | 'terminal' | 'stan' | 'rrn' | 'localDate' | 'localTime';

export interface KeyPolicy {
  readonly key: readonly KeyField[];
  /** True where the RRN alone names a transaction, on whatever day it comes again (web API). */
  readonly undated?: boolean;
}

/** Stands where a date stands in other keys. */
const NO_DATE = '--------';

export interface TransactionKey {
  readonly key: string;
  /** YYYYMMDD. */
  readonly localDate: string;
}

export function transactionKey(identity: Identity, policy: KeyPolicy, calendar: Calendar): TransactionKey {
  const { key } = policy;
  const wireDate = key.includes('localDate') ? identity.localDate : '';
  const time = key.includes('localTime') ? identity.localTime : '';
  const localDate = calendar.dayOf(wireDate, time);
  const stan = key.includes('stan') ? identity.stan : '';
  const complete = stan !== '' && wireDate !== '' && time !== '' && !key.includes('rrn');
  const last = complete ? time : `${time}/${identity.rrn}`;
  const head = `${policy.undated ? NO_DATE : localDate}|${keyPart(stan)}|${keyPart(identity.terminal)}`;
  const merchant = key.includes('merchant') ? keyPart(identity.merchant) : '';
  const acquirer = key.includes('acquirer') ? keyPart(identity.acquirer) : '';
  return { key: `${head}|${merchant}|${acquirer}|${identity.messageClass}|${last}`, localDate };
}
