/** open, reroute, close: one supplier at a time, under one reference; what comes too late changes nothing. */
import type { Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  citationOf,
  closing as closingOf,
  creditEntry,
  entryOf,
  issuedPin,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../sample.js';

export const closing: Part = async (t, place) => {
  t.test('opens as pending with supplier and reference, and attaches repeats to it', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1);
    const opened = await store.open(opening(entry));
    t.equal(opened.kind, 'opened');
    const repeat = await store.open(opening(entry, { reference: 'REF2' }));
    if (repeat.kind !== 'repeat') throw new Error(repeat.kind);
    const { account, ...rest } = repeat.transaction;
    t.match(rest, {
      state: 'pending',
      supplier: 'acme',
      reference: 'REF1',
      deadlineAt: 5_000,
      doubt: 'reversal',
      closedAt: 0,
      pins: [],
    });
    t.equal(rest.outcome, undefined);
    t.strictSame(Buffer.from(account ?? []), Buffer.from(entry.account ?? []));
    const pending = await store.pending();
    t.strictSame(
      pending.map(({ id }) => id),
      [idOf(opened)],
    );
    t.strictSame(await store.open(opening({ ...entry, fingerprint: 'other' })), { kind: 'conflict' });
  });

  t.test('what is pending leaves out whose deadline is in time, from and to included', async (t) => {
    const store = await (await place(t)).open();
    const id = idOf(await store.open(opening(creditEntry(1))));
    const isTold = async (from: number, to: number): Promise<boolean> =>
      (await store.pending({ from, to })).some((one) => one.id === id);
    t.strictSame(
      await Promise.all([isTold(5_001, 9_000), isTold(0, 4_999), isTold(5_000, 9_000), isTold(0, 5_000)]),
      [true, true, false, false],
    );
  });

  t.test('closes approved with the supplier’s words, once', async (t) => {
    const store = await (await place(t)).open();
    const entry = creditEntry(1);
    const id = idOf(await store.open(opening(entry)));
    const outcome = {
      ...APPROVED,
      approvalCode: 'OK77',
      balance: -12_345,
      balanceCurrency: '840',
      accountExpiry: '20270101',
    };
    t.strictSame(await store.close(closingOf(id, { outcome })), { kind: 'closed', receiptId: 0, pins: [] });
    t.match(await store.open(opening(entry)), {
      kind: 'repeat',
      transaction: { state: 'approved', outcome, closedAt: 3_000 },
    });
    t.strictSame(await store.pending(), []);
    const again = await store.close(closingOf(id, { state: 'declined', outcome: REFUSED }));
    t.match(again, { kind: 'superseded', transaction: { state: 'approved', outcome } });
    await booksAreRight(t, store);
  });

  t.test('reroutes a pending transaction; the attempt before has no say any more', async (t) => {
    const store = await (await place(t)).open();
    const id = idOf(await store.open(opening(creditEntry(1))));
    const next = { supplier: 'other', reference: 'REF2', deadlineAt: 9_000, doubt: 'inquiry' } as const;
    t.equal(await store.reroute(id, next), true);
    t.match(await store.find({ id, limit: 1 }), [{ ...next, state: 'pending' }]);
    t.match(await store.close(closingOf(id)), { kind: 'superseded', transaction: { state: 'pending' } });
    t.equal((await store.close(closingOf(id, { reference: 'REF2' }))).kind, 'closed');
    t.equal(await store.reroute(id, { ...next, reference: 'REF3' }), false);
    t.match(await store.find({ id, limit: 1 }), [{ reference: 'REF2', state: 'approved' }]);
  });

  t.test('enters PINs issued at the moment of sale as sold, and repeats them', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({ quantity: 2 });
    const id = idOf(await store.open(opening(entry)));
    const closed = await store.close(closingOf(id, { issued: [issuedPin(1), issuedPin(2)] }));
    if (closed.kind !== 'closed') throw new Error(closed.kind);
    t.match(closed.pins, [{ batch: 7, serial: 'I1', expiry: '20271231' }, { serial: 'I2' }]);
    t.strictSame(Buffer.from(closed.pins[0]?.sealed ?? []), Buffer.from(issuedPin(1).sealed));
    t.match(await store.open(opening(entry)), { kind: 'repeat', transaction: { pins: closed.pins } });
    t.match(await store.audit(), { takenIn: 2, byCustody: { sold: 2 } });
    await booksAreRight(t, store);
  });

  t.test('refuses a PIN that was issued before, and stays pending', async (t) => {
    const store = await (await place(t)).open();
    const first = idOf(await store.open(opening(entryOf({}))));
    await store.close(closingOf(first, { issued: [issuedPin(1)] }));
    const entry = entryOf({ stan: '000002', quantity: 2 });
    const id = idOf(await store.open(opening(entry, { reference: 'REF2' })));
    const said = { reference: 'REF2', issued: [issuedPin(2), issuedPin(1)] };
    t.strictSame(await store.close(closingOf(id, said)), { kind: 'issued-before' });
    const twice = { reference: 'REF2', issued: [issuedPin(3), issuedPin(3)] };
    t.strictSame(await store.close(closingOf(id, twice)), { kind: 'issued-before' });
    t.match(await store.find({ id, limit: 1 }), [{ state: 'pending', pins: [] }]);
    t.match(await store.audit(), { takenIn: 1 });
    await booksAreRight(t, store);
  });

  t.test('keeps PINs issued too late out of sale, but accounts for them', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({});
    const id = idOf(await store.open(opening(entry)));
    await store.reverse(reversing(reversalEntry(9), citationOf(entry)));
    const late = await store.close(closingOf(id, { issued: [issuedPin(1)] }));
    t.match(late, { kind: 'superseded', transaction: { state: 'reversing', pins: [{ serial: 'I1' }] } });
    t.match(await store.quarantined(5), [{ product: 'TALK10', transaction: id, serial: 'I1', batch: 7 }]);
    await store.close(closingOf(id, { issued: [issuedPin(1)] }));
    t.match(await store.audit(), { takenIn: 1, byCustody: { quarantined: 1, sold: 0 } });
    await booksAreRight(t, store);
  });

  t.test('does not tell the PIN of an attempt that has no say any more', async (t) => {
    const store = await (await place(t)).open();
    const entry = entryOf({});
    const id = idOf(await store.open(opening(entry)));
    await store.reroute(id, { supplier: 'other', reference: 'REF2', deadlineAt: 9_000, doubt: 'reversal' });
    const late = await store.close(closingOf(id, { issued: [issuedPin(1)] }));
    t.match(late, { kind: 'superseded', transaction: { state: 'pending', pins: [] } });
    const closed = await store.close(closingOf(id, { reference: 'REF2', issued: [issuedPin(2)] }));
    t.match(closed, { kind: 'closed', pins: [{ serial: 'I2' }] });
    await store.close(closingOf(id, { issued: [issuedPin(3)] }));
    const repeat = await store.open(opening(entry));
    if (repeat.kind !== 'repeat') throw new Error(repeat.kind);
    t.strictSame(
      repeat.transaction.pins.map(({ serial }) => serial),
      ['I2'],
    );
    t.match(await store.quarantined(5), [
      { transaction: id, serial: 'I1' },
      { transaction: id, serial: 'I3' },
    ]);
    await booksAreRight(t, store);
  });

  t.test('fails a verb about nothing, and its neighbours in the group go through', async (t) => {
    const store = await (await place(t)).open();
    const [before, wrong, after] = await Promise.allSettled([
      store.open(opening(creditEntry(1))),
      store.close(closingOf(4_711)),
      store.open(opening(creditEntry(2, { account: null }), { reference: 'REF2' })),
    ]);
    t.match(
      [before, wrong, after],
      [
        { status: 'fulfilled', value: { kind: 'opened' } },
        { status: 'rejected' },
        { status: 'fulfilled', value: { kind: 'opened' } },
      ],
    );
    t.equal((await store.pending()).length, 2);
  });
};

export function idOf(opened: Awaited<ReturnType<Store['open']>>): number {
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  return opened.id;
}
