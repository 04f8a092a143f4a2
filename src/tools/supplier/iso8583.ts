/**
 * A supplier to test against, an upstream ISO 8583 host in a process of its own: 2-byte length and 1987 ASCII
 * unless told otherwise. What it answers is in host.ts, its control port in supplier-sim/control.ts.
 */
import { systemClock } from '../../base/clock.js';
import { SafeError, safeText } from '../../base/errors.js';
import { systemRandom } from '../../base/random.js';
import { loadFormat } from '../../iso8583/index.js';
import {
  type Connection,
  FRAMINGS,
  type Frame,
  type LinkOptions,
  type Listener,
  linkSchema,
  listen,
} from '../../transport/index.js';
import { Script } from './behaviour.js';
import { Book } from './book.js';
import { type Controlled, closeServer, portOf, startControl } from './control.js';
import { SimHost } from './host.js';
import type { RunningSupplier } from './http.js';

export interface Iso8583SupplierOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly controlPort: number;
  readonly ledgerFile?: string;
  /** A format by name, or its file. */
  readonly format?: string;
  /** A framing by name. */
  readonly framing?: string;
}

export async function startIso8583Supplier(options: Iso8583SupplierOptions): Promise<RunningSupplier> {
  const book = await Book.open(options.ledgerFile, { clock: systemClock, random: systemRandom });
  const sim = new Iso8583Sim(options, book);
  await sim.up();
  const control = await startControl(sim, options.host, options.controlPort);
  return {
    port: sim.port,
    controlPort: portOf(control),
    async stop() {
      await closeServer(control);
      await sim.halt();
      await book.close();
    },
  };
}

class Iso8583Sim implements Controlled {
  readonly script = new Script();
  readonly #host: SimHost;
  readonly #link: LinkOptions;
  port: number;
  #listener: Listener | undefined;
  #connections = 0;
  #requests = 0;
  #cancelUp: (() => void) | undefined;

  constructor(
    options: Iso8583SupplierOptions,
    readonly book: Book,
  ) {
    this.port = options.port;
    this.#link = linkOf(options);
    this.#host = new SimHost(loadFormat(options.format ?? 'iso87-ascii'), book, this.script, systemClock);
  }

  stats() {
    return { connections: this.#connections, requests: this.#requests };
  }

  async up(): Promise<void> {
    this.#cancelUp?.();
    if (this.#listener !== undefined) return;
    this.#listener = await listen(
      { ...this.#link, port: this.port },
      {
        onOpen: () => {
          this.#connections += 1;
        },
        onFrame: (frame, connection) => this.#hear(frame, connection),
      },
      { clock: systemClock, counters: { add() {} } },
    );
    this.port = this.#listener.address.port;
  }

  async down(forMs: number): Promise<void> {
    await this.halt();
    this.#cancelUp = systemClock.after(forMs, () => void this.up());
  }

  async halt(): Promise<void> {
    this.#cancelUp?.();
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close();
  }

  #hear(frame: Frame, connection: Connection): void {
    this.#requests += 1;
    const peer = {
      send(body: Buffer) {
        connection.begin();
        connection.reply(frame, body);
      },
      close: () => connection.close('hang up'),
    };
    this.#host.hear(frame.body, peer).catch((error: unknown) => {
      process.stderr.write(`${safeText(error)}\n`);
    });
  }
}

function linkOf({ host, port, framing = 'length2' }: Iso8583SupplierOptions): LinkOptions {
  const link = linkSchema.safeParse({ name: 'supplier', mode: 'listen', host, port, framing });
  if (!link.success) throw new SafeError(`framing: one of ${FRAMINGS.join(', ')}`);
  return link.data;
}
