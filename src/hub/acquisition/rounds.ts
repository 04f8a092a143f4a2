/**
 * A task that is done again and again, one round at a time: after the wait that the last round asked for, or at once
 * when it is woken. Woken during a round, another one follows at once.
 */
import type { Clock } from '../../base/clock.js';

export class Rounds {
  readonly #clock: Clock;
  readonly #task: () => Promise<number>;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancel: () => void = () => {};

  /** `task` says after how many milliseconds it is to be done again; it does not reject. */
  constructor(clock: Clock, task: () => Promise<number>) {
    this.#clock = clock;
    this.#task = task;
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#running = this.#round();
  }

  /** Resolves when the round under way has ended; none follows. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  async #round(): Promise<void> {
    const waitMs = await this.#task();
    this.#running = undefined;
    if (this.#stopped) return;
    const again = this.#again;
    this.#again = false;
    if (again) this.wake();
    else this.#cancel = this.#clock.after(waitMs, () => this.wake());
  }
}
