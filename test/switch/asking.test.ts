/** A sale that is short asks the hub within its time: on a real store and vault, with a network that the test plays. */
import t, { type Test } from 'tap';
import { catalogueOf } from '../../src/app/catalogue/content.js';
import { catalogueSchema } from '../../src/app/catalogue/schema.js';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import type { Outcome } from '../../src/domain/outcome.js';
import type { AccountCredit, Batch, Identity, PinSale, ReversalRequest } from '../../src/domain/request.js';
import type { Store } from '../../src/store/store.js';
import type { Supplier } from '../../src/supply/supply.js';
import { ASKING } from '../../src/switch/asking.js';
import { Calendar } from '../../src/switch/calendar.js';
import {
  type LinkPolicy,
  type Network,
  SWITCH_LIMITS,
  SWITCH_TIMES,
  type SwitchContext,
} from '../../src/switch/context.js';
import { Journey } from '../../src/switch/journey.js';
import { Names } from '../../src/switch/names.js';
import { Receipts } from '../../src/switch/receipts.js';
import { booksAreRight } from '../contract/place.js';
import { chunkOf } from '../contract/sample.js';
import { openStock } from '../stock/stock.js';
import { Hub } from '../support/hub.js';

const POLICY: LinkPolicy = {
  key: ['acquirer', 'merchant', 'terminal', 'stan', 'localDate', 'localTime'],
  unknownOriginal: 'accept',
  cardActivation: 'same-terminal',
};
const PIN = { kind: 'pin', provider: 'P', currency: '840', price: 500 };
const CREDIT = { kind: 'credit', provider: 'P', currency: '840', price: 500 };
const DOCUMENT = catalogueSchema.parse({
  providers: [{ code: 'P', name: 'P', ranges: [{ prefix: '888' }] }],
  products: [
    { ...PIN, code: 'TALK', name: 'Talk', route: ['stock'] },
    { ...PIN, code: 'ALSO', name: 'Also', route: ['stock'] },
    { ...PIN, code: 'BOTH', name: 'Both', route: ['stock', 'away'] },
    { ...CREDIT, code: 'PURSE', name: 'Purse', route: ['ledger'] },
    { ...CREDIT, code: 'AWAY', name: 'Away', route: ['away'] },
  ],
  merchants: [
    { id: 'FREE', name: 'FREE' },
    { id: 'PAYS', name: 'PAYS', account: { mode: 'credit', limit: 10_000, currency: '840' } },
  ],
  terminals: [
    { id: 'T1', merchant: 'FREE' },
    { id: 'T2', merchant: 'PAYS' },
  ],
});

const away: Supplier = {
  name: 'away',
  doubt: 'reversal',
  ready: () => true,
  perform: async ({ service }) => ({
    kind: 'approved',
    approvalCode: 'OK1',
    balance: undefined,
    accountExpiry: '',
    pins: service === 'pin-sale' ? [{ code: '777777', serial: 'away-1', expiry: '20991231' }] : [],
  }),
  reverse: async () => ({ kind: 'undone' }),
  inquire: async () => ({ kind: 'unknown' }),
  start: async () => {},
  stop: async () => {},
};

const identity = (stan: number, terminal: string, said: Partial<Identity> = {}): Identity => ({
  acquirer: '000001',
  merchant: terminal === 'T2' ? 'PAYS' : 'FREE',
  terminal,
  messageClass: '2',
  stan: String(stan).padStart(6, '0'),
  rrn: '',
  localDate: '0301',
  localTime: '120000',
  transmittedAt: '',
  content: `sale ${stan}`,
  contentIsSensitive: false,
  ...said,
});

function saleOf(stan: number, product: string, said: Partial<PinSale> = {}): PinSale {
  const goods = { product, provider: '', quantity: 1, region: '', amount: undefined, currency: '' };
  return { kind: 'pin-sale', identity: identity(stan, 'T1'), ...goods, ...said };
}

