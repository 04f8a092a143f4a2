/** Doubt: what is recorded beside a transaction, and how it ends. */
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  citationOf,
  closing,
  creditEntry,
  entryOf,
  issuedPin,
  opening,
  REFUSED,
  reversalEntry,
  reversing,
} from '../sample.js';
import { idOf } from './closing.js';

const LATE = { ...APPROVED, reason: 'late' } as const;
const inDoubt = (id: number, kind: 'reversal' | 'inquiry', nextAt = 3_000) =>
  closing(id, { state: 'reversing', outcome: LATE, forward: { kind, nextAt } });

export const forwardings: Part = async (t, place) => {
  t.test(
    'records the undo in the commit that ends an attempt in doubt, until it is acknowledged',
    async (t) => {
      const here = await place(t);
      const store = await here.open();
      const entry = creditEntry(1);
      const id = idOf(await store.open(opening(entry)));
      t.match(await store.close(inDoubt(id, 'reversal')), { kind: 'closed', pins: [] });
      t.match(await store.open(opening(entry)), {
        kind: 'repeat',
        transaction: { state: 'reversing', outcome: LATE },
      });
      t.equal(await store.forwardingCount(), 1);
      const [forwarding] = await store.forwardings(10);
      t.match(forwarding, {
        id,
        kind: 'reversal',
        attempts: 0,
        nextAt: 3_000,
        transaction: { id, reference: 'REF1', supplier: 'acme' },
      });
      await store.countAttempt(id, 0, 8_000);
      await store.shutdown();
      const after = await here.open();
      t.match(await after.forwardings(10), [{ attempts: 1, nextAt: 8_000 }]);
      await booksAreRight(t, after);
      await after.settleForwarding(id);
      t.equal(await after.forwardingCount(), 0);
      t.match(await after.find({ id, limit: 1 }), [{ state: 'reversed' }]);
      await after.settleForwarding(id);
      t.match(await after.find({ id, limit: 1 }), [{ state: 'reversed' }]);
      await booksAreRight(t, after);
    },
  );

  t.test('tells the soonest first, and no more than asked for', async (t) => {
    const store = await (await place(t)).open();
    for (const [index, nextAt] of [7_000, 5_000, 6_000].entries()) {
      const id = idOf(await store.open(opening(creditEntry(index + 1))));
      await store.close(inDoubt(id, 'reversal', nextAt));
    }
    const soonest = await store.forwardings(2);
    t.strictSame(
      soonest.map(({ nextAt }) => nextAt),
      [5_000, 6_000],
    );
    t.equal(await store.forwardingCount(), 3);
  });

  t.test('keeps a transaction pending beside an inquiry, until a close ends both', async (t) => {
    const store = await (await place(t)).open();
    for (const [stan, state, outcome] of [
      [1, 'approved', APPROVED],
      [2, 'declined', REFUSED],
    ] as const) {
      const entry = creditEntry(stan);
      const id = idOf(await store.open(opening(entry, { doubt: 'inquiry' })));
      t.equal(await store.inquire(id, 'OLDER', 4_000), false);
      t.equal(await store.inquire(id, 'REF1', 4_000), true);
      t.match(await store.forwardings(5), [
        { id, kind: 'inquiry', nextAt: 4_000, transaction: { state: 'pending' } },
      ]);
      t.match(await store.open(opening(entry)), { kind: 'repeat', transaction: { state: 'pending' } });
      t.strictSame(await store.pending(), [], 'somebody is at work on it');
      t.match(await store.close(closing(id, { state, outcome })), { kind: 'closed' });
      t.equal(await store.forwardingCount(), 0);
      t.equal(await store.inquire(id, 'REF1', 4_000), false);
      t.match(await store.find({ id, limit: 1 }), [{ state, outcome }]);
    }
    await booksAreRight(t, store);
  });

  t.test('an inquiry that finds it done lets it stand, and one that finds nothing reverses it', async (t) => {
    const store = await (await place(t)).open();
    const done = idOf(await store.open(opening(creditEntry(1), { doubt: 'inquiry' })));
    const not = idOf(await store.open(opening(creditEntry(2), { doubt: 'inquiry' })));
    await store.close(inDoubt(done, 'inquiry'));
    await store.close(inDoubt(not, 'inquiry'));
    t.match(await store.close(closing(done)), { kind: 'stands', transaction: { state: 'approved' } });
    const declined = await store.close(closing(not, { state: 'declined', outcome: REFUSED }));
    t.match(declined, { kind: 'superseded', transaction: { state: 'reversed', outcome: LATE } });
    t.equal(await store.forwardingCount(), 0);
    await booksAreRight(t, store);
  });

  t.test('an inquiry that finds PINs issued keeps them back', async (t) => {
    const store = await (await place(t)).open();
    const id = idOf(await store.open(opening(entryOf({}), { doubt: 'inquiry' })));
    await store.close(inDoubt(id, 'inquiry'));
    const found = await store.close(closing(id, { issued: [issuedPin(1)] }));
    t.match(found, { kind: 'superseded', transaction: { state: 'reversed' } });
    t.match(await store.audit(), { byCustody: { quarantined: 1 } });
    t.equal(await store.forwardingCount(), 0);
    await booksAreRight(t, store);
  });

  t.test('an attempt that ends after its reversal lets the undo go out, or settles it', async (t) => {
    const store = await (await place(t)).open();
    const [one, two] = [creditEntry(1), creditEntry(2)];
    const approved = idOf(await store.open(opening(one)));
    const declined = idOf(await store.open(opening(two)));
    await store.reverse(reversing(reversalEntry(8), citationOf(one)));
    await store.reverse(reversing(reversalEntry(9), citationOf(two)));
    const due = await store.forwardings(5);
    t.strictSame(
      due.map(({ id, nextAt }) => [id, nextAt]),
      [
        [approved, 5_000],
        [declined, 5_000],
      ],
      'not before the deadline of the attempt under way',
    );
    const late = await store.close(closing(approved, { closedAt: 3_500 }));
    t.match(late, { kind: 'superseded', transaction: { state: 'reversing' } });
    const none = await store.close(closing(declined, { state: 'declined', outcome: REFUSED }));
    t.match(none, { kind: 'superseded', transaction: { state: 'reversed' } });
    t.match(await store.forwardings(5), [{ id: approved, nextAt: 3_500 }]);
    t.equal(await store.forwardingCount(), 1);
    await booksAreRight(t, store);
  });
};
