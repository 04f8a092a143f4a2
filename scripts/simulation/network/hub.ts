/** The hub as a process: made anew at each start, from the real parts, and gone when it dies. */
import type { Random } from '../../../src/base/random.js';
import type { Catalogue } from '../../../src/domain/catalogue.js';
import { startKeeper } from '../../../src/hub/keeper/keeper.js';
import { KEEPER_LIMITS } from '../../../src/hub/keeper/settings.js';
import { DEFAULT_POLICY } from '../../../src/hub/policy/policy.js';
import { HubService } from '../../../src/hub/server/service.js';
import { HUB_LIMITS } from '../../../src/hub/server/settings.js';
import { openVault } from '../../../src/stock/vault.js';
import type { HttpRequest } from '../../../src/transport/httpExchange.js';
import { KEYRING } from '../base.js';
import type { SimulatedDatabase } from '../database.js';
import { SILENT } from '../process.js';
import type { VirtualTime } from '../time.js';
import { type Answer, answerOf } from './calls.js';

export interface HubOptions {
  readonly database: SimulatedDatabase;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly catalogue: Catalogue;
  /** It died in a commit. */
  readonly onDeath: () => void;
}

/** Seldom, as each look is work and nothing hangs on it: books change by calls, which wake whoever waits. */
export const LIMITS = { ...HUB_LIMITS, lookMs: 10_000, askLot: 2 };
const LIMIT = { product: 'TALK10', floor: 1, ceiling: 2 };
const KEEPER = {
  ...{ ...KEEPER_LIMITS, everyMs: 5_000, leasesEveryMs: 3_600_000 },
  policy: { ...DEFAULT_POLICY, limits: [LIMIT] },
};

export class HubProcess {
  readonly #options: HubOptions;
  #service: HubService | undefined;
  #isAlive = true;
  /** Of the calls under way: their connections end with it. */
  readonly #lost = new Set<() => void>();

  constructor(options: HubOptions) {
    this.#options = options;
    void this.#start();
  }

  die(): void {
    this.#isAlive = false;
    for (const lost of [...this.#lost]) lost();
  }

  /** Undefined where nobody listens; one of the two is called, or neither where it hangs for ever. */
  call(
    request: HttpRequest,
    gone: AbortSignal,
    answered: (answer: Answer) => void,
    lost: () => void,
  ): boolean {
    const service = this.#service;
    if (!this.#isAlive || !service) return false;
    this.#lost.add(lost);
    void answerOf(service, request, gone).then((answer) => {
      this.#lost.delete(lost);
      if (this.#isAlive) answered(answer);
    });
    return true;
  }

  async #start(): Promise<void> {
    const { database, time, random, catalogue, onDeath } = this.#options;
    const isAlive = (): boolean => this.#isAlive;
    const clock = time.clock(isAlive);
    const store = database.store(clock, isAlive, onDeath);
    const vault = await openVault(store, KEYRING, random);
    const shared = { store, vault, clock, random, log: SILENT, utcOffsetMinutes: 0 };
    const service = await HubService.open({ ...shared, limits: LIMITS, floorOf: () => undefined });
    const connected = (): ReadonlySet<number> => service.connected();
    startKeeper({ ...shared, catalogue, wake: service.watch, connected }, KEEPER);
    this.#service = service;
  }
}
