/**
 * Damaged messages of every dialect that has a format and a profile of one name: each is read, refused or answered, never
 * a crash; and a PIN that was sold is in its answer whole, whatever the request looked like.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { createConduit } from '../../src/conduit/conduit.js';
import { loadProfile } from '../../src/conduit/profile.js';
import { plainOutcome } from '../../src/domain/outcome.js';
import { Iso8583Error, type Message } from '../../src/iso8583/index.js';
import { bytesOf, codecOf, type FrameFixture, frames } from '../iso8583/frames.js';

const hasProfile = ({ format }: FrameFixture): boolean =>
  existsSync(join(packageRoot(), 'specs/profiles', `${format}.json`));
const samples = frames.filter((frame) => hasProfile(frame) && /^..[02]/.test(frame.expected.mti));
const conduits = new Map(
  samples.map((frame) => [frame.format, createConduit(loadProfile(frame.format), codecOf(frame), '000001')]),
);

/** As long as any PIN may be, and longer than some places. */
const CODES = ['7', '7'.repeat(18), '7'.repeat(19), '7'.repeat(64)];

function sold(code: string) {
  const pin = { code, serial: 'S1', expiry: '20991231' };
  return {
    ...plainOutcome('approved'),
    transactionId: 1,
    approvalCode: 'A00001',
    pins: [pin],
    receipt: ['Thank you'],
  };
}

const textsOf = (message: Message): string =>
  message
    .fields()
    .map((de) => message.text(de))
    .join('|');

const byte = fc.oneof(
  fc.integer({ min: 0x30, max: 0x39 }),
  fc.constantFrom(0x20, 0x21, 0x26, 0x41),
  fc.nat(255),
);
const damage = fc.array(fc.tuple(fc.nat(), byte), { maxLength: 3 });

t.test('damaged messages of dialects are refused or answered, and a sold PIN is told whole', async (t) => {
  const seen = { refused: 0, understood: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      damage,
      fc.constantFrom(...CODES),
      fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat() }),
      (sample, changes, code, cut) => {
        const conduit = conduits.get(sample.format);
        const whole = Buffer.from(bytesOf(sample));
        for (const [at, value] of changes) whole[at % whole.length] = value;
        const frame = cut === null ? whole : whole.subarray(0, cut % whole.length);
        let message: Message | undefined;
        try {
          message = conduit?.parse(frame);
        } catch (error) {
          if (!(error instanceof Iso8583Error)) throw error;
          seen.refused += 1;
          conduit?.formatError(error);
        }
        if (!conduit || !message || !/^..[02]/.test(message.mti)) return;
        if (conduit.understand(message).ok) seen.understood += 1;
        conduit.parse(conduit.answer(message, plainOutcome('unknown-product')));
        const answer = conduit.parse(conduit.answer(message, sold(code)));
        if (!textsOf(answer).includes(code)) t.fail(`${sample.name}: the PIN is not told`);
      },
    ),
    { numRuns: 1_500 },
  );
  t.ok(seen.refused > 100 && seen.understood > 100, JSON.stringify(seen));
});

t.test('processing codes alone tell the service, whatever accounts stand behind them', async (t) => {
  const codec = codecOf({ format: 'iso87-ascii' });
  const conduit = createConduit(loadProfile('processing-codes'), codec, '000001');
  const kindOf = (mti: string, code: string): string => {
    const fields = {
      3: code,
      4: '1000',
      11: '1',
      12: '101500',
      13: '1126',
      41: 'T1',
      42: 'S',
      48: 'CN00812345678',
      103: '5550001',
    };
    const said = conduit.understand(codec.parse(codec.build(mti, fields)));
    return said.ok ? said.request.kind : said.reason;
  };
  for (const [mti, code, kind] of [
    ['0200', '282000', 'pin-sale'],
    ['0200', '211020', 'account-credit'],
    ['0200', '250000', 'account-credit'],
    ['0200', '541000', 'account-credit'],
    ['0200', '550000', 'invalid-transaction'],
    ['0100', '310000', 'account-inquiry'],
    ['0100', '360000', 'catalogue-inquiry'],
    ['0100', '720000', 'card-preauthorisation'],
    ['0200', '723000', 'card-activation'],
    ['0420', '280000', 'reversal'],
  ] as const)
    t.equal(kindOf(mti, code), kind, `${mti} ${code}`);
});
