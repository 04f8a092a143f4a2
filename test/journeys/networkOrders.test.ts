/** P10: sales at terminals make the hub order more PINs from a vendor, and take them in, each once, whatever comes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { VendorOrder } from '../../src/store/store.js';
import { agrees, command, TestHub, TestMember, until } from '../support/network.js';
import { scratch } from '../support/process.js';
import { startVendor, type TestVendor } from '../support/vendor.js';

/** Every PIN that the vendor has issued, from its ledger. */
function issuedIn(ledger: string): ReadonlySet<string> {
  const codes = [...readFileSync(ledger, 'utf8').matchAll(/"code":"(\d{16})"/g)].map(([, code = '']) => code);
  return new Set(codes);
}

function acquiring({ url }: TestVendor, lot = 1): Record<string, unknown> {
  const quick = { pollMs: 20, pollMaxMs: 50, awayMs: 20, awayMaxMs: 50 };
  const products = [{ code: 'TALK10', vendorCode: 'T-10', lot }];
  return { vendors: [{ name: 'acme', url, products, ...quick }], acquisition: { lookMs: 50 } };
}

async function ordersOf(hub: TestHub): Promise<readonly VendorOrder[]> {
  return (await hub.books()).orders(1_000);
}

/** Nothing is open, and nothing more is asked of the vendor. */
async function settled(hub: TestHub): Promise<readonly VendorOrder[]> {
  await until('every order ended', async () => (await ordersOf(hub)).every(({ closedAt }) => closedAt > 0));
  return ordersOf(hub);
}

t.jobs = 2;

t.test(
  'P10: what is sold is ordered again; parts, repeats, wrong checksums, known PINs and one given up do no harm',
  { buffered: true },
  async (t) => {
    const ledger = join(scratch(t), 'vendor.jsonl');
    const vendor = await startVendor(t, '--ledger', ledger);
    await vendor.plan({ delayMs: 3_600_000 });
    const hub = await TestHub.open(t, { floors: { TALK10: 30 }, config: acquiring(vendor) });
    await hub.serve();
    const north = await TestMember.join(t, hub, 'north');
    await until('an order at the vendor', async () => (await ordersOf(hub))[0]?.state === 'accepted');
    const never = (await ordersOf(hub))[0]?.reference ?? '';
    await vendor.plan({ delayMs: 0, parts: 2, partMs: 50, repeats: 1, known: 3 });
    await vendor.behave('checksum', 'batch', 2);
    await command(hub.folder, 'hub', 'orders', 'cancel', never, '--by', 'ann', '--why', 'never comes');
    await north.serve();
    await until('the first PINs at the switch', async () => (await north.count('stock', 'TALK10')) >= 20);
    const first = (await vendor.ledger()).orders.length;
    const sold: string[] = [];
    for (let n = 0; n < 15; n += 1) {
      const sale = await north.sell('TALK10');
      t.equal(sale.code, '00');
      sold.push(sale.pin);
    }
    await until('more was ordered', async () => (await vendor.ledger()).orders.length > first);
    await until('what was sold is there again', async () => (await hub.audit()).takenIn >= 45);
    await agrees(hub, [north]);
    const orders = await settled(hub);
    const { orders: theirs, pins } = await vendor.ledger();
    t.strictSame(
      theirs.map(({ reference }) => reference).sort(),
      orders.map(({ reference }) => reference).sort(),
      'the vendor has our orders and no others, each once',
    );
    const taken = orders.reduce((sum, order) => sum + order.taken, 0);
    t.equal(taken, pins, 'every PIN issued was taken in once');
    t.match(await hub.audit(), { takenIn: pins, faults: [] });
    t.ok(
      orders.some(({ refused }) => refused > 0),
      'what came twice was refused',
    );
    const issued = issuedIn(ledger);
    t.ok(
      sold.every((pin) => issued.has(pin)),
      "the customers got the vendor's PINs",
    );
    t.equal(new Set(sold).size, sold.length);
    const said = `${hub.child?.output()}${vendor.child.output()}`;
    t.notOk(
      [...issued].some((code) => said.includes(code)),
      'no PIN in any log',
    );
    t.match(said, /"fault":"checksum"/);
    t.match(await command(hub.folder, 'hub', 'orders', 'list'), {
      orders: orders.map(({ reference, quantity }) =>
        reference === never
          ? { reference, state: 'cancelled', by: 'ann', why: 'never comes', taken: 0 }
          : { reference, quantity, state: 'complete' },
      ),
    });
  },
);

/** Each kills the hub where the one before has let it get to: an order of one delivery, taken in in three chunks. */
const STOPS = [
  ['before:placeOrder', 'nothing stands'],
  ['after:placeOrder', 'it is intended, the vendor has not heard of it'],
  ['before:moveOrder', 'the vendor has accepted it, here it is intended'],
  ['after:moveOrder', 'it is accepted'],
  ['before:takeIn', 'a delivery was fetched, nothing of it taken in'],
  ['after:takeIn', 'a part of the delivery is in'],
  ['before:recordDelivery', 'all of it is in, and not recorded'],
  ['after:recordDelivery', 'it is recorded, and the order open'],
  ['before:moveOrder', 'the same, one question later'],
  ['after:moveOrder', 'it is complete'],
] as const;

t.test(
  'P10: the hub is killed before and after each step: ordered once, taken in once',
  { buffered: true },
  async (t) => {
    const vendor = await startVendor(t);
    const hub = await TestHub.open(t, { floors: { TALK10: 1_200 }, config: acquiring(vendor, 1_200) });
    await hub.takeIn({ TALK20: 1 });
    const digest = '0'.repeat(64);
    const code = { codeSha256: digest, certificateSha256: '', at: 1 };
    const books = await hub.books();
    await books.invite({ name: 'north', expiresAt: 2, ...code });
    await books.enrol({ codeSha256: digest, publicKey: 'A'.repeat(43), tokenSha256: digest, at: 1 });
    for (const [stop, leaves] of STOPS) {
      // It may come to the stop before it says that it is ready.
      const isUp = await hub.serve(stop).then(
        () => true,
        () => false,
      );
      const { child } = hub;
      if (isUp) await until(`killed ${stop}`, () => child?.process.signalCode === 'SIGKILL');
      t.pass(`killed ${stop}: ${leaves}`);
    }
    await hub.serve();
    const orders = await settled(hub);
    const { orders: theirs, pins } = await vendor.ledger();
    t.match(theirs, [{ quantity: 1_200, state: 'complete' }]);
    t.equal(theirs.length, 1, 'ordered once');
    t.match(orders, [{ reference: theirs[0]?.reference, state: 'complete', taken: 1_200, refused: 0 }]);
    t.match(await hub.audit(), { takenIn: pins + 1, faults: [] });
  },
);
