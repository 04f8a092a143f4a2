/** A hub whose books are older than its switches': they tell what they have, and that counts. */
import type { PinChange, Restating, Store } from '../../../src/store/store.js';
import { AT, allocation, enrolled, linkOf, type Peer } from '../hubPeer.js';
import { booksAreRight, type Part } from '../place.js';
import { chunkOf, intakeRows } from '../sample.js';

type End = Restating['end'];

const ROWS = intakeRows(0, 30);
const markOf = (n: number): string => ROWS[n]?.mark ?? '';

function held(n: number, custody: PinChange): Restating['pins'][number] {
  const row = intakeRows(n, 1)[0];
  return {
    mark: row?.mark ?? '',
    product: 'TALK10',
    supplier: 'acme',
    serial: row?.serial ?? '',
    expiry: '20271231',
    custody,
  };
}

const endOf = (said: Partial<NonNullable<End>> = {}): End => {
  return { contact: 9, link: linkOf('nine'), transfer: 4, recall: 2, change: 5, through: 7, ...said };
};

/** Two switches with five PINs each, ten at the hub; then one tells more than the hub can know. */
async function foundOld(store: Store): Promise<[Peer, Peer]> {
  const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
  await store.takeIn(chunkOf(ROWS.slice(0, 20)));
  for (const peer of [one, two]) {
    await store.allocate(allocation(peer, 5));
    await peer.take();
  }
  one.contact = 8;
  await one.say();
  return [one, two];
}

const custodies = async (store: Store): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await store.holdings()).map(({ switchId, custody, count }) => [`${switchId} ${custody}`, count]),
  );

