/**
 * BASE24 tokens: read as they stand in public samples, written by an independent builder's bytes, and whatever the
 * figures in them claim, nothing is read beyond the field.
 */
import fc from 'fast-check';
import t from 'tap';
import { compile, Iso8583Error, type TlvEntry } from '../../src/iso8583/index.js';

const spec = {
  name: 'tokens',
  extends: 'iso87-ascii',
  fields: {
    126: {
      type: 'ans...999',
      mask: 'secret',
      nested: {
        kind: 'base24-tokens',
        tokens: {
          Q1: {
            name: 'Prepaid',
            parts: [
              { id: 'utility', type: 'an4' },
              { id: 'phone', type: 'an19', mask: 'secret' },
              { id: 'voucher', type: 'an18', mask: 'secret' },
              { id: 'status', type: 'n1' },
              { id: 'more', type: 'ans999', mask: 'secret', open: true },
            ],
          },
          C4: { name: 'Terminal data', mask: 'none' },
        },
      },
    },
  },
};
const codec = compile(spec);

/** Written by the published layout, apart from the codec. */
function tokens(entries: readonly (readonly [string, string])[]): string {
  const five = (value: number): string => String(value).padStart(5, '0');
  const body = entries.map(([id, data]) => `! ${id}${five(data.length)} ${data}`).join('');
  return `& ${five(entries.length + 1)}${five(body.length + 12)}${body}`;
}

/** DE126 alone. */
function frameOf(field: string): Buffer {
  const length = String(field.length).padStart(3, '0');
  return Buffer.from(`02008000000000000000${'0000000000000004'}${length}${field}`, 'latin1');
}

const PHONE = '5550001234'.padEnd(19);
const PREPAID = `0011${PHONE}${' '.repeat(18)}`;

t.test('a sample seen in public code is read token by token', async (t) => {
  const sample = '& 0000500070! Q100002 04! Q200002 04! C400012 000000001032! ER00002 00';
  const plain = compile({ ...spec, fields: { 126: { nested: { kind: 'base24-tokens' } } } });
  const message = plain.parse(frameOf(sample));
  t.same(message.value(126), [
    ['Q1', '04'],
    ['Q2', '04'],
    ['C4', '000000001032'],
    ['ER', '00'],
  ]);
  t.equal(message.text('126.C4'), '000000001032');
  t.equal(message.text('126.XX'), undefined);
  t.same(plain.build('0200', { 126: message.value(126) }), message.frame);
});

t.test('parts of a token are read without their filling, and filled when written', async (t) => {
  const frame = frameOf(tokens([['Q1', PREPAID]]));
  const message = codec.parse(frame);
  t.equal(message.text('126.Q1.utility'), '0011');
  t.equal(message.text('126.Q1.phone'), '5550001234');
  t.equal(message.text('126.Q1.voucher'), '');
  t.equal(message.text('126.Q1.status'), undefined, 'absent at its end');
  const value = [['Q1', { utility: '0011', phone: '5550001234', voucher: '' }]] as const;
  t.same(message.value(126), value);
  t.same(codec.build('0200', { 126: value }), frame);
});

t.test('an open part takes what is left of its token', async (t) => {
  const frame = frameOf(tokens([['Q1', `${PREPAID}1 later release `]]));
  const message = codec.parse(frame);
  t.equal(message.text('126.Q1.status'), '1');
  t.equal(message.text('126.Q1.more'), ' later release ');
  t.same(codec.build('0200', { 126: message.value(126) }), frame);
  const inside = frameOf(tokens([['Q1', '0011555']]));
  t.throws(
    () => codec.parse(inside),
    /field 126.Q1.phone at byte 65: expected 19 characters, found only 3 more/,
  );
});

t.test('rows tell offset, length and name, and show nothing sensitive', async (t) => {
  const frame = frameOf(
    tokens([
      ['C4', '12'],
      ['Q1', PREPAID],
      ['ZZ', 'secret'],
    ]),
  );
  const message = codec.parse(frame);
  const rows = new Map(codec.describe(message).map((row) => [row.path, row]));
  const shown = ['126', '126.C4', '126.Q1', '126.Q1.utility', '126.Q1.phone', '126.Q1.voucher', '126.ZZ'];
  t.same(
    shown.map((path) => rows.get(path)?.value),
    ['****', '12', '****', '0011', '****', '****', '****'],
  );
  const phone = rows.get('126.Q1.phone');
  t.same([phone?.name, phone?.length], ['phone', 19]);
  t.equal(frame.toString('latin1', phone?.offset, (phone?.offset ?? 0) + 19), PHONE);
  t.same(
    ['126.C4', '126.Q1', '126.Q1.utility', '126.Q1.voucher', '126.ZZ'].map((one) => codec.isSensitive(one)),
    [false, true, false, true, true],
  );
});

t.test('tokens in EBCDIC are read like those in ASCII', async (t) => {
  const ebcdic = compile({
    ...spec,
    extends: 'iso87-ebcdic',
    fields: { 126: { ...spec.fields[126], coding: 'ebcdic' } },
  });
  // '& 0000200024! C400002 07' in code page 037, by its table.
  const field =
    '50' + '40' + 'f0f0f0f0f2' + 'f0f0f0f2f4' + '5a' + '40' + 'c3f4' + 'f0f0f0f0f2' + '40' + 'f0f7';
  const head = `f0f2f0f0${'8000000000000000'}${'0000000000000004'}f0f2f4`;
  const frame = Buffer.from(head + field, 'hex');
  const message = ebcdic.parse(frame);
  t.same(message.value(126), [['C4', '07']]);
  t.same(ebcdic.build('0200', { 126: message.value(126) }), frame);
});

