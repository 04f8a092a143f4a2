/**
 * Random messages in every format come back as they were; damaged fixtures either read or give an Iso8583Error,
 * and whatever reads can be written and described.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  type Codec,
  type Fields,
  Iso8583Error,
  loadFormat,
  shippedFormats,
} from '../../src/iso8583/index.js';
import { STANDARD_FORMATS } from '../support/formats.js';
import { bytesOf, codecOf, frames } from './frames.js';

const digits = (units: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: units, maxLength: units });
const text = (most: number) =>
  fc.string({ unit: fc.constantFrom(...'ABCxyz019 -/&[]^\u00a2\u00e9'), minLength: 1, maxLength: most });
const bytes = (least: number, most: number) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((data) => Buffer.from(data));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const entries = (most: number) =>
  fc.array(fc.tuple(fc.constantFrom('PR', 'QT', 'PN', 'ZZ', '01'), text(20)), {
    minLength: 1,
    maxLength: most,
  });

/** Fields that have the same type in every format of the standard. */
const message: fc.Arbitrary<Fields> = fc.record({
  2: maybe(fc.integer({ min: 1, max: 19 }).chain(digits)),
  3: maybe(digits(6)),
  7: maybe(digits(10)),
  24: maybe(digits(3)),
  32: maybe(fc.integer({ min: 1, max: 11 }).chain(digits)),
  35: maybe(
    digits(16).chain((pan) =>
      fc
        .integer({ min: 1, max: 20 })
        .chain(digits)
        .map((rest) => `${pan}=${rest}`),
    ),
  ),
  37: maybe(text(12).map((value) => value.trimEnd())),
  45: maybe(text(76)),
  48: maybe(entries(6)),
  52: maybe(bytes(8, 8)),
  55: maybe(
    fc.array(fc.tuple(fc.constantFrom('9F26', '5A', 'DF8101', '82'), bytes(0, 40)), {
      minLength: 1,
      maxLength: 4,
    }),
  ),
  63: maybe(entries(6)),
  97: maybe(fc.tuple(fc.constantFrom('C', 'D'), digits(16)).map(([sign, amount]) => sign + amount)),
  102: maybe(text(28)),
});

for (const name of STANDARD_FORMATS) {
  t.test(`${name}: random messages come back as they were`, async (t) => {
    const codec = loadFormat(name);
    fc.assert(
      fc.property(message, (fields) => {
        const frame = codec.build('1234', fields);
        const read = codec.parse(Buffer.from(frame));
        const present = Object.keys(fields)
          .map(Number)
          .filter((de) => fields[de] !== undefined);
        t.strictSame(read.fields(), present);
        for (const de of present) t.strictSame(read.value(de), fields[de], `${de}`);
        t.ok(codec.respond(read, '1234', present, {}).equals(frame));
      }),
      { numRuns: 40 },
    );
  });
}

/** Reads, or says what is wrong; then everything about it can be read, shown and copied. */
function survives(codec: Codec, frame: Buffer): void {
  let read: ReturnType<Codec['parse']> | undefined;
  try {
    read = codec.parse(frame);
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    if (error.offset === undefined || error.offset > frame.length) throw new Error(`offset ${error.offset}`);
    read = error.partial;
  }
  if (read === undefined) return;
  for (const de of read.fields()) read.value(de);
  codec.describe(read, { clear: true });
  codec.respond(read, '0210', read.fields(), {});
}

t.test('every truncation and every changed byte of every fixture', async (t) => {
  let tried = 0;
  for (const frame of frames) {
    const codec = codecOf(frame);
    const whole = bytesOf(frame);
    for (let at = 0; at < whole.length; at += 1) {
      survives(codec, whole.subarray(0, at));
      for (const change of [0x01, 0x10, 0x80, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        survives(codec, damaged);
        tried += 1;
      }
    }
  }
  t.ok(tried > 5000, `${tried} damaged frames`);
});

t.test('garbage in every format', async (t) => {
  const heads = [
    Buffer.alloc(0),
    Buffer.from('0200'),
    Buffer.from('0200', 'hex'),
    Buffer.from('f0f2f0f0', 'hex'),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...shippedFormats()),
      fc.constantFrom(...heads),
      bytes(0, 120),
      (name, head, rest) => {
        survives(loadFormat(name), Buffer.concat([head, rest]));
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});
