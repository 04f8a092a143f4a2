/** Where a store under contract lives: opened as often as a test wants, each time by what stands there. */
import type { Test } from 'tap';
import type { Store } from '../../src/store/store.js';

export interface Place {
  /** Another store on the same data; what is still open at the end of the test is shut down by the place. */
  open(): Promise<Store>;
}

/** A new, empty place, taken away when the test ends. */
export type NewPlace = (test: Test) => Promise<Place>;

export type Part = (t: Test, place: NewPlace) => Promise<void>;

/** Fails where the books are not right. */
export async function booksAreRight(t: Test, store: Store): Promise<void> {
  const { takenIn, byCustody, faults } = await store.audit();
  t.strictSame(faults, [], 'the audit finds no fault');
  const accounted = Object.values(byCustody).reduce((sum, count) => sum + count, 0);
  t.equal(accounted, takenIn, 'every PIN is accounted for');
}
