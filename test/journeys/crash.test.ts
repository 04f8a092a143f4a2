/**
 * "Where it can stop" of the design, each row shown by a real process that is killed there: P13, A16, T13.
 */
import t, { type Test } from 'tap';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

type Fields = Record<number, string>;
const NONE = { mti: '', fields: {} };

/** Sends a message to a switch that will kill itself over it; no answer may come. */
async function sendIntoDeath(t: Test, running: TestSwitch, mti: string, fields: Fields): Promise<void> {
  const client = await Client.open(running.ports.ascii ?? 0);
  const answer = await client.ask(mti, fields);
  t.equal(answer, undefined, 'no answer came');
  // A process that answered did not meet its trap, and would live on: no use to wait for its end.
  if (answer === undefined) t.equal(await running.child.exited, null, 'killed by a signal');
  await client.close();
}

async function ask(running: TestSwitch, mti: string, fields: Fields) {
  const client = await Client.open(running.ports.ascii ?? 0);
  const answer = await client.ask(mti, fields);
  await client.close();
  return answer;
}

/** Every order of the ledger is undone, and none was credited twice. */
function allUndone(supplier: TestSupplier): Promise<boolean> {
  return eventually(async () => (await supplier.ledger()).every(({ state }) => state !== 'credited'));
}

t.test('before open is committed: nothing stands, a repeat is fresh', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 2 }, crashAt: 'before:sell' });
  const sale = saleOf('TALK10', 1000);
  await sendIntoDeath(t, running, '0200', sale);
  const again = await running.restart();
  t.match(await again.json('stock', 'audit'), { byCustody: { stock: 2, sold: 0 }, ok: true });
  t.equal((await ask(again, '0201', sale))?.fields[39], '00');
  t.match(await again.json('stock', 'audit'), { byCustody: { stock: 1, sold: 1 }, ok: true });
});

t.test(
  'sold and committed, answer not written: a repeat gets the stored answer, one PIN is gone',
  async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 2 }, crashAt: 'after:sell' });
    const sale = saleOf('TALK10', 1000);
    await sendIntoDeath(t, running, '0200', sale);
    const again = await running.restart();
    t.match(await again.json('stock', 'audit'), { byCustody: { stock: 1, sold: 1 }, ok: true });
    const answer = await ask(again, '0201', sale);
    t.equal(answer?.fields[39], '00');
    t.equal(pinsOf(answer ?? NONE).length, 1);
    t.same((await ask(again, '0201', sale))?.fields, answer?.fields);
    t.match(await again.json('stock', 'audit'), { byCustody: { stock: 1, sold: 1 }, ok: true });
  },
);

t.test('sold and committed, answer not written: a reversal undoes it', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 2 }, crashAt: 'after:sell' });
  const sale = saleOf('TALK10', 1000);
  await sendIntoDeath(t, running, '0200', sale);
  const again = await running.restart();
  t.equal((await ask(again, '0420', reversalOf(sale)))?.fields[39], '00');
  t.match(await again.json('stock', 'audit'), { byCustody: { stock: 1, quarantined: 1 }, ok: true });
});

t.test('a reversal of a PIN sale: before its commit nothing is undone, after it all is, once', async (t) => {
  for (const crashAt of ['before:reverse', 'after:reverse']) {
    const running = await startSwitch(t, { pins: { TALK10: 2 }, crashAt });
    const sale = saleOf('TALK10', 1000);
    t.equal((await ask(running, '0200', sale))?.fields[39], '00');
    const reversal = reversalOf(sale);
    await sendIntoDeath(t, running, '0420', reversal);
    const again = await running.restart();
    const undone = crashAt === 'after:reverse' ? 1 : 0;
    t.match(
      await again.json('stock', 'audit'),
      { byCustody: { quarantined: undone, sold: 1 - undone }, ok: true },
      crashAt,
    );
    t.equal((await ask(again, '0421', reversal))?.fields[39], '00');
    t.match(
      await again.json('stock', 'audit'),
      { byCustody: { quarantined: 1, stock: 1 }, ok: true },
      crashAt,
    );
  }
});

