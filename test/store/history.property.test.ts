/**
 * Everything at once: random histories of sales, batches, credits here and at suppliers, cards, promotions, reversals,
 * doubt ended by suppliers and by hand, and ends of day, through two stores on one file, several in one commit, now and
 * then beside a verb that fails. After each portion the audit holds the books against each other; at the end no PIN
 * was told under two keys, and the days' totals are what stands in the journal.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { NO_FIGURES, SETTLED_SERVICES } from '../../src/domain/settling.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type {
  Attempt,
  BatchItem,
  CardBinding,
  Effects,
  JournalEntry,
  OriginalQuery,
  Reward,
  SealedPin,
  Store,
} from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
import {
  ACCEPTED,
  APPROVED,
  batchOf,
  chunkOf,
  citationOf,
  closing,
  entryOf,
  intakeRows,
  itemEntry,
  REFUSED,
  reversalEntry,
  reversing,
} from '../contract/sample.js';
import { cardRow, cardsOf } from '../contract/store/cards.js';

const HISTORIES = 5;
const TODAY = '20260301';
const KINDS = [
  'sell',
  'open',
  'credit',
  'batch',
  'card',
  'redeem',
  'reverse',
  'reverse',
  'close',
  'close',
  'resolve',
  'settle',
  'cutover',
  'fail',
] as const;

/** What each number decides is up to the step. */
interface Step {
  readonly do: (typeof KINDS)[number];
  readonly stan: number;
  readonly a: number;
  readonly b: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(...KINDS),
  stan: fc.integer({ min: 1, max: 150 }),
  a: fc.nat(11),
  b: fc.nat(11),
});

const LATE = { ...REFUSED, reason: 'late' } as const;
const pad = (stan: number): string => String(stan).padStart(6, '0');
const line = (account: string, amount: number, floor: number | null = null) => ({
  account,
  currency: '840',
  amount,
  floor,
});

/** Of 1,000, as every entry here: paid by M1 down to its floor, and counted by two subjects. */
function charge(n: number, credited = 'supplier:'): Effects {
  const usage = { window: 'day', period: TODAY, countMax: 40, amountMax: 35_000, amount: 1_000 };
  return {
    postings: [line('merchant:M1', -1_000, -40_000), line(credited, 1_000)],
    usage: [{ ...usage, subject: `terminal:${n % 2}` }],
  };
}

function promise(n: number): Reward {
  return {
    subject: `promotion:X ${n % 2}`,
    window: 'ever',
    period: 'ever',
    by: n % 3 === 0 ? 'count' : 'amount',
    every: n % 3 === 0 ? 2 : 3_000,
    amount: 1_000,
    postings: [line(`account:P ${n % 2}`, 50), line('promotion:X', -50)],
    receiptId: 0,
  };
}

class History {
  readonly stores: readonly Store[];
  /** Key by PIN that was told. */
  readonly told = new Map<number, string>();
  readonly ids: number[] = [];
  readonly #entries = new Map<number, JournalEntry>();
  #count = 0;

  constructor(stores: readonly Store[]) {
    this.stores = stores;
  }

