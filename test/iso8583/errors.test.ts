/**
 * What bad bytes and bad values are answered with: the field, the byte, what was expected, and what was read before.
 */
import t from 'tap';
import { type Codec, compile, type FieldValue, Iso8583Error, loadFormat } from '../../src/iso8583/index.js';

const ascii = loadFormat('iso87-ascii');
const bcd = loadFormat('iso87-bcd');
const ebcdic = loadFormat('iso87-ebcdic');

function parseError(codec: Codec, frame: Buffer | string): Iso8583Error {
  try {
    codec.parse(typeof frame === 'string' ? Buffer.from(frame, 'latin1') : frame);
  } catch (error) {
    if (error instanceof Iso8583Error) return error;
    throw error;
  }
  throw new Error('parsed');
}

function buildError(codec: Codec, de: number, value: FieldValue): Iso8583Error {
  try {
    codec.build('0200', { [de]: value });
  } catch (error) {
    if (error instanceof Iso8583Error) return error;
    throw error;
  }
  throw new Error('built');
}

// 0800, fields 7 and 11 (bits 7 and 11: 02 20 00 00 00 00 00 00)
const ECHO = '0800' + '0220000000000000' + '1123134502' + '000138';

t.test('a truncated message names the field, the byte, and gives what was read before', async (t) => {
  const error = parseError(ascii, ECHO.slice(0, -2));
  t.equal(error.field, '11');
  t.equal(error.offset, 30);
  t.equal(error.mti, '0800');
  t.same(error.partial?.fields(), [7]);
  t.equal(error.partial?.text(7), '1123134502');
  t.equal(error.partial?.text(11), undefined);
  t.equal(error.message, 'field 11 at byte 30: expected 6 bytes of content, found only 4 more');
});

t.test('bytes behind the last field are an error that counts them', async (t) => {
  const error = parseError(ascii, `${ECHO}xyz`);
  t.equal(error.field, 'message');
  t.equal(error.offset, ECHO.length);
  t.match(error.message, /3 bytes left over/);
  t.same(error.partial?.fields(), [7, 11]);
});

t.test('an empty frame, a lone message type, half a bitmap', async (t) => {
  t.match(parseError(ascii, '').message, /mti at byte 0: expected a message type of 4 bytes, found the end/);
  t.match(
    parseError(ascii, '0800').message,
    /bitmap at byte 4: expected a bitmap of 16 bytes, found the end/,
  );
  t.match(parseError(ascii, '080082200000').message, /bitmap at byte 4: .*only 8 more/);
  t.match(parseError(ascii, '08008220000000000000').message, /bitmap at byte 20/);
});

t.test('a binary bitmap where a hexadecimal one belongs is named', async (t) => {
  const frame = Buffer.concat([
    Buffer.from('0800'),
    Buffer.from('0220000000000000', 'hex'),
    Buffer.alloc(16, 0x31),
  ]);
  const error = parseError(ascii, frame);
  t.equal(error.field, 'bitmap');
  t.match(error.message, /hexadecimal.*a binary bitmap\?/);
});

t.test('a field that the format does not define ends the reading there, with what came before', async (t) => {
  const without11 = compile({ name: 'without-11', extends: 'iso87-ascii', fields: { 11: null } });
  const error = parseError(without11, ECHO);
  t.equal(error.field, '11');
  t.equal(error.offset, 30);
  t.match(error.message, /only fields that the format without-11 defines, found it in the bitmap/);
  t.same(error.partial?.fields(), [7]);
});

t.test(
  'an empty variable field without its prefix shifts what follows; the error is where it shows',
  async (t) => {
    // bits 2 and 3; DE2 left out with its length: 28 of DE3 is taken for the length
    const error = parseError(ascii, `02006000000000000000${'280000'}`);
    t.equal(error.field, '2');
    t.equal(error.offset, 20);
    t.match(error.message, /length of at most 19, found 28/);
  },
);

