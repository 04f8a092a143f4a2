/** Virtual time: what is due runs in the order of its moment, and what came of it runs to its end before the next. */
import type { Clock } from '../../src/base/clock.js';

interface Due {
  readonly at: number;
  readonly number: number;
  readonly task: () => void;
  cancelled: boolean;
}

/** When histories begin. */
export const BEGIN = Date.UTC(2026, 2, 1, 12);

export class VirtualTime {
  #now = BEGIN;
  #number = 0;
  readonly #heap: Due[] = [];
  readonly #soon: (() => void)[] = [];

  get now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const due: Due = {
      at: this.#now + Math.max(0, Math.round(delayMs)),
      number: this.#number++,
      task,
      cancelled: false,
    };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  }

  soon(task: () => void): void {
    this.#soon.push(task);
  }

  /** A clock whose tasks are dropped once `isAlive` says no: its process has died. */
  clock(isAlive: () => boolean): Clock {
    const ifAlive = (task: () => void) => (): void => {
      if (isAlive()) task();
    };
    return {
      now: () => this.#now,
      after: (delayMs, task) => this.after(delayMs, ifAlive(task)),
      soon: (task) => this.soon(ifAlive(task)),
    };
  }

  /** Runs until `done`, or nothing is due before `until`; true where it is done. */
  async run(until: number, done: () => boolean): Promise<boolean> {
    await this.#settle();
    while (!done()) {
      const due = this.#heap[0];
      if (!due || due.at > until) return false;
      this.#pop();
      if (due.cancelled) continue;
      this.#now = due.at;
      due.task();
      await this.#settle();
    }
    return true;
  }

  /** Promises, and what is to run at the end of the turn, until there is neither. */
  async #settle(): Promise<void> {
    await turn();
    while (this.#soon.length > 0) {
      for (const task of this.#soon.splice(0)) task();
      await turn();
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    heap.push(due);
    let at = heap.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(heap[at] as Due, heap[above] as Due)) break;
      swap(heap, at, above);
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let first = at;
      if (left < heap.length && isBefore(heap[left] as Due, heap[first] as Due)) first = left;
      if (right < heap.length && isBefore(heap[right] as Due, heap[first] as Due)) first = right;
      if (first === at) return;
      swap(heap, at, first);
      at = first;
    }
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.number < other.number);
}

function swap(heap: Due[], one: number, other: number): void {
  [heap[one], heap[other]] = [heap[other] as Due, heap[one] as Due];
}

/** All promises that can settle have: a tick comes after them, and costs less than a turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
