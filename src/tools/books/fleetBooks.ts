/**
 * The books of a fleet of terminals: what it sent, before it left, and what it was told. In memory one entry for each
 * transaction; in a file one JSON line a fact, appended:
 *
 *   {"fact":"run",…}      scenario, seed, and the local time at which it began
 *   {"fact":"sent",…}     a message is about to leave: what names it, what it asks for, whether all of it will leave
 *   {"fact":"answer",…}   DE39, DE38, DE4, PINs as SHA-256 and serial
 *   {"fact":"silence",…}  no answer came to it, and why
 *   {"fact":"end",…}      the local time at which it ended: until then its terminals' transactions were all its own
 *
 * Neither PINs nor accounts stand in it. A fact is in the operating system's hands before its message is on the wire.
 * Maximum: FLEET_TRANSACTIONS_MAX transactions.
 */
import type { Clock } from '../../base/clock.js';
import { SafeError } from '../../base/errors.js';
import { factSchema } from './factSchema.js';
import { Ledger } from './ledger.js';
import { readJsonLines } from './lines.js';
import type { Told } from './told.js';

export const FLEET_TRANSACTIONS_MAX = 1_000_000;

/** What names a transaction, as on the wire, and what it asks for. */
export interface Asked {
  readonly terminal: string;
  /** YYYYMMDD, local. */
  readonly date: string;
  /** hhmmss, local. */
  readonly time: string;
  readonly stan: string;
  readonly rrn: string;
  /** Second digit of the MTI. */
  readonly messageClass: string;
  readonly service: string;
  readonly product: string | null;
  readonly quantity: number | null;
  /** Minor units. */
  readonly amount: number | null;
  readonly currency: string | null;
  /** Of a reversal: the id of what it undoes. */
  readonly undoes: string | null;
  /** In what way the message is wrong on purpose; null where it is right. */
  readonly bad: string | null;
}

export type Silence = 'timeout' | 'closed' | 'cut';

export type Fact =
  | {
      readonly fact: 'run';
      readonly at: number;
      readonly scenario: string;
      readonly seed: number;
      /** YYYYMMDDhhmmss, local. */
      readonly from: string;
    }
  | {
      readonly fact: 'sent';
      readonly at: number;
      readonly id: string;
      readonly mti: string;
      /** False where the line is cut before all of it has left. */
      readonly whole: boolean;
      readonly asked: Asked;
    }
  | { readonly fact: 'answer'; readonly at: number; readonly id: string; readonly told: Told }
  | { readonly fact: 'silence'; readonly at: number; readonly id: string; readonly why: Silence }
  /** YYYYMMDDhhmmss, local. */
  | { readonly fact: 'end'; readonly at: number; readonly to: string };

/** Local times, YYYYMMDDhhmmss. One that did not end ends with what it sent last. */
interface Run {
  readonly from: string;
  to: string;
}

export interface BookedTransaction extends Asked {
  readonly id: string;
  /** Messages that left, repeats among them; and of these, whole ones. */
  sent: number;
  whole: number;
  /** In the order in which they came. */
  readonly answers: Told[];
  /** A reversal of it was sent; and accepted. */
  undoing: boolean;
  undone: boolean;
}

/** One transaction of one terminal, as the journal's key has it. */
export function transactionId(
  one: Pick<Asked, 'terminal' | 'date' | 'time' | 'stan' | 'messageClass'>,
): string {
  return `${one.terminal}/${one.date}/${one.time}/${one.stan}/${one.messageClass}`;
}

export class FleetBooks {
  readonly #transactions = new Map<string, BookedTransaction>();
  readonly #clock: Clock;
  #ledger: Ledger | undefined;
  readonly #runs: Run[] = [];
  #startedAt = 0;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Books to write: in memory alone without a file; a file that is there is read first, and appended to. */
  static async open(path: string | undefined, clock: Clock): Promise<FleetBooks> {
    const books = new FleetBooks(clock);
    books.#ledger = await Ledger.open(path, (line) => books.#apply(factOf(line, 'books')), false);
    return books;
  }

