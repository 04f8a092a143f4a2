/** A vendor simulator as a process of its own, with its ledger and its control port. */
import { type Child, start } from './process.js';

export interface LedgerDelivery {
  readonly id: string;
  readonly count: number;
  readonly fresh: number;
  readonly sha256: string;
  readonly fetched: number;
}

export interface VendorLedgerOrder {
  readonly reference: string;
  readonly product: string;
  readonly quantity: number;
  readonly state: string;
  readonly asked: number;
  readonly deliveries: readonly LedgerDelivery[];
}

export interface TestVendor {
  readonly child: Child;
  readonly port: number;
  readonly url: string;
  ledger(): Promise<{ readonly orders: readonly VendorLedgerOrder[]; readonly pins: number }>;
  requests(): Promise<number>;
  /** How later orders are delivered. */
  plan(members: Readonly<Record<string, number>>): Promise<void>;
  /** The next `times` requests of kind `on` meet `behaviour`. */
  behave(behaviour: string, on?: 'order' | 'look' | 'batch', times?: number, delayMs?: number): Promise<void>;
  down(forMs: number): Promise<void>;
  up(): Promise<void>;
}

export async function startVendor(
  t: { teardown(task: () => unknown): void },
  ...args: readonly string[]
): Promise<TestVendor> {
  const child = await start(['simulate', 'vendor', ...args], (output) =>
    /ready \d+ control \d+/.test(output),
  );
  t.teardown(() => child.kill());
  const [, port, control] = /ready (\d+) control (\d+)/.exec(child.output()) ?? [];
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${control}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${control}${path}`)).json();
  return {
    child,
    port: Number(port),
    url: `http://127.0.0.1:${port}`,
    ledger: async () => (await read('/sim/ledger')) as Awaited<ReturnType<TestVendor['ledger']>>,
    requests: async () => ((await read('/sim/stats')) as { requests: number }).requests,
    plan: (members) => post('/sim/plan', members),
    behave: (behaviour, on = 'order', times = 1, delayMs = 1_000) =>
      post('/sim/behaviour', { behaviour, on, times, delayMs }),
    down: (forMs) => post('/sim/down', { forMs }),
    up: () => post('/sim/up', {}),
  };
}
