/** One thing done again and again, never twice at once: after each round it rests, until time or somebody wakes it. */
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';

export interface Rest {
  /** Milliseconds; undefined: until it is woken. */
  readonly ms: number | undefined;
  /** Only time ends it, or `rouse`. */
  readonly isDeaf?: boolean;
}

export const UNTIL_WOKEN: Rest = { ms: undefined };
export const AGAIN: Rest = { ms: 0 };

export class Rounds {
  readonly #clock: Clock;
  readonly #round: () => Promise<Rest>;
  readonly #failed: (error: unknown) => Rest;
  #isRunning = false;
  #isStopped = false;
  #wasWoken = false;
  #rest: Rest = UNTIL_WOKEN;
  #cancel = (): void => {};
  #last: Promise<void> = Promise.resolve();

  /** It rests until it is woken for the first time. `failed` says how long it rests after a round that rejected. */
  constructor(clock: Clock, round: () => Promise<Rest>, failed: (error: unknown) => Rest) {
    this.#clock = clock;
    this.#round = round;
    this.#failed = failed;
  }

  /** Woken in the middle of a round, another one follows it. */
  wake(): void {
    if (this.#isRunning || this.#rest.isDeaf) this.#wasWoken = true;
    else this.#begin();
  }

  /** Ends a deaf rest too. */
  rouse(): void {
    if (this.#isRunning) this.#wasWoken = true;
    else this.#begin();
  }

  /** Resolves when no round is under way; none will be. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    return this.#last;
  }

  /** Resolves when the round that is under way has ended. */
  idle(): Promise<void> {
    return this.#last;
  }

  #begin(): void {
    this.#cancel();
    if (this.#isStopped) return;
    this.#isRunning = true;
    this.#wasWoken = false;
    this.#last = this.#round()
      .catch(this.#failed)
      .then((rest) => {
        this.#isRunning = false;
        this.#rest = rest;
        if (this.#wasWoken && !rest.isDeaf) this.#begin();
        else if (rest.ms !== undefined) this.#cancel = this.#clock.after(rest.ms, () => this.#begin());
      });
  }
}

/** Growing waits, spread so that many switches do not call a hub that has come back in the same moment. */
export class Waits {
  readonly #random: Random;
  readonly #firstMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(random: Random, { retryFirstMs, retryMaxMs }: { retryFirstMs: number; retryMaxMs: number }) {
    this.#random = random;
    this.#firstMs = retryFirstMs;
    this.#maxMs = Math.max(retryFirstMs, retryMaxMs);
    this.#nextMs = retryFirstMs;
  }

  /** Nobody may shorten it by waking. */
  next(): Rest {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.#maxMs);
    return { ms: ms - this.#random.int(Math.max(Math.floor(ms / 4), 1)), isDeaf: true };
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
