/**
 * What a data folder is: a hub's, or a switch's. A hub's PINs may be on their way to others, and a member's are the hub's
 * to give: neither must ever be taken for the other one's.
 */
import { SafeError } from '../base/errors.js';
import { NETWORK } from '../hub/server/settings.js';
import type { Store } from '../store/store.js';

class RoleError extends SafeError {
  override name = 'RoleError';
}

/** Throws a SafeError where a hub has served from it. */
export async function refuseHubsFolder(store: Store): Promise<void> {
  if ((await store.setting(NETWORK)) === undefined) return;
  throw new RoleError("data folder: a hub's (prepaid-switch hub serve); a switch needs one of its own");
}

/** Throws a SafeError where a switch has joined a network with it. */
export async function refuseMembersFolder(store: Store): Promise<void> {
  const membership = await store.membership();
  if (!membership) return;
  throw new RoleError(
    `data folder: the switch's that is ${membership.name} at ${membership.hub}; a hub needs one of its own`,
  );
}
