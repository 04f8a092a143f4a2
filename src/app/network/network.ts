/**
 * The PIN network in a switch: whether it is a member stands in its database; then its hub is heard before any link
 * opens, and its catalogue before any is loaded. A switch that is no member has none of it.
 */
import { LineLimit } from '../../base/lineLimit.js';
import type { HubClient } from '../../hub/client/client.js';
import type { MemberDeps } from '../../hub/client/member.js';
import type { MemberOptions } from '../../hub/client/schema.js';
import { documentOfPortion } from '../catalogue/portions.js';
import type { Metrics } from '../metrics.js';

interface Joined extends MemberDeps {
  /** Of the configuration; undefined where it says nothing. */
  readonly options: MemberOptions | undefined;
  /** A revision of the hub's catalogue is stored. */
  readonly catalogueStored: () => void;
}

export interface SwitchNetwork {
  readonly client: HubClient;
  /** The catalogue is the hub's, not the configuration's. */
  readonly hasCatalogue: boolean;
}

/** Lines of the log a second with the same text: what its hub brings about does not fill it. */
const LOG_LINES_PER_SECOND_MAX = 20;

/** Undefined where this switch is no member. Resolves when the hub was heard, or its time is up. */
export async function openNetwork({
  options,
  catalogueStored,
  ...deps
}: Joined): Promise<SwitchNetwork | undefined> {
  const { store, log } = deps;
  const membership = await store.membership();
  if (!membership) {
    if (options) log.warn({}, 'in no PIN network yet: prepaid-switch join --hub URL --code CODE');
    return undefined;
  }
  // A switch without a hub does not load what it does not need.
  const { HubClient } = await import('../../hub/client/client.js');
  const { memberSchema } = await import('../../hub/client/schema.js');
  const catalogue = { check: documentOfPortion, stored: catalogueStored };
  const limited = new LineLimit(log, deps.clock, LOG_LINES_PER_SECOND_MAX);
  const client = new HubClient(membership, options ?? memberSchema.parse({}), {
    ...deps,
    catalogue,
    log: limited,
  });
  await client.start();
  const { name, hub, epoch } = membership;
  const { isConnected } = client;
  log.info({ name, hub, epoch, isConnected }, 'member of a PIN network');
  const hasCatalogue = ((await store.membership())?.revision ?? 0) > 0;
  return { client, hasCatalogue };
}

const CHANGES_COUNTED_MAX = 5_000;

export function observeNetwork(metrics: Metrics, client: HubClient, { store, clock }: MemberDeps): void {
  metrics.gauge('prepaid_switch_network_connected', 'Whether the hub answers', () =>
    Number(client.isConnected),
  );
  metrics.gauge('prepaid_switch_network_stopped', 'Whether the hub has told it to stop selling', () =>
    Number(client.stopped !== ''),
  );
  metrics.gauge(
    'prepaid_switch_network_contact_age_seconds',
    'Since the hub acknowledged the last contact',
    () => (clock.now() - client.contactAt) / 1_000,
  );
  metrics.gauge(
    'prepaid_switch_network_changes_waiting',
    `Moves of PINs and money that the hub does not know yet, ${CHANGES_COUNTED_MAX} at most`,
    async () => {
      const told = (await store.membership())?.toldChange ?? 0;
      return (await store.changes(told, CHANGES_COUNTED_MAX)).length;
    },
  );
}
