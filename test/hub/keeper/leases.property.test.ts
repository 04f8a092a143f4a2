/**
 * A merchant's money over a hub and two switches, each with a store of its own: whatever is leased, sold, reversed,
 * recalled, repeated or lost on the way, in whatever order, together it never sells more than it has paid in and may owe.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import type { Crediting, Store } from '../../../src/store/store.js';
import { AT, enrolled, linkOf } from '../../contract/hubPeer.js';
import { booksAreRight } from '../../contract/place.js';
import { APPROVED, citationOf, creditEntry, reversalEntry, reversing } from '../../contract/sample.js';
import { joining } from '../../contract/store/member.js';

const CURRENCY = '840';

type Step =
  | { readonly kind: 'pay' | 'lease' | 'sell' | 'recall'; readonly at: number; readonly amount: number }
  /** What is under way is applied, or not yet; `isLost`: the answer of a contact is. */
  | { readonly kind: 'fetch' | 'giveBack' | 'undo'; readonly at: number }
  | { readonly kind: 'contact'; readonly at: number; readonly isLost: boolean };

const at = fc.nat(1);
const amount = fc.integer({ min: 1, max: 400 });
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('pay', 'recall'), at, amount }),
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('lease', 'sell', 'sell'), at, amount }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('fetch', 'giveBack', 'undo'), at }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('contact'), at, isLost: fc.boolean() }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 20, maxLength: 50 },
);

/** A switch, with the real verbs of both sides. */
class Member {
  readonly id: number;
  readonly #hub: Store;
  readonly #store: Store;
  #sales = 0;
  #undone = 0;
  readonly #sold: ReturnType<typeof creditEntry>[] = [];

  constructor(hub: Store, store: Store, id: number) {
    this.#hub = hub;
    this.#store = store;
    this.id = id;
  }

