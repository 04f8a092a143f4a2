/** What a member of a PIN network has from its hub is not made at the switch itself: such a command is refused. */
import type { Store } from '../store/store.js';
import { NotSo } from './command.js';

/** Throws NotSo where this switch is a member. `what` is plural or singular with its verb: `stock comes`. */
export async function refuseAtMember(store: Store, what: string): Promise<void> {
  const membership = await store.membership();
  if (membership) throw new NotSo(`this switch's ${what} from the hub, ${membership.hub}: do it there`);
}
