/** Captured traffic played to another switch, over real sockets and real processes: U3. */
import { readFileSync, writeFileSync } from 'node:fs';
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
  for (const { service, state } of transactions) {
    const name = `${service} ${state}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

t.test(
  'U3: a list and a capture replay on a fresh switch with no difference but the declared fields',
  async (t) => {
    const before = await states(recorded);
    t.ok(
      Object.keys(before).some((name) => name.endsWith(' reversed')),
      'there is something to cite',
    );
    const runs = [
      [files.hex, []],
      // Another account has a balance of its own, as a fresh supplier has.
      [files.pcapng, ['--set', '102=5550004321']],
    ] as const;
    for (const [at, [file, more]] of runs.entries()) {
      const result = await replayed(file, other.port, '--as-answered', ...more);
      t.equal(result.code, 0, JSON.stringify(result.listed));
      const all = recording.requests;
      t.match(result, { frames: all, matched: all, different: 0, unanswered: 0, stopped: null });
      const declared = Object.keys(result.declared);
      t.same(
        declared.filter((path) => !/^(38|63\.(PN|SN|EX|AR|AE|RL))$/.test(path)),
        [],
      );
      for (const path of ['38', '63.PN', '63.AR', '63.RL']) t.ok(declared.includes(path), path);
      t.equal(result.latency.live.count, all);
      const wanted = Object.entries(before).map(([name, count]) => [name, count * (at + 1)]);
      t.same(await states(other), Object.fromEntries(wanted), 'repeats and reversals met what they cite');
    }
    const orders = await other.supplier.ledger();
    t.equal(orders.filter(({ state }) => state === 'reversed').length, 2);
    t.match(await other.running.json('stock', 'audit'), { ok: true, byCustody: { quarantined: 2 } });
  },
);

t.test(
  'U3: a changed supplier answer shows up as exactly the changed fields, in text and page',
  async (t) => {
    await other.supplier.behave('unavailable', 'order', 1);
    const page = join(folder, 'report.html');
    const { stdout, code } = await run([
      'replay',
      files.timed,
      '--to',
      String(other.port),
      '--set',
      '102=5550009999',
      '--speed',
      '10',
      '--html',
      page,
      '--json',
    ]);
    const result = JSON.parse(stdout) as Summary;
    t.equal(code, 1);
    // The first credit was declined: its balance is missing in those after it, and so is its reference.
    const [declined] = result.listed;
    t.equal(declined?.mti, '0200');
    t.same(
      [...new Set(declined?.differences.map(({ path }) => path.replace(/#.*/, '')))],
      ['38', '39', '54', '63.AE', '63.AR', '63.RL'],
    );
    const codes = result.byField.find(({ path }) => path === '39')?.changes ?? [];
    t.ok(
      codes.some(({ before, after }) => before === '00' && after === '91'),
      'the supplier is down',
    );
    const html = readFileSync(page, 'utf8');
    t.notMatch(html, /https?:|<script|<link|<img|src=|@import|url\(/, 'it needs nothing but itself');
    for (const { path } of declined?.differences ?? []) t.ok(html.includes(`<b>${path}</b>`), path);
    t.match(html, /<polyline class="curve live" points="[\d., ]+"/);
    const account = /5550009999|5550001234/;
    t.notMatch(html + stdout, account, 'accounts are masked');
  },
);

t.test('U3: what cannot be replayed ends in one line and its exit code', async (t) => {
  const noise = join(folder, 'noise.bin');
  writeFileSync(noise, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  const closed = String(await freePort());
  const captured = readFileSync(files.hex, 'utf8');
  const page = join(folder, 'earlier.html');
  writeFileSync(page, 'an earlier report');
  for (const [args, code, line] of [
    [[noise, '--to', closed], 2, /noise\.bin: .*expected/],
    [[files.hex, '--to', closed], 1, /ECONNREFUSED/],
    [[files.hex, '--to', closed, '--ignore', '193'], 2, /no field 193/],
    [[files.hex, '--to', closed, '--speed', '2', '--as-answered'], 2, /cannot be used with/],
    [[files.hex, '--to', closed, '--html', files.hex], 2, /names the capture itself/],
    [[noise, '--to', closed, '--html', page], 2, /noise\.bin: .*expected/],
  ] as const) {
    const result = await run(['replay', ...args]);
    t.equal(result.code, code, result.stderr);
    t.match(result.stderr, line);
    t.equal(result.stderr.trim().split('\n').length, 1);
  }
  t.equal(readFileSync(files.hex, 'utf8'), captured);
  t.equal(readFileSync(page, 'utf8'), 'an earlier report', 'a page stays until there is another one');
});
