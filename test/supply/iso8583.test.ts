/** The ISO 8583 supplier against the simulated host, a process of its own, over real sockets. */
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { createSupplier, supplierSchema } from '../../src/supply/index.js';
import { stanOf } from '../../src/supply/iso8583-messages.js';
import type { Supplier, SupplyOrder } from '../../src/supply/supply.js';
import { anOrder as anyOrder, Peer, Tally, until } from './peer.js';

const BUDGET_MS = 5_000;

interface Setup {
  readonly supplier: Supplier;
  readonly tally: Tally;
  readonly logged: unknown[];
}

interface Teardown {
  teardown(task: () => unknown): void;
}

/** Started, not yet signed on; stopped at the end of the test, so that it disturbs no other. */
async function begin(t: Teardown, port: number, changes: object = {}): Promise<Setup> {
  const tally = new Tally();
  const logged: unknown[] = [];
  const keep = (fields: unknown, message: string) => logged.push(fields, message);
  const config = supplierSchema.parse({
    kind: 'iso8583',
    name: 'upstream',
    link: { port, framing: 'length2', limits: { reconnectFirstMs: 50, reconnectMaxMs: 200 } },
    format: 'iso87-ascii',
    acquirer: '000001',
    pollMs: 50,
    signOnRetryMs: 50,
    ...changes,
  });
  const supplier = await createSupplier(config, {
    clock: systemClock,
    random: systemRandom,
    counters: tally,
    log: { info: keep, warn: keep, error: keep },
  });
  await supplier.start();
  t.teardown(() => supplier.stop());
  return { supplier, tally, logged };
}

async function setup(t: Teardown, port: number, changes: object = {}): Promise<Setup> {
  const begun = await begin(t, port, changes);
  if (!(await until(() => begun.supplier.ready()))) throw new Error('not signed on');
  return begun;
}

function anOrder(changes: Partial<SupplyOrder> = {}): SupplyOrder {
  return anyOrder({ product: 'TOPUP2', account: '7775551201', ...changes });
}

const peer = await Peer.start('--kind', 'iso8583');
t.teardown(() => peer.kill());

t.test('signs on, then approves a credit with confirmation, balance and account expiry', async (t) => {
  const { supplier, tally } = await setup(t, peer.port);
  t.equal(tally.of('signed-on'), 1);
  const order = anOrder({ account: '7770000101', amount: 1_500 });
  const result = await supplier.perform(order, BUDGET_MS);
  t.match(result, {
    kind: 'approved',
    approvalCode: /^\d{6}$/,
    balance: { amount: 1_500, currency: '840' },
    accountExpiry: /^\d{8}$/,
    pins: [],
  });
  t.match(await peer.entry(order.reference), { state: 'credited', credits: 1, asked: 1, product: 'TOPUP2' });
  t.same(
    await supplier.inquire(order, BUDGET_MS),
    result,
    'the order repeated as 0201 gets the first answer',
  );
  t.match(await peer.entry(order.reference), { credits: 1, asked: 2 });
});

t.test('sells PINs issued at the moment of sale', async (t) => {
  const { supplier } = await setup(t, peer.port);
  const result = await supplier.perform(
    anOrder({ service: 'pin-sale', account: '', quantity: 2 }),
    BUDGET_MS,
  );
  const pin = { code: /^\d{16}$/, serial: /^SIM\d{9}$/, expiry: /^\d{8}$/ };
  t.match(result, { kind: 'approved', balance: undefined, pins: [pin, pin] });
});

t.test('tells an account’s balance, and refuses an unknown account', async (t) => {
  const { supplier } = await setup(t, peer.port);
  const known = anOrder({ service: 'account-inquiry', account: '7770000202', amount: 0 });
  t.match(await supplier.perform(known, BUDGET_MS), { kind: 'approved', balance: { amount: 0 } });
  const unknown = anOrder({ service: 'account-inquiry', account: '7770000000', amount: 0 });
  t.match(await supplier.perform(unknown, BUDGET_MS), { kind: 'refused', reason: 'invalid-account' });
  await peer.script('drop', { on: 'inquiry' });
  t.same(await supplier.perform(anOrder({ service: 'account-inquiry' }), 150), { kind: 'unavailable' });
  t.same(await supplier.reverse(known, 1, BUDGET_MS), { kind: 'undone' }, 'there is nothing to undo');
});

const REFUSALS: readonly (readonly [number, object])[] = [
  [8_800, { kind: 'refused', reason: 'account-suspended' }],
  [8_900, { kind: 'refused', reason: 'account-cancelled' }],
  [9_100, { kind: 'refused', reason: 'invalid-account', supplierReason: 'Refused 14' }],
  [9_200, { kind: 'refused', reason: 'account-blocked' }],
  [9_300, { kind: 'refused', reason: 'account-limit' }],
  [9_400, { kind: 'refused', reason: 'invalid-amount' }],
  [9_500, { kind: 'refused', reason: 'frequency-limit' }],
  [9_600, { kind: 'unavailable' }],
  [9_700, { kind: 'refused', reason: 'supplier-refused', supplierReason: 'Refused 05' }],
  [9_800, { kind: 'unavailable' }],
];

