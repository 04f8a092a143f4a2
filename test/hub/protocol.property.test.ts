/**
 * The custody protocol over the real stores: random schedules of a hub and its switches, whose messages are lost,
 * repeated, late and in any order, while PINs are taken in, sold, reversed, decided on, recalled, and stores are closed
 * in the middle. What is so is read from all databases, beside the verbs: P13. All schedules use the same
 * stores, each with a product of its own. PROTOCOL=long runs many more.
 */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { Protocol, type Step } from '../support/protocol.js';

const IS_LONG = process.env.PROTOCOL === 'long';
const SCHEDULES = IS_LONG ? 600 : 30;
/** Each opens a store and copies one. */
const PUT_BACK = IS_LONG ? 60 : 4;
const SWITCHES = 3;

const who = fc.nat(SWITCHES - 1);
const nth = fc.nat(20);
const limit = fc.integer({ min: 1, max: 5 });
const few = fc.integer({ min: 1, max: 3 });

/** What makes a message, what delivers one (often all of them, in order), and what moves PINs. */
const ordinary: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('takeIn' as const), count: few }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('give' as const), who, count: few }), weight: 14 },
  { arbitrary: fc.record({ do: fc.constant('recall' as const), who, count: few }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constant('fetch' as const), who }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constant('bring' as const), who }), weight: 14 },
  { arbitrary: fc.record({ do: fc.constant('contact' as const), who, limit }), weight: 10 },
  { arbitrary: fc.record({ do: fc.constant('call' as const), who, limit }), weight: 12 },
  // The newest message most often, and now and then one from long ago.
  {
    arbitrary: fc.record({ do: fc.constant('deliver' as const), back: fc.oneof(fc.nat(2), nth) }),
    weight: 26,
  },
  { arbitrary: fc.record({ do: fc.constant('sell' as const), who }), weight: 14 },
  { arbitrary: fc.record({ do: fc.constant('reverse' as const), nth }), weight: 4 },
  {
    arbitrary: fc.record({ do: fc.constant('decide' as const), who, to: fc.constantFrom('stock', 'void') }),
    weight: 4,
  },
);

/** A store that is closed and opened costs as much as some hundred other steps. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: ordinary, weight: 250 },
  { arbitrary: fc.record({ do: fc.constant('reopen' as const), who: fc.nat(SWITCHES) }), weight: 1 },
);

const steps = (minLength: number, maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength, maxLength, size: 'max' });

/** Each switch is stocked, sells one, gives one back that another gets, and makes one contact twice. */
const OPENING: readonly Step[] = [
  { do: 'takeIn', count: 12 },
  ...[0, 1, 2].flatMap((who): Step[] => [
    { do: 'call', who, limit: 100 },
    { do: 'call', who, limit: 100 },
    { do: 'give', who, count: 2 },
    { do: 'give', who, count: 1 },
    { do: 'fetch', who },
    // The second one before the first, then both, then the first again.
    { do: 'deliver', back: 0 },
    { do: 'bring', who },
    { do: 'deliver', back: 1 },
    { do: 'sell', who },
    { do: 'recall', who, count: 1 },
    { do: 'bring', who },
    { do: 'contact', who, limit: 100 },
    // Its answer is lost.
    { do: 'deliver', back: 0 },
    { do: 'call', who, limit: 100 },
  ]),
];

// Opened once for all, as that costs as much as five schedules. After the first failure the later ones fail too.
const protocol = await Protocol.open(t.testdir(), SWITCHES);
t.teardown(() => protocol.close());

/** That it was no idle run. */
function assertBusy(t: Test, schedules: number): void {
  const tally = protocol.takeTally();
  t.comment(`${schedules} schedules, ${tally}`);
  const { sold, returned, sentAgain, contactsRepeated, changesRepeated, parcelsRepeated, gaps } = tally;
  const busy = { sold, returned, sentAgain, contactsRepeated, changesRepeated, parcelsRepeated, gaps };
  for (const [what, count] of Object.entries(busy)) t.ok(count > schedules, `${what}: ${count}`);
}

t.test(
  'P13: whatever becomes of the messages, each PIN is for sale in one place, and the books agree',
  async (t) => {
    let schedules = 0;
    let taken = 0;
    const property = fc.asyncProperty(steps(30, 50), async (random) => {
      schedules += 1;
      protocol.begin(`H${schedules}`);
      for (const one of [...OPENING, ...random]) {
        taken += 1;
        await protocol.run(one);
        const faults = protocol.faults();
        if (faults.length > 0) throw new Error(`after ${JSON.stringify(one)}: ${faults.join('; ')}`);
      }
      const faults = await protocol.quiet();
      if (faults.length > 0) throw new Error(`when all is quiet: ${faults.join('; ')}`);
    });
    await fc.assert(property, { numRuns: SCHEDULES, endOnFailure: true });
    t.comment(`${taken} steps`);
    assertBusy(t, schedules);
  },
);

t.test('P13: a switch put back to where its last contact was under way is found out', async (t) => {
  protocol.begin('U');
  for (const one of OPENING) await protocol.run(one);
  await protocol.run({ do: 'contact', who: 0, limit: 100 });
  const copy = await protocol.copy('switch');
  // The contact is made again under the same link, and tells of more.
  await protocol.run({ do: 'sell', who: 0 });
  await protocol.run({ do: 'call', who: 0, limit: 100 });
  await protocol.putBack('switch', copy);
  t.same(await protocol.recovered('switch'), []);
  await protocol.enrolAnew();
  protocol.takeTally();
});

for (const side of ['hub', 'switch'] as const) {
  t.test(`P13: a ${side} put back from an older copy sells and gives nothing twice`, async (t) => {
    let schedules = 0;
    const property = fc.asyncProperty(
      steps(10, 30),
      steps(10, 30),
      steps(10, 30),
      async (before, between, after) => {
        schedules += 1;
        protocol.begin(`P${schedules}`);
        for (const one of [...OPENING, ...before]) await protocol.run(one);
        const copy = await protocol.copy(side);
        for (const one of between) await protocol.run(one);
        await protocol.everyoneCalls();
        await protocol.putBack(side, copy);
        for (const one of after) {
          await protocol.run(one);
          if (protocol.soldTwice.length > 0) throw new Error(`sold twice: ${protocol.soldTwice}`);
        }
        const faults = await protocol.recovered(side);
        if (faults.length > 0) throw new Error(faults.join('; '));
        if (side === 'hub') return;
        await protocol.enrolAnew();
        protocol.begin(`Q${schedules}`);
        for (const one of [...OPENING, ...after]) await protocol.run(one);
        const later = await protocol.quiet();
        if (later.length > 0) throw new Error(`enrolled anew: ${later.join('; ')}`);
      },
    );
    await fc.assert(property, { numRuns: PUT_BACK, endOnFailure: true });
    assertBusy(t, schedules);
  });
}