export const hubRestating: Part = async (t, place) => {
  t.test('counts what each switch says; what nobody claims of what was out goes to quarantine', async (t) => {
    const here = await place(t);
    const store = await here.open();
    const [one, two] = await foundOld(store);
    t.match(await store.switches(), [{ restated: false }, { restated: false }]);
    // It has 0, sold 1, gave 2 back; and 12 and 13, which the hub thinks are its own. 3 and 4 it does not know.
    const pins = [
      held(0, 'stock'),
      held(1, 'sold'),
      held(2, 'returned'),
      held(12, 'stock'),
      held(13, 'sold'),
    ];
    await store.restate({ switchId: one.id, pins: pins.slice(0, 3), end: undefined, at: AT });
    await store.restate({ switchId: one.id, pins, end: endOf(), at: AT });
    t.match(await one.row(), { restated: true, contact: 9, transfer: 4, applied: 4, recall: 2, change: 5 });
    t.equal(await store.recover('ann', 'restored', AT), undefined, 'one has not told yet');
    t.match(await store.allocate(allocation(two, 1)), { kind: 'refused', why: 'hub-behind' });
    await store.restate({
      switchId: two.id,
      pins: [5, 6, 7, 8, 9].map((n) => held(n, 'stock')),
      end: undefined,
      at: AT,
    });
    await store.shutdown();
    const after = await here.open();
    t.equal(await after.recover('ann', 'restored', AT), undefined);
    await after.restate({ switchId: two.id, pins: [held(2, 'stock')], end: endOf({ contact: 1 }), at: AT });
    t.equal(await after.recover('ann', 'restored', AT), 2);
    t.equal(await after.behind(), '');
    t.strictSame(await custodies(after), {
      '0 quarantined': 2,
      '0 stock': 8,
      [`${one.id} away`]: 2,
      [`${one.id} sold`]: 2,
      [`${two.id} away`]: 6,
    });
    t.match(await after.quarantined(9), [{ serial: ROWS[3]?.serial }, { serial: ROWS[4]?.serial }]);
    await booksAreRight(t, after);
    t.match(await after.allocate(allocation(one, 9)), { kind: 'transferred', number: 5, count: 8 });
    const back = one.copy(after);
    Object.assign(back, { contact: 9, link: linkOf('nine'), change: 5, transfer: 4, recall: 2 });
    t.match(await back.say({ changes: back.changes('sold', markOf(12)) }), { kind: 'accepted', change: 6 });
    t.match(await two.copy(after).say(), { kind: 'accepted' }, 'whose chain was right goes on in it');
    await booksAreRight(t, after);
  });

  t.test(
    'enters PINs that it never saw, without a code: never for sale, and known to an intake',
    async (t) => {
      const store = await (await place(t)).open();
      const [one, two] = await foundOld(store);
      const claim = [held(25, 'stock'), held(26, 'sold'), held(27, 'returned')];
      const own = [0, 1, 2, 3, 4].map((n) => held(n, 'stock'));
      await store.restate({
        switchId: one.id,
        pins: [...own, ...claim],
        end: endOf({ change: 0, through: 0 }),
        at: AT,
      });
      await store.restate({
        switchId: two.id,
        pins: [5, 6, 7, 8, 9].map((n) => held(n, 'stock')),
        end: endOf({ contact: 0 }),
        at: AT,
      });
      t.equal(await store.recover('ann', 'restored', AT), 0);
      await booksAreRight(t, store);
      const taken = await store.takeIn(chunkOf(ROWS.slice(24, 28), { intake: 'b' }));
      t.match(taken, { taken: 1, known: [27, 28, 29] });
      Object.assign(one, { contact: 9, link: linkOf('nine'), change: 0, transfer: 4, recall: 2 });
      t.match(await one.say({ changes: one.changes('returned', markOf(25)) }), { kind: 'accepted' });
      const [first, second] = await store.quarantined(9);
      t.match([first, second], [{ serial: ROWS[25]?.serial }, { serial: ROWS[27]?.serial }]);
      const pinIds = [first?.id ?? 0, second?.id ?? 0];
      t.equal(await store.decide({ pinIds, to: 'stock', by: 'ann', why: 'x', at: AT }), 0);
      t.equal(await store.decide({ pinIds, to: 'void', by: 'ann', why: 'x', at: AT }), 2);
      await booksAreRight(t, store);
    },
  );

  t.test('skips changes that its portions have shown already, and no later ones', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = await foundOld(store);
    // Change 6 gave PIN 0 back while the portions were read.
    const pins = [held(0, 'returned'), ...[1, 2, 3, 4].map((n) => held(n, 'stock'))];
    await store.restate({ switchId: one.id, pins, end: endOf({ change: 5, through: 6 }), at: AT });
    await store.restate({
      switchId: two.id,
      pins: [5, 6, 7, 8, 9].map((n) => held(n, 'stock')),
      end: endOf({ contact: 0 }),
      at: AT,
    });
    await store.recover('ann', 'restored', AT);
    Object.assign(one, { contact: 9, link: linkOf('nine'), change: 5, transfer: 4, recall: 2 });
    const told = one.changes('returned', markOf(0), markOf(1));
    t.match(await one.say({ changes: told }), { kind: 'accepted', change: 7 });
    t.match(await one.say({ changes: one.changes('returned', markOf(0)) }), {
      kind: 'refused',
      why: 'not-holder',
    });
    t.match(await custodies(store), { '0 stock': 12, [`${one.id} away`]: 3 });
    await booksAreRight(t, store);
  });

  t.test('takes no money back that it does not know to be out, and goes on', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = await foundOld(store);
    const said = { pins: [], at: AT };
    await store.restate({ ...said, switchId: one.id, end: endOf({ change: 5, through: 6 }) });
    await store.restate({ ...said, switchId: two.id, end: endOf({ contact: 0 }) });
    await store.recover('ann', 'restored', AT);
    Object.assign(one, { contact: 9, link: linkOf('nine'), change: 5, transfer: 4, recall: 2 });
    const back = (id: number) => ({ kind: 'lease', id, merchant: 'M1', currency: '840', amount: 5 }) as const;
    t.match(await one.say({ changes: [back(6)] }), { kind: 'accepted', change: 6 });
    t.strictSame(await store.balances(''), []);
    t.match(await one.say({ changes: [back(7)] }), { kind: 'refused', why: 'not-holder' });
    await booksAreRight(t, store);
  });

  t.test(
    'sets right what is leased: no limit is passed for money that was given or came back since',
    async (t) => {
      const store = await (await place(t)).open();
      const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
      const money = (merchant: string, amount: number) => ({ merchant, currency: '840', amount });
      for (const merchant of ['M1', 'M2']) {
        const line = (account: string, amount: number) => ({ account, currency: '840', amount, floor: null });
        const postings = [line(`merchant:${merchant}`, 100), line('bank', -100)];
        await store.post({ postings, by: 'ann', why: 'paid in', reference: '', at: AT });
      }
      const out = { switchId: one.id, floor: 0, ask: '', at: AT };
      await store.leaseOut({ ...out, ...money('M1', 10) });
      await store.leaseOut({ ...out, ...money('M2', 60) });
      await one.say({ transfer: 2 });
      await store.leaseOut({ ...out, ...money('M1', 7) });
      // The backup. Since then it was given 80 more of M1's, and has given back 50 of M2's, told by change 6.
      Object.assign(one, { contact: 8 });
      await one.say();
      const told = {
        switchId: one.id,
        pins: [],
        money: { transfer: 2, through: 6, leases: [money('M1', 90), money('M2', 10)] },
        at: AT,
      };
      await store.restate({ ...told, end: undefined });
      const end = endOf({ transfer: 2, recall: 0, change: 5, through: 6 });
      await store.restate({ ...told, end });
      const late = { ...told.money, through: 4, leases: [money('M2', 60)] };
      const lateEnd = endOf({ transfer: 2, recall: 0, change: 4, through: 4 });
      await store.restate({ ...told, money: late, end: lateEnd });
      await store.restate({
        switchId: two.id,
        pins: [],
        end: endOf({ contact: 0, transfer: 0, recall: 0 }),
        at: AT,
      });
      await store.recover('ann', 'restored', AT);
      Object.assign(one, { contact: 9, link: linkOf('nine'), change: 5, transfer: 2 });
      const changes = [{ kind: 'lease', id: 6, ...money('M2', 50) } as const];
      t.match(await one.say({ changes, leases: [money('M1', 30), money('M2', 500)] }), {
        kind: 'accepted',
        change: 6,
      });
      // 7 are under way.
      t.match(await store.leases(), [
        { merchant: 'M1', leased: 97, left: 30 },
        { merchant: 'M2', leased: 10, left: 10 },
      ]);
      t.match(await store.leaseOut({ ...out, switchId: two.id, ...money('M1', 50) }), { count: 3 });
      t.match(await store.leaseOut({ ...out, switchId: two.id, ...money('M2', 500) }), { count: 90 });
      await booksAreRight(t, store);
    },
  );

  t.test('keeps what is under way and was not applied, and sends it when the books are right', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    await store.takeIn(chunkOf(ROWS.slice(0, 10)));
    await store.allocate(allocation(one, 4));
    await store.allocate(allocation(two, 2));
    await two.say({ transfer: 9 });
    t.not(await store.behind(), '');
    t.strictSame(await store.transfersAfter(one.id, 0, 9), [], 'it may be out there already');
    await store.restate({ switchId: two.id, pins: [held(0, 'sold')], end: endOf({ transfer: 9 }), at: AT });
    await store.restate({ switchId: one.id, pins: [], end: endOf({ transfer: 0, contact: 0 }), at: AT });
    t.equal(await store.recover('ann', 'restored', AT), 2, 'what the other has not taken, and must have');
    const [transfer] = await store.transfersAfter(one.id, 0, 9);
    t.strictSame(transfer?.pins.map(({ mark }) => mark).sort(), [1, 2, 3].map(markOf).sort());
    await booksAreRight(t, store);
  });

  t.test('a sale stands against any other claim', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = await foundOld(store);
    await store.restate({
      switchId: one.id,
      pins: [held(0, 'stock'), held(5, 'sold')],
      end: endOf(),
      at: AT,
    });
    await store.restate({
      switchId: two.id,
      pins: [held(0, 'sold'), held(5, 'stock')],
      end: endOf(),
      at: AT,
    });
    t.match(await custodies(store), { [`${one.id} sold`]: 1, [`${two.id} sold`]: 1 });
    await store.recover('ann', 'restored', AT);
    await booksAreRight(t, store);
  });

  t.test('what another switch has is not returned by one that had it before', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = await foundOld(store);
    await store.restate({ switchId: two.id, pins: [held(0, 'stock')], end: endOf(), at: AT });
    await store.restate({ switchId: one.id, pins: [held(0, 'returned')], end: endOf(), at: AT });
    t.equal(await store.recover('ann', 'restored', AT), 9);
    t.match(await custodies(store), { '0 stock': 10, '0 quarantined': 9, [`${two.id} away`]: 1 });
    await booksAreRight(t, store);
  });

  t.test('is nothing where the books are right, nor by a switch that is not believed', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    await store.takeIn(chunkOf(ROWS.slice(0, 2)));
    t.equal(await store.recover('ann', 'x', AT), 0);
    await store.restate({ switchId: one.id, pins: [held(0, 'sold')], end: endOf(), at: AT });
    t.match(await one.row(), { contact: 0 });
    await store.retire({ name: 'two', by: 'ann', why: 'lost', at: AT });
    await one.say({ transfer: 3 });
    await store.restate({ switchId: two.id, pins: [held(0, 'sold')], end: endOf(), at: AT });
    t.strictSame(await custodies(store), { '0 stock': 2 });
    await store.restate({ switchId: one.id, pins: [], end: endOf(), at: AT });
    t.equal(await store.recover('ann', 'x', AT), 0, 'who is retired need not tell');
  });
};
