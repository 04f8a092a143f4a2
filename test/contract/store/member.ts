/** A member switch's side of a network: what comes from the hub, what the hub has to learn, contacts, giving back. */
import type {
  Incoming,
  IncomingPin,
  Joining,
  NetworkChange,
  Recall,
} from '../../../src/store/memberVerbs.js';
import type { JournalEntry, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import { APPROVED, chunkOf, citationOf, entryOf, intakeRows, reversalEntry, reversing } from '../sample.js';

const TODAY = '20260301';
export const LINK = (n: number): string => String(n).padStart(32, '0');

export function joining(said: Partial<Joining> = {}): Joining {
  return {
    network: LINK(7),
    name: 'NORTH',
    epoch: 1,
    hub: 'http://127.0.0.1:8600',
    hubKey: 'k',
    secrets: new Uint8Array([1, 0, 255, 128]),
    ...said,
  };
}

/** PINs as the hub hands them over, from the `from`-th on: their marks say which. */
export function comingPins(from: number, count: number, said: Partial<IncomingPin> = {}): IncomingPin[] {
  return intakeRows(from, count, said.product, said.expiry).map(({ line: _line, ...row }, index) => ({
    supplier: 'acme',
    batch: 1,
    ...row,
    mark: `mark-${String(from + index).padStart(6, '0')}`,
    ...said,
  }));
}

export function coming(number: number, said: Partial<Incoming> = {}): Incoming {
  return { epoch: 1, number, pins: [], leases: [], at: 1_000, ...said };
}

/** A member, with so many PINs of the first transfer. */
export async function joined(store: Store, pins = 0): Promise<Store> {
  if (!(await store.join(joining()))) throw new Error('not joined');
  if (pins > 0) await store.transferIn(coming(1, { pins: comingPins(0, pins) }));
  return store;
}

export function sale(stan: number, said: Partial<JournalEntry> = {}) {
  const entry = entryOf({ stan: String(stan).padStart(6, '0'), ...said });
  return { entry, outcome: APPROVED, today: TODAY };
}

function recallOf(number: number, said: Partial<Extract<Recall, { kind: 'pins' }>> = {}): Recall {
  return { kind: 'pins', number, product: 'TALK10', count: 1, first: 'soonest', ...said };
}

export const told = (changes: readonly NetworkChange[]): string[] =>
  changes.map((one) =>
    one.kind === 'pin'
      ? `${one.id} ${Number(one.mark.slice('mark-'.length))} ${one.custody}`
      : `${one.id} ${one.merchant} ${one.currency} ${one.amount}`,
  );

export async function levelsOf(store: Store): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await store.levels()).map(({ product, custody, count }) => [`${product} ${custody}`, count]),
  );
}

