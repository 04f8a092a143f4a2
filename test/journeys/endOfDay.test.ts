/** End of day over real sockets, two dialects side by side: reconciliation, cutover, settlement files: T12. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { as1993, Client, creditOf, identity, reversalOf, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { baseConfig, batchFile, scratch, startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';
import { figuresOf, NONE, reconciliationOf } from '../support/totals.js';

const DAY_MS = 86_400_000;
/** The other shop sells on credit, for a commission of 5 %. */
const LENT = { mode: 'credit', limit: 1_000_000, currency: '840' };
const commissions = [{ group: 'KIOSKS', basisPoints: 500 }];
const [link] = baseConfig().links as Record<string, unknown>[];
const OTHER = { 41: 'OTHER001', 42: 'OTHERSHOP' };

/** YYYYMMDD, so many days from now. */
function dayFrom(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

const TODAY = dayFrom(0);
const mmdd = (day: string): string => day.slice(4);
const cutover = (newDay: string): Record<number, string> => {
  const { 41: _, 42: __, ...own } = identity({ 15: mmdd(newDay), 70: '201' });
  return own;
};

function configOf(supplier: number): Record<string, unknown> {
  const config = creditConfig({ http: supplier });
  const merchants = [
    { id: 'DEMOMERCHANT001', name: 'Demonstration shop' },
    { id: 'OTHERSHOP', name: 'Other shop', group: 'KIOSKS', account: LENT },
  ];
  const terminals = [
    { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
    { id: 'OTHER001', merchant: 'OTHERSHOP' },
  ];
  const links = [link, { ...link, name: 'iso93', format: 'iso93-ascii', profile: 'default-1993' }];
  return {
    ...config,
    links,
    catalogue: { ...(config.catalogue as object), merchants, terminals, commissions },
  };
}

t.test('T12: a day is reconciled, closed, settled; what comes late counts in the next', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, { pins: { TALK10: 20 }, config: configOf(supplier.port) });
  const old = await Client.open(running.ports.ascii ?? 0);
  const young = await Client.open(running.ports.iso93 ?? 0);
  t.teardown(() => Promise.all([old.close(), young.close()]));
  const sold = saleOf('TALK10', 1_000);
  const undone = saleOf('TALK10', 1_000);
  const credit = creditOf('5550001234', 2_500);
  for (const request of [sold, undone, credit]) t.equal((await old.ask('0200', request))?.fields[39], '00');
  await old.ask('0200', saleOf('TALK10', 999));
  t.equal((await old.ask('0420', reversalOf(undone)))?.fields[39], '00');
  t.equal((await young.ask('1200', as1993(saleOf('TALK10', 1_000, OTHER))))?.fields[39], '000');
  const own = { ...NONE, debits: 3, debitReversals: 1, debitAmount: 4_500, debitReversalAmount: 1_000 };

  await t.test('totals that agree are in balance: counted in full, or less what was undone', async (t) => {
    for (const claims of [own, { debits: 2, debitAmount: 3_500 }]) {
      const answer = await old.ask('0500', reconciliationOf(claims, { 50: '840', 97: 'D0000000000003500' }));
      t.equal(answer?.mti, '0510');
      t.equal(answer?.fields[39], '00');
      t.equal(answer?.fields[66], '1', 'in balance');
      t.same(figuresOf(answer), own);
      t.equal(answer?.fields[97], 'D0000000000003500', 'the merchant owes it');
      t.equal(answer?.fields[50], '840');
    }
    const answer = await young.ask(
      '1520',
      as1993(reconciliationOf({ debits: 1, debitAmount: 1_000 }, OTHER)),
    );
    t.equal(answer?.mti, '1530');
    t.equal(answer?.fields[39], '500', 'in balance, as 1993 has it');
    t.same(figuresOf(answer), { ...NONE, debits: 1, debitAmount: 1_000 });
  });

  await t.test('totals that do not agree get our own, and a repeat gets the same', async (t) => {
    const request = reconciliationOf({ debits: 3, debitAmount: 4_500 });
    const answer = await old.ask('0500', request);
    t.equal(answer?.fields[39], '95');
    t.equal(answer?.fields[66], '2');
    t.same(figuresOf(answer), own);
    await old.ask('0200', saleOf('TALK10', 1_000));
    const repeat = await old.ask('0501', request);
    t.same(repeat, answer, 'though another sale was made meanwhile');
    t.equal((await old.ask('0501', { ...request, 76: '0000000009' }))?.fields[39], '94', 'other figures');
    const of1993 = as1993(reconciliationOf({ debits: 1, debitAmount: 1_001 }, OTHER));
    t.equal((await young.ask('1500', of1993))?.fields[39], '915');
    t.equal((await young.ask('1500', of1993))?.fields[39], '915');
  });

  await t.test('without a terminal the totals are the acquirer\u2019s', async (t) => {
    const { 41: _, 42: __, ...request } = reconciliationOf({ debits: 4, debitAmount: 5_500 });
    const answer = await old.ask('0520', request);
    t.equal(answer?.mti, '0530');
    t.equal(answer?.fields[39], '00');
    t.match(figuresOf(answer), { debits: 5, debitReversals: 1, debitAmount: 6_500 });
  });

  await t.test('what makes no reconciliation is refused, each for its reason', async (t) => {
    for (const [fields, code] of [
      [identity(), '30'],
      [reconciliationOf({ debits: 1 }, { 97: 'X0000000000000001' }), '30'],
      [reconciliationOf({ debits: 1 }, { 41: 'STRANGER' }), '58'],
      [reconciliationOf({ debits: 3, debitReversals: 0 }, { 50: '978' }), '95'],
    ] as const) {
      t.equal((await old.ask('0500', fields))?.fields[39], code, code);
    }
    t.equal((await old.ask('0800', cutover(dayFrom(9))))?.fields[39], '12', 'no day of the future is closed');
  });

  await t.test('a cutover closes the day once; what comes later is of the next', async (t) => {
    for (const _ of [1, 2]) {
      const answer = await old.ask('0800', cutover(dayFrom(1)));
      t.equal(answer?.mti, '0810');
      t.equal(answer?.fields[39], '00');
    }
    const late = await commandLine(['cutover', '--day', TODAY, '--data', running.folder]);
    t.match(late, { code: 1, stderr: /was closed before, by acquirer 000001/ });
    t.same(figuresOf(await old.ask('0500', reconciliationOf(NONE))), NONE);
    t.equal((await old.ask('0420', reversalOf(sold)))?.fields[39], '00', 'a reversal of yesterday');
    t.equal((await old.ask('0420', reversalOf(credit)))?.fields[39], '00');
    const next = await old.ask('0500', reconciliationOf({ debitReversals: 2, debitReversalAmount: 3_500 }));
    t.equal(next?.fields[39], '00');
    t.equal(next?.fields[97], 'C0000000000003500', 'the merchant gets it back');
    const never = await old.ask('0500', reconciliationOf({ debits: 0 }, { 15: mmdd(dayFrom(-3)) }));
    t.equal(never?.fields[39], '12', 'a day that no cutover closed');
    const closed = await old.ask('0500', reconciliationOf({ debits: 3 }, { 15: mmdd(TODAY) }));
    t.equal(closed?.fields[39], '00');
    t.match(figuresOf(closed), { debits: 4, debitReversals: 1, debitAmount: 5_500 });
    const of1993 = as1993(reconciliationOf({ debits: 1 }, { ...OTHER, 28: TODAY.slice(2) }));
    t.equal((await young.ask('1500', of1993))?.fields[39], '500');
  });

  await t.test(
    'settlement files are what the suppliers have too, byte for byte the same again',
    async (t) => {
      t.ok(await eventually(async () => (await supplier.ledger())[0]?.state === 'reversed'));
      t.equal((await commandLine(['cutover', '--day', dayFrom(1), '--data', running.folder])).code, 0);
      const [today, again] = [await settle(running, TODAY, 'one'), await settle(running, TODAY, 'two')];
      t.same(Object.keys(today).sort(), [
        `${TODAY}-merchant-DEMOMERCHANT001.csv`,
        `${TODAY}-merchant-OTHERSHOP.csv`,
        `${TODAY}-supplier-stock.csv`,
        `${TODAY}-supplier-topup-http.csv`,
      ]);
      t.same(again, today);
      const [order] = await supplier.ledger();
      const credits = rowsOf(today[`${TODAY}-supplier-topup-http.csv`]);
      t.match(credits, [
        { type: 'sale', amount: '2500', reference: order?.reference, account: '***' },
        { type: 'total', quantity: '1', currency: '840', amount: '2500' },
      ]);
      t.match(rowsOf(today[`${TODAY}-merchant-DEMOMERCHANT001.csv`]).at(-1), {
        quantity: '5',
        amount: '4500',
      });
      t.match(rowsOf(today[`${TODAY}-merchant-OTHERSHOP.csv`]), [
        { stan: /\d{6}/, amount: '1000', commission: '50', net: '950' },
        { type: 'total', quantity: '1', amount: '1000', commission: '50', net: '950' },
      ]);
      const next = await settle(running, dayFrom(1), 'three');
      t.match(rowsOf(next[`${dayFrom(1)}-supplier-topup-http.csv`]), [
        { type: 'reversal', amount: '-2500', reference: order?.reference },
        { type: 'total', amount: '-2500' },
      ]);
      t.notOk(JSON.stringify([today, next]).includes('5550001234'));
      const none = await commandLine(['settle', '--day', '20200101', '--out', 'x', '--data', running.folder]);
      t.match(none, { code: 1, stderr: /no cutover has closed 20200101/ });
    },
  );
  t.match(await running.json('stock', 'audit'), { ok: true });
});

