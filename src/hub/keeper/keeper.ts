/**
 * The loop at the hub that keeps the switches stocked: every second, and whenever the books have changed, it looks at
 * what lies where and at what is asked for, lets the policy say what to move, and records transfers and recalls
 * (stocking.ts), and the same for merchants' money (leases.ts). It holds nothing that counts: each step is one commit.
 *
 * Stops before a step's commit: nothing was given or asked for; the next round plans anew from what stands. Stops after
 * it: the transfer stands and is sent until it is applied, the recall until it is carried out; the next round sees
 * them as under way. Nothing is taken back because time passes.
 */
import { safeText } from '../../base/errors.js';
import { StoreBroken, StoreBusy, StoreFull } from '../../store/errors.js';
import type { StockPlan } from '../policy/policy.js';
import { LeaseKeeper } from './leases.js';
import type { KeeperDeps, KeeperSettings } from './settings.js';
import { StockKeeper } from './stocking.js';

export interface Keeper {
  /** As the last round saw it; undefined before the first. */
  readonly plan: StockPlan | undefined;
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>;
}

export function startKeeper(deps: KeeperDeps, settings: KeeperSettings): Keeper {
  return new Loop(deps, settings);
}

/** Between two rounds, so many times what the last plan took to make. */
const REST = 3;

class Loop implements Keeper {
  readonly #deps: KeeperDeps;
  readonly #settings: KeeperSettings;
  readonly #stock: StockKeeper;
  readonly #leases: LeaseKeeper;
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;

  constructor(deps: KeeperDeps, settings: KeeperSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#stock = new StockKeeper(deps, settings);
    this.#leases = new LeaseKeeper(deps, settings);
    this.#ended = this.#run();
  }

  get plan(): StockPlan | undefined {
    return this.#stock.plan;
  }

  stop(): Promise<void> {
    this.#over.abort();
    return this.#ended;
  }

  async #run(): Promise<void> {
    const { clock, wake } = this.#deps;
    const { everyMs, pauseMs } = this.#settings;
    const { signal } = this.#over;
    while (!signal.aborted) {
      // Asked before the round, so that what changes while it is under way is seen by the next one.
      const woken = wake.next(everyMs, signal);
      const took = await this.#round();
      if (took === undefined) return;
      // A large network's plan holds up the whole hub: calls of switches come first.
      const pause = Math.max(pauseMs, took * REST);
      await new Promise<void>((resolve) => {
        clock.after(Math.min(pause, everyMs), resolve);
      });
      await woken;
    }
  }

  /** How long its plan took to make, milliseconds; undefined where there can be no other round. */
  async #round(): Promise<number | undefined> {
    const { store, log } = this.#deps;
    try {
      // Of several hub processes one plans: two would give for the same lack.
      if (!(await store.leads())) return 0;
      const [switches, behind] = await Promise.all([store.switches(), store.behind()]);
      const served = switches.filter(({ state, why }) => state === 'active' && why === '');
      if (behind !== '') return 0;
      const took = await this.#stock.round(served);
      await this.#leases.round(served);
      return took;
    } catch (error) {
      // Whoever owns the store ends the program.
      if (error instanceof StoreBroken) return undefined;
      if (!(error instanceof StoreFull || error instanceof StoreBusy)) throw error;
      // Nothing was changed by the step that failed; the next round plans anew.
      log.error({ error: safeText(error) }, 'keeper: a round was given up');
    }
    return 0;
  }
}
