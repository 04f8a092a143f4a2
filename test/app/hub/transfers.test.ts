/** What leaves a hub: polls that end when there is something, parcels, PINs and money inside a sale. */
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { systemRandom } from '../../../src/base/random.js';
import { createKeyFile, loadKeyring } from '../../../src/stock/keyring.js';
import { openVault } from '../../../src/stock/vault.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { scratch } from '../../support/process.js';
import { held, hex, Peer, runHub, stock, until } from './peer.js';

/** How long a poll is held where nothing ends it. */
const HELD_MS = 20_000;
const NEVER = { notBefore: '20260101', ask: '' } as const;

t.test(
  'a poll ends by an allocation, and by one that another process made, long before its time',
  async (t) => {
    const hub = await runHub(t);
    await stock(hub, 10);
    const north = await Peer.joined(hub, 'north');
    const allocation = { switchId: north.id, product: 'TALK10', count: 2, ...NEVER };
    const began = Date.now();
    for (let number = 1; number <= 3; number += 1) {
      const polled = north.poll({ transfer: number - 1 });
      await held(hub);
      await hub.store.allocate({ ...allocation, at: began });
      hub.service.watch.wake();
      t.match(await polled, { status: 200, body: { transfer: number, recalls: [], restate: false } });
    }
    const beside = await hub.beside();
    const polled = north.poll({ transfer: 3 });
    await held(hub);
    await beside.allocate({ ...allocation, at: began });
    t.match(await polled, { status: 200, body: { transfer: 4 } });
    t.ok(Date.now() - began < HELD_MS, `${Date.now() - began} ms`);
  },
);

t.test(
  'a poll ends by its time, by a newer one, by a recall, a revision, a statement wanted, and by the stop',
  async (t) => {
    const hub = await runHub(t);
    await stock(hub, 5);
    const north = await Peer.joined(hub, 'north');
    const began = Date.now();
    t.match(await north.poll({ waitMs: 60 }), {
      status: 200,
      body: { transfer: 0, revision: 1, statementWanted: 0 },
    });
    t.ok(Date.now() - began >= 55);
    const older = north.poll();
    await held(hub);
    const newer = north.poll();
    t.equal((await older).status, 200, 'one poll a switch');
    const order = { kind: 'pins', of: 'TALK10', currency: '', count: 3, first: 'latest' } as const;
    await hub.store.recallFrom({ switchId: north.id, ...order, at: 1 });
    hub.service.watch.wake();
    const recalls = [{ kind: 'pins', number: 1, product: 'TALK10', count: 3, first: 'latest' }];
    t.match(await newer, { status: 200, body: { recalls } });
    t.match(await north.poll(), { body: { recalls } }, 'until it says that it was carried out');
    north.recall = 1;
    await north.tell();
    t.match(await north.poll({ revision: 0 }), { body: { revision: 1, recalls: [] } });
    await hub.store.setSetting('hub.statement-wanted', '1000');
    t.match(await north.poll(), { body: { statementWanted: 1_000 } });
    const last = north.poll({ statedAt: 1_000 });
    await held(hub);
    t.ok(hub.service.polls.connected().has(north.id));
    const stopping = hub.stop();
    t.equal((await last).status, 200);
    await stopping;
  },
);

