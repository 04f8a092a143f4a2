/**
 * Whatever bytes come in, a conduit reads them, refuses them with an answer, or refuses them in silence; it never
 * throws anything else, since that would cost a connection. For every shipped profile over a format it is meant for.
 */
import fc from 'fast-check';
import t from 'tap';
import { createConduit } from '../../src/conduit/conduit.js';
import { loadProfile } from '../../src/conduit/profile.js';
import { Iso8583Error, loadFormat } from '../../src/iso8583/index.js';
import { frames } from '../iso8583/frames.js';
import { answerAsRead } from '../support/answering.js';
import { saleOf } from '../support/client.js';
import { buildIso } from '../support/iso.js';

const PAIRS = [
  ['default', 'iso87-ascii'],
  ['default', 'iso87-ebcdic'],
  ['pos-bcd', 'iso87-bcd'],
  ['telco-gateway', 'iso87-ascii'],
  ['default-1993', 'iso93-ascii'],
  ['default-2003', 'iso2003-ascii'],
  ['default-mixed', 'mixed-ascii'],
] as const;

const RUNS = 1_500;

/** A message with one stretch of it replaced, and perhaps cut. */
function damaged(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc
    .record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(400),
      put: fc.uint8Array({ maxLength: 6 }),
      /** Bytes replaced; as many as are put where null. */
      over: fc.option(fc.nat(6), { freq: 1 }),
      cut: fc.option(fc.nat(400), { freq: 1 }),
    })
    .map(({ seed, at, put, over, cut }) => {
      const start = at % (seed.length + 1);
      const bytes = Buffer.concat([
        seed.subarray(0, start),
        put,
        seed.subarray(start + (over ?? put.length)),
      ]);
      return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
    });
}

for (const [profile, format] of PAIRS) {
  t.test(`${profile} over ${format}: every frame is read, answered as bad, or left`, async (t) => {
    const codec = loadFormat(format);
    const conduit = createConduit(loadProfile(profile), codec, '000001');
    const own = frames.filter((frame) => frame.format === format).map(({ hex }) => Buffer.from(hex, 'hex'));
    const seeds = format === 'iso87-ascii' ? [...own, buildIso('0200', saleOf('TALK10', 1000))] : own;
    t.ok(seeds.length > 0, 'there are messages to damage');
    const seen = { read: 0, answered: 0, silent: 0 };
    fc.assert(
      fc.property(damaged(seeds), (frame) => {
        try {
          answerAsRead(conduit, conduit.parse(frame));
          seen.read += 1;
        } catch (error) {
          if (!(error instanceof Iso8583Error)) throw error;
          const answer = conduit.formatError(error);
          seen[answer ? 'answered' : 'silent'] += 1;
          // The answer is itself a whole message, an answer, and says "format error".
          if (answer) {
            const read = codec.parse(answer);
            if (conduit.isRequest(read) || !/30|904/.test(read.text(39) ?? ''))
              throw new Error('no format-error answer');
          }
        }
      }),
      { numRuns: RUNS },
    );
    t.ok(seen.read > 0 && seen.answered > 0 && seen.silent > 0, JSON.stringify(seen));
  });
}
