/**
 * Each stop of a network's hub and switches, shown by a process that is killed there, just before or just after a commit:
 * P13. After a restart every PIN is accounted for, and all books agree.
 */
import t from 'tap';
import { agrees, NO_KEEPER, startNetwork, until } from '../support/network.js';

const SWITCH_STOPS = [
  'before:transferIn',
  'after:transferIn',
  'before:giveBack',
  'after:giveBack',
  'after:beginContact',
  'before:endContact',
];
const HUB_STOPS = [
  'before:allocate',
  'after:allocate',
  'before:contact',
  'after:contact',
  'after:recallFrom',
];

t.test('a network of a hub and two switches, killed at each step', async (t) => {
  const { hub, members } = await startNetwork(t, ['north', 'south'], {
    pins: { TALK10: 200 },
    config: NO_KEEPER,
    limits: { askLot: 1 },
  });
  const [north, south] = members;
  if (!north || !south) return;
  await hub.give('south', 'TALK10', 20);
  await until('south has them', async () => (await south.count('stock')) === 20);

  for (const stop of SWITCH_STOPS) {
    await t.test(`the switch, ${stop}: all is there once after a restart`, async (t) => {
      await agrees(hub, members);
      const stock = await north.count('stock');
      await north.kill();
      // A contact is made before the links open: there it ends before it is ready.
      const early = await north.serve(stop).catch((error: Error) => error.message);
      await hub.give('north', 'TALK10', 3);
      const isGivingBack = stop.endsWith('giveBack');
      if (isGivingBack) {
        await until('3 more', async () => (await north.count('stock')) === stock + 3);
        const order = { kind: 'pins', of: 'TALK10', currency: '', count: 2, first: 'soonest' } as const;
        const switchId = await hub.switchId('north');
        await (await hub.books()).recallFrom({ ...order, switchId, at: Date.now() });
      }
      if (early === undefined) t.equal(await north.child?.exited, null, 'killed by a signal');
      else t.match(early, /ended with null/, 'killed by a signal');
      await north.serve();
      const expected = stock + 3 - (isGivingBack ? 2 : 0);
      await until(`${expected} PINs`, async () => (await north.count('stock')) === expected);
      await agrees(hub, members);
    });
  }

  for (const stop of HUB_STOPS) {
    await t.test(`the hub, ${stop}, while sales want PINs that lie elsewhere`, async (t) => {
      while ((await north.count('stock')) > 0) await north.sell();
      await agrees(hub, members);
      // What is left at the hub goes to south: only from there can more come.
      const rest = await hub.holding('', 'stock');
      if (stop.endsWith('recallFrom') && rest > 0) await hub.give('south', 'TALK10', rest);
      await hub.kill();
      await hub.serve(stop);
      const { child } = hub;
      let isDead = false;
      void child?.exited.then(() => {
        isDead = true;
      });
      while (!isDead) await north.sell();
      t.equal(await child?.exited, null, 'killed by a signal');
      await hub.serve();
      await until('the next sale has its PIN', async () => (await north.sell()).code === '00');
      await agrees(hub, members);
    });
  }
});