t.test('figures that are not so are refused with their place', async (t) => {
  const good = tokens([['C4', '07']]);
  const at = (index: number, text: string): string =>
    good.slice(0, index) + text + good.slice(index + text.length);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /126 at byte 39: expected a token header of 12 characters, found only 0/],
    [good.slice(0, 11), /126 at byte 39: expected a token header of 12 characters, found only 11/],
    [at(0, '?'), /126 at byte 39: expected '& ' before all tokens/],
    [at(2, '00001'), /126 at byte 41: expected a count of 2, the header among them, found 1/],
    [at(2, '99999'), /126 at byte 41: expected a count of 2/],
    [at(2, '0000x'), /126 at byte 41: expected 5 decimal digits/],
    [at(7, '00023'), /126 at byte 46: expected 24 as the length of all tokens, found 23/],
    [at(7, '99999'), /126 at byte 46: expected 24 as the length of all tokens, found 99999/],
    [at(7, '+0024'), /126 at byte 46: expected 5 decimal digits/],
    [at(12, '?'), /126.C4 at byte 51: expected '! ' before a token/],
    [at(16, '00003'), /126.C4 at byte 55: expected a length of at most 2, found 3/],
    [at(16, '99999'), /126.C4 at byte 55: expected a length of at most 2, found 99999/],
    [at(16, '00000'), /126.#2 at byte 61: expected a header of 10 characters, found only 2/],
    [at(16, '1e001'), /126.C4 at byte 55: expected 5 decimal digits/],
    [at(21, '!'), /126.C4 at byte 60: expected a space before the data/],
    [at(14, '99'), /^$/],
  ];
  for (const [field, expected] of cases) {
    let said = '';
    try {
      codec.parse(frameOf(field));
    } catch (error) {
      said = error instanceof Iso8583Error ? error.message : `${error}`;
    }
    t.match(said, expected, field);
  }
});

t.test(
  'where the format takes other content as text, the message tells why it is no list of tokens',
  async (t) => {
    const lenient = compile({
      ...spec,
      fields: { 126: { ...spec.fields[126], nested: { ...spec.fields[126].nested, otherwise: 'text' } } },
    });
    const message = lenient.parse(frameOf('& 0000200999! C400002 07'));
    t.equal(message.text(126), '& 0000200999! C400002 07');
    t.equal(message.text('126.C4'), undefined);
    t.match(message.problem(126)?.message, /24 as the length of all tokens, found 999/);
  },
);

t.test('what cannot be written as tokens is refused', async (t) => {
  const build = (value: unknown) => () => codec.build('0200', { 126: value as readonly TlvEntry[] });
  t.throws(build({ Q1: 'x' }), /field 126: expected text or a list of \[token, value\]/);
  t.throws(build([['Q12', 'x']]), /field 126: expected entries \[token, value\]/);
  t.throws(build([['C4', { a: 'x' }]]), /field 126.C4: expected text/);
  t.throws(
    build([['Q1', { voucher: '1'.repeat(19), utility: '1', phone: '1' }]]),
    /126.Q1.voucher: expected at most 18/,
  );
  t.throws(build([['C4', '1'.repeat(990)]]), /field 126: expected at most 999 characters/);
});

t.test('random tokens come back as they were, byte for byte', async (t) => {
  const id = fc.constantFrom('Q1', 'C4', 'ZZ', '04');
  const data = fc.string({ unit: fc.constantFrom(...'& !019AZ é'), maxLength: 30 });
  const partial = fc
    .tuple(fc.constant(PREPAID), fc.constantFrom('', '7', '7 more '))
    .map((both) => both.join(''));
  const entry = id.chain((one) => fc.tuple(fc.constant(one), one === 'Q1' ? partial : data));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
      const frame = frameOf(tokens(entries));
      const message = codec.parse(frame);
      t.ok(codec.build('0200', { 126: message.value(126) }).equals(frame));
      t.ok(codec.build('0200', { 126: message.text(126) }).equals(frame));
      const first = entries.find(([one]) => one === 'C4');
      t.equal(message.text('126.C4'), first?.[1]);
    }),
    { numRuns: 200 },
  );
});

t.test('damaged tokens are read or refused within the field, never otherwise', async (t) => {
  const whole = tokens([
    ['Q1', PREPAID],
    ['C4', '12'],
    ['ZZ', '! C400002 xx'],
  ]);
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(...'0129&! Qx\u00ff')), {
    minLength: 1,
    maxLength: 4,
  });
  let refused = 0;
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (changes, cut) => {
      const bytes = [...whole.slice(0, Math.max(cut, 1))];
      for (const [at, character] of changes) if (at < bytes.length) bytes[at] = character;
      const frame = frameOf(bytes.join(''));
      try {
        const message = codec.parse(frame);
        message.value(126);
        codec.describe(message, { clear: true });
      } catch (error) {
        if (!(error instanceof Iso8583Error)) throw error;
        t.ok((error.offset ?? -1) >= 39 && (error.offset ?? 0) <= frame.length);
        refused += 1;
      }
    }),
    { numRuns: 500 },
  );
  t.ok(refused > 100, `${refused} refused`);
});
