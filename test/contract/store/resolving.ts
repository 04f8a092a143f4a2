/** Doubt that an operator ends by hand: state, money and forwarding in one commit, with who and why. */
import type { Effects, Resolving, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  citationOf,
  closing,
  creditEntry,
  entryOf,
  opening,
  reversalEntry,
  reversing,
} from '../sample.js';
import { idOf } from './closing.js';

const LATE = { ...APPROVED, reason: 'late' } as const;
const BY_HAND = { ...APPROVED, approvalCode: 'HAND01' };
const CHARGE: Effects = {
  postings: [
    { account: 'merchant:M1', currency: '840', amount: -1_000, floor: null },
    { account: 'supplier:', currency: '840', amount: 1_000, floor: null },
  ],
  usage: [],
};

/** How a transaction in doubt stands: beside an inquiry, left by a killed process, or to be undone. */
const DOUBTS = ['inquired', 'left open', 'reversing', 'reversed by its terminal'] as const;

export const resolvingByHand: Part = async (t, place) => {
  for (const doubt of DOUBTS) {
    for (const as of ['done', 'undone'] as const) {
      t.test(`${doubt}, resolved as ${as}: state, money and forwarding follow, once`, async (t) => {
        const here = await place(t);
        const before = await here.open();
        const id = await inDoubt(before, doubt);
        const from = doubt === 'reversing' || doubt === 'reversed by its terminal' ? 'reversing' : 'pending';
        const undone = from === 'pending' ? 'declined' : 'reversed';
        const to = as === 'done' ? 'approved' : undone;
        const resolution = { transaction: id, from, to, by: 'ann', why: 'supplier says so', at: 9_000 };
        t.strictSame(await before.resolve(resolving(id, { as })), { kind: 'resolved', resolution });
        await before.shutdown();
        const store = await here.open();
        t.equal(await store.forwardingCount(), 0);
        t.strictSame(await store.pending(), []);
        t.equal(await paid(store), as === 'done' ? -1_000 : 0);
        t.match(await store.find({ id, limit: 1 }), [{ state: to }]);
        t.strictSame(await store.resolutions(id), [resolution]);
        t.strictSame(await store.resolve(resolving(id, { as: 'done' })), { kind: 'not-doubtful', state: to });
        t.strictSame(await store.resolve(resolving(id, { as: 'undone' })), {
          kind: 'not-doubtful',
          state: to,
        });
        t.equal(await store.countAttempt(id, 0, 20_000), false, 'nothing more is sent');
        t.equal(await store.settleForwarding(id), false);
        const late = await store.close(closing(id, { closedAt: 10_000 }));
        t.match(late, { kind: 'superseded', transaction: { state: to } }, 'a late answer changes nothing');
        t.equal(await paid(store), as === 'done' ? -1_000 : 0);
        await booksAreRight(t, store);
      });
    }
  }

  t.test('the terminal is told what was decided when it repeats', async (t) => {
    const store = await (await place(t)).open();
    await store.resolve(resolving(await inDoubt(store, 'inquired')));
    t.match(await store.open(opening(creditEntry(1))), {
      kind: 'repeat',
      transaction: { state: 'approved', outcome: BY_HAND },
    });
  });

  t.test('what had been approved keeps its outcome', async (t) => {
    const store = await (await place(t)).open();
    const id = await inDoubt(store, 'reversed by its terminal');
    await store.resolve(resolving(id));
    t.match(await store.find({ id, limit: 1 }), [{ state: 'approved', outcome: APPROVED }]);
  });

  t.test('what is not in doubt, or not yet, is left alone', async (t) => {
    const store = await (await place(t)).open();
    t.strictSame(await store.resolve(resolving(77)), { kind: 'unknown' });
    const asked = idOf(await store.open(opening(creditEntry(1), { deadlineAt: 9_500 })));
    t.strictSame(await store.resolve(resolving(asked)), { kind: 'under-way', until: 11_500 });
    const overdue = resolving(asked, { as: 'undone', at: 9_600 });
    t.strictSame(
      await store.resolve(overdue),
      { kind: 'under-way', until: 11_500 },
      'its end may be on its way',
    );
    t.match(await store.close(closing(asked)), { kind: 'closed' });
    t.strictSame(await store.resolve(resolving(asked)), { kind: 'not-doubtful', state: 'approved' });
    t.strictSame(await store.resolutions(asked), []);
    const pin = idOf(await store.open(opening(entryOf({ stan: '000002' }), { reference: 'REF2' })));
    t.strictSame(await store.resolve(resolving(pin)), { kind: 'no-pin' }, 'a PIN that is not here');
    t.match(await store.resolve(resolving(pin, { as: 'undone' })), { kind: 'resolved' });
    await booksAreRight(t, store);
  });
};

function resolving(id: number, said: Partial<Resolving> = {}): Resolving {
  const decision = { as: 'done', by: 'ann', why: 'supplier says so', at: 9_000 } as const;
  return { id, ...decision, approved: BY_HAND, declined: LATE, ...said };
}

async function inDoubt(store: Store, how: (typeof DOUBTS)[number]): Promise<number> {
  const entry = creditEntry(1);
  const doubt = how === 'inquired' ? 'inquiry' : 'reversal';
  const id = idOf(await store.open(opening(entry, { doubt, effects: CHARGE })));
  switch (how) {
    case 'inquired':
      await store.inquire(id, 'REF1', 5_000);
      break;
    case 'reversing': {
      const forward = { kind: 'reversal', nextAt: 5_000 } as const;
      await store.close(closing(id, { state: 'reversing', outcome: LATE, forward }));
      break;
    }
    case 'reversed by its terminal':
      await store.close(closing(id));
      await store.reverse(reversing(reversalEntry(8), citationOf(entry)));
      break;
    case 'left open':
  }
  return id;
}

async function paid(store: Store): Promise<number> {
  return (await store.balances('merchant:'))[0]?.balance ?? 0;
}
