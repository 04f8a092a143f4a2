/** Terminals at one switch, of uneven demand: it swells and falls, now and then there is a rush. */
import { Client, saleOf } from '../../test/support/client.js';

export interface Wish {
  readonly product: string;
  readonly price: number;
  /** Sales a second, on the average. */
  readonly rate: number;
}

const TICK_MS = 50;
/** From one height of demand to the next, milliseconds. */
const SWELL_MS = 40_000;
const RUSH_SHARE = 0.15;
const RUSH_MS = 5_000;
const RUSH_TIMES = 4;
/** Sales that wait for their answer; more are not begun. */
const WAITING_MAX = 256;

export class Fleet {
  readonly #port: number;
  readonly #wishes: readonly Wish[];
  readonly #phase: number;
  readonly #random: () => number;
  #client: Client | undefined;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #rushUntil = 0;
  sold = 0;
  declined = 0;

  /** `phase`: 0 to 1, where in its swell this switch's demand begins. */
  constructor(port: number, wishes: readonly Wish[], phase: number, random: () => number) {
    this.#port = port;
    this.#wishes = wishes;
    this.#phase = phase;
    this.#random = random;
  }

  async start(): Promise<void> {
    this.#client = await Client.open(this.#port);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client?.close();
  }

  #tick(): void {
    const now = Date.now();
    if (this.#rushUntil < now && this.#random() < (RUSH_SHARE * TICK_MS) / RUSH_MS)
      this.#rushUntil = now + RUSH_MS;
    const swell = 1 + 0.7 * Math.sin(2 * Math.PI * (now / SWELL_MS + this.#phase));
    const times = (this.#rushUntil > now ? RUSH_TIMES : 1) * swell;
    for (const { product, price, rate } of this.#wishes) {
      // As many as a Poisson process has in so short a time, but for a rest that does not count here.
      const expected = (rate * times * TICK_MS) / 1_000;
      const count = Math.floor(expected) + (this.#random() < expected % 1 ? 1 : 0);
      for (let n = 0; n < count && this.#waiting < WAITING_MAX; n++) void this.#sell(product, price);
    }
  }

  async #sell(product: string, price: number): Promise<void> {
    this.#waiting += 1;
    const answer = await this.#client?.ask('0200', saleOf(product, price));
    this.#waiting -= 1;
    if (answer?.fields[39] === '00') this.sold += 1;
    else if (answer) this.declined += 1;
  }
}
