/** The ledger of a test's data folder, read and funded beside the running switch, without a process for each look. */
import type { Test } from 'tap';
import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import type { Store } from '../../src/store/store.js';
import { booksAreRight } from '../contract/place.js';
import type { TestSwitch } from './process.js';

export async function withBooks<T>({ folder }: TestSwitch, task: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStoreOf({ dataFolder: folder, clock: systemClock });
  try {
    return await task(store);
  } finally {
    await store.shutdown();
  }
}

/** A merchant paid in; negative: it was paid back. */
export async function fund(running: TestSwitch, id: string, amount: number): Promise<void> {
  const line = { currency: '840', floor: null };
  const postings = [
    { ...line, account: `merchant:${id}`, amount },
    { ...line, account: `cash:${id}`, amount: -amount },
  ];
  await withBooks(running, (store) =>
    store.post({ postings, by: 'ann', why: 'transfer', reference: '', at: systemClock.now() }),
  );
}

/** Of all accounts whose name begins so; 0 where there is none. */
export async function balanceOf(running: TestSwitch, account: string): Promise<number> {
  const found = await withBooks(running, (store) => store.balances(account));
  return found.reduce((sum, { balance }) => sum + balance, 0);
}

/** The audit finds nothing: the ledger sums to zero and is what the journal says, and so are PINs and limits. */
export async function auditIsClean(t: Test, running: TestSwitch): Promise<void> {
  await withBooks(running, (store) => booksAreRight(t, store));
}
