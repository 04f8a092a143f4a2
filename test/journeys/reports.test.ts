/** Queries and reports over transactions that real terminals made, of two dialects, while the switch runs: A15. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { as1993, Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { baseConfig, startSwitch } from '../support/process.js';
import { creditConfig, startSupplier } from '../support/supplier.js';

interface Told {
  readonly transactions: readonly Record<string, unknown>[];
  readonly next: number | null;
}

const ACCOUNT = '5550001234';
/** The other shop sells on credit, for a commission of 5 %. */
const LENT = { mode: 'credit', limit: 1_000_000, currency: '840' };
const commissions = [{ group: 'KIOSKS', basisPoints: 500 }];
const [link] = baseConfig().links as Record<string, unknown>[];

t.test('A15: what two terminals of two dialects did is listed, exported and summed up', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const config = creditConfig({ http: supplier.port });
  const links = [link, { ...link, name: 'iso93', format: 'iso93-ascii', profile: 'default-1993' }];
  const merchants = [
    { id: 'DEMOMERCHANT001', name: 'Demonstration shop' },
    { id: 'OTHERSHOP', name: 'Other shop', group: 'KIOSKS', account: LENT },
  ];
  const terminals = [
    { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
    { id: 'OTHER001', merchant: 'OTHERSHOP' },
  ];
  const catalogue = { ...(config.catalogue as object), merchants, terminals, commissions };
  const running = await startSwitch(t, { pins: { TALK10: 4 }, config: { ...config, links, catalogue } });
  const old = await Client.open(running.ports.ascii ?? 0);
  const young = await Client.open(running.ports.iso93 ?? 0);
  t.teardown(() => Promise.all([old.close(), young.close()]));
  const other = { 41: 'OTHER001', 42: 'OTHERSHOP' };

  const first = saleOf('TALK10', 1000);
  t.equal((await old.ask('0200', first))?.fields[39], '00');
  t.equal((await old.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00');
  t.equal((await old.ask('0420', reversalOf(first)))?.fields[39], '00');
  t.equal((await old.ask('0200', saleOf('TALK10', 999)))?.fields[39], '13');
  t.equal((await young.ask('1200', as1993(saleOf('TALK10', 1000, other))))?.fields[39], '000');
  t.equal((await young.ask('1200', as1993(creditOf(ACCOUNT, 2_500, other))))?.fields[39], '000');
  const lines = async (...args: string[]) => (await running.json('report', ...args)).lines;
  const list = async (...args: string[]) =>
    (await running.json('journal', 'list', ...args)) as unknown as Told;

  await t.test('list tells page by page, by any filter, and no account', async (t) => {
    const all = await list();
    t.match(all, { transactions: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }, { id: 6 }] });
    t.equal(all.next, null);
    const head = await list('--limit', '4');
    t.same([head.transactions.length, head.next], [4, 4]);
    t.same((await list('--after-id', '4')).transactions, all.transactions.slice(4));
    const ids = async (...args: string[]) => (await list(...args)).transactions.map(({ id }) => id);
    t.same(await ids('--merchant', 'OTHERSHOP'), [5, 6]);
    t.same(await ids('--terminal', 'DEMO0001', '--state', 'declined'), [4]);
    t.same(await ids('--reason', 'invalid-amount'), [4]);
    t.same(await ids('--supplier', 'topup-http'), [6]);
    t.same(await ids('--product', 'TALK10', '--state', 'approved'), [2, 5]);
    const today = new Date().toISOString().slice(0, 10);
    t.same(await ids('--day', today, '--product', 'TOPUP'), [6]);
    t.same(await ids('--to', '20200101'), []);
    t.match(all.transactions[5], { account: '***', amount: 2_500, service: 'account-credit' });
    t.notOk(JSON.stringify(all).includes(ACCOUNT));
    const text = await commandLine(['journal', 'list', '--data', running.folder, '--limit', '2']);
    t.match(text.stdout, /^ *id +amount +cur/m);
    t.match(text.stdout, /More: --after-id 2/);
  });

  await t.test('export writes the same as CSV or as JSON lines', async (t) => {
    const args = ['journal', 'export', '--data', running.folder];
    const { stdout: csv, code } = await commandLine([...args, '--format', 'csv']);
    t.equal(code, 0);
    const rows = csv.trimEnd().split('\n');
    t.equal(rows.length, 7, 'a head and six transactions');
    t.match(rows[0], /^id,state,service,product,quantity,amount,currency,merchant,terminal,/);
    t.match(rows[6], /^6,approved,account-credit,TOPUP,1,2500,840,OTHERSHOP,OTHER001,.*,\*\*\*,approved,/);
    const { stdout: jsonl } = await commandLine([...args, '--format', 'jsonl', '--state', 'approved']);
    const records = jsonl
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number });
    t.same(
      records.map(({ id }) => id),
      [2, 3, 5, 6],
    );
    t.notOk(`${csv}${jsonl}`.includes(ACCOUNT));
  });

  await t.test('sales are summed up by what is asked for', async (t) => {
    t.same(await lines('sales', '--by', 'merchant,product'), [
      { merchant: 'DEMOMERCHANT001', product: 'TALK10', currency: '840', ...SUM, amount: 1_000, declined: 1 },
      { merchant: 'OTHERSHOP', product: 'TALK10', currency: '840', ...SUM, undone: 0, undoneAmount: 0 },
      { merchant: 'OTHERSHOP', product: 'TOPUP', currency: '840', ...SUM, ...NONE_UNDONE, amount: 2_500 },
    ]);
    t.match(await lines('sales', '--by', 'supplier', '--state', 'approved'), [
      { supplier: 'stock', sold: 2, amount: 2_000 },
      { supplier: 'topup-http', sold: 1, amount: 2_500 },
    ]);
    t.match(await lines('commission', '--by', 'merchant,product'), [
      { merchant: 'OTHERSHOP', product: 'TALK10', sold: 1, amount: 1_000, commission: 50 },
      { merchant: 'OTHERSHOP', product: 'TOPUP', sold: 1, amount: 2_500, commission: 125 },
    ]);
    t.match(await lines('stock', '--by', 'product,supplier'), [
      { product: 'TALK10', supplier: 'default', custody: 'quarantined', pins: 1 },
      { product: 'TALK10', supplier: 'default', custody: 'sold', pins: 2 },
      { product: 'TALK10', supplier: 'default', custody: 'stock', pins: 1 },
    ]);
    const text = await commandLine(['report', 'sales', '--by', 'day', '--data', running.folder]);
    t.match(
      text.stdout,
      /sold +amount +undone +undoneAmount +declined +open +day +currency\n +3 +4500 +1 +1000/,
    );
  });
});

const NONE_UNDONE = { undone: 0, undoneAmount: 0 };
const SUM = { sold: 1, amount: 1_000, undone: 1, undoneAmount: 1_000, declined: 0, open: 0 };

t.test('A15: what makes no question is refused with its own line', async (t) => {
  const data = t.testdir({});
  const faults: readonly (readonly [readonly string[], RegExp])[] = [
    [['journal', 'list', '--day', '20261301'], /must be a day/],
    [['journal', 'list', '--from', 'yesterday'], /must be a day .* or a moment/],
    [['journal', 'list', '--state', 'sold'], /Allowed choices are pending, approved/],
    [['journal', 'export', '--format', 'xml'], /Allowed choices are csv, jsonl/],
    [['report', 'sales', '--by', 'day,shop'], /must be some of day, merchant, terminal, product, supplier/],
    [['report', 'stock'], /no database/],
  ];
  writeFileSync(join(data, 'empty'), '');
  const results = await Promise.all(faults.map(([args]) => commandLine([...args, '--data', data])));
  for (const [at, [args, message]] of faults.entries()) {
    t.equal(results[at]?.code, 2, args.join(' '));
    t.match(results[at]?.stderr, message);
  }
});
