/** A hub's transfers: PINs leave its stock by number, and go where the switches' changes say. */
import { allocation, enrolled, TODAY } from '../hubPeer.js';
import { booksAreRight, type Part } from '../place.js';
import { chunkOf, intakeRows } from '../sample.js';

export const hubTransfers: Part = async (t, place) => {
  t.test('give soonest expiry first, none that expires too soon, and less where there is less', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 3, 'TALK10', '20270101')));
    await store.takeIn(chunkOf(intakeRows(10, 2, 'TALK10', '20260401'), { intake: 'b' }));
    await store.takeIn(chunkOf(intakeRows(20, 2, 'TALK10', '20260228'), { intake: 'c' }));
    t.strictSame(await store.allocate(allocation(peer, 3)), { kind: 'transferred', number: 1, count: 3 });
    t.strictSame(await store.allocate(allocation(peer, 9)), { kind: 'transferred', number: 2, count: 2 });
    t.strictSame(await store.allocate(allocation(peer, 9)), { kind: 'nothing' });
    const [first, second] = await store.transfersAfter(peer.id, 0, 100);
    t.match(first, { number: 1, epoch: 1, product: 'TALK10', leases: [] });
    t.strictSame(first?.pins.map(({ expiry }) => expiry).sort(), ['20260401', '20260401', '20270101']);
    t.equal(second?.pins.length, 2);
    const sample = intakeRows(10, 1, 'TALK10', '20260401')[0];
    const pin = first?.pins.find(({ mark }) => mark === sample?.mark);
    t.match(pin, { supplier: 'acme', batch: 1, serial: sample?.serial, expiry: '20260401' });
    t.same(Buffer.from(pin?.sealed ?? []), Buffer.from(sample?.sealed ?? []), 'sealed as it lay at the hub');
    await booksAreRight(t, store);
  });

  t.test('are sent until they are applied, in portions, the first of them whole', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 40)));
    for (const count of [10, 5, 20]) await store.allocate(allocation(peer, count));
    const numbers = async (after: number, max: number): Promise<number[]> =>
      (await store.transfersAfter(peer.id, after, max)).map(({ number }) => number);
    t.strictSame(await numbers(0, 1), [1]);
    t.strictSame(await numbers(0, 15), [1, 2]);
    t.strictSame(await numbers(0, 34), [1, 2]);
    t.strictSame(await numbers(0, 35), [1, 2, 3]);
    t.strictSame(await numbers(2, 35), [3]);
    t.match(await store.holdings(), [
      { switchId: 0, custody: 'stock', count: 5 },
      { switchId: peer.id, custody: 'transit', count: 35 },
    ]);
    await peer.say({ transfer: 2 });
    t.strictSame(await numbers(0, 35), [3], 'what was applied is not sent again');
    t.match(await peer.row(), { transfer: 3, applied: 2 });
    t.match(await store.holdings(), [
      { switchId: 0, custody: 'stock', count: 5 },
      { switchId: peer.id, custody: 'away', count: 15 },
      { switchId: peer.id, custody: 'transit', count: 20 },
    ]);
    await booksAreRight(t, store);
  });

  t.test('are given once under one asking, also after a restart', async (t) => {
    const here = await place(t);
    const store = await here.open();
    const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    await store.takeIn(chunkOf(intakeRows(0, 10)));
    t.match(await store.allocate(allocation(one, 2, { ask: 'a' })), { kind: 'transferred', number: 1 });
    t.match(await store.allocate(allocation(two, 3, { ask: 'a' })), { kind: 'transferred', number: 1 });
    await store.shutdown();
    const after = await here.open();
    t.strictSame(await after.allocate(allocation(one, 7, { ask: 'a' })), {
      kind: 'known',
      number: 1,
      count: 2,
    });
    t.match(await after.allocate(allocation(one, 1, { ask: 'b' })), { kind: 'transferred', number: 2 });
    t.match(await after.allocate(allocation(one, 1)), { kind: 'transferred', number: 3 });
    t.match(await after.allocate(allocation(one, 1)), { kind: 'transferred', number: 4 });
    await booksAreRight(t, after);
  });

  t.test('are refused to switches that are not active', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 10)));
    const refused = { kind: 'refused', why: 'not-active' };
    t.strictSame(await store.allocate(allocation(peer, 1, { switchId: 99 })), refused);
    await store.retire({ name: 'one', by: 'ann', why: 'closed', at: 1 });
    t.strictSame(await store.allocate(allocation(peer, 1)), refused);
    t.match(await store.holdings(), [{ switchId: 0, custody: 'stock', count: 10 }]);
  });

  t.test('move with the switch’s changes; the hub expires only what is its own', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 8, 'TALK10', '20260401')));
    await store.allocate(allocation(peer, 4));
    const [a = '', b = '', c = '', d = ''] = (await peer.take()).map(({ mark }) => mark);
    await store.allocate(allocation(peer, 2));
    t.equal(await store.expire('20260501'), 2, 'neither what is away nor what is in transit');
    t.strictSame(await store.expiring('20260501'), [{ switchId: peer.id, product: 'TALK10', count: 4 }]);
    t.strictSame(await store.expiring('20260401'), []);
    const told = [
      ...peer.changes('sold', a),
      ...[{ kind: 'pin', id: 2, mark: b, custody: 'quarantined' } as const],
      ...[{ kind: 'pin', id: 3, mark: c, custody: 'expired' } as const],
    ];
    t.match(await peer.say({ changes: told }), { kind: 'accepted', change: 3 });
    t.match(await store.audit(), {
      byCustody: { sold: 1, quarantined: 1, expired: 3, away: 1, transit: 2, stock: 0 },
    });
    await peer.say({ changes: peer.changes('stock', b) });
    await peer.say({ changes: peer.changes('void', a) });
    await peer.say({ changes: peer.changes('sold', d) });
    t.match(await store.audit(), { byCustody: { void: 1, away: 1, expired: 3, sold: 1, transit: 2 } });
    await booksAreRight(t, store);
  });

  t.test('what is returned is the hub’s again, and may go to another switch', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    await store.takeIn(chunkOf(intakeRows(0, 2)));
    await store.takeIn(chunkOf(intakeRows(5, 1, 'TALK20', '20260227'), { intake: 'b' }));
    await store.allocate(allocation(one, 2));
    await store.allocate(allocation(one, 2, { product: 'TALK20', notBefore: '20260101' }));
    const [a = '', b = '', old = ''] = (await one.take()).map(({ mark }) => mark);
    t.match(await one.say({ changes: one.changes('returned', a, b, old) }), { kind: 'accepted' });
    t.strictSame(await store.holdings(), [
      { switchId: 0, product: 'TALK10', custody: 'stock', count: 2 },
      { switchId: 0, product: 'TALK20', custody: 'expired', count: 1 },
    ]);
    await store.allocate(allocation(two, 2));
    t.equal((await two.take()).length, 2);
    t.match(await one.say({ changes: one.changes('sold', a) }), { kind: 'refused', why: 'not-holder' });
    t.match(await two.say({ changes: two.changes('sold', a, b) }), { kind: 'accepted' });
    t.equal(await store.expire(TODAY), 0);
    await booksAreRight(t, store);
  });
};
