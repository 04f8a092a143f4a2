/**
 * Whether the hub's books are surely the latest. Books that were put back from a backup show it only by the contact of
 * a switch that got something since, and that one may be away when another comes and asks. So a hub whose books end
 * long before its start gives nothing until every switch that it serves has been heard, or somebody has said that they
 * are the latest (`hub confirm`). While it runs, contacts keep its books young: an ordinary restart waits for nobody.
 */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { NetworkSwitch, Store } from '../../store/store.js';
import { CONFIRMED } from './settings.js';

export class Freshness {
  readonly #store: Store;
  readonly #startedAt: number;
  readonly #awaited: Set<number>;

  /** `booksAgeMax`: how long before the start the last contact may have been, milliseconds. */
  static async open(store: Store, clock: Clock, log: Log, booksAgeMax: number): Promise<Freshness> {
    const now = clock.now();
    const served = (await store.switches()).filter(isAwaited);
    const last = Math.max(...served.map(({ seenAt }) => seenAt));
    const awaited = now - last > booksAgeMax ? served : [];
    if (awaited.length > 0) {
      const names = awaited.map(({ name }) => name);
      const lastContact = new Date(last).toISOString();
      log.warn(
        { lastContact, awaited: names },
        'nothing is given before these switches were heard, or `hub confirm`',
      );
    }
    return new Freshness(store, now, new Set(awaited.map(({ id }) => id)));
  }

  private constructor(store: Store, startedAt: number, awaited: Set<number>) {
    this.#store = store;
    this.#startedAt = startedAt;
    this.#awaited = awaited;
  }

  /** Switches that have not been heard yet. */
  get awaited(): number {
    return this.#awaited.size;
  }

  /** Its contact was taken. Looks as well who is served no more, and whether the books were confirmed. */
  async heard(id: number): Promise<void> {
    if (!this.#awaited.delete(id) && this.#awaited.size === 0) return;
    if (Number((await this.#store.setting(CONFIRMED)) ?? 0) >= this.#startedAt) this.#awaited.clear();
    for (const one of await this.#store.switches()) if (!isAwaited(one)) this.#awaited.delete(one.id);
  }
}

function isAwaited({ state, why, seenAt }: NetworkSwitch): boolean {
  return state === 'active' && why === '' && seenAt > 0;
}