t.test('each refusal of the host has its own reason, and nothing is credited', async (t) => {
  const { supplier } = await setup(t, peer.port);
  for (const [amount, expected] of REFUSALS) {
    const order = anOrder({ amount });
    t.match(await supplier.perform(order, BUDGET_MS), expected, `amount ${amount}`);
    t.match(await peer.entry(order.reference), { state: 'refused', credits: 0 });
  }
});

t.test('a dropped answer is unknown; 0420, then 0421, undo the one credit', async (t) => {
  const { supplier, tally } = await setup(t, peer.port);
  const order = anOrder({ account: '7770000383' });
  t.same(await supplier.perform(order, 200), { kind: 'unknown' });
  t.equal(tally.of('timeout'), 1);
  t.match(await peer.arrived(order.reference), { state: 'credited', credits: 1 });
  await peer.script('drop', { on: 'reversal' });
  t.same(await supplier.reverse(order, 1, 200), { kind: 'unknown' });
  t.same(await supplier.reverse(order, 2, BUDGET_MS), { kind: 'undone' }, 'the repeat is answered');
  t.match(await peer.entry(order.reference), { state: 'reversed', credits: 1, reversals: 1 });
  t.equal((await peer.ledger()).balances['7770000383'], 0);
});

t.test('a dropped answer is found by repeating the order', async (t) => {
  const { supplier } = await setup(t, peer.port, { doubt: 'inquiry' });
  t.equal(supplier.doubt, 'inquiry');
  const order = anOrder({ account: '7770000401' });
  await peer.script('drop');
  t.same(await supplier.perform(order, 200), { kind: 'unknown' });
  t.match(await supplier.inquire(order, BUDGET_MS), { kind: 'approved', balance: { amount: 1_000 } });
  t.match(await peer.entry(order.reference), { credits: 1, asked: 2 });
});

t.test('original not found is undone, and the late original is refused', async (t) => {
  const { supplier } = await setup(t, peer.port);
  const order = anOrder();
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'undone' });
  t.match(await supplier.perform(order, BUDGET_MS), { kind: 'refused', supplierReason: 'Reversed' });
  t.match(await peer.entry(order.reference), { state: 'tombstone', credits: 0 });
});

t.test('a late answer is counted and ignored; the reversal takes the value back', async (t) => {
  const { supplier, tally } = await setup(t, peer.port);
  await peer.script('delay', { delayMs: 400 });
  const order = anOrder({ account: '7770000501' });
  t.same(await supplier.perform(order, 100), { kind: 'unknown' });
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'undone' });
  t.ok(await until(() => tally.of('late') === 1));
  t.match(await peer.entry(order.reference), { state: 'reversed', credits: 1, reversals: 1 });
});

t.test('the second of two answers is counted and ignored', async (t) => {
  const { supplier, tally } = await setup(t, peer.port);
  const order = anOrder({ account: '7770000686' });
  t.match(await supplier.perform(order, BUDGET_MS), { kind: 'approved' });
  t.ok(await until(() => tally.of('late') === 1));
  t.match(await supplier.perform(anOrder({ account: '7770000601' }), BUDGET_MS), {
    balance: { amount: 1_000 },
  });
  t.match(await peer.entry(order.reference), { credits: 1 });
});

t.test('malfunction, somebody else’s answer, another amount: unknown and counted', async (t) => {
  const cases = [
    ['91', 'supplier-fault', 0],
    ['92', 'supplier-fault', 1],
    ['94', 'supplier-fault', 0],
    ['87', 'mismatch', 1],
    ['88', 'mismatch', 1],
  ] as const;
  for (const [digits, event, credits] of cases) {
    const { supplier, tally } = await setup(t, peer.port);
    const order = anOrder({ account: `77700007${digits}` });
    t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unknown' }, digits);
    t.equal(tally.of(event), 1, event);
    t.equal((await peer.entry(order.reference))?.credits ?? 0, credits);
  }
});

t.test('a message that cannot be read is counted; the session goes on', async (t) => {
  const { supplier, tally } = await setup(t, peer.port);
  t.same(await supplier.perform(anOrder({ account: '7770000889' }), 200), { kind: 'unknown' });
  t.ok(await until(() => tally.of('malformed') === 1));
  t.match(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'approved' });
  t.equal(tally.of('signed-on'), 1);
});

t.test('a frame over the limit, or a closed connection: unknown, then signed on anew', async (t) => {
  for (const digits of ['90', '85']) {
    const { supplier, tally } = await setup(t, peer.port);
    const order = anOrder({ account: `77700009${digits}` });
    t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unknown' }, digits);
    t.equal(tally.of('lost'), 1);
    t.ok(await until(() => supplier.ready()));
    t.equal(tally.of('signed-on'), 2);
    t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'undone' });
    t.match(await peer.entry(order.reference), { state: 'reversed', credits: 1 });
  }
});

