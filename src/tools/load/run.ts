/**
 * The books in memory of one load run: which STANs are under way since when and on which connection, what became of
 * them, and how long it took. Two typed arrays by STAN; nothing is allocated for a message.
 * Maximum under way: 999,999 messages (STANs); one that gets no answer within `timeoutMs` is an error.
 */

import { isApproved } from '../meaning/responses.js';
import type { Answer, AnswerReader } from './answers.js';
import type { Books } from './books.js';
import { type DigitPlace, type FrameSource, readDigits, STAN_MAX } from './frames.js';
import { Histogram } from './histogram.js';

export interface LoadResult {
  /** Approved answers. */
  readonly sales: number;
  /** Approved answers per second, from the first message to the last answer. */
  readonly perSecond: number;
  /** Milliseconds from a message's leaving to its answer; null where no answer came. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly declined: number;
  /** Messages without an answer, and answers that could not be read or matched. */
  readonly errors: number;
  /** Declined answers by DE39. */
  readonly declinedBy: Readonly<Record<string, number>>;
  /** Connections that broke and were made again. */
  readonly reconnects: number;
}

export class LoadRun {
  readonly latencies = new Histogram();
  readonly #sentAt = new Float64Array(STAN_MAX + 1);
  readonly #owner = new Int32Array(STAN_MAX + 1);
  readonly #declinedBy = new Map<string, number>();
  /** Reused for every echoed message. */
  readonly #echoed: Answer = { stan: 0, code: '00' };
  #startedAt = 0;
  #lastAnswerAt = 0;
  #stan: number;
  #underWay = 0;
  sales = 0;
  declined = 0;
  errors = 0;
  reconnects = 0;

  constructor(
    readonly source: FrameSource,
    readonly books: Books | undefined,
    private readonly answers: AnswerReader,
    /** Where the STAN stands in an answer that is the request itself; undefined where answers are answers. */
    private readonly echo: DigitPlace | undefined,
    private readonly codec: ConstructorParameters<typeof AnswerReader>[0],
    firstStan: number,
  ) {
    this.#stan = firstStan;
  }

  /** The first message leaves now. */
  begin(): void {
    this.#startedAt = performance.now();
    this.#lastAnswerAt = this.#startedAt;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Writes the next message of connection `owner` to `out`; returns where it ends. */
  next(out: Buffer, at: number, owner: number, now: number): number {
    do {
      this.#stan = this.#stan >= STAN_MAX ? 1 : this.#stan + 1;
    } while (this.#sentAt[this.#stan] !== 0);
    const stan = this.#stan;
    this.#sentAt[stan] = now;
    this.#owner[stan] = owner;
    this.#underWay += 1;
    this.books?.sent(stan, this.source.second);
    return this.source.write(out, at, stan);
  }

  /** Takes an answer from `start` to `end` of a chunk; true where it answers a message of this connection. */
  take(chunk: Buffer, start: number, end: number, owner: number, now: number): boolean {
    let answer = this.#read(chunk, start, end);
    if (!this.#isUnderWay(answer, owner) && !this.echo) answer = this.answers.readAgain(chunk, start, end);
    if (!answer || !this.#isUnderWay(answer, owner)) {
      this.errors += 1;
      return false;
    }
    const { stan, code } = answer;
    this.latencies.add(now - (this.#sentAt[stan] ?? 0));
    this.#release(stan);
    this.#lastAnswerAt = now;
    this.#count(stan, code, chunk, start, end);
    return true;
  }

  #read(chunk: Buffer, start: number, end: number): Answer | undefined {
    if (!this.echo) return this.answers.read(chunk, start, end);
    this.#echoed.stan = readDigits(chunk, start + this.echo.offset, this.echo.coding);
    return this.#echoed;
  }

  #isUnderWay(answer: Answer | undefined, owner: number): boolean {
    if (!answer) return false;
    return (this.#sentAt[answer.stan] ?? 0) !== 0 && this.#owner[answer.stan] === owner;
  }

  /** Gives up the messages of a connection that broke. */
  lose(owner: number): void {
    for (let stan = 1; stan <= STAN_MAX; stan += 1) {
      if (this.#sentAt[stan] !== 0 && this.#owner[stan] === owner) this.#giveUp(stan);
    }
  }

  /** Gives up what was sent before `deadline`; calls `freed` with the connection of each. */
  expire(deadline: number, freed: (owner: number) => void): void {
    for (let stan = 1; stan <= STAN_MAX; stan += 1) {
      const sentAt = this.#sentAt[stan] ?? 0;
      if (sentAt === 0 || sentAt > deadline) continue;
      this.#giveUp(stan);
      freed(this.#owner[stan] ?? 0);
    }
  }

  result(): LoadResult {
    const seconds = (this.#lastAnswerAt - this.#startedAt) / 1000;
    return {
      sales: this.sales,
      perSecond: seconds > 0 ? Math.round(this.sales / seconds) : 0,
      p50Ms: this.latencies.quantile(0.5),
      p99Ms: this.latencies.quantile(0.99),
      declined: this.declined,
      errors: this.errors,
      declinedBy: Object.fromEntries(this.#declinedBy),
      reconnects: this.reconnects,
    };
  }

  #count(stan: number, code: string, chunk: Buffer, start: number, end: number): void {
    if (isApproved(code)) {
      this.sales += 1;
      this.books?.approved(stan, this.codec, chunk.subarray(start, end));
      return;
    }
    this.declined += 1;
    this.#declinedBy.set(code, (this.#declinedBy.get(code) ?? 0) + 1);
    this.books?.declined(stan, code);
  }

  #giveUp(stan: number): void {
    this.#release(stan);
    this.errors += 1;
  }

  #release(stan: number): void {
    this.#sentAt[stan] = 0;
    this.#underWay -= 1;
  }
}