export const member: Part = async (t, place) => {
  t.test('knows itself once it has joined, also when opened again', async (t) => {
    const here = await place(t);
    const store = await here.open();
    t.equal(await store.membership(), undefined);
    t.equal(await store.join(joining()), true);
    const { secrets, ...rest } = joining();
    const again = await here.open();
    const known = await again.membership();
    t.match(known, {
      ...rest,
      stopped: '',
      transfer: 0,
      recall: 0,
      contact: 0,
      link: '',
      nextLink: '',
      contactAt: 0,
    });
    t.match(known, { toldChange: 0, toldJournal: 0, toldSettling: 0, revision: 0 });
    t.strictSame([...(known?.secrets ?? [])], [...secrets]);
    await store.tookRevision(5);
    t.equal((await again.membership())?.revision, 5);
    await booksAreRight(t, store);
  });

  t.test('does not join while PINs for sale did not come from the hub', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 1)));
    t.equal(await store.join(joining()), false);
    t.equal(await store.membership(), undefined);
    t.match(await store.sell(sale(1)), { kind: 'sold' });
    t.equal(await store.join(joining()), true, 'what was sold does not matter');
    await booksAreRight(t, store);
  });

  t.test('applies each transfer once and in order, and sells what came', async (t) => {
    const store = await joined(await (await place(t)).open());
    const first = coming(1, { pins: comingPins(0, 120) });
    t.strictSame(await store.transferIn(coming(2, { pins: comingPins(120, 1) })), {
      kind: 'gap',
      expected: 1,
    });
    t.strictSame(await store.transferIn(first), { kind: 'taken', known: 0 });
    t.strictSame(await store.transferIn(first), { kind: 'repeat' });
    t.strictSame(await store.transferIn(coming(2, { pins: comingPins(120, 1) })), {
      kind: 'taken',
      known: 0,
    });
    t.equal((await store.membership())?.transfer, 2);
    t.strictSame(await levelsOf(store), { 'TALK10 stock': 121 });
    t.strictSame(await store.changes(0, 10), [], 'the hub knows what it sent');
    const sold = await store.sell(sale(1));
    if (sold.kind !== 'sold') throw new Error(sold.kind);
    const [pin] = comingPins(0, 1);
    t.match(sold.pins, [{ batch: 1, serial: pin?.serial, expiry: pin?.expiry }]);
    t.strictSame(Buffer.from(sold.pins[0]?.sealed ?? []), Buffer.from(pin?.sealed ?? []));
    await booksAreRight(t, store);
  });

  t.test('refuses what is of another epoch, and everything where it is no member or stopped', async (t) => {
    const store = await (await place(t)).open();
    const transfer = coming(1, { pins: comingPins(0, 1) });
    t.strictSame(await store.transferIn(transfer), { kind: 'refused', why: 'no-member' });
    t.equal(await store.giveBack(recallOf(1), 1), false);
    await t.rejects(store.beginContact(LINK(1)), /not a member/);
    await joined(store);
    t.strictSame(await store.transferIn({ ...transfer, epoch: 2 }), { kind: 'refused', why: 'epoch' });
    await store.stopSelling('stale');
    t.strictSame(await store.transferIn(transfer), { kind: 'refused', why: 'stopped' });
    t.strictSame(await levelsOf(store), {});
    await booksAreRight(t, store);
  });

  t.test('tells the hub of every move of a PIN of its, in order, and of no other', async (t) => {
    const store = await (await place(t)).open();
    await joined(store, 5);
    await store.sell(sale(1));
    await store.sell(sale(2, { quantity: 2 }));
    await store.reverse(reversing(reversalEntry(9), citationOf(sale(1).entry)));
    const [quarantined] = await store.quarantined(1);
    await store.decide({ pinIds: [quarantined?.id ?? 0], to: 'stock', by: 'eve', why: 'unused', at: 1 });
    await store.expire('20280101');
    t.strictSame(told(await store.changes(0, 20)), [
      '1 0 sold',
      '2 1 sold',
      '3 2 sold',
      '4 0 quarantined',
      '5 0 stock',
      '6 0 expired',
      '7 3 expired',
      '8 4 expired',
    ]);
    t.strictSame(told(await store.changes(6, 1)), ['7 3 expired']);
    await booksAreRight(t, store);
  });

  t.test('logs nothing of PINs that did not come from the hub, nor where it is no member', async (t) => {
    const store = await (await place(t)).open();
    await store.takeIn(chunkOf(intakeRows(0, 2)));
    await store.sell(sale(1, { quantity: 2 }));
    await joined(store);
    await store.reverse(reversing(reversalEntry(9), citationOf(sale(1, { quantity: 2 }).entry)));
    t.strictSame(await store.changes(0, 20), []);
    await booksAreRight(t, store);
  });

  t.test('sells nothing from stock once it was stopped, for ever', async (t) => {
    const here = await place(t);
    const store = await joined(await here.open(), 3);
    t.match(await store.sell(sale(1)), { kind: 'sold' });
    await store.stopSelling('stale');
    await store.stopSelling('forked');
    t.match(await store.sell(sale(2)), { kind: 'out-of-stock' });
    t.equal(await store.giveBack(recallOf(1), 1), false);
    const again = await here.open();
    t.match(await again.sell(sale(3)), { kind: 'out-of-stock' });
    t.equal((await again.membership())?.stopped, 'stale');
    t.strictSame(await levelsOf(store), { 'TALK10 stock': 2, 'TALK10 sold': 1 });
    await booksAreRight(t, store);
  });

  t.test('a stop that another process recorded holds here too', async (t) => {
    const here = await place(t);
    const store = await joined(await here.open(), 3);
    await store.sell(sale(1));
    await (await here.open()).stopSelling('stale');
    t.match(await store.sell(sale(2)), { kind: 'out-of-stock' });
  });
};