function reversalOf({ identity: { terminal, stan } }: PinSale): ReversalRequest {
  const original = {
    ...{ acquirer: '000001', messageClass: '2', stan, localDate: '0301', localTime: '120000' },
    ...{ transmittedAt: '', rrn: '', approvalCode: '', account: '' },
  };
  const own = identity(900_000, terminal, { messageClass: '4' });
  return { kind: 'reversal', identity: own, original, amount: undefined };
}

async function world(t: Test, network: Network | undefined, saleMs = SWITCH_TIMES.saleMs) {
  const { store, vault } = await openStock(t);
  const context: SwitchContext = {
    store,
    vault,
    suppliers: new Map([['away', away]]),
    catalogue: catalogueOf(DOCUMENT, 1),
    receipts: await Receipts.open(store),
    network,
    calendar: new Calendar(systemClock, 0),
    clock: systemClock,
    random: systemRandom,
    names: new Names(systemClock, systemRandom),
    isShared: false,
    atSuppliers: new Map(),
    forwardingDue: () => {},
    cutoverAcquirers: undefined,
    log: { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {}, debug: () => {} } as never,
    times: { ...SWITCH_TIMES, saleMs },
    limits: SWITCH_LIMITS,
  };
  const journey = new Journey(context);
  let serials = 0;
  return {
    store,
    context,
    handle: (request: Parameters<Journey['handle']>[1]) => journey.handle(POLICY, request),
    /** What the hub sends: ordinary stock. */
    bring: async (product: string, count: number): Promise<void> => {
      const batch = vault.currentBatch();
      const rows = Array.from({ length: count }, (_, line) => {
        serials += 1;
        const [serial, code] = [`S${serials}`, `10000${serials}`];
        const sealed = vault.sealPin(batch, product, serial, code);
        return { line, product, sealed, mark: vault.markPin('hub', code), serial, expiry: '20991231' };
      });
      await store.takeIn(chunkOf(rows, { supplier: 'hub', intake: `intake-${serials}`, batch }));
    },
  };
}

async function pay(store: Store, amount: number): Promise<void> {
  const line = { currency: '840', floor: null };
  const postings = [
    { ...line, account: 'merchant:PAYS', amount },
    { ...line, account: 'hub:', amount: -amount },
  ];
  await store.post({ postings, by: 'test', why: 'lease', reference: '', at: 1 });
}

const inStock = async (store: Store): Promise<number> =>
  (await store.levels())
    .filter(({ custody }) => custody === 'stock')
    .reduce((sum, one) => sum + one.count, 0);

const serialsOf = (outcome: Outcome | undefined): unknown => outcome?.pins?.map(({ serial }) => serial);

t.test('a PIN that comes in time is sold in the same sale', async (t) => {
  const hub = new Hub();
  const { store, context, handle, bring } = await world(t, hub);
  const begun = systemClock.now();
  const sold = handle(saleOf(1, 'TALK', { quantity: 2 }));
  const asked = await hub.next();
  t.match(asked, { what: 'TALK', count: 2 });
  const until = begun + SWITCH_TIMES.saleMs - ASKING.reserveMs;
  t.ok(asked.until >= until && asked.until < until + 5_000, 'the sale’s time less what its end takes');
  await bring('TALK', 2);
  asked.answer(true);
  t.match(await sold, { reason: 'approved', pins: [{ code: '100001' }, { code: '100002' }] });
  t.equal(context.atSuppliers.size, 0);
  t.equal(hub.asked.length, 1);
  await booksAreRight(t, store);
});

t.test('what is there is sold without asking; without a network nobody is asked', async (t) => {
  const hub = new Hub();
  const member = await world(t, hub);
  await member.bring('TALK', 1);
  t.match(await member.handle(saleOf(1, 'TALK')), { reason: 'approved' });
  t.equal(hub.asked.length, 0);
  const alone = await world(t, undefined);
  t.match(await alone.handle(saleOf(1, 'TALK')), { reason: 'out-of-stock' });
  t.match(await alone.store.find({ stan: '000001', limit: 9 }), [{ state: 'declined' }]);
});

