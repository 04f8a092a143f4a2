/**
 * A restatement: all PINs of the hub's that this switch has or had, page by page, for a hub whose books are older than
 * this. The last page says where the switch stood before the first one, so that what it tells from now on follows; a
 * move between two pages is told again by its change, to the same end.
 *
 * Stops anywhere: the hub goes on asking, and it begins again.
 */
import { type RestateRequest, WIRE_LIMITS } from '../wire/messages.js';
import type { Member } from './member.js';

/** False where the hub did not take it all. */
export async function restate(member: Member): Promise<boolean> {
  const { store, api, recipient, log } = member;
  const { epoch } = recipient;
  log.warn({}, "the hub's books are older than this switch's: it is told all PINs that came from it");
  const { contact, link, transfer, recall, toldChange } = await member.standing();
  let count = 0;
  for (let after = 0; ; ) {
    const held = await store.heldPins(after, WIRE_LIMITS.restatePinsMax);
    count += held.length;
    const pins = held.map(({ id: _, ...pin }) => pin);
    const isLast = held.length < WIRE_LIMITS.restatePinsMax;
    let request: RestateRequest = { epoch, pins };
    if (isLast) {
      const { change: through } = await store.statementOfStock();
      request = { ...request, end: { contact, link, transfer, recall, change: toldChange, through } };
    }
    const answer = await api.restate(request);
    if (answer.kind !== 'answer') {
      await member.met(answer);
      return false;
    }
    if (isLast) break;
    after = held.at(-1)?.id ?? after;
  }
  log.warn({ pins: count }, 'the hub has been told all PINs that came from it');
  return true;
}
