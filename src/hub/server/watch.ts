/**
 * What those who wait at the hub look at: one view of the books, read once for all of them. It is read when somebody
 * says that the books have changed (`wake`), and while anybody waits every `lookMs`, because commands in other
 * processes change them too. Waits end by their time, by what they wait for, or when whoever asked is gone; as many
 * as there are polls and asks under way, which have their own maximums.
 */
import type { Clock } from '../../base/clock.js';
import type { NetworkSwitch, Store } from '../../store/store.js';
import { STATEMENT_WANTED } from './settings.js';

export interface NetworkView {
  /** By id. */
  readonly switches: ReadonlyMap<number, NetworkSwitch>;
  /** Of the catalogue; 0 for none. */
  readonly revision: number;
  /** Why the books are older than a switch's; '' where they are not. */
  readonly behind: string;
  /** Since when a statement is wanted of every switch, milliseconds since the epoch; 0: never. */
  readonly statementWanted: number;
  /** When it was read, milliseconds since the epoch. */
  readonly at: number;
}

/** What the loops of a hub and its calls wake each other by. */
export interface Wake {
  /** The books were changed: all who wait look again, now. */
  wake(): void;
  /** Resolves when somebody has said so, or after `ms`. */
  next(ms: number, gone?: AbortSignal): Promise<void>;
}

type Listener = (view: NetworkView) => void;

export class Watch implements Wake {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #lookMs: number;
  readonly #listeners = new Set<Listener>();
  readonly #sleepers = new Set<() => void>();
  #view: NetworkView | undefined;
  #seen: NetworkView | undefined;
  #reading: Promise<NetworkView> | undefined;
  #following: Promise<NetworkView> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(store: Store, clock: Clock, lookMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#lookMs = lookMs;
  }

  wake(): void {
    for (const sleeper of [...this.#sleepers]) sleeper();
    // Where the store fails the process ends; nobody here could do better.
    this.#view = undefined;
    if (this.#listeners.size > 0 || this.#reading) this.look().catch(() => undefined);
  }

  next(ms: number, gone?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#sleepers.delete(end);
        gone?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      this.#sleepers.add(end);
      gone?.addEventListener('abort', end, { once: true });
      if (gone?.aborted) end();
    });
  }

  /** Everything that was committed before this call is in it. */
  look(): Promise<NetworkView> {
    if (!this.#reading) return this.#read();
    const read = (): Promise<NetworkView> => {
      this.#following = undefined;
      return this.#read();
    };
    this.#following ??= this.#reading.then(read, read);
    return this.#following;
  }

  /** The view that was read last; undefined before the first. */
  get last(): NetworkView | undefined {
    return this.#seen;
  }

  /** As it was at most `lookMs` ago. */
  async recent(): Promise<NetworkView> {
    const view = this.#view;
    return view && this.#clock.now() - view.at < this.#lookMs ? view : this.look();
  }

  /** The first view that fits, or the last one at `until` (milliseconds since the epoch) or when `gone`. */
  async until(fits: (view: NetworkView) => boolean, until: number, gone: AbortSignal): Promise<NetworkView> {
    let last = await this.look();
    if (fits(last) || gone.aborted) return last;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#listeners.delete(listener);
        gone.removeEventListener('abort', end);
        resolve(last);
      };
      const listener = (view: NetworkView): void => {
        last = view;
        if (fits(view)) end();
      };
      const cancel = this.#clock.after(Math.max(0, until - this.#clock.now()), end);
      this.#listeners.add(listener);
      gone.addEventListener('abort', end, { once: true });
      // Another view may have been read since.
      if (this.#view && this.#view !== last) listener(this.#view);
      this.#schedule();
    });
  }

  /** Ends its timer; waits end by their own time. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    this.#cancelTimer ??= this.#clock.after(this.#lookMs, () => {
      this.#cancelTimer = undefined;
      if (this.#listeners.size === 0) return;
      this.look()
        .catch(() => undefined)
        .then(() => this.#schedule());
    });
  }

  #read(): Promise<NetworkView> {
    const reading = this.#readStore().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  async #readStore(): Promise<NetworkView> {
    const at = this.#clock.now();
    const [switches, revision, behind, wanted] = await Promise.all([
      this.#store.switches(),
      this.#store.lastRevision(),
      this.#store.behind(),
      this.#store.setting(STATEMENT_WANTED),
    ]);
    const view: NetworkView = {
      switches: new Map(switches.map((one) => [one.id, one])),
      revision,
      behind,
      statementWanted: Number(wanted ?? 0),
      at,
    };
    this.#view = view;
    this.#seen = view;
    for (const listener of [...this.#listeners]) listener(view);
    return view;
  }
}
