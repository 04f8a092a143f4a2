/**
 * A listening link: admits peers by address and number before anything is spent on them, makes a Connection of
 * each, and drains: no new peers, no new frames, answers under way go out, then the sockets close.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { SafeError, safeText } from '../base/errors.js';
import { Admission, plainAddress } from './admission.js';
import { Connection, type LinkHandlers } from './connection.js';
import { LinkContext, type LinkDeps } from './context.js';
import type { LinkOptions } from './schema.js';
import { startSweeper } from './sweeper.js';
import { listenTls } from './tls.js';

/** Connections that the kernel holds until they are accepted; a fleet that comes back all at once fits. */
const BACKLOG = 4_096;

export interface Listener {
  readonly address: { readonly host: string; readonly port: number };
  readonly connections: number;
  /** Resolves when every connection has closed; those that still owe answers after `ms` are cut. */
  drain(ms: number): Promise<void>;
  /** Cuts every connection; resolves when they have closed. */
  close(): Promise<void>;
}

/** Rejects with SafeError where the address cannot be had. */
export async function listen(
  options: LinkOptions,
  handlers: LinkHandlers,
  deps: LinkDeps,
): Promise<Listener> {
  const listener = new SocketListener(options, new LinkContext(options, handlers, deps));
  await listener.start();
  return listener;
}

class SocketListener implements Listener {
  readonly #options: LinkOptions;
  readonly #context: LinkContext;
  readonly #admission: Admission;
  readonly #server: Server;
  /** Never listens: is handed the sockets that were admitted. */
  readonly #tlsServer: TlsServer | undefined;
  /** Sockets in a TLS handshake, by the peer's address and port. */
  readonly #handshaking = new Map<string, Socket>();
  readonly #connections = new Set<Connection>();
  #stopSweeper: () => void = () => {};
  #lastId = 0;
  #drained: Promise<void> | undefined;
  #onEmpty: () => void = () => {};

  constructor(options: LinkOptions, context: LinkContext) {
    this.#options = options;
    this.#context = context;
    this.#admission = new Admission(options.allow, context.limits);
    this.#tlsServer = options.tls && this.#createTls(listenTls(options.tls, context.limits.handshakeMs));
    this.#server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true }, (socket) =>
      this.#arrive(socket),
    );
  }

  get address(): { host: string; port: number } {
    const address = this.#server.address();
    const port = typeof address === 'object' && address ? address.port : this.#options.port;
    return { host: this.#options.host, port };
  }

  get connections(): number {
    return this.#connections.size;
  }

  async start(): Promise<void> {
    const { host, port, name } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new SafeError(`link ${name}: cannot listen on ${host}:${port} (${safeText(cause)})`, { cause }),
        ),
      );
      this.#server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    this.#server.on('error', (error) => {
      this.#context.count('accept-error');
      this.#context.warn('connection not accepted', error);
    });
    this.#stopSweeper = startSweeper(this.#connections, this.#context.limits, this.#context.clock);
  }

  drain(ms: number): Promise<void> {
    this.#drained ??= this.#drain(ms);
    return this.#drained;
  }

  close(): Promise<void> {
    const drained = this.drain(0);
    for (const connection of this.#connections) connection.close('closed');
    return drained;
  }

  async #drain(ms: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#handshaking.values()) socket.destroy();
    const cancel = this.#context.clock.after(ms, () => this.#cut());
    const empty = this.#empty();
    for (const connection of this.#connections) connection.drain();
    await empty;
    cancel();
    this.#stopSweeper();
    await closed;
  }

  #cut(): void {
    this.#context.count('drain-close', this.#connections.size);
    for (const connection of this.#connections) connection.close('draining took too long');
  }

  #empty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** A peer's socket, as accepted. */
  #arrive(socket: Socket): void {
    const remote = plainAddress(socket.remoteAddress ?? '');
    const refused = this.#drained ? 'refused-full' : this.#admission.enter(remote);
    if (refused) {
      this.#context.count(refused);
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    socket.once('close', () => this.#admission.leave(remote));
    if (this.#tlsServer) this.#shakeHands(socket, this.#tlsServer);
    else this.#admit(socket, remote);
  }

  #shakeHands(socket: Socket, tlsServer: TlsServer): void {
    const peer = peerOf(socket);
    this.#handshaking.set(peer, socket);
    socket.once('close', () => {
      if (this.#handshaking.get(peer) === socket) this.#handshaking.delete(peer);
    });
    tlsServer.emit('connection', socket);
  }

  #createTls(options: Parameters<typeof createTlsServer>[0]): TlsServer {
    const server = createTlsServer(options, (socket) => {
      this.#handshaking.delete(peerOf(socket));
      this.#admit(socket, plainAddress(socket.remoteAddress ?? ''));
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const slow = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
      this.#context.count(slow ? 'handshake-timeout' : 'tls-error');
      this.#context.warn('TLS handshake failed', error);
      socket.destroy();
    });
    return server;
  }

  #admit(socket: Socket, remote: string): void {
    this.#lastId += 1;
    const connection = new Connection(this.#lastId, socket, remote, this.#context, (gone) =>
      this.#forget(gone),
    );
    this.#connections.add(connection);
    connection.start();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