  /** Books to read. */
  static async read(path: string, clock: Clock): Promise<FleetBooks> {
    const books = new FleetBooks(clock);
    for await (const { value, number } of readJsonLines(path, path)) {
      books.#apply(factOf(value, `${path}: line ${number}`));
    }
    if (books.#runs.length === 0) throw new SafeError(`${path}: no books of a fleet: no run is booked in it`);
    return books;
  }

  /** Whether a run was under way at a local time (YYYYMMDDhhmmss): then what its terminals sent it sent. */
  isWithin(local: string): boolean {
    return this.#runs.some(({ from, to }) => local >= from && local <= to);
  }

  /** Milliseconds since the epoch, by the fleet's clock: when the first run began; 0 where none did. */
  get startedAt(): number {
    return this.#startedAt;
  }

  get size(): number {
    return this.#transactions.size;
  }

  find(id: string): BookedTransaction | undefined {
    return this.#transactions.get(id);
  }

  transactions(): IterableIterator<BookedTransaction> {
    return this.#transactions.values();
  }

  begin(scenario: string, seed: number, from: string): Promise<void> {
    return this.#enter({ fact: 'run', at: this.#clock.now(), scenario, seed, from });
  }

  /** `to`: YYYYMMDDhhmmss, local. */
  end(to: string): Promise<void> {
    return this.#enter({ fact: 'end', at: this.#clock.now(), to });
  }

  /** Resolves when the message may leave. Throws SafeError where the books are full. */
  sent(id: string, mti: string, whole: boolean, asked: Asked): Promise<void> {
    if (!this.#transactions.has(id) && this.size >= FLEET_TRANSACTIONS_MAX) {
      throw new SafeError(`books: over ${FLEET_TRANSACTIONS_MAX} transactions`);
    }
    return this.#enter({ fact: 'sent', at: this.#clock.now(), id, mti, whole, asked });
  }

  answered(id: string, told: Told): Promise<void> {
    return this.#enter({ fact: 'answer', at: this.#clock.now(), id, told });
  }

  silent(id: string, why: Silence): Promise<void> {
    return this.#enter({ fact: 'silence', at: this.#clock.now(), id, why });
  }

  async close(): Promise<void> {
    await this.#ledger?.close();
  }

  #enter(fact: Fact): Promise<void> {
    this.#apply(fact);
    return this.#ledger?.append(fact) ?? Promise.resolve();
  }

  #apply(fact: Fact): void {
    switch (fact.fact) {
      case 'run':
        this.#runs.push({ from: fact.from, to: fact.from });
        this.#startedAt ||= fact.at;
        return;
      case 'end':
        this.#extend(fact.to);
        return;
      case 'sent':
        this.#applySent(fact.id, fact.whole, fact.asked);
        return;
      case 'answer': {
        const one = this.#transactions.get(fact.id);
        if (!one) return;
        one.answers.push(fact.told);
        const original = one.undoes === null ? undefined : this.#transactions.get(one.undoes);
        if (original && fact.told.verdict === 'approved') original.undone = true;
        return;
      }
      case 'silence':
        return;
    }
  }

  #extend(to: string): void {
    const run = this.#runs.at(-1);
    if (run && to > run.to) run.to = to;
  }

  #applySent(id: string, whole: boolean, asked: Asked): void {
    this.#extend(asked.date + asked.time);
    const known = this.#transactions.get(id);
    const one = known ?? { ...asked, id, sent: 0, whole: 0, answers: [], undoing: false, undone: false };
    one.sent += 1;
    if (whole) one.whole += 1;
    if (known) return;
    this.#transactions.set(id, one);
    const original = asked.undoes === null ? undefined : this.#transactions.get(asked.undoes);
    if (original) original.undoing = true;
  }
}

function factOf(line: unknown, where: string): Fact {
  const result = factSchema.safeParse(line);
  if (result.success) return result.data;
  throw new SafeError(`${where}: not a fact of a fleet's books`);
}
