/**
 * The bad network campaign: the street scenario through fault proxies (faults/proxy.ts), one before the switch and one
 * before each of its suppliers, whose connections are held back, cut, half-open and partitioned while customers come. Then
 * the network is good again, and everything has to come to an end: the fleet's books and both suppliers' ledgers are held
 * against the journal, and the PINs audited.
 *
 *   node dist/scripts/campaigns/faults.js [--seconds 300] [--rate 40] [--seed N]
 *
 * Exit code 1 where any of them does not agree.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Chance } from '../../src/base/chance.js';
import { installation, type RunResult, run, start, startSwitch } from '../../test/support/process.js';
import { creditConfig } from '../../test/support/supplier.js';
import { isProgram, type Teardown, withTeardowns } from './campaign.js';
import { type FaultCounts, FaultProxy } from './faults/proxy.js';

export interface FaultOptions {
  readonly seconds: number;
  readonly rate: number;
  readonly seed: number;
}

export interface FaultReport {
  readonly customers: number;
  readonly unanswered: number;
  /** By where the proxy stood. */
  readonly faults: Readonly<Record<string, FaultCounts>>;
  readonly violations: readonly string[];
}

const RATES = { cut: 0.02, halfOpen: 0.01, oneWay: 0.01, delayMsMax: 800 };
const PARTITION_MS = 1_500;
const TERMINALS = ['STREET01', 'STREET02'];
const PLACES = ['terminals', 'http', 'iso8583'] as const;
const SALE_MS = 1_200;

export async function faultCampaign(options: FaultOptions): Promise<FaultReport> {
  return withTeardowns((t) => play(t, options));
}

async function play(t: Teardown, { seconds, rate, seed }: FaultOptions): Promise<FaultReport> {
  const chance = new Chance(seed);
  const folder = await installation(t);
  const proxied = async (target: number): Promise<FaultProxy> => {
    const proxy = await FaultProxy.open(target, chance, RATES);
    t.teardown(() => proxy.close());
    return proxy;
  };
  const http = await proxied(await supplier(t, 'http', folder));
  const iso8583 = await proxied(await supplier(t, 'iso8583', folder));
  const config = configOf({ http: http.port, iso8583: iso8583.port });
  const { ports, child } = await startSwitch(t, {
    folder,
    pins: { TALK10: Math.ceil(seconds * rate) },
    config,
  });
  const terminals = await proxied(ports.ascii ?? 0);
  const proxies = { terminals, http, iso8583 };
  let going = true;
  const trouble = (async () => {
    while (going) {
      const proxy = proxies[PLACES[chance.pick(PLACES.length)] ?? 'http'];
      await sleep(PARTITION_MS * chance.next());
      proxy.partition();
      await sleep(PARTITION_MS * chance.next());
      proxy.join();
    }
  })();
  const flags = {
    seconds,
    rate,
    tills: 10,
    seed,
    terminals: TERMINALS.join(),
    to: `127.0.0.1:${terminals.port}`,
  };
  const args = Object.entries({ ...flags, data: folder }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const ended = run(['simulate', 'terminals', 'shop-street', ...args, '--settle', '120', '--json']);
  await Promise.race([ended, sleep(seconds * 1_000)]);
  going = false;
  await trouble;
  for (const proxy of Object.values(proxies)) proxy.heal();
  const fleet = await ended;
  const audit = await run(['stock', 'audit', '--data', folder]);
  await child.kill('SIGTERM');
  const ledgers = await Promise.all(
    (['http', 'iso'] as const).map((name) =>
      run([
        'simulate',
        'supplier',
        '--check',
        '--ledger',
        join(folder, `${name}.jsonl`),
        '--data',
        folder,
        '--as',
        `topup-${name}`,
      ]),
    ),
  );
  const { customers = 0, services = {} } = JSON.parse(fleet.stdout.trim().split('\n').pop() || '{}') as Told;
  return {
    customers,
    unanswered: Object.values(services).reduce((sum, one) => sum + one.unanswered, 0),
    faults: Object.fromEntries(PLACES.map((place) => [place, proxies[place].counts])),
    violations: [
      ...faultOf("the fleet's books", fleet),
      ...faultOf('audit', audit),
      ...ledgers.flatMap((ledger) => faultOf("a supplier's ledger", ledger)),
    ],
  };
}

interface Told {
  readonly customers?: number;
  readonly services?: Readonly<Record<string, { readonly unanswered: number }>>;
}

async function supplier(t: Teardown, kind: string, folder: string): Promise<number> {
  const ledger = join(folder, kind === 'http' ? 'http.jsonl' : 'iso.jsonl');
  const child = await start(['simulate', 'supplier', '--kind', kind, '--ledger', ledger], (output) =>
    /ready \d+/.test(output),
  );
  t.teardown(() => child.kill());
  return Number(/ready (\d+)/.exec(child.output())?.[1]);
}

function configOf(ports: { http: number; iso8583: number }): Record<string, unknown> {
  const { suppliers, catalogue } = creditConfig(ports) as {
    suppliers: unknown;
    catalogue: { products: readonly unknown[]; providers: unknown };
  };
  const issued = {
    kind: 'pin',
    provider: 'TALKCO',
    currency: '840',
    code: 'TALK20',
    name: 'Talk 20',
    price: 2_000,
  };
  const products = [...catalogue.products, { ...issued, route: ['topup-http'] }];
  const terminals = TERMINALS.map((id) => ({ id, merchant: 'DEMOMERCHANT001' }));
  const times = { saleMs: SALE_MS, forwardMs: SALE_MS, forwardWaitsMs: [200, 1_000] };
  return { suppliers, times, catalogue: { ...catalogue, products, terminals } };
}

function faultOf(what: string, { code, stdout, stderr }: RunResult): string[] {
  return code === 0 ? [] : [`${what}: ${stderr.trim()} ${stdout.trim().slice(-2_000)}`];
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '300' },
      rate: { type: 'string', default: '40' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const seed = Number(values.seed);
  const report = await faultCampaign({ seconds: Number(values.seconds), rate: Number(values.rate), seed });
  process.stdout.write(`${JSON.stringify({ seed, ...report }, null, 2)}\n`);
  process.exit(report.violations.length === 0 ? 0 : 1);
}