t.test(
  'a PIN that comes too late is ordinary stock: the sale was declined, the next one gets it',
  async (t) => {
    const hub = new Hub();
    const { store, handle, bring } = await world(t, hub);
    const declined = handle(saleOf(1, 'TALK'));
    (await hub.next()).answer(false);
    t.match(await declined, { reason: 'out-of-stock' });
    await bring('TALK', 1);
    t.match(await handle(saleOf(1, 'TALK')), { reason: 'out-of-stock' }, 'a repeat gets the same answer');
    t.match(await handle(saleOf(2, 'TALK')), { reason: 'approved' });
    t.equal(hub.asked.length, 1);
    await booksAreRight(t, store);
  },
);

t.test(
  'a reversal while it waits: declined as reversed, and the PIN that comes is ordinary stock',
  async (t) => {
    const hub = new Hub();
    const { store, handle, bring } = await world(t, hub);
    const sold = handle(saleOf(1, 'TALK'));
    const asked = await hub.next();
    t.match(await handle(reversalOf(saleOf(1, 'TALK'))), { reason: 'approved' });
    await bring('TALK', 1);
    asked.answer(true);
    const outcome = await sold;
    t.match(outcome, { reason: 'reversed' });
    t.strictSame(serialsOf(outcome), [], 'no PIN is told');
    t.equal(await inStock(store), 1);
    t.match(await handle(saleOf(1, 'TALK')), { reason: 'reversed' });
    t.match(await handle(saleOf(2, 'TALK')), { reason: 'approved' });
    await booksAreRight(t, store);
  },
);

t.test('repeats while it waits attach to it: one asking, one PIN; other content is refused', async (t) => {
  const hub = new Hub();
  const { store, handle, bring } = await world(t, hub);
  const first = handle(saleOf(1, 'TALK'));
  const asked = await hub.next();
  const repeats = [handle(saleOf(1, 'TALK')), handle(saleOf(1, 'TALK'))];
  const other = saleOf(1, 'TALK', { identity: identity(1, 'T1', { content: 'another sale' }) });
  t.match(await handle(other), { reason: 'duplicate' });
  await bring('TALK', 3);
  asked.answer(true);
  const serials = (await Promise.all([first, ...repeats])).map(serialsOf);
  t.strictSame(serials, [['S1'], ['S1'], ['S1']]);
  t.equal(hub.asked.length, 1);
  t.equal(await inStock(store), 2);
  await booksAreRight(t, store);
});

t.test('a repeat that finds what came is told as its first is, whichever comes first', async (t) => {
  const hub = new Hub();
  const { store, handle, bring } = await world(t, hub);
  const first = handle(saleOf(1, 'TALK'));
  const asked = await hub.next();
  await bring('TALK', 2);
  const repeat = handle(saleOf(1, 'TALK'));
  t.strictSame(serialsOf(await repeat), ['S1']);
  asked.answer(true);
  t.strictSame(serialsOf(await first), ['S1']);
  await booksAreRight(t, store);
});

t.test('what came may go to another sale first: it asks again, and not without end', async (t) => {
  const hub = new Hub();
  const { store, handle, bring } = await world(t, hub);
  const sold = handle(saleOf(1, 'TALK'));
  const asked = await hub.next();
  await bring('TALK', 1);
  t.match(await handle(saleOf(2, 'TALK')), { reason: 'approved' });
  asked.answer(true);
  for (let round = 2; round <= ASKING.roundsMax; round += 1) (await hub.next()).answer(true);
  t.match(await sold, { reason: 'out-of-stock' });
  t.equal(hub.asked.length, ASKING.roundsMax);
  await booksAreRight(t, store);
});

t.test('after its time it asks no more', async (t) => {
  const hub = new Hub();
  const { handle } = await world(t, hub, 40);
  const sold = handle(saleOf(1, 'TALK'));
  const asked = await hub.next();
  while (systemClock.now() < asked.until) await new Promise((resolve) => setImmediate(resolve));
  asked.answer(true);
  t.match(await sold, { reason: 'out-of-stock' });
  t.equal(hub.asked.length, 1);
});

