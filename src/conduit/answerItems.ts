/**
 * The items of a batch in its answer: TLVs over one field and those in which they go on, whole TLVs in each. Where
 * all does not fit, amounts, account references and receipt lines go first, then serials and expiries; item, code, PIN, approval
 * code, balance and account expiry always fit, since no more items are let in than that (itemsFit).
 */
import type { ItemOutcome, Outcome } from '../domain/outcome.js';
import type { BatchItem } from '../domain/request.js';
import { balanceText } from './balance.js';
import { longestPinLength } from './pinDelivery.js';
import type { Profile } from './profile.js';
import { type Entry, FIELD_MAX, lengthOf, pinEntries, TLV_HEAD } from './tlv.js';

/** IT 7, RC 9, AP 11, BA 25, AE 13. */
const ITEM_LENGTH = 65;

/** Whether the answer holds all that must be told of these, whatever comes of them. */
export function itemsFit({ answer }: Profile, items: readonly BatchItem[]): boolean {
  const pinLength = TLV_HEAD + longestPinLength(answer);
  // A field's end stays empty where the next TLV does not fit: less than a PIN's length.
  const room = (answer.overflow.length + 1) * FIELD_MAX - answer.overflow.length * (pinLength - 1);
  const needed = items.reduce((sum, { quantity }) => sum + ITEM_LENGTH + quantity * pinLength, 0);
  return needed <= room;
}

/** The values of the answer's fields for items, in the order of the fields; made once for an outcome. */
export function itemFields({
  answer,
  reasons,
}: Profile): (outcome: Outcome) => readonly (readonly Entry[])[] {
  const fieldsMax = answer.overflow.length + 1;
  const made = new WeakMap<Outcome, readonly (readonly Entry[])[]>();
  const drops: readonly ReadonlySet<string>[] = [
    new Set(),
    new Set(['AR', 'RL']),
    new Set(['AR', 'RL', 'SN', 'EX']),
  ];
  return (outcome) => {
    const before = made.get(outcome);
    if (before) return before;
    let told: readonly (readonly Entry[])[] = [];
    const all = (outcome.items ?? []).flatMap((item) => itemEntries(item, reasons));
    const entries = all.filter((entry) => lengthOf([entry]) <= FIELD_MAX);
    for (const drop of drops) {
      told = spread(entries.filter(([tag]) => !drop.has(tag)));
      if (told.length <= fieldsMax) break;
    }
    made.set(outcome, told);
    return told;
  };
}

function itemEntries({ number, outcome }: ItemOutcome, reasons: Profile['reasons']): Entry[] {
  const { reason, pins, approvalCode, balance, accountExpiry, receipt } = outcome;
  const entries: Entry[] = [
    ['IT', String(number).padStart(2, '0')],
    ['RC', reasons[reason] ?? ''],
    ...pinEntries(pins),
  ];
  if (approvalCode !== '') entries.push(['AP', approvalCode]);
  const balanceSaid = balance && balanceText(balance);
  if (balanceSaid) entries.push(['BA', balanceSaid]);
  if (accountExpiry !== '') entries.push(['AE', accountExpiry]);
  if (outcome.amount !== undefined) entries.push(['AM', String(outcome.amount)]);
  if (outcome.accountReference) entries.push(['AR', outcome.accountReference]);
  for (const line of receipt) entries.push(['RL', line]);
  return entries;
}

/** Field by field, as much as each holds; a printed line that is longer than any field is left out. */
function spread(entries: readonly Entry[]): Entry[][] {
  const fields: Entry[][] = [];
  let left = 0;
  for (const entry of entries) {
    const length = lengthOf([entry]);
    if (length > left) {
      fields.push([]);
      left = FIELD_MAX;
    }
    fields.at(-1)?.push(entry);
    left -= length;
  }
  return fields;
}
