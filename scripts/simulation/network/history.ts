/** One history of a hub and its switches: everything in it follows from its seed. */
import { Chance } from '../../../src/base/chance.js';
import type { Random } from '../../../src/base/random.js';
import { HubClient } from '../../../src/hub/client/client.js';
import type { MemberDeps } from '../../../src/hub/client/member.js';
import { memberSchema } from '../../../src/hub/client/schema.js';
import { randomOf } from '../chances.js';
import { Died, type SimulatedDatabase } from '../database.js';
import type { History } from '../history.js';
import { finalFault, openDoubt } from '../invariants.js';
import { SwitchProcess } from '../process.js';
import { Street } from '../street.js';
import { type Deal, nameOf, VirtualTerminal } from '../terminal.js';
import { BEGIN, VirtualTime } from '../time.js';
import type { NetworkBase } from './base.js';
import { HubProcess } from './hub.js';
import { bookFault, custodyFault, isAllTold } from './invariants.js';
import { Line } from './line.js';
import { HastyLine, type NetworkMutant, reclaim } from './mutants.js';

/** Until then lines may be slow, lossy and cut, and processes die; later, everything gets through. */
const TROUBLE_MS = 60_000;
const END_MS = 3_600_000;
const DEATHS_MAX = 6;
const RECLAIM_MS = 5_000;
const NO_SUPPLIERS = new Map<string, never>();
/** Seldom where nothing but work hangs on it; how long a call may take lies below and above the delays. */
const OPTIONS = [1_000, 10_000].map((callMs) =>
  memberSchema.parse({ times: { callMs, lookMs: 4_000, heartbeatMs: 10_000, startMs: 3_000 } }),
);

export function playNetwork(base: NetworkBase, seed: number, mutant?: NetworkMutant): Promise<History> {
  return new Playing(base, seed, mutant).play();
}

interface Member {
  readonly database: SimulatedDatabase;
  readonly line: Line;
  readonly terminal: VirtualTerminal;
  process: SwitchProcess | undefined;
}

class Playing {
  readonly #base: NetworkBase;
  readonly #seed: number;
  readonly #mutant: NetworkMutant | undefined;
  readonly #chance: Chance;
  readonly #random: Random;
  readonly #time = new VirtualTime();
  readonly #taken: number;
  readonly #lines: string[] = [];
  readonly #options;
  readonly #saleMs: number;
  readonly #answerMs: number;
  readonly #lossy: number;
  readonly #dying: number;
  readonly #members: readonly Member[];
  #hub: HubProcess | undefined;
  #deaths = 0;
  #sockets = 0;
  #calm = false;
  #isDirty = true;
  #fault: string | undefined;

  constructor(base: NetworkBase, seed: number, mutant: NetworkMutant | undefined) {
    this.#base = base;
    this.#seed = seed;
    this.#mutant = mutant;
    const chance = new Chance(seed);
    this.#chance = chance;
    this.#random = randomOf(chance);
    this.#options = OPTIONS[chance.pick(2)] as (typeof OPTIONS)[number];
    this.#saleMs = [2_000, 8_000][chance.pick(2)] as number;
    this.#answerMs = [3_000, 10_000][chance.pick(2)] as number;
    this.#lossy = [0, 0.1, 0.3][chance.pick(3)] as number;
    this.#dying = [0, 0.01, 0.05][chance.pick(3)] as number;
    const delayMsMax = [50, 800, 8_000][chance.pick(3)] as number;
    for (const database of [base.hub, ...base.members]) database.beginHistory();
    this.#taken = base.hub.audit().takenIn;
    this.#members = base.members.map((database, at) => this.#member(database, at, delayMsMax));
  }

