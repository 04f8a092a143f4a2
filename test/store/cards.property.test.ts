/**
 * A value card, model-based: random histories of moves, redemptions with every end, reversals, repeats and restarts
 * against a model of one card. After every step the card stands where the model has it, its value is in one account
 * or none, and the books are right at the end.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { CardMove, Effects, JournalEntry, Redemption, Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
import {
  APPROVED,
  citationOf,
  closing,
  entryOf,
  REFUSED,
  reversalEntry,
  reversing,
} from '../contract/sample.js';

const HISTORIES = 15;
const VALUE = 700;
const TODAY = '20260301';
const MOVES = ['preauthorise', 'activate', 'deactivate', 'report-lost'] as const;
const ENDS = ['here', 'approved', 'declined', 'doubt', 'pending'] as const;

const terminal = fc.constantFrom('T1', 'T2');
const nth = fc.nat(30);
const step = fc.oneof(
  { arbitrary: fc.record({ do: fc.constantFrom(...MOVES), terminal }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constantFrom('preauthorise', 'activate'), terminal: fc.constant('T1') }),
    weight: 12,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('redeem'),
      account: fc.constantFrom('A', 'B'),
      end: fc.constantFrom(...ENDS),
    }),
    weight: 12,
  },
  { arbitrary: fc.record({ do: fc.constantFrom('reverse', 'repeat'), nth }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constantFrom('recover', 'settle') }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constant('restart') }), weight: 1 },
) as fc.Arbitrary<Step>;

type Step =
  | { readonly do: (typeof MOVES)[number]; readonly terminal: string }
  | { readonly do: 'redeem'; readonly account: string; readonly end: (typeof ENDS)[number] }
  | { readonly do: 'reverse' | 'repeat'; readonly nth: number }
  | { readonly do: 'recover' | 'settle' | 'restart' };

/** A transaction by the model. `before`: how the card stood; undefined where it moved nothing. */
interface Done {
  readonly id: number;
  readonly entry: JournalEntry;
  readonly again: () => Promise<{ readonly kind: string }>;
  readonly account: string;
  readonly before: Card | undefined;
  status: 'pending' | 'approved' | 'declined' | 'reversing' | 'reversed';
}

interface Card {
  readonly state: string;
  readonly terminal: string;
  readonly by: Done | undefined;
}

class History {
  readonly #t: Test;
  readonly #place: { store: Store; reopen(): Promise<void> };
  readonly #name: string;
  readonly #done: Done[] = [];
  #card: Card = { state: 'inactive', terminal: '', by: undefined };
  #stan = 0;

  constructor(t: Test, place: { store: Store; reopen(): Promise<void> }, name: string) {
    this.#t = t;
    this.#place = place;
    this.#name = name;
  }

