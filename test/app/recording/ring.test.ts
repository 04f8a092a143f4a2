/**
 * The ring against a plain list: whatever is written and read by turns, what was accepted comes out, whole, in order;
 * what was not accepted had no room.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { RECORD_KINDS, type RecordKind, Ring } from '../../../src/app/recording/ring.js';

const SIZE = 512;

interface Written {
  readonly kind: RecordKind;
  readonly atFrame: boolean;
  readonly connection: number;
  readonly timeUs: number;
  readonly bytes: Buffer;
}

const written: fc.Arbitrary<Written> = fc.record({
  kind: fc.constantFrom(...RECORD_KINDS),
  atFrame: fc.boolean(),
  connection: fc.nat(0xffff_ffff),
  timeUs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  bytes: fc.uint8Array({ maxLength: 300, size: 'max' }).map((bytes) => Buffer.from(bytes)),
});

const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: written }, { weight: 2, arbitrary: fc.constant('read' as const) }),
  { minLength: 60, maxLength: 120 },
);

t.test('what goes in comes out, in order, however it wraps', async (t) => {
  let refused = 0;
  let read = 0;
  fc.assert(
    fc.property(steps, (all) => {
      const ring = new Ring(SIZE);
      const reader = new Ring(ring.memory);
      const list: Written[] = [];
      const take = (): void => {
        const expected = list.shift();
        assert.deepEqual(reader.read(), expected && { ...expected, recording: 7 });
        if (expected) read += 1;
      };
      for (const step of all) {
        if (step === 'read') take();
        else if (ring.write(step.kind, 7, step.connection, step.timeUs, step.bytes, step.atFrame))
          list.push(step);
        else {
          refused += 1;
          // Empty, it takes whatever is not over half of it.
          assert.ok(list.length > 0 || step.bytes.length + 32 > SIZE / 2);
        }
      }
      while (list.length > 0) take();
      assert.equal(reader.read(), undefined);
      assert.equal(ring.used, 0);
    }),
    { numRuns: 40 },
  );
  t.ok(refused > 100 && read > 500, `${refused} had no room, ${read} were read`);
});