t.test(
  'what a parcel brings is read with the data keys in it, by a vault that has other master keys',
  async (t) => {
    const hub = await runHub(t);
    await stock(hub, 3);
    await stock(hub, 3, 'TALK20');
    const north = await Peer.joined(hub, 'north');
    for (const product of ['TALK10', 'TALK20']) {
      await hub.store.allocate({ switchId: north.id, product, count: 2, ...NEVER, at: 1 });
    }
    const [ten, twenty] = await north.fetch();
    t.match(ten, { epoch: 1, number: 1, product: 'TALK10', leases: [] });
    t.match(twenty, { number: 2, product: 'TALK20' });
    const folder = scratch(t);
    createKeyFile(join(folder, 'keys.json'), systemRandom);
    const store = await openSqliteStore({ file: join(folder, 'switch.db'), clock: systemClock });
    t.teardown(() => store.shutdown());
    const keyring = loadKeyring(join(folder, 'keys.json'), {});
    const vault = await openVault(store, keyring, systemRandom);
    for (const parcel of [ten, twenty]) {
      for (const pin of parcel?.pins ?? []) {
        const key = parcel?.dataKeys.get(pin.batch) ?? new Uint8Array();
        const batch = await vault.adoptBatch(key);
        t.equal(await vault.adoptBatch(key), batch, 'one key has one batch');
        const clear = vault.openPin({ ...pin, id: 1, batch }, parcel?.product ?? '');
        t.equal(`S${clear}`, pin.serial);
      }
    }
    const again = await openVault(store, keyring, systemRandom);
    const [pin] = twenty?.pins ?? [];
    const key = twenty?.dataKeys.get(pin?.batch ?? 0) ?? new Uint8Array();
    const batch = await again.adoptBatch(key);
    t.equal((await store.keyBatches()).length, 3, 'two of the hub, one of its own');
    t.ok(batch > vault.currentBatch(), 'the newest is one of the hub');
    t.equal(
      again.currentBatch(),
      vault.currentBatch(),
      "accounts are sealed under a key of this switch's own",
    );
  },
);

t.test('an ask is given from stock, some more than asked for, and once however often it comes', async (t) => {
  const hub = await runHub(t, { settings: { limits: { askLot: 4 } } });
  await stock(hub, 10);
  const north = await Peer.joined(hub, 'north');
  const ask = hex(16);
  const first = await north.ask({ ask, transfer: 0 });
  t.equal(first.status, 200);
  t.strictSame(
    first.parcels.map(({ number, pins }) => [number, pins.length]),
    [[1, 4]],
  );
  const again = await north.ask({ ask, transfer: 0 });
  t.strictSame(
    again.parcels.map(({ number, pins }) => [number, pins.length]),
    [[1, 4]],
  );
  const both = await Promise.all([1, 2].map(() => north.ask({ ask: 'a'.repeat(32), count: 5 })));
  t.strictSame(
    both.map(({ parcels }) => parcels.map(({ number, pins }) => [number, pins.length])),
    [[[2, 5]], [[2, 5]]],
  );
  t.strictSame(
    (await north.ask({ product: 'TALK99' })).body,
    { parcels: [] },
    'nobody has any: told at once',
  );
  t.strictSame((await hub.store.audit()).faults, []);
});

t.test('nothing is given to a switch that this process of the hub has not heard', async (t) => {
  const hub = await runHub(t);
  await stock(hub, 10);
  const north = await Peer.enrolled(hub, 'north');
  t.strictSame((await north.ask()).parcels, []);
  await north.tell([], { now: 0 });
  t.strictSame((await north.ask()).parcels, [], 'nor where its clock was refused');
  await north.tell();
  t.equal((await north.ask()).parcels.length, 1);
});

t.test('what the hub has not is recalled from the switch where it lasts longest, and given on', async (t) => {
  const hub = await runHub(t, { settings: { limits: { askLot: 1 } } });
  await stock(hub, 12);
  const poor = await Peer.joined(hub, 'poor');
  const some = await Peer.joined(hub, 'some');
  const rich = await Peer.joined(hub, 'rich');
  for (const [peer, count] of [
    [some, 4],
    [rich, 8],
  ] as const) {
    await hub.store.allocate({ switchId: peer.id, product: 'TALK10', count, ...NEVER, at: 1 });
    await peer.fetch();
    await peer.tell();
    peer.serve(t);
  }
  await held(hub, 2);
  const began = Date.now();
  const got = await poor.ask({ withinMs: 3_000 });
  const took = Date.now() - began;
  t.strictSame(
    got.parcels.map(({ pins }) => pins.length),
    [1],
  );
  t.ok(took < 3_000, `${took} ms: before its time is over`);
  t.strictSame([some.marks.length, rich.marks.length], [4, 7]);
  const many = await poor.ask({ count: 11, withinMs: 3_000 });
  t.equal(
    many.parcels.reduce((sum, { pins }) => sum + pins.length, 0),
    11,
    'one switch after the other',
  );
  t.strictSame([some.marks.length, rich.marks.length, poor.marks.length], [0, 0, 12]);
  await poor.tell();
  t.strictSame((await hub.store.audit()).faults, []);
});