for (const { at, asked } of [
  { at: 'before:open', asked: 0 },
  { at: 'after:open', asked: 0 },
  { at: 'before:close', asked: 1 },
]) {
  t.test(
    `a credit killed at ${at}: whatever the supplier did is undone, and a repeat makes no second call`,
    async (t) => {
      const supplier = await startSupplier(t, 'http');
      const running = await startSwitch(t, { config: creditConfig({ http: supplier.port }), crashAt: at });
      const credit = creditOf('5550001234', 1_000);
      await sendIntoDeath(t, running, '0200', credit);
      t.equal((await supplier.ledger()).filter(({ state }) => state === 'credited').length, asked);
      const again = await running.restart();
      const repeat = await ask(again, '0201', credit);
      if (at === 'before:open') {
        t.equal(repeat?.fields[39], '00', 'nothing stood: the repeat is fresh');
        t.equal((await supplier.ledger()).length, 1);
        return;
      }
      t.equal(repeat?.fields[39], '68', 'doubtful: declined, and undone');
      t.ok(await allUndone(supplier));
      t.notMatch(JSON.stringify(await again.json('journal', 'doubtful')), /pending/);
    },
  );
}

t.test(
  'a credit closed, answer not written: a repeat gets the stored approval, the supplier is not asked again',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const running = await startSwitch(t, {
      config: creditConfig({ http: supplier.port }),
      crashAt: 'after:close',
    });
    const credit = creditOf('5550001234', 1_000);
    await sendIntoDeath(t, running, '0200', credit);
    const again = await running.restart();
    const repeat = await ask(again, '0201', credit);
    t.equal(repeat?.fields[39], '00');
    t.match(await supplier.ledger(), [{ state: 'credited', asked: 1 }]);
  },
);

t.test('a credit that its supplier is still performing when the switch is killed is undone', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
  await supplier.behave('delay', 'order', 1, 1_500);
  const credit = creditOf('5550001234', 1_000);
  const client = await Client.open(running.ports.ascii ?? 0);
  const answer = client.ask('0200', credit);
  t.ok(await eventually(async () => (await supplier.ledger()).length === 1));
  await running.child.kill('SIGKILL');
  t.equal(await answer, undefined);
  await running.restart();
  t.ok(await allUndone(supplier));
});

t.test('a reversal of a credit accepted, supplier not told: told after the restart', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, {
    config: creditConfig({ http: supplier.port }),
    crashAt: 'after:reverse',
  });
  const credit = creditOf('5550001234', 1_000);
  t.equal((await ask(running, '0200', credit))?.fields[39], '00');
  const reversal = reversalOf(credit);
  await sendIntoDeath(t, running, '0420', reversal);
  t.match(await supplier.ledger(), [{ state: 'credited' }]);
  const again = await running.restart();
  t.ok(await allUndone(supplier));
  t.equal((await ask(again, '0421', reversal))?.fields[39], '00');
});

for (const at of [
  'before:countAttempt',
  'after:countAttempt',
  'before:settleForwarding',
  'after:settleForwarding',
]) {
  t.test(`a forwarding killed at ${at} is sent until it is answered, and undone once`, async (t) => {
    const supplier = await startSupplier(t, 'http');
    const config = { ...creditConfig({ http: supplier.port }), times: { forwardWaitsMs: [100] } };
    const running = await startSwitch(t, { config, crashAt: at });
    const credit = creditOf('5550001234', 1_000);
    t.equal((await ask(running, '0200', credit))?.fields[39], '00');
    const client = await Client.open(running.ports.ascii ?? 0);
    await client.ask('0420', reversalOf(credit), 5_000);
    t.equal(await running.child.exited, null);
    await client.close();
    const again = await running.restart();
    t.ok(await allUndone(supplier));
    t.ok(
      await eventually(
        async () => !JSON.stringify(await again.json('journal', 'doubtful')).includes('reversal'),
      ),
    );
  });
}

t.test('the next supplier is tried under a new reference that was committed first', async (t) => {
  const [first, second] = await Promise.all([startSupplier(t, 'http'), startSupplier(t, 'http')]);
  const base = creditConfig({ http: first.port });
  const config = {
    suppliers: [
      { kind: 'http', name: 'one', url: `http://127.0.0.1:${first.port}`, repeatsMax: 0 },
      { kind: 'http', name: 'two', url: `http://127.0.0.1:${second.port}` },
    ],
    catalogue: {
      ...(base.catalogue as object),
      products: (base.catalogue as { products: Record<string, unknown>[] }).products
        .filter(({ code }) => code === 'TOPUP')
        .map((product) => ({ ...product, route: ['one', 'two'] })),
    },
  };
  const running = await startSwitch(t, { config, crashAt: 'after:reroute' });
  await first.behave('unavailable', 'order', 10);
  await sendIntoDeath(t, running, '0200', creditOf('5550001234', 1_000));
  t.same(
    (await second.ledger()).filter(({ state }) => state === 'credited'),
    [],
    'the second one was not asked yet',
  );
  await running.restart();
  t.ok(await allUndone(first));
  t.ok(await allUndone(second));
});
