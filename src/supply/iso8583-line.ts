/**
 * The one connection to an upstream host, made again by the transport when it is lost, and the requests that
 * wait for an answer on it. When it closes, every request on it is "lost": sent, and nobody can tell.
 */
import {
  type Connection,
  type Connector,
  type ConnectorDeps,
  connect,
  Exchange,
  type Reply,
} from '../transport/index.js';
import type { Iso8583SupplierConfig } from './schema.js';

export interface LineEvents {
  onUp(): void;
  onDown(): void;
  onFrame(body: Buffer): void;
}

export class HostLine {
  readonly #connector: Connector;
  readonly #exchange: Exchange;
  readonly #inFlightMax: number;
  #connection: Connection | undefined;

  constructor(config: Iso8583SupplierConfig, deps: ConnectorDeps, events: LineEvents) {
    this.#inFlightMax = config.inFlightMax;
    this.#exchange = new Exchange(deps.clock, (body) => this.send(body));
    this.#connector = connect(
      { ...config.link, name: config.name, mode: 'connect' },
      {
        onOpen: (connection) => {
          this.#connection = connection;
          events.onUp();
        },
        onClose: () => {
          this.#connection = undefined;
          events.onDown();
          this.#exchange.lose();
        },
        onFrame: (frame) => events.onFrame(frame.body),
      },
      deps,
    );
  }

  /** False where there is no connection: nothing was sent. */
  send(body: Buffer): boolean {
    return this.#connection?.send(body) ?? false;
  }

  /** Never rejects. Over `inFlightMax` requests under way the next is not sent. */
  request(key: string, body: Buffer, timeoutMs: number): Promise<Reply> {
    if (this.#exchange.inFlight >= this.#inFlightMax) return Promise.resolve({ kind: 'not-sent' });
    return this.#exchange.request(key, body, Math.max(timeoutMs, 1));
  }

  /** False where nobody waits for it. */
  offer(key: string, body: Buffer): boolean {
    return this.#exchange.offer(key, { body });
  }

  /** Closes the connection; another is made. */
  drop(reason: string): void {
    this.#connector.reconnect(reason);
  }

  async stop(): Promise<void> {
    await this.#connector.close();
  }
}
