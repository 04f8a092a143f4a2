/** A network as a switch's sales see it, played by a test: every asking waits until the test answers it. */
import type { Network } from '../../src/switch/context.js';

export interface Asked {
  readonly what: string;
  readonly count: number;
  readonly until: number;
  readonly answer: (came: boolean) => void;
}

export class Hub implements Network {
  readonly asked: Asked[] = [];
  readonly #taken: Asked[] = [];
  #waiting: ((asked: Asked) => void) | undefined;

  askPins(product: string, count: number, until: number): Promise<boolean> {
    return this.#ask(product, count, until);
  }

  askMoney(merchant: string, currency: string, amount: number, until: number): Promise<boolean> {
    return this.#ask(`${merchant} ${currency}`, amount, until);
  }

  /** The next asking, in the order in which they come. */
  next(): Promise<Asked> {
    const first = this.#taken.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #ask(what: string, count: number, until: number): Promise<boolean> {
    return new Promise((answer) => {
      const one = { what, count, until, answer };
      this.asked.push(one);
      if (this.#waiting) this.#waiting(one);
      else this.#taken.push(one);
      this.#waiting = undefined;
    });
  }
}
