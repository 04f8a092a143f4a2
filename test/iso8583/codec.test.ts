/**
 * Building and answering: what wins, what is copied, what is filled in; values and lists.
 */
import t from 'tap';
import { compile, loadFormat } from '../../src/iso8583/index.js';
import { STANDARD_FORMATS } from '../support/formats.js';

const ascii = loadFormat('iso87-ascii');

for (const name of STANDARD_FORMATS) {
  t.test(`${name}: what is built reads back as it was given`, async (t) => {
    const codec = loadFormat(name);
    const frame = codec.build('0800', { 7: '1123134502', 11: '123', 41: 'DEMO0001', 48: [['PR', 'TALK10']] });
    const message = codec.parse(frame);
    t.equal(message.mti, '0800');
    t.equal(message.format, name);
    t.same(message.fields(), [7, 11, 41, 48]);
    t.match(message.text(11), /^0+123$/);
    t.equal(message.text(41), 'DEMO0001');
    t.equal(message.text('48.PR'), 'TALK10');
    t.ok(
      codec
        .build(message.mti, { 7: '1123134502', 11: '123', 41: 'DEMO0001', 48: 'PR006TALK10' })
        .equals(frame),
    );
  });
}

t.test(
  'numbers are filled with zeros at the left, text with spaces at the right, and spaces are cut on reading',
  async (t) => {
    const frame = ascii.build('0200', { 4: '1000', 28: 'D25', 41: 'T1' });
    t.equal(frame.toString('latin1'), '02001000001000800000' + '000000001000' + 'D00000025' + 'T1      ');
    const message = ascii.parse(frame);
    t.equal(message.text(4), '000000001000');
    t.equal(message.text(41), 'T1');
    t.equal(message.raw(41)?.toString('latin1'), 'T1      ');
    t.equal(message.offset(41), 41);
  },
);

t.test(
  'respond copies what is echoed and present; given fields win; the order is the wire order',
  async (t) => {
    const request = ascii.parse(
      ascii.build('0200', { 3: '280000', 11: '000001', 37: '432713000123', 41: 'T1' }),
    );
    const answer = ascii.respond(request, '0210', [41, 37, 11, 3, 42, 3], { 39: '00', 11: '000002' });
    t.equal(answer.toString('latin1'), '0210202000000A80000028000000000243271300012300T1      ');
  },
);

t.test('a list of fields in any order does the same; a field twice is an error', async (t) => {
  const asObject = ascii.build('0210', { 3: '280000', 11: '000001', 39: '00', 41: undefined });
  t.ok(
    ascii
      .build('0210', [
        [39, '00'],
        [3, '280000'],
        [41, undefined],
        [11, '000001'],
      ])
      .equals(asObject),
  );
  t.throws(
    () =>
      ascii.build('0210', [
        [3, '280000'],
        [3, '280000'],
      ]),
    /field 3: expected each field once/,
  );
});

t.test('the same answer again and again, for other echoes and fields too', async (t) => {
  const request = ascii.parse(ascii.build('0200', { 3: '280000', 11: '000001', 41: 'T1' }));
  const echo = [3, 11];
  for (let i = 0; i < 3; i += 1) {
    t.equal(
      ascii.respond(request, '0210', echo, { 39: '00' }).toString('latin1').slice(20),
      '28000000000100',
    );
    t.equal(ascii.respond(request, '0210', [3], { 39: '00' }).toString('latin1').slice(20), '28000000');
    t.equal(
      ascii.respond(request, '0210', echo, { 38: 'ABC' }).toString('latin1').slice(20),
      '280000000001ABC   ',
    );
  }
  echo.push(41);
  t.equal(
    ascii.respond(request, '0210', echo, { 39: '00' }).toString('latin1').slice(20),
    '28000000000100T1      ',
  );
});

t.test('a request read by another format is echoed by value', async (t) => {
  const bcd = loadFormat('iso87-bcd');
  const request = bcd.parse(bcd.build('0200', { 3: '280000', 22: '021', 41: 'T1', 48: [['PR', 'TALK10']] }));
  const answer = ascii.parse(ascii.respond(request, '0210', [3, 22, 41, 48, 99], { 39: '00', 3: '210000' }));
  t.same(answer.fields(), [3, 22, 39, 41, 48]);
  t.equal(answer.text(3), '210000');
  t.equal(answer.text(22), '021');
  t.equal(answer.text('48.PR'), 'TALK10');
});

