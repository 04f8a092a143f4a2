/**
 * What the transport tests share: a listening link on a free port, a peer on a raw socket that knows nothing of
 * the code under test, counters to read, a clock that a test moves.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Clock, systemClock } from '../../src/base/clock.js';
import type { Random } from '../../src/base/random.js';
import { packageRoot } from '../../src/base/root.js';
import {
  type Connection,
  type Counters,
  type Frame,
  type LinkEvent,
  type LinkHandlers,
  type LinkTap,
  type Listener,
  linkSchema,
  listen,
  type Measure,
} from '../../src/transport/index.js';

const PATIENCE_MS = 10_000;

export class Tally implements Counters {
  readonly #events = new Map<string, number>();

  add(name: string, _link: string, n = 1): void {
    this.#events.set(name, this.of(name as LinkEvent) + n);
  }

  of(event: LinkEvent): number {
    return this.#events.get(event) ?? 0;
  }
}

/** Stands still unless it is told to go on. */
export class VirtualClock implements Clock {
  #now = 1_000_000;
  #tasks: { at: number; task: () => void }[] = [];
  /** Every delay that was asked for. */
  readonly delays: number[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    this.delays.push(delayMs);
    const entry = { at: this.#now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((one) => one !== entry);
    };
  }

  soon(task: () => void): void {
    this.after(0, task);
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      this.#tasks = this.#tasks.filter((one) => one !== next);
      next.task();
    }
    this.#now = end;
  }
}

/** Always the same "chance": the given part of the limit. */
export function fixedRandom(part: number): Random {
  return { bytes: (length) => Buffer.alloc(length), int: (limit) => Math.floor(part * (limit - 1)) };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function until(holds: () => boolean): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (holds()) return true;
    await pause(5);
  }
  return false;
}

/** The body behind a length of 2 bytes, most significant first. */
export function framed(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A peer on a raw socket. */
export class RawPeer {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  ended = false;
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static open(t: Test, port: number, host = '127.0.0.1'): Promise<RawPeer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
      t.teardown(() => socket.destroy());
      socket.once('connect', () => resolve(new RawPeer(socket)));
      socket.once('error', reject);
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Each piece in a segment of its own, as far as the kernel lets a writer choose. */
  async writePieces(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      await new Promise<void>((resolve) => this.socket.write(piece, () => setImmediate(resolve)));
    }
  }

  /** True once exactly these bytes have come since the last call that was true. */
  async receives(expected: Buffer): Promise<boolean> {
    await until(() => this.received.length >= expected.length || this.closed);
    const same = this.received.equals(expected);
    if (same) this.#chunks.length = 0;
    return same;
  }

  /** True where a frame is echoed. */
  async exchanges(body = 'ping'): Promise<boolean> {
    this.write(framed(body));
    return this.receives(framed(body));
  }

  /** True once the other side has ended or reset the connection. */
  async hasClosed(): Promise<boolean> {
    return until(() => this.closed || this.ended);
  }
}

/** Answers every frame with itself, at once. */
export const echo: LinkHandlers = {
  onFrame(frame, connection) {
    connection.begin();
    connection.reply(frame, frame.body);
  },
};

export interface Held {
  readonly frame: Frame;
  readonly connection: Connection;
}

/** Keeps what comes, unanswered, until the test answers it. */
export class Holder implements LinkHandlers {
  readonly held: Held[] = [];

  onFrame(frame: Frame, connection: Connection): void {
    connection.begin();
    this.held.push({ frame, connection });
  }

  /** Answers the one that came first with itself. */
  answer(at = 0): boolean {
    const [one] = this.held.splice(at, 1);
    return one?.connection.reply(one.frame, one.frame.body) ?? false;
  }
}

export interface ServeOptions {
  readonly link?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly handlers?: LinkHandlers;
  readonly clock?: Clock;
  readonly measure?: Measure;
  readonly tap?: LinkTap;
}

export interface Served {
  readonly listener: Listener;
  readonly port: number;
  readonly tally: Tally;
  /** Why connections closed, in order. */
  readonly reasons: string[];
}

/** A listening link with an echo behind it, unless told otherwise. */
export async function serve(t: Test, options: ServeOptions = {}): Promise<Served> {
  const tally = new Tally();
  const reasons: string[] = [];
  const handlers = options.handlers ?? echo;
  const link = linkSchema.parse({
    name: 'terminals',
    mode: 'listen',
    port: 0,
    framing: 'length2',
    ...options.link,
    limits: options.limits ?? {},
  });
  const listener = await listen(
    link,
    {
      onFrame: (frame, connection) => handlers.onFrame(frame, connection),
      onOpen: (connection) => handlers.onOpen?.(connection),
      onClose(connection, reason) {
        reasons.push(reason);
        handlers.onClose?.(connection, reason);
      },
    },
    {
      clock: options.clock ?? systemClock,
      counters: tally,
      tap: options.tap,
      ...(options.measure === undefined ? {} : { measure: options.measure }),
    },
  );
  t.teardown(() => listener.close());
  return { listener, port: listener.address.port, tally, reasons };
}

/** A bare server for links that connect. */
export class RawHost {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly peers: RawPeer[] = [];
  port = 0;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.peers.push(new RawPeer(socket));
    });
  }

  static async start(t: Test, port = 0): Promise<RawHost> {
    const host = new RawHost();
    await new Promise<void>((resolve, reject) => {
      host.#server.once('error', reject);
      host.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = host.#server.address();
    host.port = typeof address === 'object' && address ? address.port : 0;
    t.teardown(() => host.stop());
    return host;
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

export function certificate(name: string): string {
  return readFileSync(join(packageRoot(), 'test/transport/certs', name), 'utf8');
}