  async contact(isLost: boolean): Promise<void> {
    const store = this.#store;
    const begun = await store.beginContact(linkOf(`${this.id} ${Math.random()}`));
    const known = await this.known();
    const changes = await store.changes(known.toldChange, 100);
    const balances = await store.balances('merchant:');
    const result = await this.#hub.contact({
      ...{ switchId: this.id, epoch: 1, ...begun, transfer: known.transfer, recall: known.recall },
      ...{ after: known.toldChange, change: changes.at(-1)?.id ?? known.toldChange, changes },
      ...{ afterJournal: 0, journal: 0, afterSettling: 0, settling: 0, sales: [], statement: undefined },
      leases: balances.map((one) => ({
        ...{ merchant: one.account.slice('merchant:'.length), currency: one.currency },
        amount: one.balance,
      })),
      at: AT,
    });
    if (result.kind !== 'accepted') throw new Error(result.detail);
    if (!isLost) await store.endContact({ ...result, link: begun.nextLink, at: AT });
  }

  async fetch(): Promise<void> {
    const { transfer } = await this.known();
    for (const { number, epoch, leases } of await this.#hub.transfersAfter(this.id, transfer, 100)) {
      const taken = await this.#store.transferIn({ epoch, number, pins: [], leases, at: AT });
      if (taken.kind !== 'taken') throw new Error(taken.kind);
    }
  }

  async giveBack(): Promise<void> {
    for (const order of await this.#hub.recalls(this.id)) {
      const { number, of: merchant, currency, count } = order;
      await this.#store.giveBack({ kind: 'lease', number, merchant, currency, amount: count }, AT);
    }
  }

  async sell(merchant: string, amount: number): Promise<void> {
    this.#sales += 1;
    const entry = creditEntry(this.#sales, { merchant, accountMark: merchant });
    const line = { currency: CURRENCY };
    const postings = [
      { ...line, account: `merchant:${merchant}`, amount: -amount, floor: 0 },
      { ...line, account: `account:${merchant}`, amount, floor: null },
    ];
    const crediting: Crediting = {
      ...{ entry, outcome: APPROVED, effects: { postings, usage: [] }, account: `account:${merchant}` },
      mayWait: true,
    };
    if ((await this.#store.credit(crediting)).kind === 'credited') this.#sold.push(entry);
  }

  async undo(): Promise<void> {
    const entry = this.#sold.pop();
    if (!entry) return;
    this.#undone += 1;
    const own = reversalEntry(500_000 + this.#undone);
    await this.#store.reverse(reversing(own, citationOf(entry, { amount: null }), { now: own.receivedAt }));
  }

  /** Of one merchant: what was sold here, and what may still be. */
  async money(merchant: string): Promise<{ readonly sold: number; readonly left: number }> {
    const [sold, left] = [
      await balanceOf(this.#store, `account:${merchant}`),
      await balanceOf(this.#store, `merchant:${merchant}`),
    ];
    return { sold, left };
  }

  forget(): void {
    this.#sold.length = 0;
  }

  async known() {
    const known = await this.#store.membership();
    if (!known) throw new Error('no member');
    return known;
  }
}

async function balanceOf(store: Store, account: string): Promise<number> {
  const found = (await store.balances(account)).find((one) => one.account === account);
  return found?.balance ?? 0;
}

async function open(t: Test, name: string): Promise<Store> {
  const store = await openSqliteStore({ file: join(t.testdir(), `${name}.db`), clock: systemClock });
  t.teardown(() => store.shutdown());
  return store;
}

t.test('together its switches never sell more than a merchant has paid in and may owe', async (t) => {
  t.testdir();
  const hub = await open(t, 'hub');
  const members: Member[] = [];
  const stores: Store[] = [];
  for (const name of ['one', 'two']) {
    const { id } = await enrolled(hub, name);
    const store = await open(t, name);
    await store.join(joining({ name }));
    stores.push(store);
    members.push(new Member(hub, store, id));
  }
  let runs = 0;
  const run = async (limit: number, all: readonly Step[]): Promise<void> => {
    runs += 1;
    const merchant = `M${String(runs).padStart(3, '0')}`;
    const paid = { now: 0 };
    for (const one of members) one.forget();
    for (const step of all) {
      const member = members[step.at] as Member;
      await carryOut(hub, member, merchant, limit, step, paid);
      const money = await Promise.all(members.map((one) => one.money(merchant)));
      const sold = money.reduce((sum, one) => sum + one.sold, 0);
      if (sold > paid.now + limit) throw new Error(`sold ${sold} of ${paid.now} and ${limit}`);
      if (money.some(({ left }) => left < 0)) throw new Error('a switch sold what it had not');
      if ((await balanceOf(hub, `merchant:${merchant}`)) < -limit) throw new Error('the hub leased too much');
    }
    // Everything arrives in the end: nothing of it was lost, and nothing came twice.
    for (const one of members) {
      await one.fetch();
      await one.giveBack();
      await one.contact(false);
    }
    const money = await Promise.all(members.map((one) => one.money(merchant)));
    const there = money.reduce((sum, { sold, left }) => sum + sold + left, 0);
    const here = await balanceOf(hub, `merchant:${merchant}`);
    if (here + there !== paid.now) throw new Error(`${here} here and ${there} there of ${paid.now}`);
    const leases = (await hub.leases()).filter((one) => one.merchant === merchant);
    const lefts = leases.map(({ switchId, left }) => [switchId, left]);
    const seen = members.map(({ id }, at) => [id, money[at]?.left]);
    const isSame = seen.every(
      ([id, left]) => left === 0 || lefts.some((one) => one[0] === id && one[1] === left),
    );
    if (!isSame) throw new Error('the hub does not know what is left');
  };
  const limits = fc.constantFrom(0, 300, 1_000);
  await fc.assert(fc.asyncProperty(limits, steps, run), { numRuns: 12 });
  for (const store of [hub, ...stores]) await booksAreRight(t, store);
});

async function carryOut(
  hub: Store,
  member: Member,
  merchant: string,
  limit: number,
  step: Step,
  paid: { now: number },
): Promise<void> {
  const lease = { switchId: member.id, currency: CURRENCY, at: AT };
  switch (step.kind) {
    case 'pay': {
      const line = { currency: CURRENCY, floor: null };
      const postings = [
        { ...line, account: `merchant:${merchant}`, amount: step.amount },
        { ...line, account: `cash:${merchant}`, amount: -step.amount },
      ];
      await hub.post({ postings, by: 'ann', why: 'paid in', reference: '', at: AT });
      paid.now += step.amount;
      return;
    }
    case 'lease':
      await hub.leaseOut({ ...lease, merchant, amount: step.amount, floor: -limit, ask: '' });
      return;
    case 'recall':
      await hub.recallFrom({ ...lease, kind: 'lease', of: merchant, count: step.amount, first: 'soonest' });
      return;
    case 'sell':
      return member.sell(merchant, step.amount);
    case 'undo':
      return member.undo();
    case 'fetch':
      return member.fetch();
    case 'giveBack':
      return member.giveBack();
    case 'contact':
      return member.contact(step.isLost);
  }
}
