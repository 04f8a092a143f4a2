/** A supplier simulator in the test's own process, with its ledger and its control port. */
import { startHttpSupplier } from '../../src/tools/supplier/http.js';
import { startIso8583Supplier } from '../../src/tools/supplier/iso8583.js';

export interface LedgerOrder {
  readonly reference: string;
  readonly account: string;
  readonly product: string;
  readonly region: string;
  readonly amount: number;
  readonly state: string;
  readonly asked: number;
}

export interface TestSupplier {
  readonly port: number;
  /** Closes its port and cuts every connection. */
  stop(): Promise<void>;
  ledger(): Promise<readonly LedgerOrder[]>;
  /** Forgets what was set. */
  clear(): Promise<void>;
  /** The next `times` requests of kind `on` meet `behaviour`. */
  behave(
    behaviour: string,
    on?: 'order' | 'reversal' | 'inquiry',
    times?: number,
    delayMs?: number,
  ): Promise<void>;
}

export async function startSupplier(
  t: { teardown(task: () => unknown): void },
  kind: 'http' | 'iso8583',
  port = 0,
): Promise<TestSupplier> {
  const where = { host: '127.0.0.1', port, controlPort: 0 };
  const running =
    kind === 'http'
      ? await startHttpSupplier(where)
      : await startIso8583Supplier({ ...where, format: 'iso87-ascii', framing: 'length2' });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= running.stop();
    return stopped;
  };
  t.teardown(stop);
  const at = (path: string): string => `http://127.0.0.1:${running.controlPort}${path}`;
  return {
    port: running.port,
    stop,
    async ledger() {
      const body = (await (await fetch(at('/sim/ledger'))).json()) as { orders: LedgerOrder[] };
      return body.orders;
    },
    async clear() {
      await fetch(at('/sim/behaviour'), { method: 'DELETE' });
    },
    async behave(behaviour, on = 'order', times = 1, delayMs = 1_000) {
      const answer = await fetch(at('/sim/behaviour'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ behaviour, on, times, delayMs }),
      });
      if (!answer.ok) throw new Error(`behaviour not set: ${await answer.text()}`);
    },
  };
}

const PIN = { kind: 'pin', provider: 'TALKCO', currency: '840' };

const CREDIT = {
  kind: 'credit',
  currency: '840',
  amountMin: 100,
  amountMax: 10_000,
  amountStep: 100,
};

/** Configuration members for switches that credit: TOPUP for 555 over HTTP, TOPUP2 for 777 over ISO 8583. */
export function creditConfig(ports: { http?: number; iso8583?: number }): Record<string, unknown> {
  const suppliers: unknown[] = [];
  const products: unknown[] = [{ ...PIN, code: 'TALK10', name: 'Talk 10', price: 1000, route: ['stock'] }];
  if (ports.http) {
    suppliers.push({ kind: 'http', name: 'topup-http', url: `http://127.0.0.1:${ports.http}` });
    products.push({
      ...CREDIT,
      provider: 'TALKCO',
      code: 'TOPUP',
      name: 'Top-up',
      route: ['topup-http'],
    });
    products.push({
      ...PIN,
      code: 'LIVE5',
      name: 'Live 5',
      price: 500,
      route: ['topup-http'],
    });
  }
  if (ports.iso8583) {
    suppliers.push({
      kind: 'iso8583',
      name: 'topup-iso',
      link: { host: '127.0.0.1', port: ports.iso8583, framing: 'length2' },
      format: 'iso87-ascii',
      acquirer: '000001',
    });
    products.push({
      ...CREDIT,
      provider: 'OTHERCO',
      code: 'TOPUP2',
      name: 'Top-up 2',
      route: ['topup-iso'],
    });
  }
  return { suppliers, catalogue: { providers: providersOf(ports), products } };
}

function providersOf(ports: { http?: number; iso8583?: number }): unknown[] {
  return [
    { code: 'TALKCO', name: 'Talk Company', ranges: ports.http ? [{ prefix: '555' }] : [] },
    { code: 'OTHERCO', name: 'Other Company', ranges: ports.iso8583 ? [{ prefix: '777' }] : [] },
  ];
}

/** Polls until `test` holds; false after `forMs`. */
export async function eventually(test: () => Promise<boolean>, forMs = 20_000): Promise<boolean> {
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    if (await test()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
