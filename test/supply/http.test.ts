/** The HTTP supplier against the simulator, a process of its own, over real sockets. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { createHttpSupplier } from '../../src/supply/http.js';
import { httpSupplierSchema } from '../../src/supply/schema.js';
import type { Supplier } from '../../src/supply/supply.js';
import { anOrder, Peer, Tally, until } from './peer.js';

const TOKEN = 'secret-token-of-the-test';
const BUDGET_MS = 5_000;

interface Setup {
  readonly supplier: Supplier;
  readonly tally: Tally;
  readonly logged: unknown[];
}

function setup(url: string, changes: object = {}): Setup {
  const tally = new Tally();
  const logged: unknown[] = [];
  const keep = (fields: unknown, message: string) => logged.push(fields, message);
  const supplier = createHttpSupplier(
    httpSupplierSchema.parse({
      kind: 'http',
      name: 'upstream',
      url,
      token: TOKEN,
      repeatMs: 20,
      pollMs: 50,
      ...changes,
    }),
    {
      clock: systemClock,
      counters: tally,
      log: { info: keep, warn: keep, error: keep },
    },
  );
  t.teardown(() => supplier.stop());
  return { supplier, tally, logged };
}

const peer = await Peer.start('--kind', 'http', '--token', TOKEN);
t.teardown(() => peer.kill());

t.test('approves a credit with confirmation, balance and account expiry', async (t) => {
  const { supplier } = setup(peer.url);
  const order = anOrder({ account: '5550000101', amount: 1_500 });
  const result = await supplier.perform(order, BUDGET_MS);
  t.match(result, {
    kind: 'approved',
    approvalCode: /^\d{6}$/,
    balance: { amount: 1_500, currency: '840' },
    accountExpiry: /^\d{8}$/,
    pins: [],
  });
  t.match(await peer.entry(order.reference), { state: 'credited', credits: 1, amount: 1_500, asked: 1 });
  t.same(await supplier.inquire(order, BUDGET_MS), result, 'an inquiry tells the same outcome');
});

t.test('sells PINs issued at the moment of sale', async (t) => {
  const { supplier } = setup(peer.url);
  const result = await supplier.perform(
    anOrder({ service: 'pin-sale', account: '', quantity: 2 }),
    BUDGET_MS,
  );
  const pin = { code: /^\d{16}$/, serial: /^SIM\d{9}$/, expiry: /^\d{8}$/ };
  t.match(result, { kind: 'approved', balance: undefined, pins: [pin, pin] });
});

t.test('tells an account’s balance, and refuses an unknown account', async (t) => {
  const { supplier } = setup(peer.url);
  const known = anOrder({ service: 'account-inquiry', account: '5550000202' });
  t.match(await supplier.perform(known, BUDGET_MS), { kind: 'approved', balance: { amount: 0 } });
  const unknown = anOrder({ service: 'account-inquiry', account: '5550000000' });
  t.match(await supplier.perform(unknown, BUDGET_MS), { kind: 'refused', reason: 'invalid-account' });
  t.same(await supplier.reverse(known, 1, BUDGET_MS), { kind: 'undone' }, 'there is nothing to undo');
});

const REFUSALS: readonly (readonly [number, object])[] = [
  [8_800, { kind: 'refused', reason: 'account-suspended' }],
  [8_900, { kind: 'refused', reason: 'account-cancelled' }],
  [9_100, { kind: 'refused', reason: 'invalid-account', supplierReason: 'Refused: unknown-account' }],
  [9_200, { kind: 'refused', reason: 'account-blocked' }],
  [9_300, { kind: 'refused', reason: 'account-limit' }],
  [9_400, { kind: 'refused', reason: 'invalid-amount' }],
  [9_500, { kind: 'refused', reason: 'frequency-limit' }],
  [9_600, { kind: 'unavailable' }],
  [9_700, { kind: 'refused', reason: 'supplier-refused', supplierReason: 'Refused: other' }],
  [9_800, { kind: 'unavailable' }],
];

t.test('each refusal of the supplier has its own reason, and nothing is credited', async (t) => {
  const { supplier } = setup(peer.url);
  for (const [amount, expected] of REFUSALS) {
    const order = anOrder({ amount });
    t.match(await supplier.perform(order, BUDGET_MS), expected, `amount ${amount}`);
    t.match(await peer.entry(order.reference), { state: 'refused', credits: 0 });
    t.match(await supplier.inquire(order, BUDGET_MS), { kind: 'refused' });
  }
});

t.test('a reason may be mapped by configuration', async (t) => {
  const { supplier } = setup(peer.url, { reasons: { other: 'not-permitted' } });
  const result = await supplier.perform(anOrder({ amount: 9_700 }), BUDGET_MS);
  t.match(result, { kind: 'refused', reason: 'not-permitted' });
});

t.test('a dropped answer is unknown; the reversal undoes the one credit', async (t) => {
  const { supplier, tally } = setup(peer.url);
  const order = anOrder({ account: '5550000383' });
  t.same(await supplier.perform(order, 300), { kind: 'unknown' });
  t.equal(tally.of('timeout'), 1);
  t.match(await peer.arrived(order.reference), { state: 'credited', credits: 1 });
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'undone' });
  t.same(await supplier.reverse(order, 2, BUDGET_MS), { kind: 'undone' }, 'again: the same answer');
  t.match(await peer.entry(order.reference), { state: 'reversed', credits: 1, reversals: 1 });
  t.equal((await peer.ledger()).balances['5550000383'], 0);
});

t.test('a dropped answer is found by an inquiry', async (t) => {
  const { supplier } = setup(peer.url, { doubt: 'inquiry' });
  t.equal(supplier.doubt, 'inquiry');
  const order = anOrder({ account: '5550000483' });
  t.same(await supplier.perform(order, 300), { kind: 'unknown' });
  await peer.arrived(order.reference);
  t.match(await supplier.inquire(order, BUDGET_MS), { kind: 'approved', balance: { amount: 1_000 } });
  t.match(await peer.entry(order.reference), { credits: 1, asked: 1 });
});

t.test('an order that was never performed: unknown until its life is over, then refused', async (t) => {
  const { supplier } = setup(peer.url, { orderLifeMs: 10_000, clockSkewMs: 1_000 });
  const order = anOrder({ account: '5550000584' });
  t.same(await supplier.perform(order, 300), { kind: 'unknown' });
  t.same(await supplier.inquire(order, BUDGET_MS), { kind: 'unknown' }, 'it may still arrive');
  const old = { ...order, orderedAt: order.orderedAt - 12_000 };
  t.match(await supplier.inquire(old, BUDGET_MS), { kind: 'refused', reason: 'supplier-down' });
});

t.test('an order past its life is not sent', async (t) => {
  const { supplier } = setup(peer.url, { orderLifeMs: 1_000 });
  const order = anOrder({ orderedAt: systemClock.now() - 5_000 });
  t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unavailable' });
  t.equal(await peer.entry(order.reference), undefined);
});

t.test('a reversal before its order: success, and the late order is refused', async (t) => {
  const { supplier } = setup(peer.url);
  const order = anOrder();
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'undone' });
  t.match(await supplier.perform(order, BUDGET_MS), { kind: 'refused', reason: 'reversed' });
  t.match(await peer.entry(order.reference), { state: 'tombstone', credits: 0 });
});

t.test(
  '500, garbage, oversize, another reference, another amount: unknown, counted, one credit',
  async (t) => {
    const cases = [
      ['91', 'supplier-fault', 0],
      ['92', 'supplier-fault', 1],
      ['89', 'malformed', 1],
      ['90', 'oversize', 1],
      ['87', 'mismatch', 1],
      ['88', 'mismatch', 1],
    ] as const;
    for (const [digits, event, credits] of cases) {
      const { supplier, tally } = setup(peer.url);
      const order = anOrder({ account: `55500006${digits}` });
      t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unknown' }, digits);
      t.equal(tally.of(event), 1, event);
      t.equal((await peer.entry(order.reference))?.credits ?? 0, credits);
    }
  },
);

t.test('a lost connection is tried once more with the same reference: one credit, approved', async (t) => {
  const { supplier, tally } = setup(peer.url);
  await peer.script('hang-up');
  const order = anOrder({ account: '5550000701' });
  t.match(await supplier.perform(order, BUDGET_MS), { kind: 'approved', balance: { amount: 1_000 } });
  t.match(await peer.entry(order.reference), { credits: 1, asked: 2 });
  t.equal(tally.of('lost'), 1);
  t.equal(tally.of('repeated'), 1);
});

t.test('a connection lost each time is unknown', async (t) => {
  const { supplier } = setup(peer.url);
  const order = anOrder({ account: '5550000785' });
  t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unknown' });
  t.match(await peer.entry(order.reference), { credits: 1, asked: 2 });
});

t.test('503 is tried once more, then unknown', async (t) => {
  const { supplier, tally } = setup(peer.url);
  await peer.script('busy');
  t.match(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'approved' });
  t.same(await supplier.perform(anOrder({ account: '5550000794' }), BUDGET_MS), { kind: 'unknown' });
  t.equal(tally.of('supplier-fault'), 3);
});

t.test('an order in process is asked after until it has ended', async (t) => {
  const { supplier } = setup(peer.url);
  await peer.script('processing', { delayMs: 150 });
  const order = anOrder({ account: '5550000801' });
  t.match(await supplier.perform(order, BUDGET_MS), { kind: 'approved', balance: { amount: 1_000 } });
  await peer.script('processing', { delayMs: 60_000 });
  t.same(await supplier.perform(anOrder(), 400), { kind: 'unknown' }, 'but not past the budget');
});

t.test('a second answer on the same connection is never taken for the next order', async (t) => {
  const { supplier } = setup(peer.url, { connectionsMax: 1 });
  await peer.script('twice', { times: 10 });
  for (let i = 0; i < 10; i += 1) {
    const order = anOrder({ account: `555000${String(900 + i)}1`, amount: 100 * (i + 1) });
    const result = await supplier.perform(order, BUDGET_MS);
    if (result.kind === 'approved') t.equal(result.balance?.amount, order.amount);
    else t.equal(result.kind, 'unknown');
    t.match(await peer.entry(order.reference), { credits: 1 });
  }
});

t.test('a late answer settles nothing: after the reversal the value is back', async (t) => {
  const { supplier } = setup(peer.url);
  await peer.script('delay', { delayMs: 500 });
  const order = anOrder({ account: '5550001001' });
  t.same(await supplier.perform(order, 150), { kind: 'unknown' });
  await peer.arrived(order.reference);
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'undone' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.match(await peer.entry(order.reference), { state: 'reversed', credits: 1, reversals: 1 });
  t.match(
    await supplier.perform(anOrder(), BUDGET_MS),
    { kind: 'approved' },
    'the next order is undisturbed',
  );
});

t.test('a reversal that fails is unknown, and succeeds when asked again', async (t) => {
  const { supplier, tally } = setup(peer.url);
  const order = anOrder({ account: '5550001101' });
  await supplier.perform(order, BUDGET_MS);
  await peer.script('fault', { on: 'reversal' });
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'unknown' });
  await peer.script('drop', { on: 'reversal' });
  t.same(await supplier.reverse(order, 2, 200), { kind: 'unknown' });
  await peer.script('other', { on: 'reversal' });
  t.same(await supplier.reverse(order, 3, BUDGET_MS), { kind: 'unknown' }, 'somebody else’s answer');
  t.same(await supplier.reverse(order, 4, BUDGET_MS), { kind: 'undone' });
  t.equal(tally.of('not-undone'), 3);
  t.match(await peer.entry(order.reference), { state: 'reversed', reversals: 1 });
});

t.test('a supplier that is down is unavailable, and works again when it is back', async (t) => {
  const { supplier, tally } = setup(peer.url, { faultsMax: 3, restMs: 200 });
  t.match(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'approved' });
  await peer.down();
  const perform = async () => (await supplier.perform(anOrder(), BUDGET_MS)).kind;
  t.ok(await until(async () => (await perform()) === 'unavailable'), 'the cut connection may cost one doubt');
  const order = anOrder();
  for (let i = 0; i < 3; i += 1) t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unavailable' });
  t.notOk(supplier.ready(), 'after three faults in a row it rests');
  t.not(tally.of('rest'), 0);
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'unknown' });
  t.same(await supplier.inquire(order, BUDGET_MS), { kind: 'unknown' });
  await peer.up();
  t.ok(await until(() => supplier.ready()));
  t.match(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'approved' });
  t.equal(await peer.entry(order.reference), undefined, 'what was unavailable never arrived');
});

t.test('a wrong token is unavailable: nothing was done', async (t) => {
  const { supplier, tally } = setup(peer.url, { token: 'another' });
  const order = anOrder();
  t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unavailable' });
  t.equal(tally.of('rejected'), 1);
  t.equal(await peer.entry(order.reference), undefined);
});

t.test('a wrong path proves nothing: order unknown, reversal not undone', async (t) => {
  const { supplier } = setup(`${peer.url}/nowhere`);
  t.same(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'unknown' });
  t.same(await supplier.reverse(anOrder(), 1, BUDGET_MS), { kind: 'unknown' });
});

t.test('two hundred orders at once go over few connections', async (t) => {
  const { supplier } = setup(peer.url, { connectionsMax: 4 });
  const before = await peer.stats();
  const orders = Array.from({ length: 200 }, (_, i) =>
    anOrder({ account: `5552${String(i).padStart(4, '0')}01` }),
  );
  const results = await Promise.all(orders.map((order) => supplier.perform(order, 20_000)));
  t.ok(results.every((result) => result.kind === 'approved'));
  const after = await peer.stats();
  t.equal(after.requests - before.requests, 200);
  t.ok(after.connections - before.connections <= 4);
});

t.test('over the limit of orders under way the next is unavailable at once', async (t) => {
  const { supplier, tally } = setup(peer.url, { connectionsMax: 1, inFlightMax: 3 });
  await peer.script('delay', { delayMs: 200 });
  const results = await Promise.all(Array.from({ length: 4 }, () => supplier.perform(anOrder(), BUDGET_MS)));
  t.equal(results.filter((result) => result.kind === 'unavailable').length, 1);
  t.equal(tally.of('over-limit'), 1);
});

t.test('an order that waits for a connection past its budget was not sent', async (t) => {
  const { supplier } = setup(peer.url, { connectionsMax: 1 });
  await peer.script('delay', { delayMs: 600 });
  const first = supplier.perform(anOrder(), BUDGET_MS);
  const second = anOrder({ account: '5550001201' });
  t.same(await supplier.perform(second, 100), { kind: 'unavailable' });
  t.match(await first, { kind: 'approved' });
  t.match(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'approved' });
  t.equal(await peer.entry(second.reference), undefined, 'nothing of it ever left');
});

t.test('neither token nor account is in the log', async (t) => {
  const { supplier, logged } = setup(peer.url);
  const account = '5550001391';
  await supplier.perform(anOrder({ account }), BUDGET_MS);
  await supplier.perform(anOrder({ account: '5550001389' }), BUDGET_MS);
  t.not(logged.length, 0);
  const text = JSON.stringify(logged);
  t.notMatch(text, TOKEN);
  t.notMatch(text, /555000/);
});

t.test('a request holds the account in its body alone', async (t) => {
  let seen = '';
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      seen += data.toString('latin1');
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const port = (server.address() as AddressInfo).port;
  const { supplier } = setup(`http://127.0.0.1:${port}`, { repeatsMax: 0 });
  const order = anOrder({ account: '5550001401' });
  for (const ask of [
    supplier.perform(order, 500),
    supplier.inquire(order, 500),
    supplier.reverse(order, 1, 500),
  ])
    t.match(await ask, { kind: 'unknown' });
  const heads = seen.split('\r\n\r\n').map((part) => part.replace(/^\{.*\}/s, ''));
  t.match(heads.join('\n'), new RegExp(`GET /v1/orders/${order.reference} `));
  t.notMatch(heads.join('\n'), /5550001401/);
  t.match(seen, /"account":"5550001401"/);
});
