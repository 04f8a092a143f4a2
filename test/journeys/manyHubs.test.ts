/**
 * T7: two hub processes on one PostgreSQL. What a switch at one of them lacks is recalled from a switch at the other; one
 * of them plans, and where it is killed the other one does.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { NO_KEEPER, networkFaults, TestHub, TestMember, until } from '../support/network.js';
import { scratch } from '../support/process.js';

process.env.STORE = 'postgres';

/** `floors`: of every switch. */
async function twoHubs(t: Test, pins: number, floors?: Record<string, number>): Promise<[TestHub, TestHub]> {
  const options = floors ? { floors } : { config: NO_KEEPER };
  const one = await TestHub.open(t, options);
  await one.takeIn({ TALK10: pins });
  await one.serve();
  const folder = scratch(t);
  for (const file of ['store.url', 'keys.json']) copyFileSync(join(one.folder, file), join(folder, file));
  const two = await TestHub.open(t, { ...options, folder });
  await two.serve();
  return [one, two];
}

async function joined(t: Test, hub: TestHub, name: string): Promise<TestMember> {
  const member = await TestMember.join(t, hub, name, { folder: scratch(t) });
  await member.serve();
  return member;
}

t.jobs = 2;

t.test(
  'T7: a sale at a switch of one hub process gets its PIN from a switch of the other',
  { buffered: true },
  async (t) => {
    const [one, two] = await twoHubs(t, 10);
    const [north, south] = [await joined(t, one, 'north'), await joined(t, two, 'south')];
    await one.give('south', 'TALK10', 10);
    await until('ten PINs at south', async () => (await two.holding('south', 'away')) === 10);
    const sold = await north.sell();
    t.equal(sold.code, '00');
    t.equal((await south.sell()).code, '00');
    t.strictSame(await networkFaults(two, [north, south]), []);
  },
);

t.test(
  'T7: the levels are kept by one hub process, and by the other when that one is killed',
  { buffered: true },
  async (t) => {
    const FLOOR = 5;
    const [one, two] = await twoHubs(t, 40, { TALK10: FLOOR });
    const south = await joined(t, two, 'south');
    const held = (): Promise<number> => two.holding('south', 'away', 'TALK10');
    await until('the floor', async () => (await held()) === FLOOR);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    t.equal(await held(), FLOOR, 'it was given once');
    await one.kill();
    for (let sale = 0; sale < 3; sale += 1) t.equal((await south.sell()).code, '00');
    await until(
      'the floor again',
      async () => (await two.holding('south', 'sold')) === 3 && (await held()) === FLOOR,
    );
    t.strictSame(await networkFaults(two, [south]), []);
  },
);