/** The files' contents by name. */
async function settle({ folder }: TestSwitch, day: string, name: string): Promise<Record<string, string>> {
  const out = join(folder, name);
  const { code, stderr } = await commandLine(['settle', '--day', day, '--out', out, '--data', folder]);
  if (code !== 0) throw new Error(stderr);
  return Object.fromEntries(readdirSync(out).map((file) => [file, readFileSync(join(out, file), 'utf8')]));
}

function rowsOf(csv = ''): Record<string, string>[] {
  const [head = '', ...rows] = csv.trimEnd().split('\n');
  const names = head.split(',');
  return rows.map((row) => Object.fromEntries(row.split(',').map((cell, at) => [names[at] ?? '', cell])));
}

/** One intake for all that follow: each has a copy of its data. */
const seed = scratch(t);
t.before(async () => {
  const { code } = await commandLine(['stock', 'intake', batchFile(seed, 'TALK10', 5), '--data', seed]);
  if (code !== 0) throw new Error('intake failed');
});

/** Where the process kills itself, and whether the day is closed (the figures stand) afterwards. */
for (const [crashAt, stands] of [
  ['before:cutover', false],
  ['after:cutover', true],
  ['before:reconcile', false],
  ['after:reconcile', true],
] as const) {
  t.test(
    `T12: killed ${crashAt.replace(':', ' its ')}, the ${stands ? 'answer' : 'next'} stands`,
    async (t) => {
      const folder = scratch(t);
      cpSync(seed, folder, { recursive: true });
      const trapped = await startSwitch(t, { folder, crashAt });
      const client = await Client.open(trapped.ports.ascii ?? 0);
      t.equal((await client.ask('0200', saleOf('TALK10', 1_000)))?.fields[39], '00');
      const isCutover = crashAt.endsWith('cutover');
      const request = isCutover ? cutover(dayFrom(1)) : reconciliationOf({ debits: 2 });
      t.equal(await client.ask(isCutover ? '0800' : '0500', request, 5_000), undefined, 'nobody was told');
      await client.close();
      const after = await trapped.restart();
      const again = await Client.open(after.ports.ascii ?? 0);
      t.teardown(() => again.close());
      if (isCutover) {
        const figures = figuresOf(await again.ask('0500', reconciliationOf({ debits: 0 })));
        t.equal(figures.debits, stands ? 0 : 1, 'of the present day');
        t.equal((await again.ask('0800', request))?.fields[39], '00', 'it may be sent again');
        t.equal(figuresOf(await again.ask('0500', reconciliationOf({ debits: 0 }))).debits, 0);
      } else {
        await again.ask('0200', saleOf('TALK10', 1_000));
        const answer = await again.ask('0501', request);
        t.equal(answer?.fields[39], stands ? '95' : '00', stands ? 'as it stood' : 'as if it came first');
      }
    },
  );
}

t.test('T12: the clock closes the day, also for the time that the switch was down', async (t) => {
  const config = { endOfDay: { cutoverAt: '00:00', acquirers: ['000099'] } };
  const running = await startSwitch(t, { config });
  const closed = async (): Promise<boolean> =>
    (
      await commandLine([
        'settle',
        '--day',
        dayFrom(-1),
        '--out',
        join(running.folder, 'out'),
        '--data',
        running.folder,
      ])
    ).code === 0;
  t.ok(await eventually(closed), 'yesterday, which ended at midnight');
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  t.equal((await client.ask('0800', cutover(dayFrom(1))))?.fields[39], '58', 'not an acquirer that may');
});
