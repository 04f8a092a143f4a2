/** How a message's word of its original becomes the store's question for it: for reversals and status inquiries alike. */
import { addDays } from '../base/dates.js';
import type { Identity, OriginalReference } from '../domain/request.js';
import type { OriginalQuery } from '../store/store.js';
import type { SwitchContext } from './context.js';

export interface Citing {
  readonly identity: Identity;
  readonly original: OriginalReference;
  /** Minor units; undefined where the message does not repeat the original's amount. */
  readonly amount: number | undefined;
}

export function queryOf(context: SwitchContext, { identity, original, amount }: Citing): OriginalQuery {
  return {
    // The citation's acquirer is right-justified and often zero: the message's own is the surer one.
    acquirer: identity.acquirer,
    merchant: identity.merchant,
    terminal: identity.terminal,
    messageClass: original.messageClass,
    stan: original.stan,
    dates: daysOf(context, identity, original),
    transmittedAt: original.transmittedAt,
    localTime: original.localTime,
    rrn: original.rrn,
    approvalCode: original.approvalCode,
    amount: amount ?? null,
    accountMark: original.account === '' ? '' : context.vault.markAccount(original.account),
  };
}

/** How late a reversal may come that names no day of its original: days back, by STAN (soon used again) and by RRN. */
const DAYS_BACK = { stan: 1, rrn: 7 };

/** DE7 is in UTC and DE13 local, so a cited DE7 may name the day before or after. */
function daysOf(
  { calendar }: SwitchContext,
  identity: Identity,
  original: OriginalReference,
): readonly string[] {
  if (original.localDate !== '') return [calendar.dayOf(original.localDate, '')];
  const cited = original.transmittedAt.slice(0, 4);
  const day = calendar.dayOf(cited || identity.localDate, identity.localTime);
  if (cited !== '') return [day, addDays(day, -1), addDays(day, 1)];
  const daysBack = original.stan === '' ? DAYS_BACK.rrn : DAYS_BACK.stan;
  return Array.from({ length: daysBack + 1 }, (_, back) => addDays(day, -back));
}
