/** The switch as a process: made anew at each start, from the real parts, and gone when it dies. */

import type { Clock } from '../../src/base/clock.js';
import type { Random } from '../../src/base/random.js';
import { loadProfile } from '../../src/conduit/profile.js';
import type { Outcome } from '../../src/domain/outcome.js';
import type { ServiceRequest } from '../../src/domain/request.js';
import type { HubClient } from '../../src/hub/client/client.js';
import type { MemberDeps } from '../../src/hub/client/member.js';
import { openVault } from '../../src/stock/vault.js';
import { createHttpSupplier } from '../../src/supply/http.js';
import { httpSupplierSchema } from '../../src/supply/schema.js';
import type { Supplier } from '../../src/supply/supply.js';
import { Calendar } from '../../src/switch/calendar.js';
import { SWITCH_LIMITS, SWITCH_TIMES, type SwitchContext } from '../../src/switch/context.js';
import { Forwarder } from '../../src/switch/forwarding.js';
import { Journey } from '../../src/switch/journey.js';
import { Names } from '../../src/switch/names.js';
import { Receipts } from '../../src/switch/receipts.js';
import { recoverAtStart } from '../../src/switch/recovery.js';
import { startSweeps } from '../../src/switch/sweeps.js';
import { type Base, KEYRING } from './base.js';
import type { VirtualSupplier } from './supplier.js';
import type { VirtualTime } from './time.js';

export interface ProcessOptions {
  readonly base: Pick<Base, 'database' | 'catalogue'> & Partial<Base>;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly suppliers: ReadonlyMap<string, VirtualSupplier>;
  readonly saleMs: number;
  /** By how much its clock is off, milliseconds: it may jump. */
  readonly clockOff: () => number;
  /** The hub's client of a member of a PIN network, started. */
  readonly network?: ((deps: MemberDeps) => Promise<HubClient>) | undefined;
  /** It died in a commit. */
  readonly onDeath: () => void;
}

export const SILENT = { info() {}, warn() {}, error() {} };
const COUNTERS = { add() {} };
const PROFILE = loadProfile('default');

export class SwitchProcess {
  readonly #options: ProcessOptions;
  #isAlive = true;
  #journey: Journey | undefined;
  #client: HubClient | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
    void this.#start();
  }

  die(): void {
    this.#isAlive = false;
  }

  /** Undefined while it starts: nobody listens. The answer never comes where it dies before. */
  handle(request: ServiceRequest): Promise<Outcome | undefined> | undefined {
    if (!this.#isAlive || this.stopped !== '') return undefined;
    return this.#journey?.handle(PROFILE, request);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Why its hub has told it to stop; ''. */
  get stopped(): string {
    return this.#client?.stopped ?? '';
  }

  async #start(): Promise<void> {
    const { base, random, suppliers, saleMs, network, onDeath } = this.#options;
    const isAlive = (): boolean => this.#isAlive;
    const clock = this.#clock(isAlive);
    const store = base.database.store(clock, isAlive, onDeath);
    // A member's learns data keys: what it knows must not outlast what stands.
    const vault = base.vault ?? (await openVault(store, KEYRING, random));
    this.#client = await network?.({ store, vault, clock, random, log: SILENT });
    let forwarder: Forwarder | undefined;
    const context: SwitchContext = {
      ...{ isShared: false, store, vault, catalogue: base.catalogue, network: this.#client },
      ...{ clock, random, log: SILENT, cutoverAcquirers: undefined },
      suppliers: new Map([...suppliers].map(([name, one]) => [name, this.#supplier(name, one)])),
      receipts: await Receipts.open(store),
      calendar: new Calendar(clock, 0),
      names: new Names(clock, random),
      atSuppliers: new Map(),
      forwardingDue: () => forwarder?.wake(),
      times: { ...SWITCH_TIMES, saleMs },
      limits: SWITCH_LIMITS,
    };
    forwarder = new Forwarder(context);
    await recoverAtStart(context);
    forwarder.wake();
    startSweeps(context);
    this.#journey = new Journey(context);
  }

  #clock(isAlive: () => boolean): Clock {
    const { time, clockOff } = this.#options;
    return { ...time.clock(isAlive), now: () => time.now + clockOff() };
  }

  #supplier(name: string, peer: VirtualSupplier): Supplier {
    const isAlive = (): boolean => this.#isAlive;
    const config = httpSupplierSchema.parse({
      kind: 'http',
      name,
      url: 'http://supplier',
      orderLifeMs: 60_000,
    });
    return createHttpSupplier(
      config,
      { clock: this.#clock(isAlive), counters: COUNTERS },
      peer.exchange(isAlive),
    );
  }
}