  async run({ do: what, stan, a, b }: Step): Promise<void> {
    this.#count += 1;
    const store = this.stores[this.#count % this.stores.length] as Store;
    switch (what) {
      case 'sell': {
        const entry = this.#entry(stan, 'pin-sale', a);
        const orElse = a % 3 === 0 ? this.#attempt(b) : undefined;
        const remember = entry.account ? { provider: 'P', merchant: 'M1' } : undefined;
        const effects = charge(a);
        const sold = await store.sell({ entry, outcome: APPROVED, today: TODAY, orElse, effects, remember });
        if (sold.kind === 'sold') this.#tell(entry.key, sold.pins);
        return this.#met(sold);
      }
      case 'open': {
        const entry = this.#entry(stan, 'account-credit', a);
        const reward = b % 2 === 0 ? promise(a) : undefined;
        return this.#met(await store.open({ entry, ...this.#attempt(b), effects: charge(a), reward }));
      }
      case 'credit': {
        const entry = this.#entry(stan, 'account-credit', a);
        const account = `account:P ${a % 2}`;
        const reward = b % 2 === 0 ? promise(a) : undefined;
        const remember = { provider: 'P', merchant: 'M1' };
        const effects = charge(a, account);
        return this.#met(
          await store.credit({ entry, outcome: APPROVED, effects, reward, account, remember }),
        );
      }
      case 'batch':
        return this.#batch(store, stan, a, b);
      case 'card': {
        const entry = this.#entry(stan, 'card-activation', a, false);
        const card = this.#binding(a, 'activate');
        const pinProduct = a % 2 === 0 ? 'TALK10' : '';
        const effects = charge(b, 'card:CARD10');
        const moved = await store.moveCard({ entry, card, outcome: APPROVED, pinProduct, effects });
        if (moved.kind === 'moved') this.#tell(entry.key, moved.pins);
        return this.#met(moved);
      }
      case 'redeem': {
        const entry = this.#entry(stan, 'card-redemption', a);
        const here = b % 3 === 0;
        const effects = {
          postings: [line('card:CARD10', -1_000), line(here ? 'account:P 0' : 'supplier:', 1_000)],
          usage: [],
        };
        const at = here ? undefined : this.#attempt(b);
        const account = here ? 'account:P 0' : '';
        const card = this.#binding(a, 'redeem');
        return this.#met(await store.redeem({ entry, card, at, outcome: APPROVED, account, effects }));
      }
      case 'reverse':
        return this.#reverse(store, stan, a, b);
      case 'close':
        return this.#close(store, a * 12 + b);
      case 'resolve': {
        const doubtful = [...(await store.pending()), ...(await store.forwardings(20))];
        const id = doubtful[(a * 12 + b) % (doubtful.length || 1)]?.id ?? this.ids[0] ?? 0;
        const decision = { by: 'ann', why: 'asked', at: 10_000, approved: APPROVED, declined: LATE };
        await store.resolve({ id, as: a % 2 === 0 ? 'done' : 'undone', ...decision });
        return;
      }
      case 'settle': {
        const due = await store.forwardings(20);
        const one = due[a % (due.length || 1)];
        if (one?.kind === 'reversal') await store.settleForwarding(one.id);
        return;
      }
      case 'cutover':
        if (a > 8) await store.cutover(`202603${String(this.#count % 28).padStart(2, '0')}`, 'clock');
        return;
      case 'fail': {
        const item: BatchItem = { number: 1, way: 'refused', entry: itemEntry(900, 1), outcome: REFUSED };
        const twice = batchOf(900 + this.#count, [item, item]);
        await store.sellBatch(twice).then(
          () => Promise.reject(new Error('a batch with one item twice was entered')),
          () => undefined,
        );
      }
    }
  }

  async #batch(store: Store, stan: number, a: number, b: number): Promise<void> {
    const items = Array.from({ length: 1 + (b % 4) }, (_, at): BatchItem => {
      const [number, n] = [at + 1, a + at * b];
      const account = { account: new Uint8Array([n]), accountMark: `mark-${n % 3}` };
      const effects = charge(n);
      const item = (service: string) => itemEntry(stan, number, { service, ...account });
      switch (n % 5) {
        case 0: {
          const entry = item('pin-sale');
          const orElse = b % 2 === 0 ? this.#attempt(n) : undefined;
          return { number, way: 'stock', entry, outcome: APPROVED, effects, orElse };
        }
        case 1:
          return {
            number,
            way: 'supplier',
            entry: item('account-credit'),
            attempt: this.#attempt(n),
            effects,
            reward: promise(n),
          };
        case 2: {
          const own = `account:P ${n % 2}`;
          const reward = promise(n);
          const entry = item('account-credit');
          const its = charge(n, own);
          return { number, way: 'ledger', entry, outcome: APPROVED, effects: its, reward, account: own };
        }
        case 3: {
          const entry = itemEntry(stan, number, { service: 'card-activation' });
          const card = this.#binding(n, 'activate');
          const its = charge(n, 'card:CARD10');
          return { number, way: 'card', entry, outcome: APPROVED, card, pinProduct: 'TALK10', effects: its };
        }
        default:
          return { number, way: 'refused', entry: item('pin-sale'), outcome: REFUSED };
      }
    });
    const batch = batchOf(stan, items, { fingerprint: 'batch' });
    const entered = await store.sellBatch(batch);
    if (entered.kind !== 'entered') return;
    if (!this.#entries.has(stan)) this.#entries.set(stan, batch.entry);
    for (const [at, result] of entered.items.entries()) {
      this.ids.push(result.id);
      if (result.kind === 'sold') this.#tell(items[at]?.entry.key ?? '', result.pins);
    }
  }

  async #reverse(store: Store, stan: number, a: number, b: number): Promise<void> {
    const met = [...this.#entries.values()];
    // One in four is of what may not have come yet.
    const known =
      (stan % 4 > 0 ? met[(stan * 12 + b) % (met.length || 1)] : undefined) ?? entryOf({ stan: pad(stan) });
    const query: OriginalQuery = citationOf(known, a % 2 === 0 ? {} : { amount: null });
    const items = known.service === 'batch' && b % 2 === 0 ? { numbers: [1], amount: null } : undefined;
    const entry = reversalEntry(100 + ((stan * 12 + a) % 60), { fingerprint: `${stan} ${a} ${b % 2}` });
    await store.reverse(reversing(entry, query, { now: 3_000, items }));
  }

  /** As the supplier's answer, an inquiry's, or the end of the time for it; of an old attempt now and then. */
  async #close(store: Store, n: number): Promise<void> {
    const id = this.ids[n % (this.ids.length || 1)];
    const [row] = id === undefined ? [] : await store.find({ id, limit: 1 });
    if (!row || row.reference === '') return;
    const { reference, doubt } = row;
    // An attempt that issues PINs has ended before the next supplier is asked.
    if (n % 7 === 0 && row.service !== 'pin-sale')
      return void (await store.reroute(row.id, this.#attempt(n)));
    if (doubt === 'inquiry' && n % 2 === 0) return void (await store.inquire(row.id, reference, 6_000));
    const state = n % 5 === 0 && doubt === 'reversal' ? 'reversing' : n % 3 === 0 ? 'declined' : 'approved';
    const forward = state === 'reversing' ? ({ kind: 'reversal', nextAt: 6_000 } as const) : undefined;
    // Only sales of PINs are issued any.
    const issues = state === 'approved' && row.service === 'pin-sale';
    await store.close(
      closing(row.id, {
        reference: n % 11 === 0 ? 'OLD' : reference,
        state: issues && n % 11 === 0 ? 'declined' : state,
        outcome: state === 'approved' ? APPROVED : LATE,
        forward,
        issued: issues && n % 11 !== 0 ? [issued(this.#count)] : [],
        remember: row.account ? { provider: 'P', merchant: 'M1' } : undefined,
      }),
    );
  }

  #met(result: { readonly kind: string; readonly id?: number }): void {
    if (result.id !== undefined) this.ids.push(result.id);
  }

  #tell(key: string, pins: readonly SealedPin[]): void {
    for (const { id } of pins) {
      const before = this.told.get(id);
      if (before !== undefined && before !== key) throw new Error(`PIN ${id} was told twice`);
      this.told.set(id, key);
    }
  }

  #entry(stan: number, service: string, n: number, credits = true): JournalEntry {
    const account = credits && service !== 'pin-sale' ? new Uint8Array([n]) : null;
    const accountMark = account ? `mark-${n % 3}` : '';
    const product = service === 'pin-sale' ? 'TALK10' : 'TOPUP';
    const fingerprint = `${service} ${n}`;
    const entry = entryOf({ stan: pad(stan), service, product, account, accountMark, fingerprint });
    if (!this.#entries.has(stan)) this.#entries.set(stan, entry);
    return entry;
  }

  #attempt(n: number): Attempt {
    this.#count += 1;
    const doubt = n % 3 === 0 ? 'inquiry' : 'reversal';
    return {
      supplier: n % 2 === 0 ? 'acme' : 'other',
      reference: `R${this.#count}`,
      deadlineAt: 5_000,
      doubt,
    };
  }

  #binding(n: number, step: CardBinding['step']): CardBinding {
    return { mark: `card-${1 + (n % 3)}`, step, terminal: 'TERM0001', activation: 'direct', today: TODAY };
  }
}

