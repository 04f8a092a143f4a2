/** A member switch's side without the switch: a real store and vault, joined to a test hub, and its client. */
import tap, { type Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { systemRandom } from '../../../src/base/random.js';
import { HubClient } from '../../../src/hub/client/client.js';
import { type Joined, join } from '../../../src/hub/client/joining.js';
import { type MemberOptions, memberSchema } from '../../../src/hub/client/schema.js';
import type { OutgoingPin, Store } from '../../../src/store/store.js';
import { openStock, type Stock } from '../../stock/stock.js';
import type { Sent, TestHub } from './hub.js';

export const FAST = memberSchema.parse({
  times: {
    startMs: 2_000,
    lookMs: 10,
    heartbeatMs: 60_000,
    callMs: 2_000,
    retryFirstMs: 10,
    retryMaxMs: 50,
    askMarginMs: 5,
  },
});

export interface TestMember extends Stock {
  readonly client: HubClient;
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[];
  /** Revisions that were stored. */
  readonly stored: number[];
  /** Another client, as after a restart; the first one ends. */
  restart(): Promise<HubClient>;
}

export function joinOf(
  stock: Pick<Stock, 'store' | 'vault'>,
  hub: TestHub,
  code = 'secret-code',
): Promise<Joined> {
  const { store, vault } = stock;
  const environment = { store, vault, clock: systemClock, random: systemRandom, options: FAST };
  return join({ ...environment, hub: hub.url, code });
}

export async function startMember(
  t: Test,
  hub: TestHub,
  options: MemberOptions = FAST,
  before: (store: Store) => Promise<void> = async () => {},
): Promise<TestMember> {
  const stock = await openStock(t);
  const joined = await joinOf(stock, hub);
  if (joined.kind !== 'joined') throw new Error(`not joined: ${joined.kind}`);
  const { store, vault } = stock;
  await before(store);
  const lines: TestMember['lines'] = [];
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields });
  };
  const log = { info: write('info'), warn: write('warn'), error: write('error') };
  const stored: number[] = [];
  const begin = async (): Promise<HubClient> => {
    const membership = await store.membership();
    if (!membership) throw new Error('no member');
    const catalogue = { check: () => {}, stored: () => void stored.push(stored.length + 1) };
    const deps = { store, vault, clock: systemClock, random: systemRandom, log, catalogue };
    const client = new HubClient(membership, options, deps);
    t.teardown(() => client.stop());
    await client.start();
    return client;
  };
  const client = await begin();
  return {
    ...stock,
    client,
    lines,
    stored,
    async restart() {
      await client.stop();
      return begin();
    },
  };
}

let hubVault: Promise<Stock> | undefined;

/** PINs as a hub has them: sealed under a data key of its own, that of another installation's vault. */
export async function pinsOf(product: string, count: number, from = 0): Promise<Sent> {
  hubVault ??= openStock(tap);
  const { vault } = await hubVault;
  const batch = await vault.newBatch();
  const pins = Array.from({ length: count }, (_, at): OutgoingPin => {
    const serial = `S${from + at}`;
    const code = `${product}-${from + at}`;
    const sealed = vault.sealPin(batch, product, serial, code);
    return { supplier: 'acme', batch, sealed, mark: vault.markPin('acme', code), serial, expiry: '20991231' };
  });
  return { product, pins, dataKeys: new Map([[batch, vault.dataKey(batch)]]) };
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what = 'it'): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what} never came`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export async function stockOf(store: Store, product = 'TALK10'): Promise<number> {
  const levels = await store.levels();
  return levels.find((one) => one.product === product && one.custody === 'stock')?.count ?? 0;
}
