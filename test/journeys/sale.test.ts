/** PIN sales over a real socket, from a real process: P1, P3, P4, P6, P14, P15, T1, T5, T6. */
import t from 'tap';
import { Client, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { buildTlv, parseTlv, pinsOf } from '../support/iso.js';
import { batchFile, startSwitch } from '../support/process.js';

/** For what needs no stock of its own; the first test here sells its first PIN. */
const shared = await startSwitch(t, { pins: { TALK10: 10, TALK20: 5 } });

t.test(
  'P3, P6, T1, T5: a sale gives exactly one PIN of stock, with serial, expiry and receipt',
  async (t) => {
    const client = await Client.open(shared.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const request = saleOf('TALK10', 1000);
    const answer = await client.ask('0200', request);
    t.equal(answer?.mti, '0210');
    t.equal(answer?.fields[39], '00');
    t.match(answer?.fields[38], /^[0-9A-Z]{6}$/);
    for (const echoed of [3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49]) {
      t.equal(answer?.fields[echoed]?.trim(), request[echoed], `DE${echoed} comes back`);
    }
    const entries = parseTlv(answer?.fields[63] ?? '');
    t.same(
      entries.map(([tag]) => tag),
      ['PN', 'SN', 'EX', 'RL', 'RL'],
    );
    t.equal(entries[1]?.[1], 'STALK100', 'the serial of the first PIN');
    t.equal(entries[2]?.[1], '20991231');
    t.equal(entries[3]?.[1], 'Talk 10');
    t.equal(entries[4]?.[1], 'Serial STALK100');
  },
);

t.test(
  'P1: each product is sold from its own set, and several PINs in one sale are all different',
  async (t) => {
    const client = await Client.open(shared.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const one = await client.ask('0200', saleOf('TALK20', 2000));
    const three = await client.ask('0200', saleOf('TALK10', 3000, { 48: 'PR006TALK10QT0013' }));
    t.match(parseTlv(one?.fields[63] ?? '')[1]?.[1], /^STALK20/);
    t.equal(three?.fields[39], '00');
    t.equal(new Set(pinsOf(three ?? { mti: '', fields: {} })).size, 3);
  },
);

t.test('P4: merchant, terminal, time and RRN stand against a sold PIN', async (t) => {
  const client = await Client.open(shared.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const request = saleOf('TALK10', 1000);
  const answer = await client.ask('0200', request);
  const serial = parseTlv(answer?.fields[63] ?? '').find(([tag]) => tag === 'SN')?.[1] ?? '';
  t.match(serial, /^STALK10\d$/);
  for (const query of [
    ['--stan', request[11] ?? ''],
    ['--rrn', request[37] ?? ''],
  ]) {
    const found = JSON.stringify(await shared.json('journal', 'find', ...query));
    for (const part of ['DEMOMERCHANT001', 'DEMO0001', request[37] ?? '', serial, 'approved']) {
      t.ok(found.includes(part), `${query[0]} tells ${part}`);
    }
  }
});

t.test('P14: no stock is a decline, and nothing has changed', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 1 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const two = await client.ask('0200', saleOf('TALK10', 2000, { 48: 'PR006TALK10QT0012' }));
  t.equal(two?.fields[39], '84', 'two asked, one there: none is given');
  t.notOk(two?.fields[63]);
  const one = await client.ask('0200', saleOf('TALK10', 1000));
  t.equal(one?.fields[39], '00', 'the one is still for sale');
  const gone = await client.ask('0200', saleOf('TALK10', 1000));
  t.equal(gone?.fields[39], '84');
  t.match(await running.json('stock', 'audit'), {
    takenIn: 1,
    accounted: 1,
    byCustody: { sold: 1 },
    ok: true,
  });
});

t.test('P15: expired PINs are not sold, and those that expire first go first', async (t) => {
  const running = await startSwitch(t);
  for (const expiry of ['2031-01-31', '2030-06-30', '2032-01-01']) {
    const batch = batchFile(running.folder, 'TALK10', 1, expiry);
    t.equal((await commandLine(['stock', 'intake', batch, '--data', running.folder])).code, 0);
  }
  const past = await commandLine([
    'stock',
    'intake',
    batchFile(running.folder, 'TALK10', 1, '2020-01-01'),
    '--data',
    running.folder,
    '--json',
  ]);
  t.match(past.stdout, /"taken":0,"refused":1/, 'what has expired is not taken in');
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const expiries: string[] = [];
  for (let i = 0; i < 3; i++) {
    const answer = await client.ask('0200', saleOf('TALK10', 1000));
    expiries.push(parseTlv(answer?.fields[63] ?? '').find(([tag]) => tag === 'EX')?.[1] ?? '');
  }
  t.same(expiries, ['20300630', '20310131', '20320101']);
});

t.test('T6: a strange terminal or merchant is refused, and so is what makes no sense', async (t) => {
  const client = await Client.open(shared.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const cases: [string, string, Record<number, string>][] = [
    ['unknown terminal', '58', saleOf('TALK10', 1000, { 41: 'STRANGER' })],
    ['the terminal of another merchant', '03', saleOf('TALK10', 1000, { 42: 'SOMEBODYELSE001' })],
    ['unknown product', '15', saleOf('NOSUCH', 1000)],
    ['another price', '13', saleOf('TALK10', 999)],
    ['another currency', '13', saleOf('TALK10', 1000, { 49: '978' })],
    ['a quantity that is no number', '30', saleOf('TALK10', 1000, { 48: 'PR006TALK10QT002XY' })],
    ['a processing code that is no service', '12', saleOf('TALK10', 1000, { 3: '999999' })],
  ];
  for (const [what, code, fields] of cases) {
    const answer = await client.ask('0200', fields);
    t.equal(answer?.fields[39], code, what);
    t.notOk(answer?.fields[63], what);
  }
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00', 'and a good sale still goes');
});

t.test(
  'A repeat gets the same PIN on another socket and after a restart; other content under its key is refused',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 10 } });
    const first = await Client.open(running.ports.ascii ?? 0);
    const request = saleOf('TALK10', 1000);
    const answer = await first.ask('0200', request);
    await first.close();
    const second = await Client.open(running.ports.ascii ?? 0);
    const repeat = await second.ask('0201', { ...request, 7: '0101010101' });
    t.equal(repeat?.mti, '0210');
    t.same({ ...repeat?.fields, 7: '' }, { ...answer?.fields, 7: '' }, 'with another DE7, the same answer');
    const other = await second.ask('0200', { ...request, 48: 'PR006TALK20', 4: '000000002000' });
    t.equal(other?.fields[39], '94');
    await second.close();
    t.equal(await running.child.kill('SIGTERM'), 0, 'SIGTERM ends with 0');
    const again = await running.restart();
    const third = await Client.open(again.ports.ascii ?? 0);
    t.teardown(() => third.close());
    t.same((await third.ask('0200', request))?.fields, answer?.fields, 'after a restart too');
    t.match(await again.json('stock', 'audit'), { takenIn: 10, byCustody: { sold: 1, stock: 9 }, ok: true });
  },
);

t.test('as many PINs as one sale may ask for are all told, receipt or not', async (t) => {
  const receipt = Array.from({ length: 20 }, () => 'x'.repeat(120));
  const products = [
    {
      kind: 'pin',
      provider: 'TALKCO',
      code: 'TALK10',
      name: 'Talk 10',
      price: 1000,
      currency: '840',
      route: ['stock'],
      receipt,
    },
  ];
  const running = await startSwitch(t, { pins: { TALK10: 20 }, config: { catalogue: { products } } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const tlv = buildTlv([
    ['PR', 'TALK10'],
    ['QT', '10'],
  ]);
  const answer = await client.ask('0200', saleOf('TALK10', 10_000, { 48: tlv }), 5_000);
  t.equal(answer?.fields[39], '00');
  t.equal(new Set(pinsOf(answer ?? { mti: '', fields: {} })).size, 10);
  const over = buildTlv([
    ['PR', 'TALK10'],
    ['QT', '11'],
  ]);
  t.equal((await client.ask('0200', saleOf('TALK10', 11_000, { 48: over }), 5_000))?.fields[39], '30');
  t.match(await running.json('stock', 'audit'), { byCustody: { sold: 10, stock: 10 }, ok: true });
});
