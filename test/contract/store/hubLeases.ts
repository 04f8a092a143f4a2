/** Merchants' money that a hub leases to switches, in its ledger. */
import type { Store } from '../../../src/store/store.js';
import { AT, enrolled, type Peer } from '../hubPeer.js';
import { booksAreRight, type Part } from '../place.js';

async function funded(store: Store, amount: number): Promise<void> {
  const line = (account: string, gain: number) => ({ account, currency: '840', amount: gain, floor: null });
  const postings = [line('merchant:M1', amount), line('bank', -amount)];
  await store.post({ postings, by: 'ann', why: 'paid in', reference: '', at: AT });
}

const lease = ({ id }: Peer, amount: number, ask = '') => {
  return { switchId: id, merchant: 'M1', currency: '840', amount, floor: 0, ask, at: AT };
};

const balances = async (store: Store): Promise<Record<string, number>> =>
  Object.fromEntries((await store.balances('')).map(({ account, balance }) => [account, balance]));

export const hubLeases: Part = async (t, place) => {
  t.test('are transfers: no more than there is above the floor, once under one asking', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    t.strictSame(await store.leaseOut(lease(one, 5)), { kind: 'nothing' });
    await funded(store, 100);
    t.strictSame(await store.leaseOut(lease(one, 60, 'a')), { kind: 'transferred', number: 1, count: 60 });
    t.strictSame(await store.leaseOut(lease(one, 60, 'a')), { kind: 'known', number: 1, count: 60 });
    t.strictSame(await store.leaseOut(lease(two, 60)), { kind: 'transferred', number: 1, count: 40 });
    t.strictSame(await store.leaseOut(lease(two, 1)), { kind: 'nothing' });
    t.match(await store.leaseOut({ ...lease(two, 70), floor: -50 }), { number: 2, count: 50 });
    t.strictSame(await balances(store), {
      bank: -100,
      'lease:one:M1': 60,
      'lease:two:M1': 90,
      'merchant:M1': -50,
    });
    t.match(await store.transfersAfter(two.id, 0, 9), [
      { number: 1, pins: [], leases: [{ merchant: 'M1', currency: '840', amount: 40 }] },
      { number: 2, pins: [], leases: [{ merchant: 'M1', currency: '840', amount: 50 }] },
    ]);
    await two.say({ transfer: 2 });
    t.strictSame(await store.transfersAfter(two.id, 0, 9), []);
    t.match(await store.leaseOut(lease({ ...one, id: 9 } as Peer, 1)), {
      kind: 'refused',
      why: 'not-active',
    });
    await booksAreRight(t, store);
  });

  t.test('come back by changes, no more than was leased, or nothing at all is taken', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await funded(store, 100);
    await store.leaseOut(lease(peer, 60));
    const back = (id: number, amount: number) => {
      return { kind: 'lease', id, merchant: 'M1', currency: '840', amount } as const;
    };
    for (const amounts of [[61], [30, 31], [0], [-5], [60, -1]]) {
      const changes = amounts.map((amount, index) => back(index + 1, amount));
      const result = await peer.say({ transfer: 1, changes });
      t.match(result, { kind: 'refused', why: 'not-holder' }, amounts.join(', '));
    }
    t.match(await peer.row(), { applied: 0, change: 0 });
    const said = peer.next({ transfer: 1, changes: [back(1, 20)], leases: [leftOf(33), leftOf(9, 'M2')] });
    const answer = await store.contact(said);
    t.match(answer, { kind: 'accepted', change: 1 });
    t.strictSame(await store.contact(said), answer);
    t.match(await balances(store), { 'lease:one:M1': 40, 'merchant:M1': 60 });
    t.strictSame(await store.leases(), [
      { switchId: peer.id, merchant: 'M1', currency: '840', leased: 40, left: 33 },
    ]);
    await booksAreRight(t, store);
    await store.retire({ name: 'one', by: 'ann', why: 'lost', at: AT });
    t.match(await store.leases(), [{ leased: 40, left: 33 }], 'what was leased stays where it is');
    t.match(await balances(store), { 'lease:one:M1': 40, 'merchant:M1': 60 });
    const next = await enrolled(store, 'one');
    t.strictSame(await store.leases(), []);
    t.match(await next.say({ changes: [back(1, 20)] }), { kind: 'refused', why: 'not-holder' });
    t.match(await store.leaseOut(lease(next, 10)), { number: 1 });
    t.match(await balances(store), { 'lease:one:M1': 50 });
    await booksAreRight(t, store);
  });
};

const leftOf = (amount: number, merchant = 'M1') => ({ merchant, currency: '840', amount });