t.test('letters in a number are an error at their byte, and tell nothing of it', async (t) => {
  const error = parseError(ascii, ECHO.replace('000138', '0001X8'));
  t.equal(error.field, '11');
  t.equal(error.offset, 34);
  t.notMatch(error.message, /X|0x58/);
});

t.test('packed digits above 9 and a wrong filling nibble are errors', async (t) => {
  const frame = (hex: string) => Buffer.from(`0200${hex}`, 'hex');
  t.match(
    parseError(bcd, frame('4000000000000000' + '03' + '0a23')).message,
    /field 2 at byte 11: expected packed digits/,
  );
  t.match(
    parseError(bcd, frame('4000000000000000' + '03' + '1123')).message,
    /field 2 .*filling 0 at the left/,
  );
  t.match(
    parseError(bcd, frame('0000000020000000' + '03' + '1230')).message,
    /field 35 .*filling F at the right/,
  );
});

t.test('a header left in the frame is recognised', async (t) => {
  const message = Buffer.from(ECHO, 'latin1');
  const lengthOf = (size: number) => Buffer.from([size >> 8, size & 255]);
  const hint = (codec: Codec, ...parts: Buffer[]) => parseError(codec, Buffer.concat(parts)).hint ?? '';
  t.match(hint(ascii, lengthOf(message.length), message), /2-byte length header$/);
  t.match(hint(ascii, lengthOf(message.length + 2), message), /counts itself/);
  t.match(hint(ascii, lengthOf(message.length).reverse(), message), /little-endian/);
  t.match(hint(ascii, Buffer.from('0036', 'hex'), message), /packed decimal length/);
  t.match(hint(ascii, Buffer.from('0024'), message), /hexadecimal digits/);
  t.match(hint(ascii, Buffer.from('6000030000', 'hex'), message), /TPDU/);
  t.match(hint(ascii, Buffer.from('ISO006000040'), message), /text header/);
  t.match(hint(ascii, Buffer.from('02003020', 'hex'), message), /packed decimal$/);
  t.match(hint(bcd, message.subarray(0, 30)), /message type in ASCII/);
  t.match(hint(ebcdic, message), /message type in ASCII/);
  t.match(hint(ascii, Buffer.from('GET / HTTP/1.1\r\n\r\n')), /HTTP/);
  t.match(hint(ascii, Buffer.from('16030100a5010000a1', 'hex')), /TLS/);
  t.equal(parseError(ascii, ECHO.slice(0, -1)).hint, undefined, 'none for a message that begins well');
});

t.test(
  'a four-digit length before the message is recognised though its digits could be a type',
  async (t) => {
    t.match(parseError(ascii, `0036${ECHO}`).message, /length header of decimal digits/);
  },
);

