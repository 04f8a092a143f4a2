/** A simulator as a test uses it: a process of its own, its control port, and the orders to send it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/base/clock.js';
import type { SupplyCounters, SupplyEvent } from '../../src/supply/events.js';
import type { SupplyOrder } from '../../src/supply/supply.js';
import { MAIN, spawnNode } from '../support/process.js';

export interface LedgerOrder {
  readonly reference: string;
  readonly account: string;
  readonly product: string;
  readonly amount: number;
  readonly state: string;
  readonly asked: number;
  readonly credits: number;
  readonly reversals: number;
  readonly reversalsAsked: number;
}

export interface Ledger {
  readonly orders: readonly LedgerOrder[];
  readonly balances: Readonly<Record<string, number>>;
}

export class Peer {
  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
    readonly controlPort: number,
  ) {}

  static async start(...args: readonly string[]): Promise<Peer> {
    const child = spawnNode([MAIN, 'simulate', 'supplier', ...args]);
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /^ready (\d+) control (\d+)$/.exec(line);
      if (ready !== null) return new Peer(child, Number(ready[1]), Number(ready[2]));
    }
    throw new Error('the simulator ended before it was ready');
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }

  /** The next `times` requests of kind `on` meet `behaviour`. */
  async script(behaviour: string, options: { on?: string; times?: number; delayMs?: number } = {}) {
    await this.#control('POST', '/sim/behaviour', { behaviour, ...options });
  }

  async down(forMs = 60_000): Promise<void> {
    await this.#control('POST', '/sim/down', { forMs });
  }

  async up(): Promise<void> {
    await this.#control('POST', '/sim/up');
  }

  async ledger(): Promise<Ledger> {
    return (await this.#control('GET', '/sim/ledger')) as Ledger;
  }

  async entry(reference: string): Promise<LedgerOrder | undefined> {
    return (await this.ledger()).orders.find((order) => order.reference === reference);
  }

  /** Its entry, once the order has arrived. */
  async arrived(reference: string): Promise<LedgerOrder | undefined> {
    await until(async () => (await this.entry(reference)) !== undefined);
    return this.entry(reference);
  }

  async stats(): Promise<{ connections: number; requests: number }> {
    return (await this.#control('GET', '/sim/stats')) as { connections: number; requests: number };
  }

  async #control(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.controlPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(said));
    return said;
  }
}

let next = Date.now() % 1_000_000;

export function anOrder(changes: Partial<SupplyOrder> = {}): SupplyOrder {
  next += 1;
  return {
    reference: `R${String(next).padStart(11, '0')}`,
    service: 'account-credit',
    product: 'TOPUP',
    account: '5551234501',
    region: '',
    amount: 1_000,
    currency: '840',
    quantity: 1,
    merchant: 'DEMOMERCHANT001',
    terminal: 'DEMO0001',
    orderedAt: systemClock.now(),
    ...changes,
  };
}

export class Tally implements SupplyCounters {
  readonly events = new Map<string, number>();

  add(name: string, _supplier: string, n = 1): void {
    this.events.set(name, (this.events.get(name) ?? 0) + n);
  }

  of(event: SupplyEvent): number {
    return this.events.get(event) ?? 0;
  }
}

/** Waits until `holds`, at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