t.test(
  'one that does not give back in time is passed over; what it gives later is the hub stock',
  async (t) => {
    const hub = await runHub(t, { settings: { limits: { askLot: 1, recallMs: 100 } } });
    await stock(hub, 10);
    const poor = await Peer.joined(hub, 'poor');
    const slow = await Peer.joined(hub, 'slow');
    const some = await Peer.joined(hub, 'some');
    for (const [peer, count] of [
      [slow, 7],
      [some, 3],
    ] as const) {
      await hub.store.allocate({ switchId: peer.id, product: 'TALK10', count, ...NEVER, at: 1 });
      await peer.fetch();
      await peer.tell();
    }
    some.serve(t);
    const asked = slow.poll();
    await held(hub, 2);
    const got = await poor.ask({ withinMs: 3_000 });
    t.strictSame(
      got.parcels.map(({ pins }) => pins.length),
      [1],
    );
    t.equal(some.marks.length, 2);
    const { body } = await asked;
    await slow.giveBack((body as { recalls: never[] }).recalls);
    const levels = await hub.store.levels();
    t.equal(levels.find(({ custody }) => custody === 'stock')?.count, 1);
    const none = await poor.ask({ product: 'TALK10', count: 9, withinMs: 300 });
    t.equal(
      none.parcels.reduce((sum, { pins }) => sum + pins.length, 0),
      3,
      'as many as were to be had',
    );
  },
);

t.test('nobody is waited for when whoever asked is gone, and too many asks are refused', async (t) => {
  const hub = await runHub(t, { settings: { limits: { asksPerSwitchMax: 2, recallMs: 5_000 } } });
  await stock(hub, 2);
  const poor = await Peer.joined(hub, 'poor');
  const rich = await Peer.joined(hub, 'rich');
  await hub.store.allocate({ switchId: rich.id, product: 'TALK10', count: 2, ...NEVER, at: 1 });
  await rich.fetch();
  await rich.tell();
  const over = new AbortController();
  t.teardown(() => over.abort());
  rich.poll({ recall: 1_000 }, over.signal).catch(() => undefined);
  await held(hub);
  const gone = new AbortController();
  const asks = [1, 2].map(() => poor.ask({}, gone.signal).catch(() => 'gone'));
  await until(() => hub.service.asks.underWay === 2);
  t.match(await poor.ask(), { status: 429, body: { error: 'too-many-asks', fatal: false } });
  gone.abort();
  t.strictSame(await Promise.all(asks), ['gone', 'gone']);
  await until(() => hub.service.asks.underWay === 0);
});

t.test("a merchant's money is leased down to its limit, recalled where it lies idle", async (t) => {
  const catalogue = {
    merchants: [{ id: 'SHOP', name: 'Shop', account: { mode: 'credit', limit: 500, currency: '840' } }],
  };
  const hub = await runHub(t, { settings: { catalogue, limits: { askLease: 3 } } });
  const north = await Peer.joined(hub, 'north');
  const south = await Peer.joined(hub, 'south');
  const lease = (amount: number, said: object = {}) => ({
    ...{ kind: 'lease', merchant: 'SHOP', currency: '840', amount, product: undefined, count: undefined },
    ...said,
  });
  const first = await north.ask(lease(100));
  t.strictSame(
    first.parcels.map(({ leases }) => leases),
    [[{ merchant: 'SHOP', currency: '840', amount: 300 }]],
  );
  await north.tell([], { leases: [{ merchant: 'SHOP', currency: '840', amount: 300 }] });
  const second = await south.ask(lease(100));
  t.strictSame(
    second.parcels.map(({ leases }) => leases[0]?.amount),
    [200],
    'no more than there is',
  );
  north.serve(t);
  await held(hub);
  const third = await south.ask(lease(150));
  t.strictSame(
    third.parcels.map(({ leases }) => leases[0]?.amount),
    [150],
  );
  t.strictSame((await south.ask(lease(10, { merchant: 'NONE' }))).parcels, []);
  t.strictSame((await hub.store.audit()).faults, []);
});

