import t from 'tap';
import { buildIso, buildTlv } from '../support/iso.js';
import { run } from '../support/process.js';

const SALE = buildIso('0210', {
  2: '4111111111111111',
  3: '280000',
  4: '000000001000',
  11: '000123',
  39: '00',
  41: 'DEMO0001',
  48: buildTlv([
    ['PR', 'TALK10'],
    ['QT', '2'],
  ]),
  63: buildTlv([
    ['PN', '12345678901234'],
    ['SN', 'S1'],
    ['EX', '20301231'],
    ['PN', '98765432109876'],
    ['SN', 'S2'],
    ['EX', '20301231'],
  ]),
  90: `0200000456${'1123141219'}${'00000000001'}${'0'.repeat(11)}`,
}).toString('hex');

t.test('prints the message as JSON, subfields nested, sensitive ones masked', async (t) => {
  const { code, stdout } = await run(['decode', '--format', 'iso87-ascii', '--json', SALE]);
  t.equal(code, 0);
  const { rows, ...told } = JSON.parse(stdout);
  t.same(told, {
    format: 'iso87-ascii',
    mti: '0210',
    fields: {
      2: '411111****1111',
      3: '280000',
      4: '000000001000',
      11: '000123',
      39: '00',
      41: 'DEMO0001',
      48: { PR: 'TALK10', QT: '2' },
      63: { PN: ['****', '****'], SN: ['S1', 'S2'], EX: ['20301231', '20301231'] },
      90: {
        mti: '0200',
        stan: '000456',
        transmitted: '1123141219',
        acquirer: '00000000001',
        forwarder: '00000000000',
      },
    },
  });
  const secrets = ['12345678901234', '98765432109876', '4111111111111111'];
  for (const secret of secrets) {
    t.notMatch(stdout, secret);
    t.notMatch(stdout, Buffer.from(secret).toString('hex'), 'nor in the raw bytes');
  }
  t.same(
    rows.filter(({ path }: { path: string }) => ['3', '63.PN'].includes(path)),
    [
      {
        path: '3',
        name: 'Processing code',
        offset: 54,
        length: 6,
        value: '280000',
        sensitive: false,
        raw: '323830303030',
        meaning: 'merchandise request, or prepaid PIN sale',
      },
      ...[116, 155].map((offset) => ({
        path: '63.PN',
        name: 'Voucher PIN',
        offset,
        length: 14,
        value: '****',
        sensitive: true,
      })),
    ],
  );
});

t.test('--clear shows sensitive fields', async (t) => {
  const { stdout } = await run(['decode', '--format', 'iso87-ascii', '--json', '--clear', SALE]);
  const { fields } = JSON.parse(stdout);
  t.equal(fields[2], '4111111111111111');
  t.same(fields[63].PN, ['12345678901234', '98765432109876']);
});

t.test(
  'U4: as a table, each field stands with its offset, length, bytes, name, value and meaning',
  async (t) => {
    const { code, stdout } = await run(['decode', '--format', 'iso87-ascii', SALE]);
    t.equal(code, 0);
    t.match(
      stdout,
      /^ +38 +16 +\*{4} +2 +Primary account number \(PAN\) +411111\*{4}1111$/m,
      'a hex bitmap of 32, LL before',
    );
    t.match(
      stdout,
      /^ +54 +6 +323830303030 +3 +Processing code +280000 = merchandise request, or prepaid PIN sale$/m,
    );
    t.match(
      stdout,
      /^ +60 +12 +3030303030303030\.\.\. +4 +Amount, transaction +000000001000$/m,
      'its first bytes',
    );
    t.notMatch(stdout, /12345678901234/);
  },
);

t.test('the message may come by standard input, and with spaces', async (t) => {
  const spaced = SALE.replace(/(..)/g, '$1 ');
  const piped = await run(['decode', '--format', 'iso87-ascii', '--json', '-'], { input: `${spaced}\n` });
  t.equal(JSON.parse(piped.stdout).mti, '0210');
  const pieces = await run(['decode', '--format', 'iso87-ascii', '--json', ...spaced.trim().split(' ')]);
  t.equal(pieces.stdout, piped.stdout);
});

t.test('a framing and a TPDU before the message are cut off', async (t) => {
  const body = SALE.length / 2;
  const framed = Buffer.alloc(2);
  framed.writeUInt16BE(body);
  const plain = ['decode', '--format', 'iso87-ascii', '--framing', 'length2', '--json'];
  t.equal(JSON.parse((await run([...plain, framed.toString('hex') + SALE])).stdout).mti, '0210');
  framed.writeUInt16BE(body + 5);
  const withTpdu = await run([...plain, '--tpdu', `${framed.toString('hex')}6000010002${SALE}`]);
  t.equal(JSON.parse(withTpdu.stdout).mti, '0210');
  const wrong = await run([...plain, `0001${SALE}`]);
  t.equal(wrong.code, 1, 'the length does not fit');
  t.equal(JSON.parse(wrong.stdout).error.field, 'framing');
});

t.test('a bad message ends in 1 with field, offset, expectation and what was read before', async (t) => {
  const cut = SALE.slice(0, 2 * 60);
  const { code, stdout } = await run(['decode', '--format', 'iso87-ascii', '--json', cut]);
  t.equal(code, 1);
  const { error, fields, mti } = JSON.parse(stdout);
  t.equal(mti, '0210');
  t.match(error, { field: '4', offset: 60, expected: /./ });
  t.same(fields, { 2: '411111****1111', 3: '280000' });
  const text = await run(['decode', '--format', 'iso87-ascii', cut]);
  t.equal(text.code, 1);
  t.match(text.stderr, /^prepaid-switch: field 4 at byte 60: expected .+\n$/);
  t.match(text.stdout, /Processing code +280000 = /);
});

t.test('wrong usage is one line and 2', async (t) => {
  const cases: [string, string[]][] = [
    ['no format', ['decode', '00']],
    ['unknown format', ['decode', '--format', 'nonesuch', '00']],
    ['unknown framing', ['decode', '--format', 'iso87-ascii', '--framing', 'nonesuch', '00']],
    ['unknown option', ['decode', '--format', 'iso87-ascii', '--nonesuch', '00']],
    ['not hexadecimal', ['decode', '--format', 'iso87-ascii', '0x']],
    ['odd digits', ['decode', '--format', 'iso87-ascii', '000']],
  ];
  for (const [what, args] of cases) {
    const { code, stderr, stdout } = await run(args);
    t.equal(code, 2, what);
    t.match(stderr, /^prepaid-switch: [^\n]+\n$/, `${what}: one line`);
    t.equal(stdout, '');
  }
});
