/**
 * A connecting link: keeps one connection up, connecting again with capped, jittered back-off for as long as it is
 * not closed. While it is down send() refuses: nothing is queued for a peer that is not there. Back-off begins anew
 * only after a connection that proved itself: something was heard on it, or it stood for `reconnectMaxMs`.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTlsSocket } from 'node:tls';
import type { Random } from '../base/random.js';
import { plainAddress } from './admission.js';
import { Connection, type LinkHandlers } from './connection.js';
import { LinkContext, type LinkDeps } from './context.js';
import type { LinkOptions } from './schema.js';
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
  /** True at once where the link is up, else when it comes up; false where the link is closed before. */
  whenUp(): Promise<boolean>;
  /** Closes the connection that is up, if any: a new one is made. */
  reconnect(reason: string): void;
  /** Connects no more; resolves when the connection has closed, which is cut after `ms`. */
  drain(ms: number): Promise<void>;
  /** Cuts the connection; resolves when it has closed. */
  close(): Promise<void>;
}

/** Throws SafeError where the TLS material cannot be read. A peer that is not there is no error: it is dialled again. */
export function connect(options: LinkOptions, handlers: LinkHandlers, deps: ConnectorDeps): Connector {
  if (options.tls) connectTls(options.tls);
  const connector = new SocketConnector(options, new LinkContext(options, handlers, deps), deps.random);
  connector.dial();
  return connector;
}

class SocketConnector implements Connector {
  readonly #options: LinkOptions;
  readonly #context: LinkContext;
  readonly #random: Random;
  readonly #connections = new Set<Connection>();
  readonly #stopSweeper: () => void;
  #connection: Connection | undefined;
  #upSince = 0;
  /** Waits since a connection last proved itself. */
  #failures = 0;
  #lastId = 0;
  #stopped = false;
  #cancelDial: () => void = () => {};
  #waiting: ((up: boolean) => void)[] = [];
  #drained: Promise<void> | undefined;
  #onGone: () => void = () => {};

  constructor(options: LinkOptions, context: LinkContext, random: Random) {
    this.#options = options;
    this.#context = context;
    this.#random = random;
    this.#stopSweeper = startSweeper(this.#connections, context.limits, context.clock);
  }

  get state(): 'up' | 'down' {
    return this.connection ? 'up' : 'down';
  }

  get connection(): Connection | undefined {
    return this.#connection?.open ? this.#connection : undefined;
  }

  send(body: Buffer): boolean {
    return this.#connection?.send(body) ?? false;
  }

  whenUp(): Promise<boolean> {
    if (this.connection) return Promise.resolve(true);
    if (this.#stopped) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  reconnect(reason: string): void {
    this.#connection?.close(reason);
  }

  drain(ms: number): Promise<void> {
    this.#drained ??= this.#drain(ms);
    return this.#drained;
  }

  close(): Promise<void> {
    const drained = this.drain(0);
    this.#connection?.close('closed');
    return drained;
  }

  async #drain(ms: number): Promise<void> {
    this.#stopped = true;
    this.#cancelDial();
    this.#tellWaiting(false);
    const connection = this.#connection;
    if (connection) {
      const gone = new Promise<void>((resolve) => {
        this.#onGone = resolve;
      });
      const cancelCut = this.#context.clock.after(ms, () => this.#cut(connection));
      connection.drain();
      await gone;
      cancelCut();
    }
    this.#stopSweeper();
  }

  #cut(connection: Connection): void {
    this.#context.count('drain-close');
    connection.close('draining took too long');
  }

  /** One attempt. However it ends, only its first end counts. */
  dial(): void {
    let over = false;
    let socket: Socket | undefined;
    const end = (): boolean => {
      const first = !over;
      over = true;
      cancelTimer();
      return first;
    };
    const failed = (error: unknown): void => {
      if (!end()) return;
      socket?.destroy();
      this.#context.count('connect-failed');
      this.#context.warn('could not connect', error);
      this.#retry();
    };
    const cancelTimer = this.#context.clock.after(this.#context.limits.connectMs, () =>
      failed('time ran out'),
    );
    this.#cancelDial = () => {
      if (end()) socket?.destroy();
    };
    try {
      const dialled = this.#open(() => {
        if (!end()) return;
        dialled.removeAllListeners('close');
        dialled.off('error', failed);
        this.#opened(dialled);
      });
      socket = dialled;
      dialled.on('error', failed);
      dialled.on('close', () => failed('closed while connecting'));
    } catch (error) {
      failed(error);
    }
  }

  #open(onReady: () => void): Socket {
    const { host, port, tls } = this.#options;
    const plain = { host, port, allowHalfOpen: true };
    const socket = tls
      ? connectTlsSocket({ ...plain, ...connectTls(tls) }, onReady)
      : connectSocket(plain, onReady);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    return socket;
  }

  #opened(socket: Socket): void {
    this.#lastId += 1;
    const remote = plainAddress(socket.remoteAddress ?? '');
    const connection = new Connection(this.#lastId, socket, remote, this.#context, (gone) =>
      this.#forget(gone),
    );
    this.#connections.add(connection);
    this.#connection = connection;
    this.#upSince = this.#context.clock.now();
    connection.start();
    this.#tellWaiting(true);
  }

  #tellWaiting(up: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(up);
  }

  #forget(connection: Connection): void {
    const stood = this.#context.clock.now() - this.#upSince;
    if (connection.heard || stood >= this.#context.limits.reconnectMaxMs) this.#failures = 0;
    this.#connections.delete(connection);
    this.#connection = undefined;
    this.#onGone();
    this.#retry();
  }

  /** Half the wait is certain and half is chance, so that many switches do not come back at one moment. */
  #retry(): void {
    if (this.#stopped) return;
    const { reconnectFirstMs, reconnectMaxMs } = this.#context.limits;
    const wait = Math.min(reconnectMaxMs, reconnectFirstMs * 2 ** Math.min(this.#failures, 20));
    const half = Math.floor(wait / 2);
    this.#failures += 1;
    this.#cancelDial = this.#context.clock.after(wait - half + this.#random.int(half + 1), () => this.dial());
  }
}