t.test('a supplier behind the stock is asked only when the hub has nothing', async (t) => {
  const hub = new Hub();
  const { store, handle, bring } = await world(t, hub);
  const fromHub = handle(saleOf(1, 'BOTH'));
  const asked = await hub.next();
  t.ok(asked.until - systemClock.now() <= SWITCH_TIMES.saleMs / 4, 'the supplier keeps its time');
  await bring('BOTH', 1);
  asked.answer(true);
  t.strictSame(serialsOf(await fromHub), ['S1']);
  const supplied = handle(saleOf(2, 'BOTH'));
  (await hub.next()).answer(false);
  t.strictSame(serialsOf(await supplied), ['away-1']);
  await booksAreRight(t, store);
});

t.test('a merchant sells on what was leased, and asks for what is short, whatever its limit', async (t) => {
  const hub = new Hub();
  const { store, handle, bring } = await world(t, hub);
  await bring('TALK', 5);
  await pay(store, 700);
  const own = { identity: identity(1, 'T2') };
  t.match(await handle(saleOf(1, 'TALK', own)), { reason: 'approved' });
  const credit: Omit<AccountCredit, 'identity'> = {
    kind: 'account-credit',
    product: 'PURSE',
    provider: '',
    region: '',
    account: '8880001',
    reference: '',
    amount: 500,
    currency: '840',
  };
  const credited = handle({ ...credit, identity: identity(2, 'T2') });
  const asked = await hub.next();
  t.match(asked, { what: 'PAYS 840', count: 300 });
  await pay(store, 1_000);
  asked.answer(true);
  t.match(await credited, { reason: 'approved', balance: { amount: 500 } });
  t.match(await handle({ ...credit, product: 'AWAY', identity: identity(3, 'T2') }), { reason: 'approved' });
  const short = handle({ ...credit, product: 'AWAY', identity: identity(4, 'T2') });
  (await hub.next()).answer(false);
  t.match(await short, { reason: 'credit-short' });
  t.match(await store.balances('merchant:'), [{ balance: 200 }]);
  await booksAreRight(t, store);
});

t.test('a batch asks for all that it lacks at once, and a repeat of it attaches', async (t) => {
  const hub = new Hub();
  const { store, handle, bring } = await world(t, hub);
  await bring('TALK', 1);
  const item = { provider: '', region: '', account: '', reference: '', card: '', amount: undefined };
  const batch: Batch = {
    kind: 'batch',
    identity: identity(1, 'T1'),
    items: [
      { ...item, number: 1, product: 'TALK', quantity: 2 },
      { ...item, number: 2, product: 'ALSO', quantity: 3 },
    ],
    amount: undefined,
    currency: '840',
  };
  const sold = handle(batch);
  const asked = [await hub.next(), await hub.next()];
  t.match(asked, [
    { what: 'TALK', count: 1 },
    { what: 'ALSO', count: 3 },
  ]);
  const repeat = handle(batch);
  await bring('TALK', 1);
  asked[0]?.answer(true);
  asked[1]?.answer(false);
  const told = { reason: 'partial', items: [{ outcome: { reason: 'approved' } }, {}] };
  t.match(await sold, told);
  t.match(await repeat, told);
  t.equal(hub.asked.length, 2);
  await booksAreRight(t, store);
});

t.test('with no room left to wait, a sale is declined as it is without a network', async (t) => {
  const hub = new Hub();
  const { context, handle } = await world(t, hub);
  const waits = handle(saleOf(1, 'TALK'));
  const asked = await hub.next();
  const full = { ...context, limits: { ...context.limits, atSuppliersMax: 1 } };
  t.match(await new Journey(full).handle(POLICY, saleOf(2, 'TALK')), { reason: 'out-of-stock' });
  asked.answer(false);
  await waits;
  t.equal(hub.asked.length, 1);
});
