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
    terminals: [
      { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
      { id: 'DEMO0002', merchant: 'DEMOMERCHANT001' },
    ],
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
