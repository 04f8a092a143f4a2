/**
 * The custody protocol over the real stores: random schedules of a hub and its switches, whose messages are lost,
 * repeated, late and in any order, while PINs are taken in, sold, reversed, decided on, recalled, and stores are closed
 * in the middle. What is so is read from all databases, beside the verbs: P13. PROTOCOL=long runs many more.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { Protocol, type Step } from '../support/protocol.js';

const RUNS = process.env.PROTOCOL === 'long' ? 3_000 : 6;

const who = fc.nat(2);
const nth = fc.nat(20);
/** Mostly what makes a message, and what delivers one. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ do: fc.constant('takeIn' as const), count: fc.integer({ min: 1, max: 4 }) }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ do: fc.constant('give' as const), who, count: fc.integer({ min: 1, max: 3 }) }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant('fetch' as const), who }), weight: 3 },
  {
    arbitrary: fc.record({ do: fc.constant('recall' as const), who, count: fc.integer({ min: 1, max: 2 }) }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ do: fc.constant('contact' as const), who, limit: fc.integer({ min: 1, max: 5 }) }),
    weight: 4,
  },
  // The newest message most often, and now and then one from long ago.
  {
    arbitrary: fc.record({ do: fc.constant('deliver' as const), back: fc.oneof(fc.nat(2), nth) }),
    weight: 9,
  },
  { arbitrary: fc.record({ do: fc.constant('sell' as const), who }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('reverse' as const), nth }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constant('decide' as const), who, to: fc.constantFrom('stock', 'void') }),
    weight: 1,
  },
  { arbitrary: fc.record({ do: fc.constant('reopen' as const), who: fc.nat(3) }), weight: 1 },
);

t.test(
  'P13: whatever becomes of the messages, each PIN is for sale in one place, and the books agree',
  async (t) => {
    const protocol = await Protocol.open(t.testdir(), 3);
    t.teardown(() => protocol.close());
    let histories = 0;
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 30, maxLength: 50, size: 'max' }),
      async (steps) => {
        histories += 1;
        protocol.begin(`H${histories}`);
        for (const one of steps) {
          await protocol.run(one);
          const faults = protocol.faults();
          if (faults.length > 0) throw new Error(`after ${JSON.stringify(one)}: ${faults.join('; ')}`);
        }
        const faults = await protocol.quiet();
        if (faults.length > 0) throw new Error(`when all is quiet: ${faults.join('; ')}`);
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
    t.comment(`${histories} histories, ${protocol.delivered} messages delivered, ${protocol.sold} PINs sold`);
  },
);

for (const side of ['switch', 'hub'] as const) {
  t.test(`P13: a ${side} put back from an older copy sells and gives nothing twice`, async (t) => {
    let runs = 0;
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }),
      fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }),
      fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }),
      async (before, between, after) => {
        runs += 1;
        const folder = join(t.testdir({}), `${side}-${runs}`);
        const protocol = await Protocol.open(folder, 2);
        try {
          protocol.begin('P');
          for (const one of before) await protocol.run(one);
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
        } finally {
          await protocol.close();
        }
      },
    );
    await fc.assert(property, { numRuns: Math.ceil(RUNS / 6), endOnFailure: true });
  });
}
