/** Captured traffic played to another switch, over real sockets and real processes: U3. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { creditOf, identity, reversalOf, saleOf } from '../support/client.js';
import { buildTlv, parseTlv } from '../support/iso.js';
import { freePort, run, scratch, startSwitch, type TestSwitch } from '../support/process.js';
import { Recording } from '../support/recording.js';
import { creditConfig, startSupplier, type TestSupplier } from '../support/supplier.js';

const ACCOUNT = '5550001234';
const folder = scratch(t);
const files = {
  hex: join(folder, 'day.hex'),
  timed: join(folder, 'timed.hex'),
  pcapng: join(folder, 'day.pcapng'),
};

interface Summary {
  readonly frames: number;
  readonly matched: number;
  readonly different: number;
  readonly unanswered: number;
  readonly declared: Record<string, number>;
  readonly byField: { path: string; count: number; changes: { before: string; after: string }[] }[];
  readonly listed: { frame: number; mti: string; silence?: string; differences: { path: string }[] }[];
  readonly closed: { count: number };
  readonly latency: { live: { count: number }; captured: { count: number; p50: number } };
  readonly stopped: string | null;
}

async function replayed(
  file: string,
  port: number,
  ...more: string[]
): Promise<Summary & { code: number | null }> {
  const { stdout, stderr, code } = await run(['replay', file, '--to', String(port), '--json', ...more]);
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Summary), code };
}

function receipts(): Record<string, unknown> {
  const receipt = ['{product}', 'Serial {serial}', 'Ref {rrn} {approval}'];
  return { receipt };
}

/** A switch with stock and a supplier of its own. */
async function fresh(): Promise<{ running: TestSwitch; supplier: TestSupplier; port: number }> {
  const supplier = await startSupplier(t, 'http');
  const config = creditConfig({ http: supplier.port });
  const catalogue = config.catalogue as { products: object[] };
  const products = catalogue.products.map((product) => ({ ...product, ...receipts() }));
  const running = await startSwitch(t, {
    pins: { TALK10: 20 },
    config: { ...config, catalogue: { ...catalogue, products } },
  });
  return { running, supplier, port: running.ports.ascii ?? 0 };
}

const recorded = await fresh();
const other = await fresh();
const recording = new Recording();

/** Sales, credits, repeats, reversals with their repeats, declines and a sign of life, on three connections. */
async function record(): Promise<void> {
  const one = await recording.open(recorded.port);
  await one.ask('0800', { ...identity(), 70: '301' });
  const sale = saleOf('TALK10', 1000);
  await one.ask('0200', sale);
  await one.ask('0201', { ...sale, 7: identity()[7] ?? '' });
  const kept = saleOf('TALK10', 1000);
  await one.ask('0200', kept);
  const reversal = reversalOf(sale);
  await one.ask('0420', reversal);
  await one.ask('0421', reversal);
  const credit = creditOf(ACCOUNT, 2_500);
  const credited = await one.ask('0200', credit);
  const undone = creditOf(ACCOUNT, 1_000);
  await one.ask('0200', undone);
  const two = await recording.open(recorded.port);
  await two.ask('0400', { ...reversalOf(undone), 102: ACCOUNT });
  await two.ask('0200', saleOf('NOWHERE', 1000));
  const reference = parseTlv(credited.fields[63] ?? '').find(([tag]) => tag === 'AR')?.[1] ?? '';
  const again = creditOf(ACCOUNT, 500, { 48: buildTlv([['AR', reference]]) });
  const { 102: _, ...byReference } = again;
  await two.ask('0200', byReference);
  await two.close();
  const three = await recording.open(recorded.port);
  const first = saleOf('TALK10', 1000);
  const second = saleOf('TALK10', 1000);
  three.send('0200', first);
  three.send('0200', second);
  await three.hear(second[11] ?? '');
  await three.hear(first[11] ?? '');
  await one.close();
  await three.close();
  writeFileSync(files.hex, recording.hexList(false));
  writeFileSync(files.timed, recording.hexList(true));
  writeFileSync(files.pcapng, recording.pcapng());
}

await record();

/** What the journal holds in all, by service and state. */
async function states({ running }: { running: TestSwitch }): Promise<Record<string, number>> {
  const { transactions } = (await running.json('journal', 'list')) as {
    transactions: { service: string; state: string }[];
  };
  const counts: Record<string, number> = {};
  for (const { service, state } of transactions)
    counts[`${service} ${state}`] = (counts[`${service} ${state}`] ?? 0) + 1;
  return counts;
}

t.test(
  'U3: a list and a capture replay on a fresh switch with no difference but the declared fields',
  async (t) => {
    const before = await states(recorded);
    for (const [times, file] of [files.hex, files.pcapng].entries()) {
      const result = await replayed(file, other.port, '--as-answered');
      t.equal(result.code, 0, JSON.stringify(result.listed));
      t.match(result, {
        frames: recording.requests,
        matched: recording.requests,
        different: 0,
        unanswered: 0,
      });
      t.match(result.declared, {
        38: Number,
        '63.PN': Number,
        '63.SN': Number,
        '63.AR': Number,
        '63.RL': Number,
      });
      t.same(
        Object.keys(result.declared).filter((path) => !/^(38|63\.(PN|SN|EX|AR|AE|RL))$/.test(path)),
        [],
      );
      t.equal(result.latency.live.count, recording.requests);
      const wanted = Object.entries(before).map(([what, count]) => [what, count * (times + 1)]);
      t.same(
        await states(other),
        Object.fromEntries(wanted),
        'repeats and reversals met the very transactions that they cite',
      );
    }
  },
);
