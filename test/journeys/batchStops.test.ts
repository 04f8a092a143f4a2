/**
 * T4: where a batch can stop (switch/batches.ts), each row shown by a real process that is killed there. After the
 * restart every item is done once or undone, and a repeat tells each item as it ended.
 */
import t, { type Test } from 'tap';
import { batchOf, codesOf, credit, itemsOf, named, pin } from '../support/batch.js';
import { Client, reversalOf } from '../support/client.js';
import { startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

type Fields = Record<number, string>;

async function ask(running: TestSwitch, mti: string, fields: Fields) {
  const client = await Client.open(running.ports.ascii ?? 0);
  const answer = await client.ask(mti, fields);
  await client.close();
  return answer;
}

/** Sends a message to a switch that will kill itself over it; starts it again. */
async function throughDeath(t: Test, running: TestSwitch, mti: string, fields: Fields): Promise<TestSwitch> {
  t.equal(await ask(running, mti, fields), undefined, 'no answer came');
  t.equal(await running.child.exited, null, 'killed by a signal');
  return running.restart();
}

/** Every order for this account is undone. */
function undone(supplier: TestSupplier, account: string): Promise<boolean> {
  return eventually(async () =>
    (await supplier.ledger()).every((order) => order.account !== account || order.state !== 'credited'),
  );
}

async function times(supplier: TestSupplier, account: string): Promise<number> {
  return (await supplier.ledger()).filter((order) => order.account === account).length;
}

const undoOf = (batch: Fields, more: Fields = {}): Fields => {
  const { 4: _, ...fields } = reversalOf(batch);
  return { ...fields, ...more };
};

/** Two processes start, one after the other, in each: most of that is waiting. */
t.jobs = 2;

const supplier = await startSupplier(t, 'http');
const config = { ...creditConfig({ http: supplier.port }), times: { forwardWaitsMs: [100] } };
const start = (t: Test, crashAt: string) => startSwitch(t, { pins: { TALK10: 4 }, config, crashAt });
const mixed = (account: string) => batchOf([pin('TALK10'), credit(account, 500), pin('TALK10', 2)]);

t.test('before sellBatch: nothing stands, a repeat is fresh', async (t) => {
  const batch = mixed('5550000001');
  const again = await throughDeath(t, await start(t, 'before:sellBatch'), '0200', batch);
  t.equal(await times(supplier, '5550000001'), 0);
  t.equal((await ask(again, '0201', batch))?.fields[39], '00');
  t.match(await again.json('stock', 'audit'), { byCustody: { stock: 1, sold: 3 }, ok: true });
});

for (const at of ['after:sellBatch', 'before:close']) {
  t.test(`${at}: stock items are sold, the credit is declined and undone; a repeat says so`, async (t) => {
    const account = at === 'after:sellBatch' ? '5550000002' : '5550000003';
    const batch = mixed(account);
    const again = await throughDeath(t, await start(t, at), '0200', batch);
    const repeat = await ask(again, '0201', batch);
    t.equal(repeat?.fields[39], '10');
    t.strictSame(codesOf(repeat), ['00', '68', '00']);
    t.strictSame(
      itemsOf(repeat).map(({ pins }) => pins.length),
      [1, 0, 2],
    );
    t.ok(await undone(supplier, account));
    t.same((await ask(again, '0201', batch))?.fields, repeat?.fields);
    t.ok((await times(supplier, account)) <= 1, 'no second order');
    t.match(await again.json('stock', 'audit'), { byCustody: { stock: 1, sold: 3 }, ok: true });
  });
}

t.test('after the last close: a repeat gets every item, nothing is asked again', async (t) => {
  const batch = mixed('5550000004');
  const again = await throughDeath(t, await start(t, 'after:close'), '0200', batch);
  const repeat = await ask(again, '0201', batch);
  t.equal(repeat?.fields[39], '00');
  t.strictSame(codesOf(repeat), ['00', '00', '00']);
  t.match(
    (await supplier.ledger()).filter(({ account }) => account === '5550000004'),
    [{ state: 'credited', asked: 1 }],
  );
});

for (const at of ['before:reverse', 'after:reverse']) {
  t.test(`a reversal of two items, ${at}: none is undone, or both; its repeat undoes once`, async (t) => {
    const account = at === 'before:reverse' ? '5550000005' : '5550000006';
    const batch = mixed(account);
    const running = await start(t, at);
    t.equal((await ask(running, '0200', batch))?.fields[39], '00');
    const reversal = undoOf(batch, named(2, 3));
    const again = await throughDeath(t, running, '0420', reversal);
    const gone = at === 'after:reverse' ? 2 : 0;
    t.match(await again.json('stock', 'audit'), {
      byCustody: { quarantined: gone, sold: 3 - gone },
      ok: true,
    });
    t.equal((await ask(again, '0421', reversal))?.fields[39], '00');
    t.ok(await undone(supplier, account));
    t.strictSame(codesOf(await ask(again, '0201', batch)), ['00', '12', '12']);
    t.match(await again.json('stock', 'audit'), { byCustody: { quarantined: 2, sold: 1 }, ok: true });
  });
}
