/** What moves between hub and member: PINs that come again, what is given back, leased money, joining anew. */
import type { Lease, Recall } from '../../../src/store/memberVerbs.js';
import type { Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import { citationOf, reversalEntry, reversing } from '../sample.js';
import { coming, comingPins, joined, joining, LINK, levelsOf, sale, told } from './member.js';

type Asked<Kind extends Recall['kind']> = Partial<Extract<Recall, { kind: Kind }>>;

export function pinsBack(number: number, said: Asked<'pins'> = {}): Recall {
  return { kind: 'pins', number, product: 'TALK10', count: 1, first: 'soonest', ...said };
}

function moneyBack(number: number, amount: number): Recall {
  return { kind: 'lease', number, merchant: 'M1', currency: '840', amount };
}

const lease = (amount: number, merchant = 'M1'): Lease => ({ merchant, currency: '840', amount });

async function balances(store: Store): Promise<Record<string, number>> {
  return Object.fromEntries((await store.balances('')).map(({ account, balance }) => [account, balance]));
}

/** Two PINs of each of these months, of one transfer. */
const BY_EXPIRY = [
  ...comingPins(0, 2, { expiry: '20270131' }),
  ...comingPins(2, 2, { expiry: '20260331' }),
  ...comingPins(4, 2, { expiry: '20261231' }),
];

export const memberMoves: Part = async (t, place) => {
  t.test('gives back what expires soonest, or latest, once by the number', async (t) => {
    const store = await joined(await (await place(t)).open());
    await store.transferIn(coming(1, { pins: BY_EXPIRY }));
    await store.sell(sale(1));
    t.equal(await store.giveBack(pinsBack(1, { count: 2 }), 1), true);
    t.equal(await store.giveBack(pinsBack(1, { count: 2 }), 1), false);
    t.equal(await store.giveBack(pinsBack(5, { first: 'latest' }), 1), true);
    t.equal(await store.giveBack(pinsBack(4), 1), false);
    t.equal((await store.membership())?.recall, 5);
    t.strictSame(told(await store.changes(0, 9)), [
      '1 2 sold',
      '2 3 returned',
      '3 4 returned',
      '4 1 returned',
    ]);
    t.strictSame(await levelsOf(store), { 'TALK10 stock': 2, 'TALK10 sold': 1, 'TALK10 returned': 3 });
    await booksAreRight(t, store);
  });

  t.test('gives back less than is asked where there is less, and does not sell that', async (t) => {
    const store = await joined(await (await place(t)).open(), 3);
    await store.sell(sale(1));
    t.equal(await store.giveBack(pinsBack(1, { count: 100 }), 1), true);
    t.equal(await store.giveBack(pinsBack(2, { product: 'OTHER', count: 100 }), 1), true);
    t.match(await store.sell(sale(2)), { kind: 'out-of-stock' });
    t.strictSame(told(await store.changes(0, 9)), ['1 0 sold', '2 1 returned', '3 2 returned']);
    await booksAreRight(t, store);
  });

  t.test('what was given back comes again and is sold again, with the bytes that came last', async (t) => {
    const store = await joined(await (await place(t)).open(), 2);
    await store.giveBack(pinsBack(1, { count: 2 }), 1);
    const [first, second] = comingPins(0, 2);
    if (!first || !second) throw new Error('no PINs');
    const sealed = new Uint8Array([9, 8, 255]);
    const pins = [{ ...second, sealed, batch: 4 }, ...comingPins(2, 60)];
    t.strictSame(await store.transferIn(coming(2, { pins })), { kind: 'taken', known: 0 });
    t.strictSame(await levelsOf(store), { 'TALK10 stock': 61, 'TALK10 returned': 1 });
    const sold = await store.sell(sale(1));
    t.match(sold, { kind: 'sold', pins: [{ batch: 4, serial: second.serial }] });
    if (sold.kind === 'sold') t.strictSame([...(sold.pins[0]?.sealed ?? [])], [...sealed]);
    t.strictSame(told(await store.changes(2, 9)), ['3 1 sold']);
    await booksAreRight(t, store);
  });

  t.test('a PIN that is here already is not taken, and the hub is told where it is', async (t) => {
    const store = await joined(await (await place(t)).open(), 2);
    await store.sell(sale(1));
    const pins = comingPins(0, 62);
    t.strictSame(await store.transferIn(coming(2, { pins })), { kind: 'taken', known: 2 });
    t.strictSame(await levelsOf(store), { 'TALK10 stock': 61, 'TALK10 sold': 1 });
    t.strictSame(told(await store.changes(0, 9)), ['1 0 sold', '2 0 sold', '3 1 stock']);
    await store.reverse(reversing(reversalEntry(9), citationOf(sale(1).entry)));
    t.strictSame(told(await store.changes(3, 9)), ['4 0 quarantined']);
    await booksAreRight(t, store);
  });

  t.test('leased money is the merchant’s to spend; at most what is left of it is given back', async (t) => {
    const store = await joined(await (await place(t)).open());
    await store.transferIn(coming(1, { leases: [lease(500), lease(300, 'M2')] }));
    await store.transferIn(coming(2, { leases: [lease(100)] }));
    await store.transferIn(coming(2, { leases: [lease(100)] }));
    t.strictSame(await balances(store), { 'merchant:M1': 600, 'merchant:M2': 300, 'hub:': -900 });
    t.equal(await store.giveBack(moneyBack(1, 200), 1), true);
    t.equal(await store.giveBack(moneyBack(1, 200), 1), false);
    t.equal(await store.giveBack(moneyBack(2, 1_000), 1), true);
    t.equal(await store.giveBack(moneyBack(3, 1), 1), true);
    t.strictSame(await balances(store), { 'merchant:M1': 0, 'merchant:M2': 300, 'hub:': -300 });
    t.strictSame(told(await store.changes(0, 9)), ['1 M1 840 200', '2 M1 840 400']);
    await booksAreRight(t, store);
  });

  t.test('gives back no money that a merchant owes', async (t) => {
    const store = await joined(await (await place(t)).open());
    const postings = [
      { account: 'merchant:M1', currency: '840', amount: -50, floor: null },
      { account: 'cash:M1', currency: '840', amount: 50, floor: null },
    ];
    await store.post({ postings, reference: '', by: 'eve', why: 'late', at: 1 });
    await store.giveBack(moneyBack(1, 10), 1);
    t.strictSame(await balances(store), { 'merchant:M1': -50, 'cash:M1': 50 });
    t.strictSame(await store.changes(0, 9), []);
    await booksAreRight(t, store);
  });

  t.test('gives back no more than was leased: what a merchant has beside it is not the hub’s', async (t) => {
    const store = await joined(await (await place(t)).open());
    await store.transferIn(coming(1, { leases: [lease(500)] }));
    // As a sale of a former enrolment does that is undone.
    const postings = [
      { account: 'merchant:M1', currency: '840', amount: 70, floor: null },
      { account: 'performer', currency: '840', amount: -70, floor: null },
    ];
    await store.post({ postings, reference: '', by: 'eve', why: 'late', at: 1 });
    await store.giveBack(moneyBack(1, 200), 1);
    t.strictSame(await store.statementOfLeases(), { change: 1, transfer: 1, leases: [lease(300)] });
    await store.giveBack(moneyBack(2, 370), 1);
    await store.giveBack(moneyBack(3, 70), 1);
    t.strictSame(told(await store.changes(0, 9)), ['1 M1 840 200', '2 M1 840 300']);
    t.match(await balances(store), { 'merchant:M1': 70, 'hub:': 0 });
    t.strictSame((await store.statementOfLeases()).leases, [lease(0)]);
    await store.join(joining({ epoch: 2 }));
    t.strictSame((await store.statementOfLeases()).leases, []);
    await booksAreRight(t, store);
  });

  t.test('the same enrolment again keeps all that stands', async (t) => {
    const store = await joined(await (await place(t)).open(), 2);
    await store.sell(sale(1));
    t.equal(await store.join(joining({ hub: 'http://127.0.0.1:8700' })), true);
    t.match(await store.membership(), { transfer: 1, hub: 'http://127.0.0.1:8700' });
    t.match(await store.sell(sale(2)), { kind: 'sold' });
    t.strictSame(told(await store.changes(0, 9)), ['1 0 sold', '2 1 sold']);
    await booksAreRight(t, store);
  });

  t.test('enrolled anew, it begins with nothing of the hub’s, and what it had is out of sale', async (t) => {
    const here = await place(t);
    const store = await joined(await here.open(), 4);
    await store.transferIn(coming(2, { leases: [lease(500)] }));
    await store.sell(sale(1));
    await store.giveBack(pinsBack(1), 1);
    const { contact } = await store.beginContact(LINK(1));
    await store.endContact({ link: LINK(1), at: 5, change: 1, journal: 1, settling: 0 });
    t.equal(contact, 1);
    await store.stopSelling('stale');
    t.equal(await store.join(joining({ epoch: 2 })), true);
    const zeros = { transfer: 0, recall: 0, contact: 0, contactAt: 0, toldChange: 0, revision: 0 };
    t.match(await store.membership(), { ...zeros, epoch: 2, stopped: '', link: '', nextLink: '' });
    t.match(await store.membership(), { toldJournal: 1 }, 'sales are not told twice');
    t.strictSame(await store.changes(0, 9), []);
    t.strictSame(await balances(store), { 'merchant:M1': 0, 'hub:': 0 });
    const levels = { 'TALK10 sold': 1, 'TALK10 returned': 1, 'TALK10 quarantined': 2 };
    t.strictSame(await levelsOf(store), levels);
    t.match(await store.sell(sale(2)), { kind: 'out-of-stock' });

    const pinIds = (await store.quarantined(9)).map(({ id }) => id);
    t.equal(await store.decide({ pinIds, to: 'stock', by: 'eve', why: 'ours', at: 1 }), 0);
    t.equal(await store.decide({ pinIds, to: 'void', by: 'eve', why: 'not ours', at: 1 }), 2);
    await store.reverse(reversing(reversalEntry(9), citationOf(sale(1).entry)));
    t.strictSame(await store.changes(0, 9), [], 'the hub has decided on what was before');
    t.match(await store.statementOfStock(), { change: 0, transfer: 0, lines: [] });

    const pins = comingPins(10, 1);
    t.strictSame(await store.transferIn(coming(3, { pins, epoch: 1 })), { kind: 'refused', why: 'epoch' });
    t.strictSame(await store.transferIn(coming(1, { pins, epoch: 2 })), { kind: 'taken', known: 0 });
    const again = await here.open();
    t.match(await again.sell(sale(3)), { kind: 'sold' });
    t.strictSame(told(await store.changes(0, 9)), ['1 10 sold']);
    await booksAreRight(t, store);
  });

  t.test('in another network nothing of the first one counts', async (t) => {
    const store = await joined(await (await place(t)).open(), 3);
    await store.sell(sale(1));
    t.equal((await store.heldPins(0, 9)).length, 3);
    t.equal(await store.join(joining({ network: LINK(8) })), true);
    t.strictSame(await store.heldPins(0, 9), []);
    t.strictSame(await levelsOf(store), { 'TALK10 sold': 1, 'TALK10 quarantined': 2 });
    const pins = comingPins(1, 1);
    t.strictSame(await store.transferIn(coming(1, { pins })), { kind: 'taken', known: 1 });
    t.strictSame(told(await store.changes(0, 9)), ['1 1 quarantined']);
    await booksAreRight(t, store);
  });
};