  async play(): Promise<History> {
    this.#startHub();
    for (const member of this.#members) {
      this.#start(member);
      this.#time.after(this.#chance.next() * 5_000, () => member.terminal.start());
    }
    if (this.#mutant === 'reclaim by timeout') this.#reclaim();
    this.#time.after(TROUBLE_MS, () => this.#recover());
    const over = await this.#time.run(BEGIN + END_MS, () => this.#isOver());
    if (!over) this.#violated('something is doubtful, or untold, for ever');
    this.#fault ??= this.#finalFault();
    this.#hub?.die();
    for (const { process } of this.#members) process?.die();
    const deals = this.#members.flatMap(({ terminal }) => terminal.deals).length;
    return { seed: this.#seed, deals, deaths: this.#deaths, fault: this.#fault, lines: this.#lines };
  }

  /** Looked at after every step. */
  #isOver(): boolean {
    if (this.#isDirty) {
      this.#isDirty = false;
      this.#fault ??= custodyFault(this.#base, this.#taken);
    }
    if (this.#fault !== undefined) return true;
    if (!this.#calm || !this.#members.every(({ terminal }) => terminal.isDone)) return false;
    return this.#base.members.every((database) => openDoubt(database) === 0) && isAllTold(this.#base);
  }

  #finalFault(): string | undefined {
    const told = new Map<string, string>();
    for (const { database, terminal } of this.#members) {
      const fault = finalFault(database, [], terminal.deals) ?? toldTwice(terminal.deals, told);
      if (fault !== undefined) return fault;
    }
    const { faults } = this.#base.hub.audit();
    return faults.length > 0 ? `the hub's audit: ${faults.join('; ')}` : bookFault(this.#base);
  }

  #member(database: SimulatedDatabase, at: number, delayMsMax: number): Member {
    const chance = this.#chance;
    const cutAt = BEGIN + chance.next() * TROUBLE_MS;
    const cut = chance.next() < 0.3 ? ([cutAt, cutAt + chance.next() * 40_000] as const) : ([0, 0] as const);
    const mood = { lost: chance.next() * this.#lossy, delayMsMax, cut };
    const hasty = this.#mutant === 'transfer acknowledged before stored' ? new HastyLine() : undefined;
    const line = new Line({
      ...{ time: this.#time, chance, mood, hub: () => this.#hub },
      sent: (request) => hasty?.sent(request) ?? request,
      came: (request, answer) => hasty?.came(request, answer),
    });
    const member: Member = { database, line, terminal: this.#terminal(at, () => member), process: undefined };
    this.#dyingOf(database);
    return member;
  }

  #terminal(at: number, of: () => Member): VirtualTerminal {
    const { chance, time } = { chance: this.#chance, time: this.#time };
    const [note, violated] = [(line: string) => this.#note(line), (what: string) => this.#violated(what)];
    const street = new Street({
      ...{ time, chance, note, violated, lossy: this.#lossy, isCalm: () => this.#calm },
      database: this.#base.members[at] as SimulatedDatabase,
      process: () => of().process,
    });
    return new VirtualTerminal({
      ...{ name: `T000000${at + 1}`, time, chance, violated, kinds: ['stock'] },
      ...{ answerMs: this.#answerMs, deals: 2 + chance.pick(3), thinkMsMax: 8_000 },
      newSocket: () => ++this.#sockets,
      send: (request, socket, tell) => street.send(request, socket, tell),
    });
  }

  #dyingOf(database: SimulatedDatabase): void {
    const dies = (): void => {
      if (this.#calm || this.#deaths >= DEATHS_MAX || this.#chance.next() >= this.#dying) return;
      this.#deaths += 1;
      throw new Died();
    };
    const after = (): void => {
      this.#isDirty = true;
      dies();
    };
    database.hooks = { before: dies, after };
  }

  #startHub(): void {
    this.#note('the hub starts');
    this.#dyingOf(this.#base.hub);
    this.#hub = new HubProcess({
      ...{ database: this.#base.hub, catalogue: this.#base.catalogue },
      ...{ time: this.#time, random: this.#random },
      onDeath: () => {
        this.#note('the hub dies');
        this.#hub?.die();
        this.#hub = undefined;
        this.#later(() => this.#startHub());
      },
    });
  }

  #start(member: Member): void {
    const { database, line } = member;
    this.#note(`switch ${this.#members?.indexOf(member)} starts`);
    const process: SwitchProcess = new SwitchProcess({
      base: { database, catalogue: this.#base.catalogue },
      ...{ time: this.#time, random: this.#random, suppliers: NO_SUPPLIERS, saleMs: this.#saleMs },
      clockOff: () => 0,
      network: (deps) => this.#client(deps, line, () => process.isAlive),
      onDeath: () => {
        this.#note(`switch ${this.#members.indexOf(member)} dies`);
        process.die();
        member.process = undefined;
        this.#later(() => this.#start(member));
      },
    });
    member.process = process;
  }

  async #client(deps: MemberDeps, line: Line, isAlive: () => boolean): Promise<HubClient> {
    const membership = await deps.store.membership();
    if (!membership) throw new Error('no member');
    const catalogue = { check: () => {}, stored: () => {} };
    const log = {
      ...deps.log,
      error: (fields: object, what: string) => this.#note(`${what} ${JSON.stringify(fields)}`),
    };
    const exchange = line.exchange(isAlive);
    const client = new HubClient(membership, this.#options, { ...deps, log, catalogue, exchange });
    await client.start();
    if (client.stopped !== '') this.#violated(`a switch was told to stop: ${client.stopped}`);
    return client;
  }

  #later(start: () => void): void {
    this.#time.after(this.#chance.next() * 5_000, start);
  }

  #reclaim(): void {
    this.#time.after(RECLAIM_MS, () => {
      reclaim(this.#base.hub, this.#time.now);
      this.#isDirty = true;
      this.#reclaim();
    });
  }

  #recover(): void {
    this.#calm = true;
    this.#note('everything gets through from now on');
    for (const { line } of this.#members) line.recover();
  }

  #note(line: string): void {
    this.#lines.push(`${String(this.#time.now - BEGIN).padStart(8)} ms  ${line}`);
  }

  #violated(what: string): void {
    this.#fault ??= what;
  }
}

function toldTwice(deals: readonly Deal[], told: Map<string, string>): string | undefined {
  for (const deal of deals) {
    if (deal.serial === '') continue;
    const before = told.get(deal.serial);
    if (before !== undefined) return `${nameOf(deal)} and ${before} were told the same PIN`;
    told.set(deal.serial, nameOf(deal));
  }
  return undefined;
}
