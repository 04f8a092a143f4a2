/**
 * A bad network on loopback: a TCP proxy that holds bytes back, cuts connections inside a message, lets them die without a
 * word (half-open: both sides think that it lives), loses one direction, and is gone for a while (a partition). What it does
 * follows from its chance; bytes that arrive are never changed or reordered, as TCP promises.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Chance } from '../../../src/base/chance.js';

export interface FaultRates {
  /** Of each chunk: that its connection is cut before it, that it goes silent there, that one way does. */
  readonly cut: number;
  readonly halfOpen: number;
  readonly oneWay: number;
  /** A chunk is held back by up to so long, milliseconds. */
  readonly delayMsMax: number;
}

export interface FaultCounts {
  connections: number;
  cut: number;
  halfOpen: number;
  oneWay: number;
  partitions: number;
}

export class FaultProxy {
  readonly counts: FaultCounts = { connections: 0, cut: 0, halfOpen: 0, oneWay: 0, partitions: 0 };
  readonly #target: number;
  readonly #chance: Chance;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #rates: FaultRates;
  #isPartitioned = false;

  private constructor(target: number, chance: Chance, rates: FaultRates) {
    this.#target = target;
    this.#chance = chance;
    this.#rates = rates;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#arrive(socket));
  }

  static async open(target: number, chance: Chance, rates: FaultRates): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, chance, rates);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get isPartitioned(): boolean {
    return this.#isPartitioned;
  }

  /** Nothing passes until it ends; who calls meanwhile is not answered. */
  partition(): void {
    this.#isPartitioned = true;
    this.counts.partitions += 1;
    for (const pair of this.#pairs) pair.goSilent();
  }

  /** What is silent stays so, as real half-open connections do; new ones live. */
  join(): void {
    this.#isPartitioned = false;
  }

  /** A good network from now on: what is silent is cut, so that its ends learn of it. */
  heal(): void {
    this.join();
    this.#rates = { cut: 0, halfOpen: 0, oneWay: 0, delayMsMax: 0 };
    for (const pair of this.#pairs) if (pair.isSilent) pair.cut();
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) pair.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #arrive(from: Socket): void {
    this.counts.connections += 1;
    const pair = new Pair(from, connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true }), {
      chance: this.#chance,
      rates: () => this.#rates,
      counts: this.counts,
      onEnd: () => this.#pairs.delete(pair),
    });
    this.#pairs.add(pair);
    if (this.#isPartitioned) pair.goSilent();
  }
}

interface PairContext {
  readonly chance: Chance;
  rates(): FaultRates;
  readonly counts: FaultCounts;
  onEnd(): void;
}

class Pair {
  readonly #sides: readonly [Socket, Socket];
  readonly #context: PairContext;
  #silent: ReadonlySet<Socket> = new Set();

  constructor(one: Socket, other: Socket, context: PairContext) {
    this.#sides = [one, other];
    this.#context = context;
    this.#pass(one, other);
    this.#pass(other, one);
  }

  get isSilent(): boolean {
    return this.#silent.size > 0;
  }

  goSilent(): void {
    this.#silent = new Set(this.#sides);
  }

  cut(): void {
    for (const socket of this.#sides) socket.resetAndDestroy();
  }

  /** In order: a chunk that is held back holds back those behind it. */
  #pass(from: Socket, to: Socket): void {
    let last: Promise<void> = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      last = last.then(() => this.#forward(from, to, chunk));
    });
    from.on('end', () => {
      last = last.then(() => {
        if (!this.#silent.has(from)) to.end();
      });
    });
    from.on('error', () => {});
    from.on('close', () => {
      if (this.#sides.every(({ closed }) => closed)) this.#context.onEnd();
      if (!this.#silent.has(from)) to.destroy();
    });
  }

  async #forward(from: Socket, to: Socket, chunk: Buffer): Promise<void> {
    const { chance, counts } = this.#context;
    const { cut, halfOpen, oneWay, delayMsMax } = this.#context.rates();
    const fate = chance.next();
    if (fate < cut) {
      counts.cut += 1;
      to.write(chunk.subarray(0, chance.pick(chunk.length)));
      this.cut();
    } else if (fate < cut + halfOpen) {
      counts.halfOpen += 1;
      this.goSilent();
    } else if (fate < cut + halfOpen + oneWay) {
      counts.oneWay += 1;
      this.#silent = new Set([...this.#silent, from]);
    }
    const delayMs = chance.next() < 0.2 ? chance.next() * delayMsMax : 0;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!this.#silent.has(from) && !to.destroyed) to.write(chunk);
  }
}