  get #store(): Store {
    return this.#place.store;
  }

  async begin(): Promise<void> {
    const row = { line: 1, product: 'CARD10', sealed: new Uint8Array([1]), pin: null, expiry: '20271231' };
    const rows = [{ ...row, mark: this.#name }];
    const { taken } = await this.#store.takeInCards({
      ...{ supplier: 'acme', intake: this.#name, batch: 1, rows, progress: 1, at: 1 },
    });
    this.#t.equal(taken, 1);
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'redeem':
        return this.#redeem(step.account, step.end);
      case 'reverse':
        return this.#reverse(this.#done[step.nth]);
      case 'repeat': {
        const one = this.#done[step.nth];
        if (one) this.#t.equal((await one.again()).kind, 'repeat');
        return;
      }
      case 'recover':
        return this.#end('pending', 'doubt');
      case 'settle':
        return this.#end('reversing', 'settled');
      case 'restart':
        return this.#place.reopen();
      default:
        return this.#move(step.do, step.terminal);
    }
  }

  async #move(step: (typeof MOVES)[number], here: string): Promise<void> {
    const service = { preauthorise: 'card-preauthorisation', activate: 'card-activation' };
    const entry = this.#entry(step in service ? service[step as 'activate'] : 'card-loss', here, '');
    const card = { ...this.#binding(here), step };
    const move: CardMove = { entry, card, outcome: APPROVED, pinProduct: '' };
    const again = () => this.#store.moveCard(move);
    const result = await again();
    const { state, terminal: first } = this.#card;
    const mine = state === 'preauthorised' && first === here;
    const isReport = step === 'deactivate' || step === 'report-lost';
    const may = isReport
      ? ['inactive', 'preauthorised', 'active'].includes(state)
      : mine || (step === 'preauthorise' && state === 'inactive');
    this.#t.equal(result.kind, may ? 'moved' : 'card-refused', `${state} ${step}`);
    if (!('id' in result)) return;
    const done: Done = {
      ...{ id: result.id, entry, again, account: '', before: may ? this.#card : undefined },
      status: may ? 'approved' : 'declined',
    };
    this.#done.push(done);
    if (!may) return;
    const to = {
      preauthorise: 'preauthorised',
      activate: 'active',
      deactivate: 'deactivated',
      'report-lost': 'lost',
    };
    this.#card = { state: to[step], terminal: step === 'preauthorise' ? here : first, by: done };
  }

  async #redeem(account: string, end: (typeof ENDS)[number]): Promise<void> {
    const entry = this.#entry('card-redemption', 'T1', account);
    const redemption: Redemption = {
      entry,
      card: { ...this.#binding('T1'), step: 'redeem' },
      at:
        end === 'here'
          ? undefined
          : { supplier: 'acme', reference: 'REF1', deadlineAt: 5, doubt: 'reversal' },
      outcome: APPROVED,
      account: '',
      effects: this.#spent(account),
    };
    const again = () => this.#store.redeem(redemption);
    const result = await again();
    const { state, by } = this.#card;
    const told = state === 'redeemed' && by?.account === account;
    const kinds: Record<string, string> = {
      active: end === 'here' ? 'redeemed' : 'opened',
      redeeming: 'card-held',
    };
    this.#t.equal(
      result.kind,
      told ? 'redeemed-before' : (kinds[state] ?? 'card-refused'),
      `${state} redeem`,
    );
    if (!('id' in result)) return;
    const opened = state === 'active';
    const done: Done = {
      ...{ id: result.id, entry, again, account, before: opened ? this.#card : undefined },
      status: told ? 'approved' : 'declined',
    };
    this.#done.push(done);
    if (!opened) return;
    done.status = end === 'here' ? 'approved' : 'pending';
    this.#card = { ...this.#card, state: end === 'here' ? 'redeemed' : 'redeeming', by: done };
    if (end !== 'here' && end !== 'pending') await this.#close(done, end);
  }

  async #close(done: Done, end: 'approved' | 'declined' | 'doubt'): Promise<void> {
    const state = end === 'doubt' ? 'reversing' : end;
    const outcome = end === 'approved' ? APPROVED : REFUSED;
    this.#t.equal((await this.#store.close(closing(done.id, { state, outcome }))).kind, 'closed');
    this.#follow(done, state);
  }

  /** The last one that stands so ends its doubt, or is undone by its supplier. */
  async #end(status: Done['status'], how: 'doubt' | 'settled'): Promise<void> {
    const done = this.#done.find((one) => one.status === status);
    if (!done) return;
    if (how === 'doubt') return this.#close(done, 'doubt');
    await this.#store.settleForwarding(done.id);
    this.#follow(done, 'reversed');
  }

  #follow(done: Done, status: Done['status']): void {
    done.status = status;
    if (!done.before) return;
    if (status === 'declined' || status === 'reversed') this.#card = done.before;
    else this.#card = { ...this.#card, state: status === 'approved' ? 'redeemed' : 'redeeming' };
  }

  async #reverse(done: Done | undefined): Promise<void> {
    if (!done) return;
    const entry = reversalEntry(this.#next(), { terminal: this.#name });
    const query = citationOf(done.entry, { amount: null, transmittedAt: '' });
    const { kind } = await this.#store.reverse(reversing(entry, query, { now: entry.receivedAt }));
    if (done.status === 'pending') {
      this.#t.equal(kind, 'reversed');
      return this.#follow(done, 'reversing');
    }
    if (done.status !== 'approved') {
      this.#t.equal(kind, 'nothing-to-undo');
      return;
    }
    const isLast = done.before !== undefined && this.#card.by === done;
    this.#t.equal(kind, isLast ? 'reversed' : 'stands');
    if (isLast) this.#follow(done, await this.#stateOf(done));
  }

  /** Undone at once, or by its supplier some day: as the journal says. */
  async #stateOf(done: Done): Promise<Done['status']> {
    const [stored] = await this.#store.find({ id: done.id, limit: 1 });
    return stored?.state ?? 'declined';
  }

  async agrees(): Promise<void> {
    const card = await this.#store.card(this.#name);
    this.#t.equal(card?.state, this.#card.state);
    const balances = await this.#store.balances(`account:${this.#name} `);
    const held = balances.reduce((sum, { balance }) => sum + balance, 0);
    const spends = this.#done.filter((one) => one.before && one.account !== '');
    const standing = spends.filter(({ status }) => status === 'approved' || status === 'pending');
    this.#t.ok(standing.length <= 1, 'redeemed at most once');
    this.#t.equal(held, standing.length * VALUE, 'credited exactly once');
  }

  #spent(account: string): Effects {
    const posting = { currency: '840', floor: null };
    const postings = [
      { ...posting, account: `card:${this.#name}`, amount: -VALUE },
      { ...posting, account: `account:${this.#name} ${account}`, amount: VALUE },
    ];
    return { postings, usage: [] };
  }

  #binding(here: string): Omit<CardMove['card'], 'step'> {
    return { mark: this.#name, terminal: here, activation: 'same-terminal', today: TODAY };
  }

  #next(): number {
    this.#stan += 1;
    return this.#stan;
  }

  #entry(service: string, rrn: string, account: string): JournalEntry {
    const stan = String(this.#next()).padStart(6, '0');
    const accountMark = account === '' ? '' : `mark-${account}`;
    return entryOf({
      terminal: this.#name,
      stan,
      service,
      product: 'CARD10',
      rrn: `${rrn}${stan}`,
      accountMark,
    });
  }
}

t.test(
  'after every step of every history the card is where the model has it, its value in one place',
  async (t) => {
    const file = join(t.testdir(), 'store.db');
    const open = (): Promise<Store> => openSqliteStore({ file, clock: systemClock });
    const place = {
      store: await open(),
      async reopen() {
        await place.store.shutdown();
        place.store = await open();
      },
    };
    t.teardown(() => place.store.shutdown());
    let histories = 0;
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
      async (steps) => {
        histories += 1;
        const history = new History(t, place, `C${String(histories).padStart(4, '0')}`);
        await history.begin();
        for (const each of steps) {
          await history.run(each);
          await history.agrees();
        }
        await booksAreRight(t, place.store);
      },
    );
    await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
  },
);