t.test('BER-TLV: no crafted length reads beyond its field or is believed', async (t) => {
  const frame = (tlv: string) => {
    const content = Buffer.from(tlv, 'hex');
    const length = String(content.length).padStart(4, '0');
    return Buffer.concat([Buffer.from(`02000000000000000200${length}`, 'hex'), content]);
  };
  const cases: readonly (readonly [string, RegExp])[] = [
    ['9f2684ffffffff', /field 55.9F26 at byte 14: expected a length of at most 0, found 4294967295/],
    ['9f26887fffffffffffffff00', /length of at most 4 bytes, found 8/],
    ['9f2680', /definite length/],
    ['9f2682', /2 bytes of length, found only 0 more/],
    ['9f26', /a length, found the end/],
    ['9f', /a tag that ends within 4 bytes/],
    ['9fffffffff01', /a tag that ends within 4 bytes/],
    ['9f260901', /length of at most 1, found 9/],
    ['c10500', /field 55.#1 /],
  ];
  for (const [tlv, expected] of cases) t.match(parseError(bcd, frame(tlv)).message, expected, tlv);
});

t.test('a nested field that is not well-formed names its subfield', async (t) => {
  const base24 = loadFormat('iso87-ascii');
  const message = base24.parse(base24.build('0200', { 48: 'PR999TALK10' }));
  t.equal(message.text(48), 'PR999TALK10', 'DE48 is still readable as text');
  t.equal(message.value(48), 'PR999TALK10');
  t.equal(message.text('48.PR'), undefined);
  t.match(
    message.problem(48)?.message,
    /field 48.PR at byte \d+: expected 999 bytes of content, found only 6 more/,
  );
});

t.test('values that do not fit name their field', async (t) => {
  const cases: readonly (readonly [number, FieldValue, RegExp])[] = [
    [4, '1234567890123', /field 4: expected at most 12 digits, found 13/],
    [4, '12A', /field 4: expected decimal digits/],
    [2, '1'.repeat(20), /field 2: expected at most 19 digits, found 20/],
    [41, '123456789', /field 41: expected at most 8 characters/],
    [41, 'a\u20ac', /field 41: expected Latin-1/],
    [28, '100', /field 28: expected the sign/],
    [35, '12345X', /field 35: expected digits/],
    [52, 'ABC', /field 52: expected an even number of hexadecimal digits/],
    [52, 'ZZ', /field 52: expected an even number/],
    [52, Buffer.alloc(7), /field 52: expected 8 bytes, found 7/],
    [11, Buffer.alloc(3), /field 11: expected text/],
    [11, { a: '1' }, /field 11: expected text, found a object/],
    [48, [['PRX', 'A']], /field 48: expected tags of 2 bytes/],
    [48, [['PR', 'A'.repeat(1000)]], /field 48.PR: expected at most 999 characters/],
    [
      63,
      [
        ['ZZ', 'A'.repeat(600)],
        ['ZZ', 'A'.repeat(600)],
      ],
      /field 63: expected at most 999 bytes/,
    ],
    [90, { mti: '0200' }, /field 90.stan: expected text/],
    [90, { mti: '0200', foo: '1' }, /field 90: expected subfields among mti, stan/],
    [130, 'x', /field 130: expected only fields that the format iso87-ascii defines/],
    [1, 'x', /field 1: expected only fields/],
  ];
  for (const [de, value, expected] of cases) t.match(buildError(ascii, de, value).message, expected, `${de}`);
  t.throws(() => ascii.build('02000', {}), /mti: expected four digits/);
  t.throws(() => ascii.build('02x0', {}), /mti: expected four digits/);
});

t.test('after a value that did not fit the codec writes the next message whole', async (t) => {
  const before = ascii.build('0800', { 7: '1123134502', 11: '000138' });
  buildError(ascii, 41, '123456789');
  t.equal(before.toString('latin1'), ECHO);
  t.equal(ascii.build('0800', { 7: '1123134502', 11: '000138' }).toString('latin1'), ECHO);
  t.equal(before.toString('latin1'), ECHO);
});

t.test('a value that builds another message while it is read disturbs neither', async (t) => {
  let inner = '';
  const fields = {
    7: '1123134502',
    90: {
      mti: '0200',
      get stan() {
        inner = ascii.build('0800', { 7: '1123134502', 11: '000138' }).toString('latin1');
        return '000001';
      },
      transmitted: '1123134502',
      acquirer: '1',
      forwarder: '0',
    },
  };
  const outer = ascii.parse(ascii.build('0400', fields));
  t.equal(inner, ECHO);
  t.equal(outer.text('90.stan'), '000001');
  t.equal(outer.text(7), '1123134502');
});

t.test('a partial message can be answered from', async (t) => {
  const error = parseError(ascii, ECHO.slice(0, -2));
  const answer = ascii.respond(error.partial ?? ascii.parse(Buffer.from(ECHO)), '0810', [7, 11], {
    39: '30',
  });
  t.equal(answer.toString('latin1'), '081002000000020000001123134502' + '30');
});
