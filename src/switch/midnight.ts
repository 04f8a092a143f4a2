/**
 * A terminal that tells neither date nor time gets the switch's own day into its transaction key, and that day
 * changes under a terminal that is just repeating. So in a day's first hour such a message keeps the day before,
 * where the same one came in the hour before now: it stands in the journal, or waits for the hub and stands nowhere
 * yet. What counts is what its key is made of: a date that the profile's key leaves out tells no day, and where the
 * STAN is left out, a repeat may come under another one.
 */
import type { Identity } from '../domain/request.js';
import type { JournalEntry } from '../store/store.js';
import type { SwitchContext } from './context.js';
import type { KeyPolicy } from './keys.js';

/** How long after its original a repeat may come, milliseconds. */
const REPEATS_MS = 3_600_000;
/** Transactions of one STAN or RRN looked through, of all terminals. */
const CANDIDATES_MAX = 1_000;

type Needed = Pick<SwitchContext, 'store' | 'calendar' | 'clock' | 'atSuppliers'>;

export function keepsDay(
  context: Needed,
  { key }: KeyPolicy,
  identity: Identity,
): Promise<Identity> | Identity {
  if (identity.localDate !== '' || (identity.localTime !== '' && key.includes('localTime'))) return identity;
  const before = context.calendar.dayAgo(REPEATS_MS);
  if (before === context.calendar.today()) return identity;
  return asBefore(context, identity, before, key);
}

async function asBefore(
  { store, clock, atSuppliers }: Needed,
  identity: Identity,
  day: string,
  key: KeyPolicy['key'],
): Promise<Identity> {
  const { stan, rrn } = identity;
  const since = clock.now() - REPEATS_MS;
  const isSame = (one: JournalEntry): boolean =>
    one.localDate === day &&
    (one.localTime === identity.localTime || !key.includes('localTime')) &&
    one.receivedAt >= since &&
    (one.stan === stan || !key.includes('stan')) &&
    one.rrn === rrn &&
    one.terminal === identity.terminal &&
    one.merchant === identity.merchant &&
    one.messageClass === identity.messageClass;
  const kept = { ...identity, localDate: day };
  for (const { entry } of atSuppliers.values()) if (isSame(entry)) return kept;
  const found = await store.find({ ...(rrn === '' ? { stan } : { rrn }), limit: CANDIDATES_MAX });
  return found.some(isSame) ? kept : identity;
}
