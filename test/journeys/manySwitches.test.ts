/**
 * T7: several switches on one PostgreSQL. A message is answered as if there were one switch, whichever it reaches: repeats
 * and reversals, also of what is under way elsewhere; what a dead one left is ended by those that live.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { type SwitchOptions, scratch, startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

process.env.STORE = 'postgres';

/** All at once: most of their time is waiting for deadlines. */
const BESIDE = { buffered: true };
t.jobs = 3;

/** Another switch on the books and keys of the first, in a data folder of its own. */
function another(t: Test, first: TestSwitch, config: SwitchOptions['config']): Promise<TestSwitch> {
  const folder = scratch(t);
  for (const file of ['store.url', 'keys.json']) copyFileSync(join(first.folder, file), join(folder, file));
  return startSwitch(t, { folder, ...(config ? { config } : {}) });
}

async function clientOf(t: Test, { ports }: TestSwitch): Promise<Client> {
  const client = await Client.open(ports.ascii ?? 0);
  t.teardown(() => client.close());
  return client;
}

t.test(
  'T7: what one switch sold, another repeats with the same PIN, and undoes; the stock is one',
  BESIDE,
  async (t) => {
    const one = await startSwitch(t, { pins: { TALK10: 3 } });
    const two = await another(t, one, undefined);
    const [north, south] = [await clientOf(t, one), await clientOf(t, two)];
    const sale = saleOf('TALK10', 1_000);
    const sold = await north.ask('0200', sale);
    t.equal(sold?.fields[39], '00');
    const repeated = await south.ask('0201', sale);
    t.same(pinsOf(repeated ?? { mti: '', fields: {} }), pinsOf(sold ?? { mti: '', fields: {} }));
    t.equal((await south.ask('0400', reversalOf(sale)))?.fields[39], '00');
    t.equal((await north.ask('0201', sale))?.fields[39], '12', 'it was reversed');
    const others = await Promise.all(
      [north, south, north].map((each) => each.ask('0200', saleOf('TALK10', 1_000))),
    );
    t.same(others.map((each) => each?.fields[39]).sort(), ['00', '00', '84']);
    t.match(await two.json('stock', 'audit'), { byCustody: { sold: 2, quarantined: 1, stock: 0 } });
  },
);

t.test(
  'T7, A16: a credit that is under way at one switch is waited for, or undone, at another; its supplier acts once',
  BESIDE,
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const times = { saleMs: 3_000, forwardMs: 500, forwardWaitsMs: [200] };
    const config = { ...creditConfig({ http: supplier.port }), times };
    const one = await startSwitch(t, { config });
    const two = await another(t, one, config);
    const [north, south] = [await clientOf(t, one), await clientOf(t, two)];
    await supplier.behave('delay', 'order', 1, 1_500);
    const credit = creditOf('5550001234', 1_000);
    const asked = north.ask('0200', credit);
    t.ok(await eventually(async () => (await supplier.ledger()).length === 1));
    const repeated = await south.ask('0201', credit);
    t.match((await asked)?.fields, { 39: '00' });
    t.equal(repeated?.fields[39], '00');
    t.equal(repeated?.fields[38], (await asked)?.fields[38]);
    await supplier.behave('delay', 'order', 1, 1_500);
    const undone = creditOf('5550009999', 1_000);
    const late = north.ask('0200', undone, 4_000);
    t.ok(await eventually(async () => (await supplier.ledger()).length === 2));
    t.equal((await south.ask('0400', reversalOf(undone)))?.fields[39], '00');
    t.not((await late)?.fields[39], '00', 'it was undone meanwhile');
    t.ok(await eventually(async () => (await supplier.ledger())[1]?.state === 'reversed'));
    t.match(await supplier.ledger(), [
      { state: 'credited', asked: 1 },
      { state: 'reversed', asked: 1 },
    ]);
  },
);

t.test(
  'T7, A16: what a killed switch left at a supplier is ended by another, and not before its time',
  BESIDE,
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const times = { saleMs: 1_500, forwardMs: 500, forwardWaitsMs: [200] };
    const config = { ...creditConfig({ http: supplier.port }), times };
    const one = await startSwitch(t, { config });
    const north = await clientOf(t, one);
    await supplier.behave('delay', 'order', 1, 1_000);
    const credit = creditOf('5550001234', 1_000);
    const asked = north.ask('0200', credit);
    t.ok(await eventually(async () => (await supplier.ledger()).length === 1));
    // One that starts meanwhile leaves it alone.
    const two = await another(t, one, config);
    t.equal((await asked)?.fields[39], '00');
    await supplier.behave('drop', 'order', 1);
    const left = creditOf('5550007777', 1_000);
    const lost = north.ask('0200', left);
    t.ok(await eventually(async () => (await supplier.ledger()).length === 2));
    await one.child.kill();
    t.equal(await lost, undefined);
    const south = await clientOf(t, two);
    t.equal(
      (await south.ask('0201', left))?.fields[39],
      '09',
      'nobody knows yet, and nobody waits beyond its time',
    );
    t.ok(
      await eventually(async () => (await supplier.ledger())[1]?.state === 'reversed'),
      'undone by the other one',
    );
    t.equal((await south.ask('0201', left))?.fields[39], '68');
    t.match(await supplier.ledger(), [
      { state: 'credited', asked: 1 },
      { state: 'reversed', asked: 1 },
    ]);
  },
);