t.test('an order in progress is asked after until it has ended', async (t) => {
  const { supplier } = await setup(t, peer.port);
  await peer.script('processing', { delayMs: 150 });
  const order = anOrder({ account: '7770001001' });
  t.match(await supplier.perform(order, BUDGET_MS), { kind: 'approved', balance: { amount: 1_000 } });
  t.match(await peer.entry(order.reference), { credits: 1 });
  await peer.script('processing', { delayMs: 60_000 });
  t.same(await supplier.perform(anOrder(), 300), { kind: 'unknown' }, 'but not past the budget');
});

t.test('a host that is down is unavailable, and works again when it is back', async (t) => {
  const { supplier } = await setup(t, peer.port);
  await peer.down();
  t.ok(await until(() => !supplier.ready()));
  const order = anOrder();
  t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unavailable' });
  t.same(await supplier.reverse(order, 1, BUDGET_MS), { kind: 'unknown' });
  t.same(await supplier.inquire(order, BUDGET_MS), { kind: 'unknown' });
  await peer.up();
  t.ok(await until(() => supplier.ready()));
  t.match(await supplier.perform(anOrder(), BUDGET_MS), { kind: 'approved' });
  t.equal(await peer.entry(order.reference), undefined, 'what was unavailable never arrived');
});

t.test('nothing is sent before the sign-on is accepted', async (t) => {
  await peer.script('fault', { on: 'network', times: 2 });
  const { supplier, tally } = await begin(t, peer.port);
  t.ok(await until(() => tally.of('sign-on-failed') > 0));
  t.notOk(supplier.ready());
  const order = anOrder();
  t.same(await supplier.perform(order, BUDGET_MS), { kind: 'unavailable' });
  t.ok(await until(() => supplier.ready()), 'it is tried again');
  t.equal(await peer.entry(order.reference), undefined);
});

t.test('an idle session is kept alive by echoes; without answers it is made anew', async (t) => {
  const { supplier, tally } = await setup(t, peer.port, { echoMs: 50, replyMs: 200, echoMissesMax: 2 });
  const before = (await peer.stats()).requests;
  t.ok(await until(async () => (await peer.stats()).requests >= before + 3));
  t.equal(tally.of('signed-on'), 1);
  await peer.script('ignore', { on: 'network', times: 2 });
  t.ok(await until(() => tally.of('signed-on') === 2));
  t.equal(tally.of('echo-missed'), 2);
  t.ok(await until(() => supplier.ready()));
});

t.test('many orders in flight on one connection, answered out of order, each get their own', async (t) => {
  const { supplier } = await setup(t, peer.port);
  const before = await peer.stats();
  await peer.script('delay', { delayMs: 100, times: 50 });
  const orders = Array.from({ length: 200 }, (_, i) =>
    anOrder({ account: `7772${String(i).padStart(4, '0')}01`, amount: 100 + (i % 50) * 100 }),
  );
  const results = await Promise.all(orders.map((order) => supplier.perform(order, 20_000)));
  for (const [i, result] of results.entries()) {
    t.match(result, { kind: 'approved', balance: { amount: 100 + (i % 50) * 100 } });
  }
  t.equal((await peer.stats()).connections, before.connections);
});

t.test('two orders with one STAN are never in flight together', async (t) => {
  const { supplier } = await setup(t, peer.port);
  await peer.script('delay', { delayMs: 100 });
  const first = anOrder({ reference: 'AAAAAAAA0001' });
  const second = anOrder({ reference: 'BBBBBBBB0001' });
  t.equal(stanOf(first.reference), stanOf(second.reference));
  const answer = supplier.perform(first, BUDGET_MS);
  t.same(await supplier.perform(second, BUDGET_MS), { kind: 'unavailable' });
  t.match(await answer, { kind: 'approved' });
  t.match(await supplier.perform(second, BUDGET_MS), { kind: 'approved' }, 'one after the other they are');
});

t.test('an order that does not fit the format is not sent', async (t) => {
  const { supplier, logged } = await setup(t, peer.port);
  const account = '7'.repeat(40);
  t.same(await supplier.perform(anOrder({ account }), BUDGET_MS), { kind: 'unavailable' });
  t.match(JSON.stringify(logged), /does not fit/);
  t.notMatch(JSON.stringify(logged), account);
});

t.test('no account is in the log', async (t) => {
  const { supplier, logged } = await setup(t, peer.port);
  for (const digits of ['87', '89', '91'])
    await supplier.perform(anOrder({ account: `77700011${digits}` }), 200);
  t.not(logged.length, 0);
  t.notMatch(JSON.stringify(logged), /777000/);
});

t.test('another framing and format: BCD behind a 4-digit length, under our own terminal', async (t) => {
  const bcd = await Peer.start('--kind', 'iso8583', '--format', 'iso87-bcd', '--framing', 'ascii');
  t.teardown(() => bcd.kill());
  const { supplier } = await setup(t, bcd.port, {
    format: 'iso87-bcd',
    link: { port: bcd.port, framing: 'ascii' },
    terminal: 'OURTERM1',
    merchant: 'OURMERCHANT0001',
  });
  t.match(await supplier.perform(anOrder({ account: '7770001201' }), BUDGET_MS), {
    kind: 'approved',
    balance: { amount: 1_000, currency: '840' },
  });
});
