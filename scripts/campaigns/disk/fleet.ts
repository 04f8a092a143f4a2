/** Terminals that sell PINs and credits while a disk fails, and what may not be told to them meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { transactionId } from '../../../src/tools/books/fleetBooks.js';
import { Client, creditOf } from '../../../test/support/client.js';
import type { IsoMessage } from '../../../test/support/iso.js';
import type { LedgerOrder } from '../../../test/support/supplier.js';
import { askedBy, type Book, book, keyOf, newBook, terminal, type Watch } from '../terminals.js';

/** Of a store that could not take it: nothing was changed, it may be asked again. */
const REFUSED = '96';
const CREDIT_MS = 3_000;
const PAUSE_MS = 40;

interface Credited {
  readonly account: string;
  readonly code: string;
}

export class Fleet implements Watch {
  readonly book: Book;
  /** Approved sales, to be asked again at the end. */
  readonly approved: Record<number, string>[] = [];
  readonly credits: Credited[] = [];
  refused = 0;
  readonly #port: number;
  readonly #violate: (what: string) => void;
  #selling = true;
  #work: Promise<unknown> = Promise.resolve();
  /** Undefined while the disk can commit; an object of its own for each time that it cannot. */
  #dead: object | undefined;

  private constructor(port: number, book: Book, violate: (what: string) => void) {
    this.#port = port;
    this.book = book;
    this.#violate = violate;
  }

  static async open(port: number, violations: string[]): Promise<Fleet> {
    const book = await newBook({ ownerOf: new Map(), violations });
    return new Fleet(port, book, (what) => void violations.push(what));
  }

  start(terminals: number, random: () => number): void {
    const running = (): boolean => this.#selling;
    const sells = Array.from({ length: terminals }, () =>
      terminal(this.#port, this.book, random, running, this),
    );
    this.#work = Promise.all([...sells, this.#credit()]);
    // Looked at in stop().
    this.#work.catch(() => {});
  }

  /** From now on no new sale can be committed; false: it can. */
  set dead(isDead: boolean) {
    this.#dead = isDead ? {} : undefined;
  }

  isForNow({ fields }: IsoMessage): boolean {
    if (fields[39] !== REFUSED) return false;
    this.refused += 1;
    return true;
  }

  asks(request: Record<number, string>): (answer: IsoMessage | undefined) => void {
    const dead = this.#dead;
    return (answer) => {
      const code = answer?.fields[39];
      if (code === '00' && dead && dead === this.#dead)
        this.#violate(`sale ${request[11]} was asked for and approved while nothing could be written`);
      if (code !== undefined && code !== '00' && code !== REFUSED)
        this.#violate(`sale ${request[11]} was answered ${code}`);
      if (code === '00') this.approved.push(request);
    };
  }

  /** Once each has its last answer. */
  async stop(): Promise<void> {
    this.#selling = false;
    await this.#work;
  }

  /** Asks approved sales again: each has the PIN that was told, or was reversed since. */
  async holdRepeats(count: number): Promise<number> {
    const client = await Client.open(this.#port);
    const each = Math.max(1, Math.floor(this.approved.length / count));
    let held = 0;
    for (const request of this.approved.filter((_, at) => at % each === 0)) {
      const answer = await client.ask('0201', request);
      const code = answer?.fields[39];
      const { pin } = this.book.soldBy.get(keyOf(request)) ?? {};
      if (code === '00' && answer?.fields[63]?.includes(pin ?? 'no PIN')) held += 1;
      else if (code !== '12') this.#violate(`a repeat of sale ${request[11]} was answered ${code}`);
    }
    await client.close();
    return held;
  }

  /** What the supplier credited is what was approved, each once. */
  holdCredits(ledger: readonly LedgerOrder[]): void {
    for (const { account, code } of this.credits) {
      const orders = ledger.filter((order) => order.account === account && order.state === 'credited');
      if (orders.length !== (code === '00' ? 1 : 0))
        this.#violate(`credit of ${account} was answered ${code} and made ${orders.length} times`);
    }
  }

  async #credit(): Promise<void> {
    let client: Client | undefined;
    for (let number = 0; this.#selling; number += 1) {
      const account = `555${String(number).padStart(7, '0')}`;
      const request = creditOf(account, 1_000);
      const asked = askedBy(request, undefined, 'account-credit');
      await this.book.fleet.sent(transactionId(asked), '0200', true, asked);
      let answer: IsoMessage | undefined;
      while (!answer || this.isForNow(answer)) {
        await sleep(PAUSE_MS);
        if (!client || client.closed) client = await Client.open(this.#port).catch(() => undefined);
        answer = await client?.ask('0201', request, CREDIT_MS);
      }
      await book(this.book.fleet, asked, answer);
      this.credits.push({ account, code: answer.fields[39] ?? '' });
    }
    await client?.close();
  }
}
