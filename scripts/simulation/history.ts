/** One history: everything in it follows from its seed. */
import { Chance } from '../../src/base/chance.js';
import type { Random } from '../../src/base/random.js';
import type { Base } from './base.js';
import { Died } from './database.js';
import { finalFault, openDoubt } from './invariants.js';
import { asSeen, type Mutant, spoil } from './mutants.js';
import { SwitchProcess } from './process.js';
import { Street } from './street.js';
import { VirtualSupplier } from './supplier.js';
import { VirtualTerminal } from './terminal.js';
import { VirtualTime } from './time.js';

export interface History {
  readonly seed: number;
  readonly deals: number;
  readonly deaths: number;
  /** Undefined where everything was as it should be. */
  readonly fault: string | undefined;
  readonly lines: readonly string[];
}

/** Until then peers may be slow, dead and worse, and the process dies; later, everything answers. */
const TROUBLE_MS = 180_000;
const END_MS = 7_200_000;
const DEATHS_MAX = 6;
/** Ten days. */
const JUMP_MS = 864_000_000;

export async function playHistory(base: Base, seed: number, mutant?: Mutant): Promise<History> {
  const history = new Playing(base, seed, mutant);
  return history.play();
}

class Playing {
  readonly #base: Base;
  readonly #seed: number;
  readonly #mutant: Mutant | undefined;
  readonly #chance: Chance;
  readonly #time = new VirtualTime();
  readonly #begin = this.#time.now;
  readonly #suppliers: ReadonlyMap<string, VirtualSupplier>;
  readonly #terminals: readonly VirtualTerminal[];
  readonly #street: Street;
  readonly #lines: string[] = [];
  readonly #random: Random;
  readonly #saleMs: number;
  readonly #dying: number;
  readonly #slowMs: number;
  #process: SwitchProcess | undefined;
  #deaths = 0;
  #sockets = 0;
  #calm = false;
  #clockOff = 0;
  #fault: string | undefined;

  constructor(base: Base, seed: number, mutant: Mutant | undefined) {
    this.#base = base;
    this.#seed = seed;
    this.#mutant = mutant;
    const chance = new Chance(seed);
    this.#chance = chance;
    this.#random = {
      bytes: (length) => Buffer.alloc(length, chance.pick(256)),
      int: (limit) => chance.pick(limit),
    };
    // Time limits lie below and above the delays.
    this.#saleMs = [2_000, 8_000, 20_000][chance.pick(3)] as number;
    this.#slowMs = [100, 3_000, 30_000][chance.pick(3)] as number;
    const lossy = [0, 0.1, 0.4][chance.pick(3)] as number;
    this.#dying = [0, 0.05, 0.2][chance.pick(3)] as number;
    const mood = () => ({
      requestLost: chance.next() * lossy,
      answerLost: chance.next() * lossy,
      ...{ failing: chance.next() < 0.3 ? 0.3 : 0, refusing: 0.1, delayMsMax: this.#slowMs },
    });
    this.#suppliers = new Map(
      ['one', 'two'].map((name, at) => [name, new VirtualSupplier(8 + at, this.#time, chance, mood())]),
    );
    this.#street = new Street({
      ...{ time: this.#time, chance, lossy, database: base.database, isCalm: () => this.#calm },
      process: () => this.#process,
      note: (line) => this.#note(line),
      violated: (what) => this.#violated(what),
      seen: (request, socket) => asSeen(request, socket, mutant),
    });
    const answerMs = [5_000, 25_000][chance.pick(2)] as number;
    this.#terminals = Array.from({ length: 1 + chance.pick(3) }, (_, at) => this.#terminal(at + 1, answerMs));
  }

  async play(): Promise<History> {
    const { database } = this.#base;
    database.beginHistory();
    const dies = (): void => {
      if (!this.#calm && this.#deaths < DEATHS_MAX && this.#chance.next() < this.#dying) throw new Died();
    };
    database.hooks = { before: dies, after: dies };
    spoil(database, this.#mutant, (task) => this.#later(task));
    this.#start();
    for (const terminal of this.#terminals) terminal.start();
    if (this.#chance.next() < 0.2) this.#jump();
    this.#time.after(TROUBLE_MS, () => this.#recover());
    const isOver = (): boolean => this.#fault !== undefined || this.#isQuiet();
    const over = await this.#time.run(this.#begin + END_MS, isOver);
    if (!over) this.#violated('something is doubtful for ever, or a terminal is not answered');
    const deals = this.#terminals.flatMap((terminal) => terminal.deals);
    if (this.#fault === undefined) this.#fault = finalFault(database, this.#suppliers.values(), deals);
    this.#process?.die();
    return {
      seed: this.#seed,
      deals: deals.length,
      deaths: this.#deaths,
      fault: this.#fault,
      lines: this.#lines,
    };
  }

  #isQuiet(): boolean {
    return this.#terminals.every(({ isDone }) => isDone) && openDoubt(this.#base.database) === 0;
  }

  /** Somebody sets the clock, and perhaps sets it right again. */
  #jump(): void {
    const to = this.#chance.next() < 0.5 ? JUMP_MS : -JUMP_MS;
    const jumpTo = (off: number): void => {
      this.#clockOff = off;
      this.#note(`the clock is off by ${off / 86_400_000} days`);
    };
    this.#time.after(this.#chance.next() * TROUBLE_MS, () => jumpTo(to));
    if (this.#chance.next() < 0.5) this.#time.after(this.#chance.next() * TROUBLE_MS, () => jumpTo(0));
  }

  #recover(): void {
    this.#calm = true;
    this.#note('everything answers from now on');
    for (const supplier of this.#suppliers.values()) supplier.recover();
    if (!this.#process) this.#start();
  }

  /** A task of a mutant's: dying in it is dying. */
  #later(task: () => void): void {
    this.#time.after(2, () => {
      try {
        task();
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        this.#base.database.died();
        this.#died();
      }
    });
  }

  #start(): void {
    this.#note('the switch starts');
    this.#process = new SwitchProcess({
      ...{ base: this.#base, time: this.#time, random: this.#random, suppliers: this.#suppliers },
      saleMs: this.#saleMs,
      clockOff: () => this.#clockOff,
      onDeath: () => this.#died(),
    });
  }

  #died(): void {
    this.#note('the switch dies');
    this.#deaths += 1;
    this.#process?.die();
    this.#process = undefined;
    this.#time.after(this.#chance.next() * 5_000, () => {
      if (!this.#process) this.#start();
    });
  }

  #terminal(number: number, answerMs: number): VirtualTerminal {
    return new VirtualTerminal({
      name: `T000000${number}`,
      ...{ time: this.#time, chance: this.#chance, answerMs, deals: 1 + this.#chance.pick(3) },
      thinkMsMax: 20_000,
      kinds: ['stock', 'stock', 'issued', 'credit'],
      newSocket: () => ++this.#sockets,
      send: (request, socket, tell) => this.#street.send(request, socket, tell),
      violated: (what) => this.#violated(what),
    });
  }

  #note(line: string): void {
    this.#lines.push(`${String(this.#time.now - this.#begin).padStart(8)} ms  ${line}`);
  }

  #violated(what: string): void {
    this.#fault ??= what;
  }
}
