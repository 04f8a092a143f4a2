/** A switch's contacts with its hub: a chain, in which everything told counts once, or nothing of it. */
import type { HubContactResult, NetworkChange } from '../../../src/store/store.js';
import { AT, allocation, enrolled, type Peer, saleOf } from '../hubPeer.js';
import { booksAreRight, type Part } from '../place.js';
import { chunkOf, intakeRows } from '../sample.js';

const HOUR_MS = 3_600_000;

function refused(why: Extract<HubContactResult, { kind: 'refused' }>['why']) {
  return { kind: 'refused', why };
}

const pin = (id: number, mark: string, custody: 'sold' | 'returned' | 'stock'): NetworkChange => {
  return { kind: 'pin', id, mark, custody };
};

/** Three PINs at the switch, by their marks. */
async function stocked(peer: Peer): Promise<[string, string, string]> {
  await peer.store.takeIn(chunkOf(intakeRows(0, 5)));
  await peer.store.allocate(allocation(peer, 3));
  const [a = '', b = '', c = ''] = (await peer.take()).map(({ mark }) => mark);
  return [a, b, c];
}

export const hubContacts: Part = async (t, place) => {
  t.test('are answered again, with nothing applied twice, where the answer was lost', async (t) => {
    const here = await place(t);
    const store = await here.open();
    const peer = await enrolled(store, 'one');
    const [a, b] = await stocked(peer);
    const first = peer.next({ changes: peer.changes('sold', a), sales: [saleOf(4)] });
    const answer = await store.contact(first);
    t.match(answer, { kind: 'accepted', change: 1, journal: 4 });
    const before = await store.holdings();
    await store.shutdown();
    const after = await here.open();
    t.strictSame(await after.contact(first), answer);
    t.strictSame(await after.holdings(), before);
    t.match(await after.demand(0), [{ sold: 1, missed: 0 }]);
    const more = { ...first, change: 2, changes: [...first.changes, pin(2, b, 'sold')] };
    t.match(await after.contact(more), { kind: 'accepted', change: 2 }, 'what has come since counts');
    // Or that of a copy which was made while it was under way: whoever waits for the answer must not go on.
    t.match(await after.contact(first), refused('stale'), 'an earlier try that comes late');
    t.match(await after.contact(more), { kind: 'accepted', change: 2 }, 'it is nothing against the switch');
    t.match(await after.holdings(), [
      { switchId: 0, custody: 'stock', count: 2 },
      { switchId: peer.id, custody: 'away', count: 1 },
      { switchId: peer.id, custody: 'sold', count: 2 },
    ]);
    await booksAreRight(t, after);
  });

  t.test('of an older copy are stale, for good, also after a restart', async (t) => {
    const here = await place(t);
    const store = await here.open();
    const peer = await enrolled(store, 'one');
    await stocked(peer);
    const old = peer.copy();
    for (let n = 0; n < 3; n += 1) await peer.say();
    t.match(await old.say(), refused('stale'));
    await store.shutdown();
    const after = await here.open();
    t.match(await old.copy(after).say(), refused('stale'));
    t.match(await peer.copy(after).say(), refused('stale'), 'nobody can tell which copy is the right one');
    t.match(await peer.copy(after).row(), { state: 'active', why: 'stale' });
    t.match(await after.allocate(allocation(peer, 1)), { kind: 'refused', why: 'not-active' });
    t.match(await enrolled(after, 'one'), { epoch: 2 });
    await booksAreRight(t, after);
  });

  t.test('that come very late harm nobody but who waits for their answer', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    const [a] = await stocked(peer);
    const late = peer.next({ changes: peer.changes('sold', a) });
    peer.heard(late, (await store.contact(late)) as Extract<HubContactResult, { kind: 'accepted' }>);
    for (let n = 0; n < 3; n += 1) await peer.say();
    t.match(await store.contact(late), refused('stale'), 'it may be an older copy that says it');
    t.match(await peer.say(), { kind: 'accepted' }, 'and need not be');
    t.match(await peer.row(), { why: '' });
    await booksAreRight(t, store);
  });

  t.test('of a second copy are a fork, whichever speaks first', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    const [a] = await stocked(peer);
    const copy = peer.copy();
    await peer.say();
    const forked = { ...copy.next({ changes: copy.changes('sold', a) }), contact: peer.contact + 1 };
    t.match(await store.contact(forked), refused('forked'));
    t.match(await peer.row(), { why: 'forked', contact: peer.contact });
    t.match(await peer.say(), refused('forked'));
    t.match(await store.holdings(), [{ count: 2 }, { custody: 'away', count: 3 }]);
  });

  t.test('beyond what the hub knows say that its own books are old, and nothing is given', async (t) => {
    const said: Record<string, (peer: Peer) => Promise<HubContactResult>> = {
      'a contact later': (peer) => peer.store.contact({ ...peer.next(), contact: peer.contact + 2 }),
      'a transfer later': (peer) => peer.say({ transfer: 2 }),
      'a recall later': (peer) => peer.say({ recall: 1 }),
      'a change later': (peer) => peer.say({ after: 1, change: 1 }),
    };
    for (const [name, say] of Object.entries(said)) {
      const here = await place(t);
      const store = await here.open();
      const [peer, other] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
      await stocked(peer);
      t.equal(await store.behind(), '');
      t.match(await say(peer), refused('hub-behind'), name);
      await store.shutdown();
      const after = await here.open();
      t.match(await after.behind(), /^one (is|has) /, name);
      t.match(await after.allocate(allocation(other, 1)), { kind: 'refused', why: 'hub-behind' }, name);
      t.match(await peer.copy(after).say(), { kind: 'accepted' }, 'and what follows is heard');
    }
  });

  t.test('of others than the active switch of that epoch are refused', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    t.match(await peer.say({ switchId: 77 }), refused('unknown'));
    t.match(await peer.say({ epoch: 2 }), refused('epoch'));
    t.match(await peer.row(), { contact: 0, seenAt: 0, why: '' });
    t.match(await peer.say(), { kind: 'accepted' });
    t.match(await peer.row(), { contact: 1, seenAt: AT });
    await store.retire({ name: 'one', by: 'ann', why: 'lost', at: 1 });
    t.match(await peer.say(), refused('retired'));
  });

  t.test('move nothing at all where one PIN of them is not the switch’s', async (t) => {
    const store = await (await place(t)).open();
    const [peer, other] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    const [a, b] = await stocked(peer);
    await store.allocate(allocation(other, 1));
    const [theirs] = await store.transfersAfter(other.id, 0, 9);
    await store.allocate(allocation(peer, 1));
    const [coming] = await store.transfersAfter(peer.id, 1, 9);
    const before = await store.holdings();
    const strangers: Record<string, NetworkChange[]> = {
      'one that was never taken in': [pin(2, 'never', 'sold')],
      'one of another switch': [pin(2, theirs?.pins[0]?.mark ?? '', 'sold')],
      'one in transit that has not arrived': [pin(2, coming?.pins[0]?.mark ?? '', 'sold')],
      'one that it has given back': [pin(2, b, 'returned'), pin(3, b, 'sold')],
      'one in stock': [pin(2, intakeRows(4, 1)[0]?.mark ?? '', 'returned'), pin(3, b, 'returned')],
    };
    for (const [name, wrong] of Object.entries(strangers)) {
      const changes = [pin(1, a, 'sold'), ...wrong];
      t.match(await peer.say({ changes, sales: [saleOf(1)] }), refused('not-holder'), name);
    }
    t.strictSame(await store.holdings(), before);
    t.strictSame(await store.demand(0), []);
    t.match(await peer.row(), { change: 0, journal: 0, applied: 1 });
    t.match(await peer.say({ changes: [pin(1, a, 'sold')] }), { kind: 'accepted', change: 1 });
    await booksAreRight(t, store);
  });

  t.test('tell at once of a PIN that comes and was there already', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 2)));
    await store.allocate(allocation(peer, 2));
    const [transfer] = await store.transfersAfter(peer.id, 0, 9);
    const mark = transfer?.pins[0]?.mark ?? '';
    t.match(await peer.say({ transfer: 1, changes: [pin(1, mark, 'sold')] }), { kind: 'accepted' });
    t.match(await store.audit(), { byCustody: { sold: 1, away: 1, transit: 0 } });
    await booksAreRight(t, store);
  });

  t.test('skip what was told before, and refuse ranges that do not follow', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    const [a, b, c] = await stocked(peer);
    await peer.say({ changes: [pin(1, a, 'sold'), pin(2, b, 'sold')], sales: [saleOf(5), saleOf(6)] });
    const again = [pin(1, a, 'sold'), pin(2, b, 'sold'), pin(3, c, 'sold')];
    const overlap = { after: 0, change: 3, changes: again, afterJournal: 0, sales: [saleOf(6), saleOf(7)] };
    t.match(await peer.say(overlap), { kind: 'accepted', change: 3, journal: 7 });
    t.match(await store.demand(0), [{ sold: 3 }]);
    const gaps: Record<string, Parameters<Peer['say']>[0]> = {
      'a change before its range': { changes: [pin(3, a, 'stock')], change: 4 },
      'a change behind its range': { changes: [pin(5, a, 'stock')], change: 4 },
      'changes out of order': { changes: [pin(5, a, 'stock'), pin(4, b, 'stock')], change: 5 },
      'a range that ends before it begins': { change: 2 },
    };
    for (const [name, said] of Object.entries(gaps)) t.match(await peer.say(said), refused('gap'), name);
    const beyond: Parameters<Peer['say']>[0][] = [
      { afterJournal: 9, journal: 10, sales: [saleOf(10)] },
      { afterSettling: 9, settling: 10, sales: [saleOf(10)] },
    ];
    for (const said of beyond) {
      const left = await peer.say(said);
      t.match(
        left,
        { kind: 'accepted', journal: 7, settling: 0 },
        'the cursors say from where on sales are wanted',
      );
    }
    t.match(await store.demand(0), [{ sold: 3 }]);
    t.match(await peer.row(), { change: 3, journal: 7, settling: 0 });
    t.match(await store.audit(), { byCustody: { sold: 3 } });
    await booksAreRight(t, store);
  });

  t.test('count demand by the hour: sold and missed; what is undone was in demand', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    const sales = [
      saleOf(1, { quantity: 2 }),
      saleOf(1, { kind: 'undone', quantity: 2 }),
      saleOf(2, { kind: 'missed' }),
      saleOf(3, { product: 'TALK20', at: AT + HOUR_MS }),
    ];
    await one.say({ sales, journal: 3, settling: 8 });
    await one.say({ sales, afterJournal: 0, journal: 3, settling: 9 });
    await two.say({ sales: [saleOf(1)] });
    t.strictSame(await store.demand(AT), [
      { switchId: one.id, product: 'TALK10', hour: AT, sold: 2, missed: 1 },
      { switchId: two.id, product: 'TALK10', hour: AT, sold: 1, missed: 0 },
      { switchId: one.id, product: 'TALK20', hour: AT + HOUR_MS, sold: 1, missed: 0 },
    ]);
    t.equal((await store.demand(AT + 1)).length, 1);
    t.match(await one.row(), { journal: 3, settling: 9 });
  });

  t.test('bring statements, which are held against the holdings of the same position', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    const [a] = await stocked(peer);
    await store.allocate(allocation(peer, 2));
    const right = await (async () => {
      // A switch's own store says what its PINs come to.
      const other = await (await place(t)).open();
      const secrets = new Uint8Array(1);
      await other.join({ network: 'n', name: 'one', epoch: 1, hub: '', hubKey: '', secrets });
      const pins = intakeRows(0, 3).map((row) => ({ ...row, supplier: 'acme', batch: 1 }));
      await other.transferIn({ epoch: 1, number: 1, pins, leases: [], at: AT });
      return other.statementOfStock();
    })();
    t.match(right, { change: 0, transfer: 1, lines: [{ count: 3 }] });
    await peer.say({ statement: right, at: AT + 1 });
    t.match(await peer.row(), { difference: '', statedAt: AT + 1 }, 'what is in transit is no part of it');
    await peer.say({ statement: { ...right, change: 7 }, at: AT + 2 });
    await peer.say({ statement: { ...right, transfer: 0, lines: [] }, at: AT + 3 });
    t.match(await peer.row(), { statedAt: AT + 1 }, 'another position says nothing');
    const lines = (count: number, sum: number) => [
      { product: 'TALK10', custody: 'stock' as const, count, sum },
    ];
    const sum = right.lines[0]?.sum ?? 0;
    await peer.say({ statement: { ...right, lines: lines(2, sum) }, at: AT + 4 });
    t.match(await peer.row(), { difference: 'TALK10 away: here 3, there 2', statedAt: AT + 4 });
    await peer.say({ statement: { ...right, lines: lines(3, sum + 1) } });
    t.match(await peer.row(), { difference: 'TALK10 away: 3, but other PINs' });
    await peer.say({ statement: { ...right, lines: [] } });
    t.match(await peer.row(), { difference: 'TALK10 away: here 3, there 0' });
    await peer.say({ changes: [pin(1, a, 'returned')] });
    const stated = {
      change: 1,
      transfer: 1,
      lines: [{ product: 'X', custody: 'returned' as const, count: 1, sum: 1 }],
    };
    await peer.say({ statement: stated });
    t.match(
      await peer.row(),
      { difference: 'TALK10 away: here 2, there 0' },
      'what was returned is not told',
    );
  });

  t.test('say which recalls are carried out', async (t) => {
    const store = await (await place(t)).open();
    const [peer, other] = [await enrolled(store, 'one'), await enrolled(store, 'two')];
    const order = { kind: 'pins', of: 'TALK10', currency: '', count: 3, first: 'latest', at: AT } as const;
    t.equal(await store.recallFrom({ ...order, switchId: peer.id }), 1);
    t.equal(await store.recallFrom({ ...order, switchId: peer.id, count: 4 }), 2);
    t.equal(await store.recallFrom({ ...order, switchId: other.id }), 1);
    t.strictSame(await store.recalls(peer.id), [
      { ...order, switchId: peer.id, number: 1 },
      { ...order, switchId: peer.id, number: 2, count: 4 },
    ]);
    await peer.say({ recall: 1 });
    t.match(await store.recalls(peer.id), [{ number: 2 }]);
    t.match(await peer.row(), { recall: 2, recalled: 1 });
    await store.retire({ name: 'one', by: 'ann', why: 'lost', at: 1 });
    t.strictSame(await store.recalls(peer.id), []);
    t.equal(await store.recallFrom({ ...order, switchId: peer.id }), 0);
    t.match(await store.recalls(other.id), [{ number: 1 }]);
  });
};
