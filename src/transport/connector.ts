/**
 * A connecting link: keeps one connection up, connecting again with capped, jittered back-off for as long as it is
 * not closed. While it is down send() refuses: nothing is queued for a peer that is not there.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTlsSocket } from 'node:tls';
import { safeText } from '../base/errors.js';
import type { LinkLimits } from '../base/limits.js';
import type { Random } from '../base/random.js';
import { Connection, type ConnectionContext, type LinkHandlers } from './connection.js';
import { createFraming } from './framing.js';
import type { LinkDeps } from './listener.js';
import { type LinkOptions, linkLimits } from './schema.js';
import { startSweeper } from './sweeper.js';
import { connectTls } from './tls.js';

export interface ConnectorDeps extends LinkDeps {
  readonly random: Random;
}

export interface Connector {
  readonly state: 'up' | 'down';
  /** The connection while it is up. */
  readonly connection: Connection | undefined;
  /** False where the link is down: nothing was sent. */
  send(body: Buffer): boolean;
  /** Resolves at once where the link is up, else when it comes up. */
  whenUp(): Promise<void>;
  /** Closes the connection that is up, if any: a new one is made. */
  reconnect(reason: string): void;
  drain(ms: number): Promise<void>;
  close(): Promise<void>;
}

export function connect(options: LinkOptions, handlers: LinkHandlers, deps: ConnectorDeps): Connector {
  return new SocketConnector(options, handlers, deps);
}

class SocketConnector implements Connector {
  readonly #options: LinkOptions;
  readonly #deps: ConnectorDeps;
  readonly #limits: LinkLimits;
  readonly #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  readonly #stopSweeper: () => void;
  #socket: Socket | undefined;
  #failures = 0;
  #lastId = 0;
  #stopped = false;
  #cancelRetry: () => void = () => {};
  #waiting: (() => void)[] = [];
  #onGone: () => void = () => {};

  constructor(options: LinkOptions, handlers: LinkHandlers, deps: ConnectorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#limits = linkLimits(options);
    this.#context = {
      link: options.name,
      framing: createFraming(options.framing, this.#limits.frameBytesMax, deps.measure),
      limits: this.#limits,
      clock: deps.clock,
      counters: deps.counters,
      log: deps.log,
      handlers,
    };
    this.#stopSweeper = startSweeper(this.#connections, this.#limits, deps.clock);
    this.#dial();
  }

  get state(): 'up' | 'down' {
    return this.connection ? 'up' : 'down';
  }

  get connection(): Connection | undefined {
    const [connection] = this.#connections;
    return connection?.open ? connection : undefined;
  }

  send(body: Buffer): boolean {
    return this.connection?.send(body) ?? false;
  }

  whenUp(): Promise<void> {
    if (this.connection) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  reconnect(reason: string): void {
    this.connection?.close(reason);
  }

  async drain(ms: number): Promise<void> {
    this.#stop();
    const [connection] = this.#connections;
    if (!connection) return;
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
    });
    const cancel = this.#deps.clock.after(ms, () => connection.close('draining took too long'));
    connection.drain();
    await gone;
    cancel();
  }

  close(): Promise<void> {
    return this.drain(0);
  }

  #stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
    this.#stopSweeper();
    if (this.#connections.size === 0) this.#socket?.destroy();
  }

  #dial(): void {
    const { host, port, tls, name } = this.#options;
    let socket: Socket;
    let failed = false;
    const failure = (reason: string): void => {
      if (failed) return;
      failed = true;
      cancelTimer();
      socket.destroy();
      this.#deps.counters.add('connect-failed', name);
      this.#deps.log?.warn({ link: name, error: reason }, 'could not connect');
      this.#retry();
    };
    const onError = (error: Error): void => failure(safeText(error));
    const onClose = (): void => failure('closed while connecting');
    const cancelTimer = this.#deps.clock.after(this.#limits.connectMs, () => failure('time ran out'));
    const opened = (): void => {
      if (failed) return;
      cancelTimer();
      socket.off('error', onError);
      socket.off('close', onClose);
      this.#opened(socket);
    };
    socket = tls
      ? connectTlsSocket({ ...connectTls(tls), host, port }, opened)
      : connectSocket({ host, port, noDelay: true, keepAlive: true }, opened);
    socket.setNoDelay(true);
    socket.on('error', onError);
    socket.on('close', onClose);
    this.#socket = socket;
  }

  #opened(socket: Socket): void {
    this.#failures = 0;
    this.#lastId += 1;
    const connection = new Connection(this.#lastId, socket, this.#context, (gone) => this.#forget(gone));
    this.#connections.add(connection);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#onGone();
    this.#retry();
  }

  /** Half the wait is certain and half is chance, so that many switches do not come back at one moment. */
  #retry(): void {
    if (this.#stopped) return;
    const { reconnectFirstMs, reconnectMaxMs } = this.#limits;
    const wait = Math.min(reconnectMaxMs, reconnectFirstMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    this.#cancelRetry = this.#deps.clock.after(
      wait / 2 + this.#deps.random.int(Math.ceil(wait / 2) + 1),
      () => {
        if (!this.#stopped) this.#dial();
      },
    );
  }
}
