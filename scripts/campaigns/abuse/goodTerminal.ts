/** The terminal that does nothing wrong: sells one PIN after another on one connection, and times each answer. */
import { Client } from '../../../test/support/client.js';
import { type Book, sellOnce } from '../terminals.js';

const ADDRESS = '127.0.0.2';
/** Between an answer and the next sale, milliseconds: within its rate, and enough sales in ten seconds for a p99. */
const PAUSE_MS = 5;
/** What it may sell in a second. */
export const GOOD_SALES_A_SECOND = 1_000 / PAUSE_MS;

export class GoodTerminal {
  readonly #client: Client;
  readonly #book: Book;
  readonly #selling: Promise<void>;
  #going = true;
  #latencies: number[] = [];

  private constructor(client: Client, book: Book) {
    this.#client = client;
    this.#book = book;
    this.#selling = this.#sell();
  }

  static async open(port: number, book: Book): Promise<GoodTerminal> {
    return new GoodTerminal(await Client.open(port, { from: ADDRESS }), book);
  }

  /** Milliseconds of each sale since it was last asked. */
  takeLatencies(): readonly number[] {
    const taken = this.#latencies;
    this.#latencies = [];
    return taken;
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#selling;
    if (this.#client.closed) this.#book.violations.push('the connection of the good terminal was closed');
    await this.#client.close();
  }

  async #sell(): Promise<void> {
    while (this.#going && !this.#client.closed) {
      const sold = await sellOnce(this.#client, this.#book);
      this.#hold(sold?.answer.fields[39]);
      if (sold) this.#latencies.push(sold.ms);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #hold(code: string | undefined): void {
    if (code === undefined) this.#book.violations.push('a sale of the good terminal was not answered');
    else if (code !== '00') this.#book.violations.push(`a sale of the good terminal was answered ${code}`);
  }
}