t.test(
  'TLV: order, repeats and unknown tags stay; the first of repeated tags is read by its path',
  async (t) => {
    const entries = [
      ['ZZ', 'x'],
      ['PN', '1'],
      ['PN', '2'],
      ['\u00ff!', ''],
    ] as const;
    const message = ascii.parse(ascii.build('0210', { 63: entries }));
    t.same(message.value(63), entries);
    t.equal(message.text('63.PN'), '1');
    t.equal(message.text('63.QQ'), undefined);
  },
);

t.test('values: binary data is a Buffer, slices an object, absent fields undefined', async (t) => {
  const original = { mti: '0200', stan: '000001', transmitted: '1123134502', acquirer: '1', forwarder: '0' };
  const message = ascii.parse(ascii.build('0400', { 52: '0123456789abcdef', 90: original }));
  t.same(message.value(52), Buffer.from('0123456789abcdef', 'hex'));
  t.equal(message.text(52), '0123456789ABCDEF');
  t.same(message.value(90), { ...original, acquirer: '00000000001', forwarder: '00000000000' });
  t.equal(message.value(3), undefined);
  t.equal(message.text(3), undefined);
  t.equal(message.text('90.nothing'), undefined);
  t.equal(message.text('52.1'), undefined);
  t.equal(message.text('x'), undefined);
  t.equal(message.raw(500), undefined);
  t.equal(message.has(52), true);
  t.equal(message.has(53), false);
});

t.test('a secondary bitmap is written only when it is needed, and read though empty', async (t) => {
  t.equal(ascii.build('0800', { 11: '000001' }).length, 4 + 16 + 6);
  t.equal(ascii.build('0800', { 11: '000001', 70: '301' }).length, 4 + 32 + 9);
  const message = ascii.parse(Buffer.from('08008020000000000000' + '0000000000000000' + '000001'));
  t.same(message.fields(), [11]);
});

t.test('counted in nibbles, bytes or digits; lengths in binary; code page 1047', async (t) => {
  const codec = compile({
    name: 'lengths',
    extends: 'iso87-bcd',
    fields: {
      2: { length: { counts: 'nibbles' } },
      35: { length: { coding: 'binary', bytes: 1 } },
      44: { length: { coding: 'binary', bytes: 2 } },
      43: { type: 'ans4', coding: 'ebcdic1047' },
      52: { type: 'b..8', length: { coding: 'ascii', counts: 'nibbles' } },
      48: null,
    },
  });
  const frame = codec.build('0200', { 2: '1234', 35: '123=4', 43: '[^]', 44: 'hello', 52: 'AABB' });
  t.equal(
    frame.toString('hex'),
    '02004000000020301000' +
      '041234' +
      '05' +
      '123d4f' +
      'ad5fbd40' +
      '0005' +
      '68656c6c6f' +
      '3034' +
      'aabb',
  );
  const message = codec.parse(frame);
  t.equal(message.text(2), '1234');
  t.equal(message.text(35), '123=4');
  t.equal(message.text(43), '[^]');
  t.equal(message.text(44), 'hello');
  t.equal(message.text(52), 'AABB');
});

t.test('positional subfields of their own codings, some of them absent at the end', async (t) => {
  const codec = compile({
    name: 'positional',
    extends: 'iso87-ascii-binary-bitmap',
    fields: {
      60: {
        type: 'b...99',
        coding: 'binary',
        nested: {
          kind: 'positional',
          parts: [
            { id: 'code', type: 'n3', coding: 'bcd' },
            { id: 'shop', type: 'ans..20', coding: 'ascii', length: { coding: 'binary' } },
            { id: 'key', type: 'b4', coding: 'binary' },
          ],
        },
      },
    },
  });
  const frame = codec.build('0200', { 60: { code: '42', shop: 'ABC', key: '01020304' } });
  t.equal(frame.subarray(12).toString('hex'), '303130' + '0042' + '03414243' + '01020304');
  const message = codec.parse(frame);
  t.same(message.value(60), { code: '042', shop: 'ABC', key: Buffer.from([1, 2, 3, 4]) });
  t.equal(message.text('60.shop'), 'ABC');
  const short = codec.parse(codec.build('0200', { 60: { code: '42' } }));
  t.same(short.value(60), { code: '042' });
  t.throws(
    () => codec.build('0200', { 60: { code: '42', key: '01020304' } }),
    /field 60.shop: expected a value/,
  );
});
