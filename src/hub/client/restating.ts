/**
 * A restatement: all PINs of the hub's that this switch has or had, page by page, and what of merchants' money is leased
 * to it, for a hub whose books are older than this. The last page says where the switch stood before the first one, so
 * that what it tells from now on follows; a move between two pages is told again by its change, to the same end. Money
 * is told as of one moment, and the changes up to it are none for it any more.
 *
 * Stops anywhere: the hub goes on asking, and it begins again. So it does where a transfer comes in between, of which
 * some of the pages would not tell.
 */
import type { LeaseStatement } from '../../store/store.js';
import { type RestateRequest, WIRE_LIMITS } from '../wire/messages.js';
import type { Member } from './member.js';

/** False where the hub did not take it all. */
export async function restate(member: Member): Promise<boolean> {
  const { store, recipient, log } = member;
  const { epoch } = recipient;
  log.warn({}, "the hub's books are older than this switch's: it is told all PINs that came from it");
  const { contact, link, transfer, recall, toldChange } = await member.standing();
  let count = 0;
  for (let after = 0; ; ) {
    const held = await store.heldPins(after, WIRE_LIMITS.restatePinsMax);
    count += held.length;
    const pins = held.map(({ id: _, ...pin }) => pin);
    if (held.length < WIRE_LIMITS.restatePinsMax) {
      const money = await store.statementOfLeases();
      if (money.transfer !== transfer || !(await restateMoney(member, money))) return false;
      const end = { contact, link, transfer, recall, change: toldChange, through: money.change };
      if (!(await say(member, { epoch, pins, end }))) return false;
      break;
    }
    if (!(await say(member, { epoch, pins }))) return false;
    after = held.at(-1)?.id ?? after;
  }
  log.warn({ pins: count }, 'the hub has been told all PINs that came from it');
  return true;
}

async function restateMoney(member: Member, { change, transfer, leases }: LeaseStatement): Promise<boolean> {
  const { epoch } = member.recipient;
  for (let from = 0; from < leases.length; from += WIRE_LIMITS.leasesMax) {
    const portion = leases.slice(from, from + WIRE_LIMITS.leasesMax);
    const money = { transfer, through: change, leases: portion };
    if (!(await say(member, { epoch, pins: [], money }))) return false;
  }
  return true;
}

async function say(member: Member, request: RestateRequest): Promise<boolean> {
  const answer = await member.api.restate(request);
  if (answer.kind === 'answer') return true;
  await member.met(answer);
  return false;
}
