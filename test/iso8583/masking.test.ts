/**
 * Nothing sensitive is shown: not by describe, not by a logged message, not by an error, nor its length.
 */
import { inspect } from 'node:util';
import t from 'tap';
import { Iso8583Error, loadFormat } from '../../src/iso8583/index.js';

const PAN = '4761739001010119';
const SECRETS = {
  35: `${PAN}=22122011758928889`,
  52: '0123456789ABCDEF',
  63: '98765432109876',
  102: '5551234567',
  103: '5557654321',
} as const;

const codec = loadFormat('iso87-ascii');
const frame = codec.build('0210', {
  ...SECRETS,
  2: PAN,
  4: '000000001000',
  55: [
    ['5A', PAN],
    ['57', `${PAN}D2212201`],
    ['9F26', '0102030405060708'],
    ['DF01', '31323334'],
  ],
  63: [
    ['PN', SECRETS[63]],
    ['SN', '0000123456'],
    ['RL', `Dial ${SECRETS[63]}`],
    ['XX', SECRETS[63]],
  ],
});
const message = codec.parse(frame);

t.test('describe shows first six and last four of a PAN and nothing of other secrets', async (t) => {
  const rows = new Map(codec.describe(message).map((row) => [row.path, row]));
  t.equal(rows.get('2')?.value, '476173****0119');
  t.equal(rows.get('4')?.value, '000000001000');
  t.equal(rows.get('mti')?.value, '0210');
  t.equal(rows.get('bitmap')?.length, 32);
  for (const path of [
    '35',
    '52',
    '55',
    '55.5A',
    '55.57',
    '55.DF01',
    '63',
    '63.PN',
    '63.RL',
    '63.XX',
    '102',
    '103',
  ]) {
    t.equal(rows.get(path)?.value, '****', path);
    t.equal(rows.get(path)?.sensitive, true, path);
    t.equal(codec.isSensitive(path), true, path);
  }
  t.equal(rows.get('63.SN')?.value, '0000123456');
  t.equal(rows.get('55.9F26')?.value, '0102030405060708');
  t.equal(codec.isSensitive('63.SN'), false);
  t.equal(codec.isSensitive(4), false);
});

t.test('clear text is shown where it is asked for, with the offset of each subfield', async (t) => {
  const rows = new Map(codec.describe(message, { clear: true }).map((row) => [row.path, row]));
  t.equal(rows.get('2')?.value, PAN);
  t.equal(rows.get('63.PN')?.value, SECRETS[63]);
  t.equal(rows.get('55.5A')?.value, PAN);
  for (const path of ['2', '63.PN', '63.SN', '102']) {
    const row = rows.get(path);
    const wire = frame.subarray(row?.offset ?? 0, (row?.offset ?? 0) + (row?.length ?? 0)).toString('latin1');
    t.equal(wire, row?.value, path);
  }
  const pan = rows.get('55.5A');
  t.equal(
    frame.subarray(pan?.offset ?? 0, (pan?.offset ?? 0) + (pan?.length ?? 0)).toString('latin1'),
    PAN,
    'in hexadecimal text',
  );
});

t.test('a message or an error that is logged tells no secret', async (t) => {
  const leaks = (text: string) =>
    [PAN, ...Object.values(SECRETS), 'CDEF'].filter((secret) => text.includes(secret));
  t.same(leaks(JSON.stringify(message)), []);
  t.same(leaks(inspect(message, { depth: 9 })), []);
  for (let at = 4; at < frame.length; at += 1) {
    const damaged = Buffer.from(frame);
    damaged[at] = 0x7f;
    for (const bytes of [damaged, frame.subarray(0, at)]) {
      try {
        codec.parse(bytes);
      } catch (error) {
        if (!(error instanceof Iso8583Error)) throw error;
        const shown = [
          error.message,
          JSON.stringify(error),
          JSON.stringify({ ...error }),
          inspect(error.partial),
        ].join();
        t.same(leaks(shown), [], error.message);
        t.notMatch(error.message, /\d{7}/);
      }
    }
  }
});

t.test('a masked text does not tell the length of what it hides', async (t) => {
  t.equal(codec.mask(2, '4'.repeat(13)).length, codec.mask(2, '4'.repeat(19)).length);
  t.equal(codec.mask(2, '584121234567'), '****', 'a telephone number in DE2 is hidden whole');
  t.equal(codec.mask('63.PN', '1'), codec.mask('63.PN', '1'.repeat(40)));
  t.equal(codec.mask(4, '000000001000'), '000000001000');
});
