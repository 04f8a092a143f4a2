/** Where nobody can tell what a supplier did, and a PIN that our own stock does not have: A16, T2, P6, T9. */
import { join } from 'node:path';
import t from 'tap';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { run, startSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

const NONE = { mti: '', fields: {} };

/** All at once: most of their time is waiting for deadlines. */
const BESIDE = { buffered: true };
t.jobs = 4;

t.test(
  'T2: where a supplier can only be asked, a repeat is told that it is in progress, and later what came of it',
  BESIDE,
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const config = creditConfig({ http: supplier.port });
    const suppliers = (config.suppliers as object[]).map((one) => ({ ...one, doubt: 'inquiry' }));
    // An inquiry that is not answered is given up soon: the next one comes that much sooner.
    const times = { saleMs: 500, forwardMs: 300, forwardWaitsMs: [300] };
    const { ports } = await startSwitch(t, { config: { ...config, suppliers, times } });
    const client = await Client.open(ports.ascii ?? 0);
    t.teardown(() => client.close());
    await supplier.behave('drop', 'order', 1);
    await supplier.behave('ignore', 'inquiry', 1_000);
    const request = creditOf('5550001234', 1_000);
    t.equal((await client.ask('0200', request))?.fields[39], '68', 'late');
    t.equal((await client.ask('0201', request, 5_000))?.fields[39], '09', 'nobody knows yet');
    t.equal((await client.ask('0201', request, 5_000))?.fields[39], '09', 'nor now');
    await supplier.clear();
    t.ok(
      await eventually(async () => (await client.ask('0201', request))?.fields[39] === '00'),
      'and then it is known',
    );
    t.match(await supplier.ledger(), [{ state: 'credited', asked: 1 }]);
  },
);

t.test(
  'P6, T9: a PIN comes from our own stock, and from the supplier when that is out',
  BESIDE,
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const config = creditConfig({ http: supplier.port });
    const products = (config.catalogue as { products: { code: string }[] }).products.map((one) =>
      one.code === 'TALK10' ? { ...one, route: ['topup-http', 'stock'] } : one,
    );
    const running = await startSwitch(t, {
      pins: { TALK10: 1 },
      config: { ...config, catalogue: { products } },
    });
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const first = saleOf('TALK10', 1_000);
    t.equal((await client.ask('0200', first))?.fields[39], '00');
    t.same(await supplier.ledger(), [], 'the supplier was not asked');
    const second = saleOf('TALK10', 1_000);
    const other = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => other.close());
    await supplier.behave('delay', 'order', 1, 500);
    const [issued, attached] = await Promise.all([client.ask('0200', second), other.ask('0201', second)]);
    t.equal(issued?.fields[39], '00');
    t.equal(pinsOf(issued ?? NONE).length, 1);
    t.same(attached?.fields, issued?.fields, 'a repeat at the same moment attaches');
    t.same((await client.ask('0201', second))?.fields, issued?.fields);
    t.equal((await supplier.ledger()).length, 1, 'asked once');
    t.match(await running.json('stock', 'audit'), { takenIn: 2, byCustody: { sold: 2 }, ok: true });
    await client.ask('0420', reversalOf(second));
    t.ok(await eventually(async () => (await supplier.ledger())[0]?.state === 'reversed'));
    t.match(await running.json('stock', 'audit'), { byCustody: { sold: 1, quarantined: 1 }, ok: true });
    await supplier.stop();
    t.equal((await client.ask('0200', saleOf('TALK10', 1_000)))?.fields[39], '91', 'neither has one');
  },
);

t.test(
  'A16: a credit whose outcome the disk does not take is not answered, and is undone',
  BESIDE,
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const config = {
      ...creditConfig({ http: supplier.port }),
      times: { saleMs: 500, forwardWaitsMs: [300] },
    };
    const { ports } = await startSwitch(t, { config, crashAt: 'full:close' });
    const client = await Client.open(ports.ascii ?? 0);
    t.teardown(() => client.close());
    const request = creditOf('5550001234', 1_000);
    t.equal(await client.ask('0200', request, 2_000), undefined, 'neither approved nor declined');
    t.equal((await client.ask('0201', request))?.fields[39], '09', 'its repeat: in progress');
    t.ok(await eventually(async () => (await supplier.ledger())[0]?.state === 'reversed'));
    t.equal((await client.ask('0201', request))?.fields[39], '68');
  },
);

t.test(
  'a second switch on the same data is refused, and what the first is working on goes on',
  BESIDE,
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const { ports, folder } = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
    const client = await Client.open(ports.ascii ?? 0);
    t.teardown(() => client.close());
    await supplier.behave('delay', 'order', 1, 6_000);
    const answer = client.ask('0200', creditOf('5550001234', 1_000));
    t.ok(await eventually(async () => (await supplier.ledger()).length === 1));
    const second = await run(['serve', '--config', join(folder, 'switch.yaml'), '--data', folder]);
    t.equal(second.code, 2);
    t.match(second.stderr, /serving\.lock: another switch is running on it/);
    t.equal((await answer)?.fields[39], '00');
    t.match(await supplier.ledger(), [{ state: 'credited' }]);
  },
);
