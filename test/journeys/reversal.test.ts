/** Reversals of PIN sales over a real socket: P17, and "Keys, repeats and reversals" of the design. */
import t from 'tap';
import { Client, citation, reversalOf, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { startSwitch } from '../support/process.js';

const NONE = { mti: '', fields: {} };

t.test(
  'P17: a reversed PIN is quarantined, is not told again, and is never sold again by itself',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 2 } });
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const request = saleOf('TALK10', 1000);
    const sold = await client.ask('0200', request);
    const reversal = reversalOf(request);
    const answer = await client.ask('0420', reversal);
    t.equal(answer?.mti, '0430');
    t.equal(answer?.fields[39], '00');
    t.match(await running.json('stock', 'audit'), {
      byCustody: { quarantined: 1, stock: 1, sold: 0 },
      ok: true,
    });
    const repeat = await client.ask('0201', request);
    t.equal(repeat?.fields[39], '12');
    t.notOk(repeat?.fields[63]);
    const next = await client.ask('0200', saleOf('TALK10', 1000));
    t.not(pinsOf(next ?? NONE)[0], pinsOf(sold ?? NONE)[0]);
    t.equal(
      (await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39],
      '84',
      'the quarantined PIN is not for sale',
    );
  },
);

t.test(
  'a repeated reversal is answered the same, and a second one with a new STAN has no second effect',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 2 } });
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const request = saleOf('TALK10', 1000);
    await client.ask('0200', request);
    const reversal = reversalOf(request);
    const first = await client.ask('0420', reversal);
    const repeat = await client.ask('0421', reversal);
    t.same(repeat?.fields, first?.fields);
    const second = await client.ask('0400', reversalOf(request));
    t.equal(second?.mti, '0410');
    t.equal(second?.fields[39], '00');
    t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1, stock: 1 }, ok: true });
  },
);

t.test('a reversal whose original never came leaves a tombstone that a late original meets', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 2 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const request = saleOf('TALK10', 1000);
  t.equal((await client.ask('0420', reversalOf(request)))?.fields[39], '00');
  const late = await client.ask('0200', request);
  t.equal(late?.fields[39], '12');
  t.notOk(late?.fields[63]);
  t.equal((await client.ask('0201', request))?.fields[39], '12', 'its repeat too');
  t.equal(
    (await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39],
    '00',
    'another sale is not touched',
  );
  t.match(await running.json('stock', 'audit'), { byCustody: { sold: 1, stock: 1 }, ok: true });
});

t.test('a reversal finds its original by DE90, or by DE37 alone', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 9 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  for (const [what, way] of [
    ['DE90', (request: Record<number, string>) => ({ 37: 'X00000000001', 90: citation('0200', request) })],
    ['DE37', () => ({ 90: '0'.repeat(42) })],
  ] as const) {
    const request = saleOf('TALK10', 1000);
    await client.ask('0200', request);
    const answer = await client.ask('0420', reversalOf(request, way(request)));
    t.equal(answer?.fields[39], '00', what);
    t.equal((await client.ask('0201', request))?.fields[39], '12', `${what}: the original is reversed`);
  }
  t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 2, stock: 7 }, ok: true });
});

t.test('a reversal with another amount, or of another terminal, undoes nothing', async (t) => {
  const config = {
    catalogue: {
      terminals: [
        { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
        { id: 'DEMO0002', merchant: 'DEMOMERCHANT001' },
      ],
    },
  };
  const running = await startSwitch(t, { pins: { TALK10: 2 }, config });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const request = saleOf('TALK10', 1000);
  await client.ask('0200', request);
  await client.ask('0420', reversalOf(request, { 4: '000000000500' }));
  await client.ask('0420', reversalOf(request, { 41: 'DEMO0002' }));
  t.match(await running.json('stock', 'audit'), { byCustody: { sold: 1, quarantined: 0 }, ok: true });
});

t.test('a reversal may cite the DE7 of the message or of its resend, whichever was received', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 9 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const sent = saleOf('TALK10', 1000);
  const resent = { ...sent, 7: minutesAfter(sent[7] ?? '', 2) };
  const cites = (cited: Record<number, string>) => reversalOf(cited, { 37: 'X00000000001' });
  t.equal((await client.ask('0200', resent))?.fields[39], '00', 'the first one was lost');
  t.equal((await client.ask('0420', cites(sent)))?.fields[39], '00');
  t.equal((await client.ask('0201', resent))?.fields[39], '12', 'reversed');
  const early = saleOf('TALK10', 1000);
  await client.ask('0420', cites(early));
  const late = await client.ask('0201', { ...early, 7: minutesAfter(early[7] ?? '', 2) });
  t.equal(late?.fields[39], '12', 'a resend meets the tombstone of its first one');
  t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1, stock: 8 }, ok: true });
});

t.test('an RRN of zeros, or of another day, names no original', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 9 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const good = saleOf('TALK10', 1000, { 37: '000000000000' });
  t.equal((await client.ask('0200', good))?.fields[39], '00');
  await client.ask('0420', reversalOf(saleOf('TALK10', 1000, { 37: '000000000000' })));
  t.equal((await client.ask('0201', good))?.fields[39], '00', 'not the one that was reversed');
  const today = saleOf('TALK10', 1000, { 37: 'COUNTED00001' });
  t.equal((await client.ask('0200', today))?.fields[39], '00');
  const longAgo = saleOf('TALK10', 1000, { 7: '0601120000', 37: 'COUNTED00001' });
  await client.ask('0420', reversalOf(longAgo));
  t.equal((await client.ask('0201', today))?.fields[39], '00', 'the RRN was used again');
});

t.test('two reversals under one key that cite different originals are a conflict', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 9 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const [one, two] = [saleOf('TALK10', 1000), saleOf('TALK10', 1000)];
  for (const sale of [one, two]) t.equal((await client.ask('0200', sale))?.fields[39], '00');
  const reversal = reversalOf(one);
  t.equal((await client.ask('0420', reversal))?.fields[39], '00');
  const other = { ...reversal, 37: two[37] ?? '', 90: citation('0200', two) };
  t.equal((await client.ask('0420', other))?.fields[39], '94', 'not answered as done');
});

/** MMDDhhmmss, some minutes later. */
function minutesAfter(transmitted: string, minutes: number): string {
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = (transmitted.match(/../g) ?? []).map(Number);
  const at = new Date(Date.UTC(2000, month - 1, day, hour, minute + minutes, second));
  return at.toISOString().slice(5, 19).replace(/[-T:]/g, '');
}