t.test('the catalogue is told by revision and portion', async (t) => {
  const products = [
    {
      code: 'TALK10',
      name: 'Talk 10',
      provider: 'ACME',
      kind: 'pin',
      price: 1000,
      currency: '840',
      route: ['stock'],
      receipt: 'plain',
    },
  ];
  const catalogue = { providers: [{ code: 'ACME', name: 'Acme' }], receipts: { plain: ['{pin}'] }, products };
  const hub = await runHub(t, { settings: { catalogue } });
  const north = await Peer.joined(hub, 'north');
  const { status, body } = await north.call('/v1/catalogue/1');
  t.equal(status, 200);
  t.match(body, { revision: 1, digest: /^[0-9a-f]{64}$/ });
  const portions: object[] = [];
  for (const digest of body.portions as string[])
    portions.push((await north.call(`/v1/portions/${digest}`)).body);
  t.match(Object.assign({}, ...portions), { providers: [{ code: 'ACME' }], products: [{ code: 'TALK10' }] });
  t.match(await north.call('/v1/catalogue/2'), { status: 404, body: { error: 'not-found' } });
  t.match(await north.call(`/v1/portions/${'0'.repeat(64)}`), { status: 404 });
});

t.test('where the books are old nothing leaves until all have told what they hold', async (t) => {
  const hub = await runHub(t);
  await stock(hub, 4);
  const north = await Peer.joined(hub, 'north');
  const refused = await north.tell([], { contact: 9, link: hex(16) });
  t.match(refused, { status: 409, body: { error: 'hub-behind', fatal: false } });
  t.strictSame((await north.ask()).body, { parcels: [] });
  t.match(await north.poll(), { status: 200, body: { restate: true } });
  t.equal(await hub.store.recover('ann', 'backup', 1), undefined, 'north has not told yet');
  const link = hex(16);
  const end = { contact: 8, link, transfer: 2, recall: 0, change: 0, through: 0 };
  const pin = {
    mark: 'M1',
    product: 'TALK10',
    supplier: 'acme',
    serial: 'S1',
    expiry: '20991231',
    custody: 'stock',
  };
  const told = await north.call('/v1/restate', { epoch: 1, pins: [pin], end });
  t.equal(told.status, 204);
  t.match(await north.poll({ waitMs: 0 }), { status: 200, body: { restate: false } });
  t.equal(await hub.store.recover('ann', 'backup', 1), 0);
  Object.assign(north, { contact: 8, link, transfer: 2 });
  t.equal((await north.tell()).status, 200);
  t.equal((await north.ask()).parcels.length, 1);
  t.strictSame((await hub.store.audit()).faults, []);
});

t.test('neither log nor metrics hold a code, a token, a key or a PIN', async (t) => {
  const hub = await runHub(t);
  await stock(hub, 5);
  const north = await Peer.joined(hub, 'north');
  await north.ask();
  await new Peer(hub, 'north').enrol(hex(8));
  await north.tell([], { now: 0 });
  const metrics = await (await fetch(`http://127.0.0.1:${hub.ports.get('admin')}/metrics`)).text();
  t.match(metrics, /prepaid_hub_stock\{product="TALK10",place="transit"\} 5/);
  t.match(metrics, /prepaid_hub_calls_total\{call="enrol",result="unknown-code"\} 1/);
  t.match(metrics, /prepaid_hub_calls_total\{call="contact",result="clock"\} 1/);
  t.match(metrics, /prepaid_hub_parcels_total\{call="ask"\} 1/);
  const said = `${metrics}${hub.lines.join('\n')}`;
  for (const secret of [north.token, north.keys.privateKey, north.keys.publicKey, '10000000']) {
    t.notOk(said.includes(secret));
  }
});
