/**
 * Bench of the PIN network on real processes, a hub and two switches on loopback: what a sale waits for a PIN that lies
 * at the other switch, beside one that lies here, the two by turns; and how fast the hub stocks one switch.
 */
import { performance } from 'node:perf_hooks';
import { NO_KEEPER, startNetwork, TestMember, until } from '../../test/support/network.js';

const ROUNDS = 400;
const WARM_UP = 40;
const RESTOCKED = 1_000_000;
const RESTOCK_WAIT_MS = 600_000;

export async function benchNetworkReal(): Promise<Record<string, number>> {
  return { ...(await fetched()), ...(await restocked()) };
}

/** What was begun is ended when the task is over. */
async function scoped<T>(task: (t: { teardown(end: () => unknown): void }) => Promise<T>): Promise<T> {
  const endings: (() => unknown)[] = [];
  try {
    return await task({ teardown: (end) => void endings.push(end) });
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function fetched(): Promise<Record<string, number>> {
  return scoped(async (t) => {
    const count = ROUNDS + WARM_UP;
    const { hub, members } = await startNetwork(t, ['north', 'south'], {
      ...{ pins: { TALK10: count, TALK20: count }, config: NO_KEEPER, limits: { askLot: 1 } },
    });
    const [north, south] = members;
    if (!north || !south) throw new Error('no switches');
    await hub.give('north', 'TALK10', count);
    await hub.give('south', 'TALK20', count);
    await until(
      'stock',
      async () => (await north.count('stock')) + (await south.count('stock')) === 2 * count,
    );
    const waits = { TALK10: [] as number[], TALK20: [] as number[] };
    let declined = 0;
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const product of ['TALK10', 'TALK20'] as const) {
        const began = performance.now();
        const { code } = await north.sell(product);
        if (code !== '00') declined += 1;
        if (round >= 0) waits[product].push(performance.now() - began);
      }
    }
    for (const all of Object.values(waits)) all.sort((one, other) => one - other);
    const figures: Record<string, number> = { 'network.fetch.declined': declined };
    for (const [name, q] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const [here, there] = [quantile(waits.TALK10, q), quantile(waits.TALK20, q)];
      figures[`network.fetch.${name}LocalMs`] = here;
      figures[`network.fetch.${name}Ms`] = there;
      figures[`network.fetch.${name}MoreMs`] = there - here;
      process.stdout.write(
        `a sale from the other switch, ${name}: ${there.toFixed(1)} ms, from here ${here.toFixed(1)}: ` +
          `${(there - here).toFixed(1)} ms more (25 at most is the aim)\n`,
      );
    }
    return figures;
  });
}

function restocked(): Promise<Record<string, number>> {
  return scoped(async (t) => {
    process.stdout.write(`intake of ${RESTOCKED.toLocaleString('en')} PINs at the hub ...\n`);
    const { hub } = await startNetwork(t, [], {
      ...{ pins: { TALK10: RESTOCKED }, policy: { limits: [{ product: 'TALK10', floor: RESTOCKED }] } },
    });
    const north = await TestMember.join(t, hub, 'north');
    await north.serve();
    const began = performance.now();
    await until('all PINs', async () => (await north.count('stock')) >= RESTOCKED, RESTOCK_WAIT_MS);
    const seconds = (performance.now() - began) / 1_000;
    const perSecond = Math.round(RESTOCKED / seconds);
    process.stdout.write(
      `${RESTOCKED.toLocaleString('en')} PINs into one switch: ${seconds.toFixed(1)} s, ` +
        `${perSecond.toLocaleString('en')} a second (100,000 is the aim)\n`,
    );
    return { 'network.restock.perSecond': perSecond };
  });
}
