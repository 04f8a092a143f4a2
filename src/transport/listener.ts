/**
 * A listening link: admits peers by address and number before anything is spent on them, makes a Connection of
 * each, and drains: no new peers, no new frames, answers under way go out, then the sockets close. Behind a proxy a
 * peer is who the PROXY header says, which is read before anything else, TLS included.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { SafeError, safeText } from '../base/errors.js';
import { repeatedly } from '../base/repeating.js';
import { Admission, plainAddress } from './admission.js';
import { Connection, type LinkHandlers } from './connection.js';
import { LinkContext, type LinkDeps } from './context.js';
import type { LinkEvent } from './counters.js';
import { ProxyGate } from './proxyGate.js';
import type { Relayed } from './proxyHeader.js';
import type { LinkOptions } from './schema.js';
import { startSweeper } from './sweeper.js';
import { crlStamp, listenTls } from './tls.js';

/** How often a file of revoked certificates is looked at, milliseconds. */
const CRL_LOOK_MS = 10_000;

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

interface Handshake {
  readonly socket: Socket;
  readonly remote: string;
  readonly relayed: Relayed | undefined;
}

class SocketListener implements Listener {
  readonly #options: LinkOptions;
  readonly #context: LinkContext;
  readonly #admission: Admission;
  readonly #server: Server;
  /** Never listens: is handed the sockets that were admitted. */
  readonly #tlsServer: TlsServer | undefined;
  /** By the addresses and ports of the socket, which those of a relayed connection are not. */
  readonly #handshaking = new Map<string, Handshake>();
  readonly #gate: ProxyGate | undefined;
  readonly #connections = new Set<Connection>();
  #stopSweeper: () => void = () => {};
  #stopRevocations: () => void = () => {};
  #lastId = 0;
  #drained: Promise<void> | undefined;
  #onEmpty: () => void = () => {};

  constructor(options: LinkOptions, context: LinkContext) {
    this.#options = options;
    this.#context = context;
    this.#admission = new Admission(options.allow, context.limits);
    this.#gate = options.proxyProtocol ? new ProxyGate(options.proxies ?? [], context) : undefined;
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
    this.#followRevocations();
  }

  /** Handshakes from then on meet the new list, and so do sessions that would be resumed: their keys are new. */
  #followRevocations(): void {
    const { tls } = this.#options;
    if (!tls?.crl) return;
    let stamp = crlStamp(tls);
    const look = (): void => {
      const now = crlStamp(tls);
      if (now !== stamp) {
        try {
          this.#tlsServer?.setSecureContext(listenTls(tls, this.#context.limits.handshakeMs));
          stamp = now;
          this.#context.count('crl-read');
        } catch (error) {
          // The list before goes on; it is tried again.
          this.#context.count('tls-error');
          this.#context.warn('revoked certificates not read', error);
        }
      }
    };
    this.#stopRevocations = repeatedly(this.#context.clock, CRL_LOOK_MS, look);
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
    this.#gate?.close();
    for (const { socket } of this.#handshaking.values()) socket.destroy();
    const cancel = this.#context.clock.after(ms, () => this.#cut());
    const empty = this.#empty();
    for (const connection of this.#connections) connection.drain();
    await empty;
    cancel();
    this.#stopSweeper();
    this.#stopRevocations();
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
    if (this.#gate) {
      this.#arriveByProxy(socket, remote, this.#gate);
      return;
    }
    const refused = this.#drained ? 'refused-full' : this.#admission.enter(remote);
    if (refused) {
      this.#refuse(socket, refused);
      return;
    }
    socket.once('close', () => this.#admission.leave(remote));
    if (this.#tlsServer) this.#shakeHands({ socket, remote, relayed: undefined }, this.#tlsServer);
    else this.#admit(socket, remote);
  }

  #arriveByProxy(socket: Socket, proxy: string, gate: ProxyGate): void {
    const isKnown = gate.trusts(proxy);
    const refused = !isKnown
      ? 'refused-proxy'
      : this.#drained
        ? 'refused-full'
        : this.#admission.enterUnnamed();
    if (refused) {
      this.#refuse(socket, refused);
      return;
    }
    let named: string | undefined;
    socket.once('close', () => this.#admission.leave(named));
    gate.wait(socket, proxy, (relayed) => {
      const remote = relayed?.remote.address ?? proxy;
      const unwanted = this.#admission.name(remote);
      if (unwanted) {
        this.#refuse(socket, unwanted);
        return;
      }
      named = remote;
      if (this.#tlsServer) this.#shakeHands({ socket, remote, relayed }, this.#tlsServer);
      else this.#admit(socket, remote, relayed);
    });
  }

  #refuse(socket: Socket, refused: LinkEvent): void {
    this.#context.count(refused);
    socket.on('error', () => {});
    socket.destroy();
  }

  /** TLS takes what the socket holds already before it reads on. */
  #shakeHands(handshake: Handshake, tlsServer: TlsServer): void {
    const { socket } = handshake;
    const ends = endsOf(socket);
    this.#handshaking.set(ends, handshake);
    socket.once('close', () => {
      if (this.#handshaking.get(ends) === handshake) this.#handshaking.delete(ends);
    });
    tlsServer.emit('connection', socket);
  }

  #createTls(options: Parameters<typeof createTlsServer>[0]): TlsServer {
    const server = createTlsServer(options, (socket) => {
      const ends = endsOf(socket);
      const handshake = this.#handshaking.get(ends);
      this.#handshaking.delete(ends);
      if (handshake) this.#admit(socket, handshake.remote, handshake.relayed);
      else socket.destroy();
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const slow = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
      this.#context.count(slow ? 'handshake-timeout' : 'tls-error');
      this.#context.warn('TLS handshake failed', error);
      socket.destroy();
    });
    return server;
  }

  #admit(socket: Socket, remote: string, relayed?: Relayed): void {
    this.#lastId += 1;
    const forget = (gone: Connection): void => this.#forget(gone);
    const connection = new Connection(this.#lastId, socket, remote, this.#context, forget, relayed);
    this.#connections.add(connection);
    connection.start();
    // Paused since its PROXY header was read.
    if (this.#gate) socket.resume();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
