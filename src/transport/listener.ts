/**
 * A listening link: admits peers by address and number, makes a Connection of each, and drains: no new peers, no
 * new frames, answers under way go out, then the sockets close.
 */
import { BlockList, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Clock } from '../base/clock.js';
import { SafeError, safeText } from '../base/errors.js';
import type { LinkLimits } from '../base/limits.js';
import type { Log } from '../base/log.js';
import { Connection, type ConnectionContext, type LinkHandlers } from './connection.js';
import type { Counters } from './counters.js';
import { createFraming, type Measure } from './framing.js';
import { type LinkOptions, linkLimits } from './schema.js';
import { startSweeper } from './sweeper.js';
import { listenTls } from './tls.js';

export interface LinkDeps {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log?: Log;
  /** Where a message ends, for framing `none`. */
  readonly measure?: Measure;
}

export interface Listener {
  readonly address: { readonly host: string; readonly port: number };
  readonly connections: number;
  /** Resolves when every connection has closed; those that still owe answers after `ms` are cut. */
  drain(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with SafeError where the address cannot be had. */
export async function listen(
  options: LinkOptions,
  handlers: LinkHandlers,
  deps: LinkDeps,
): Promise<Listener> {
  const listener = new SocketListener(options, handlers, deps);
  await listener.start();
  return listener;
}

class SocketListener implements Listener {
  readonly #options: LinkOptions;
  readonly #deps: LinkDeps;
  readonly #limits: LinkLimits;
  readonly #context: ConnectionContext;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #allowed: BlockList | undefined;
  #stopSweeper: () => void = () => {};
  #lastId = 0;
  #onEmpty: () => void = () => {};

  constructor(options: LinkOptions, handlers: LinkHandlers, deps: LinkDeps) {
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
    this.#allowed = options.allow && allowList(options.allow);
    const socketOptions = { noDelay: true, keepAlive: true, allowHalfOpen: true };
    this.#server = options.tls
      ? createTlsServer({ ...listenTls(options.tls, this.#limits.handshakeMs), ...socketOptions })
      : createServer(socketOptions);
    this.#server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#admit(socket));
    this.#server.on('tlsClientError', (_error: Error, socket: Socket) => {
      deps.counters.add('tls-error', options.name);
      socket.destroy();
    });
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
      this.#server.listen({ host, port, backlog: 4_096 }, resolve);
    });
    this.#server.on('error', (error) =>
      this.#deps.log?.error({ link: name, error: safeText(error) }, 'listener failed'),
    );
    this.#stopSweeper = startSweeper(this.#connections, this.#limits, this.#deps.clock);
  }

  async drain(ms: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const cancel = this.#deps.clock.after(ms, () => this.#cut());
    for (const connection of this.#connections) connection.drain();
    await this.#empty();
    cancel();
    this.#stopSweeper();
    await closed;
  }

  close(): Promise<void> {
    return this.drain(0);
  }

  #cut(): void {
    for (const connection of this.#connections) connection.close('draining took too long');
  }

  #empty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #admit(socket: Socket): void {
    const remote = socket.remoteAddress ?? '';
    const refused = this.#refusal(remote);
    if (refused) {
      this.#deps.counters.add(refused, this.#options.name);
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#perAddress.set(remote, (this.#perAddress.get(remote) ?? 0) + 1);
    this.#lastId += 1;
    this.#connections.add(new Connection(this.#lastId, socket, this.#context, (gone) => this.#forget(gone)));
  }

  #refusal(remote: string): 'refused-address' | 'refused-full' | undefined {
    if (this.#allowed && !this.#allowed.check(remote, isIPv6(remote) ? 'ipv6' : 'ipv4'))
      return 'refused-address';
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    const full = this.#connections.size >= connectionsMax;
    const fullForOne = (this.#perAddress.get(remote) ?? 0) >= connectionsPerAddressMax;
    return full || fullForOne ? 'refused-full' : undefined;
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    const left = (this.#perAddress.get(connection.remote) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(connection.remote, left);
    else this.#perAddress.delete(connection.remote);
    if (this.#connections.size === 0) this.#onEmpty();
  }
}

function allowList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      if (bits === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(bits), family);
    } catch (cause) {
      throw new SafeError(`allow: "${entry}" is no address or network`, { cause });
    }
  }
  return list;
}
