/**
 * A frame that is kept: as long, read as before, with nothing sensitive in it. The bytes expected are put together by
 * hand; the frames of fixtures/frames come from elsewhere.
 */
import fc from 'fast-check';
import t from 'tap';
import { loadFormat } from '../../src/iso8583/index.js';
import { bytesOf, codecOf, frames } from './frames.js';

const ascii = loadFormat('iso87-ascii');
const PAN = '4761739001010119';

/** Parts one behind the other: what stands there, and what is left of it. */
function spliced(parts: readonly (readonly [before: string, after?: string])[]): [string, string] {
  return [parts.map(([before]) => before).join(''), parts.map(([before, after = before]) => after).join('')];
}

t.test('sensitive fields of an ASCII message are overwritten, lengths and all others stay', async (t) => {
  const [before, after] = spliced([
    ['0210', '0210'],
    // DE 2, 3, 4, 35, 48, 52, 63; with the second bitmap 102.
    ['F000000020011002'],
    ['0000000004000000'],
    [`16${PAN}`, '164761730000000119'],
    ['280000'],
    ['000000001000'],
    ['37'],
    [`${PAN}D22122011758928889123`.slice(0, 37), '0'.repeat(37)],
    // A tag that nobody knows may hold anything.
    ['023PR006TALK10XX007'],
    ['secrets', '*'.repeat(7)],
    ['0123456789ABCDEF', '0'.repeat(16)],
    ['046'],
    ['PN014'],
    ['98765432109876', '*'.repeat(14)],
    ['SN0100000123456'],
    ['XX007'],
    ['secrets', '*'.repeat(7)],
    ['10'],
    ['5551234567', '*'.repeat(10)],
  ]);
  t.equal(ascii.overwritten(Buffer.from(before)).toString('latin1'), after);
  t.equal(ascii.parse(Buffer.from(after)).text('63.SN'), '0000123456', 'it is read as before');
  t.equal(ascii.overwritten(Buffer.from(after)).toString('latin1'), after, 'and is not changed again');
});

t.test('packed digits keep their filling, a TLV of binary data its tags', async (t) => {
  const bcd = loadFormat('iso87-bcd');
  const [before, after] = spliced([
    ['0200'],
    // DE 2, 3, 35, 52, 55.
    ['6000000020001200'],
    ['15'],
    // 15 digits behind a filling 0.
    ['0304950506020190', '0304950000000190'],
    ['280000'],
    ['20'],
    ['4761739001D221220117', '0'.repeat(20)],
    ['0102030405060708', '0'.repeat(16)],
    ['0021'],
    ['5A08'],
    [PAN, '0'.repeat(16)],
    ['9F2608'],
    ['0102030405060708'],
  ]);
  t.equal(bcd.overwritten(Buffer.from(before, 'hex')).toString('hex').toUpperCase(), after);
});

t.test('every frame of the fixtures keeps its length and all that is not sensitive', async (t) => {
  let sensitive = 0;
  for (const frame of frames) {
    const codec = codecOf(frame);
    const kept = codec.overwritten(bytesOf(frame));
    t.equal(kept.length, bytesOf(frame).length, frame.name);
    const before = codec.describe(codec.parse(bytesOf(frame)), { clear: true });
    const after = codec.describe(codec.parse(kept), { clear: true });
    t.same(
      after.map(({ path, length }) => [path, length]),
      before.map(({ path, length }) => [path, length]),
      'the same fields',
    );
    for (const [at, { path, value, sensitive: hidden }] of before.entries()) {
      const is = after[at]?.value ?? '';
      if (!hidden) t.equal(is, value, `${frame.name}: ${path}`);
      else if (!before[at + 1]?.path.startsWith(`${path}.`)) {
        sensitive += 1;
        const form = codec.mask(path, value) === '****' ? /^(C|D)?[0*]*$/ : /^\d{6}0*.{4}$/;
        t.match(is, form, `${frame.name}: ${path}`);
      }
    }
  }
  t.ok(sensitive > 20, `${sensitive} sensitive values`);
});

t.test(
  'of a message that cannot be read, type and bitmap stay, and nothing where it looks like none',
  async (t) => {
    const short = Buffer.from(`02004000000000000000${`10${PAN}`.slice(0, 8)}`);
    t.equal(ascii.overwritten(short).toString('latin1'), '\0'.repeat(28), 'no field was read');
    const damaged = Buffer.from(`0200600000000000000006${PAN}28000x`);
    t.equal(ascii.overwritten(damaged).toString('latin1'), `02006000000000000000${'\0'.repeat(24)}`);
    for (const text of [`${PAN}${PAN}${PAN}`, PAN, `98765432109876${PAN}0000`, ''])
      t.equal(ascii.overwritten(Buffer.from(text)).toString('latin1'), '\0'.repeat(text.length));
  },
);

t.test('a card number that begins as a message type does is no message', async (t) => {
  for (const pan of ['2221001234567890', '2200701234567890', '9792001234567890'])
    for (const format of ['iso87-bcd', 'iso87-ascii-binary-bitmap', 'iso93-bcd']) {
      const packed = Buffer.from(`${pan}25121010000012300000`, 'hex');
      t.equal(loadFormat(format).overwritten(packed).toString('hex'), '00'.repeat(packed.length), format);
    }
});

t.test('a message cut or damaged anywhere keeps no secret', async (t) => {
  const secrets = { 2: PAN, 35: '5555444433332222=2512', 52: 'FEDCBA9876543210', 102: '5550001234567' };
  const whole = ascii.build('0200', { ...secrets, 3: '280000', 11: '000001', 48: [['PR', 'TALK10']] });
  const hidden = ['73900101', '44443333', 'CBA98765', '00012345'];
  const leaks = (kept: Buffer): boolean => hidden.some((secret) => kept.includes(secret));
  t.ok(leaks(whole), 'they are there');
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: whole.length }),
      fc.integer({ min: 0, max: whole.length - 1 }),
      // Digits too, so that a length is another one.
      fc.oneof(fc.integer({ min: 0x30, max: 0x39 }), fc.integer({ min: 0, max: 255 })),
      (end, at, byte) => {
        // The bitmap may say anything: that is the next property's.
        const place = at >= 4 && at < 36 ? 36 : at;
        const damaged = Buffer.from(whole);
        damaged[place] = byte;
        return !leaks(ascii.overwritten(damaged)) && !leaks(ascii.overwritten(whole.subarray(0, end)));
      },
    ),
    { numRuns: 3_000 },
  );
});

t.test('whatever the bytes are, as many come back', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(40),
      (frame, noise, at) => {
        const bytes = Buffer.concat([bytesOf(frame).subarray(0, at), Buffer.from(noise)]);
        return codecOf(frame).overwritten(bytes).length === bytes.length;
      },
    ),
    { numRuns: 1_000 },
  );
});
