/** What every history of a network begins with: a hub with PINs, and switches that have joined it. Made once. */
import { createHash } from 'node:crypto';
import { Chance } from '../../../src/base/chance.js';
import type { Clock } from '../../../src/base/clock.js';
import type { Catalogue } from '../../../src/domain/catalogue.js';
import { join } from '../../../src/hub/client/joining.js';
import { memberSchema } from '../../../src/hub/client/schema.js';
import { HubService } from '../../../src/hub/server/service.js';
import { openVault } from '../../../src/stock/vault.js';
import type { Store } from '../../../src/store/store.js';
import type { HttpRequest } from '../../../src/transport/httpExchange.js';
import { catalogueWith, KEYRING, takeInPins } from '../base.js';
import { randomOf } from '../chances.js';
import { SimulatedDatabase } from '../database.js';
import { SILENT } from '../process.js';
import { BEGIN } from '../time.js';
import { answerOf } from './calls.js';
import { LIMITS } from './hub.js';

export const SWITCHES = 3;
/** Fewer than the terminals ask for, so that they are fetched from each other, and run out. */
const PINS = 7;
export const HUB = 'http://hub';

export interface NetworkBase {
  readonly hub: SimulatedDatabase;
  readonly members: readonly SimulatedDatabase[];
  readonly catalogue: Catalogue;
}

const random = randomOf(new Chance(1));
const clock: Clock = {
  now: () => BEGIN - 1_000,
  after: () => () => {},
  soon: (task) => void setImmediate(task),
};

export async function makeNetworkBase(): Promise<NetworkBase> {
  const hub = new SimulatedDatabase();
  const store = storeOf(hub);
  const vault = await openVault(store, KEYRING, random);
  const shared = { store, vault, clock, random, log: SILENT, limits: LIMITS, utcOffsetMinutes: 0 };
  const service = await HubService.open({ ...shared, floorOf: () => undefined });
  await takeInPins(store, vault, PINS);
  const members: SimulatedDatabase[] = [];
  for (let at = 0; at < SWITCHES; at += 1) members.push(await enrolled(store, service, `switch-${at}`));
  return { hub, members, catalogue: catalogueWith([]) };
}

function storeOf(database: SimulatedDatabase): Store {
  return database.store(
    clock,
    () => true,
    () => {},
  );
}

async function enrolled(hub: Store, service: HubService, name: string): Promise<SimulatedDatabase> {
  const code = `code-of-${name}`;
  const codeSha256 = createHash('sha256').update(code).digest('hex');
  await hub.invite({ name, codeSha256, expiresAt: BEGIN, certificateSha256: '', at: BEGIN - 2_000 });
  const database = new SimulatedDatabase();
  const store = storeOf(database);
  const exchange = {
    send: async (request: HttpRequest) => ({
      kind: 'answer' as const,
      ...(await answerOf(service, request, new AbortController().signal)),
    }),
    close: async () => {},
    destroy: async () => {},
  };
  const options = memberSchema.parse({});
  const vault = await openVault(store, KEYRING, random);
  const joined = await join({ store, vault, clock, random, options, hub: HUB, code, exchange });
  if (joined.kind !== 'joined') throw new Error(`${name} could not join: ${joined.kind}`);
  return database;
}