let issuedBefore = 0;
function issued(_: number) {
  issuedBefore += 1;
  const [row] = intakeRows(500_000 + issuedBefore, 1);
  if (!row) throw new Error('no row');
  const { sealed, mark, serial, expiry } = row;
  return { product: 'TALK10', supplier: 'acme', batch: 1, sealed, mark, serial, expiry };
}

/** What all days say together, and what the journal says. */
async function totalsAreRight(t: Test, store: Store): Promise<void> {
  const days = (await store.cutovers(100)).map(({ day }) => day);
  let [debits, amount] = [0, 0];
  for (const [n, day] of [...days, ''].entries()) {
    const entry = entryOf({ stan: pad(800 + n), messageClass: '5', service: 'reconciliation' });
    const scope = 'terminal';
    const result = await store.reconcile({
      entry,
      day,
      scope,
      currency: '840',
      said: NO_FIGURES,
      accepted: ACCEPTED,
      mismatch: REFUSED,
    });
    if (result.kind !== 'reconciled') throw new Error(result.kind);
    const { figures } = result.reconciliation;
    debits += figures.debits - figures.debitReversals;
    amount += figures.debitAmount - figures.debitReversalAmount;
  }
  const rows = (await store.find({ limit: 10_000 })).filter(
    ({ service, state }) => state === 'approved' && service in SETTLED_SERVICES,
  );
  t.equal(debits, rows.length);
  t.equal(
    amount,
    rows.reduce((sum, row) => sum + row.amount, 0),
  );
}

t.test('whatever comes together, the books agree', async (t) => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 100, maxLength: 160, size: 'max' }),
      fc.nat(6),
      async (steps, together) => {
        number += 1;
        const file = join(t.testdir({}), `history-${number}.db`);
        const stores = [
          await openSqliteStore({ file, clock: systemClock }),
          await openSqliteStore({ file, clock: systemClock }),
        ];
        const [store] = stores as [Store, Store];
        try {
          await store.takeIn(chunkOf(intakeRows(0, 8)));
          await store.takeInCards(cardsOf(cardRow(1), cardRow(2, { pin: new Uint8Array([1]) }), cardRow(3)));
          const history = new History(stores);
          for (let at = 0; at < steps.length; at += together + 1) {
            await Promise.all(steps.slice(at, at + together + 1).map((each) => history.run(each)));
            const { faults } = await store.audit();
            if (faults.length > 0) throw new Error(`after ${at}: ${faults.join('; ')}`);
          }
          await booksAreRight(t, store);
          await totalsAreRight(t, store);
        } finally {
          await Promise.all(stores.map((one) => one.shutdown()));
        }
      },
    ),
    { numRuns: HISTORIES, endOnFailure: true },
  );
});
