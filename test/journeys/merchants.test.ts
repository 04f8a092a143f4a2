/**
 * Merchants and terminals over real sockets and processes: allowed services (T6), money paid in or lent, commission,
 * limits by count and amount (T11). Every sale's money stands or falls with the sale, wherever the process is killed.
 */
import t from 'tap';
import { auditIsClean, balanceOf, fund } from '../support/books.js';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

type Fields = Record<number, string>;

const shop = (id: string, more: object = {}): object => ({ id, name: id, ...more });
const prepaid = { account: { mode: 'prepaid', currency: '840' } };
const LINK = { mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2', acquirer: '000001' };

/** Shop FLOAT prepaid in group KIOSKS, LENT on credit, PLAIN as without all this; commissions of all kinds. */
function config(supplier: number): Record<string, unknown> {
  const { suppliers, catalogue } = creditConfig({ http: supplier });
  return {
    suppliers,
    links: [
      { ...LINK, name: 'ascii', format: 'iso87-ascii', profile: 'default' },
      { ...LINK, name: 'ascii93', format: 'iso93-ascii', profile: 'default-1993' },
    ],
    catalogue: {
      ...(catalogue as object),
      merchants: [
        shop('PLAIN'),
        shop('FLOAT', { ...prepaid, group: 'KIOSKS' }),
        shop('LENT', { account: { mode: 'credit', limit: 1_500, currency: '840' } }),
        shop('LIMITED', { limits: { day: { amount: 2_500 } } }),
      ],
      terminals: [
        { id: 'PLAIN001', merchant: 'PLAIN' },
        { id: 'FLOAT001', merchant: 'FLOAT' },
        { id: 'LENT0001', merchant: 'LENT' },
        { id: 'PINSONLY', merchant: 'PLAIN', services: ['pin-sale'] },
        { id: 'TWODAILY', merchant: 'PLAIN', limits: { day: { count: 2 } } },
        { id: 'TWICE093', merchant: 'PLAIN', limits: { hour: { count: 2 } } },
        { id: 'LITTLE93', merchant: 'PLAIN', limits: { hour: { amount: 999 } } },
        { id: 'LIMIT001', merchant: 'LIMITED' },
        { id: 'LIMIT002', merchant: 'LIMITED' },
      ],
      commissions: [
        { group: 'KIOSKS', basisPoints: 500 },
        { group: 'KIOSKS', product: 'LIVE5', basisPoints: 333, fixed: 1 },
      ],
    },
  };
}

const WHO = ['--by', 'ann', '--why', 'transfer'];

/** A request's fields, from this terminal; its merchant goes unsaid. */
const at = (terminal: string): Fields => ({ 41: terminal, 42: '' });
const code = (answer: { fields: Fields } | undefined): string | undefined => answer?.fields[39];

const floatOf = (running: TestSwitch, id = 'FLOAT'): Promise<number> => balanceOf(running, `merchant:${id}`);

t.test('merchants sell what they may, on the money they have', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, { config: config(supplier.port), pins: { TALK10: 40 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const ask = (mti: string, fields: Fields) => client.ask(mti, fields);
  const credited = async (): Promise<number> =>
    (await supplier.ledger()).filter(({ state }) => state === 'credited').length;

  await t.test(
    'T6: a service that is not allowed to the terminal is refused before any supplier hears',
    async (t) => {
      t.equal(code(await ask('0200', creditOf('5550001234', 1_000, at('PINSONLY')))), '58');
      t.same(await supplier.ledger(), []);
      const sale = saleOf('TALK10', 1_000, at('PINSONLY'));
      t.equal(code(await ask('0200', sale)), '00');
      t.equal(code(await ask('0420', reversalOf(sale, at('PINSONLY')))), '00', 'what was sold may be undone');
    },
  );

  await t.test('T11: with no money paid in nothing is sold, and a repeat is told the same', async (t) => {
    const sale = saleOf('TALK10', 1_000, at('FLOAT001'));
    t.equal(code(await ask('0200', sale)), '51');
    const pay = (): Promise<object> =>
      running.json('merchant', 'fund', 'FLOAT', '3000', ...WHO, '--currency', '840', '--reference', 'B-1');
    t.match(await pay(), { result: 'posted', balance: 3_000 });
    t.equal(code(await ask('0201', sale)), '51', 'the stored answer');
    t.match(await pay(), { result: 'known', balance: 3_000 }, 'a payment enters once by its reference');
    t.match(await running.json('merchant', 'balance'), {
      balances: [{ merchant: 'FLOAT', balance: 3_000, currency: '840' }],
    });
  });

  await t.test('T11: the merchant pays the amount less its commission, once, and gets it back', async (t) => {
    const sale = saleOf('TALK10', 1_000, at('FLOAT001'));
    t.equal(code(await ask('0200', sale)), '00');
    t.equal(code(await ask('0201', sale)), '00');
    t.equal(await floatOf(running), 2_050);
    t.equal(code(await ask('0420', reversalOf(sale, at('FLOAT001')))), '00');
    t.equal(code(await ask('0420', reversalOf(sale, at('FLOAT001')))), '00');
    t.equal(await floatOf(running), 3_000);
    const live = saleOf('LIVE5', 500, at('FLOAT001'));
    t.equal(code(await ask('0200', live)), '00');
    t.equal(await floatOf(running), 2_517, '3.33 % of 500, down, and 1');
  });

  await t.test('T11: a credit is paid for when the supplier did it, and not when it refused', async (t) => {
    const before = await floatOf(running);
    t.equal(code(await ask('0200', creditOf('5550001234', 9_100, at('FLOAT001')))), '51');
    t.equal(code(await ask('0200', creditOf('5550001234', 1_000, at('FLOAT001')))), '00');
    t.equal(await floatOf(running), before - 950);
    await fund(running, 'FLOAT', 10_000);
    t.equal(code(await ask('0200', creditOf('5550001234', 9_200, at('FLOAT001')))), '62', 'refused there');
    t.equal(await floatOf(running), before - 950 + 10_000);
    const back = (amount: number) => running.json('merchant', 'withdraw', 'FLOAT', String(amount), ...WHO);
    t.match(await back(10_000), { result: 'posted', balance: before - 950 });
    t.match(await back(10_000), { result: 'refused', balance: before - 950 }, 'no more than is there');
  });

  await t.test('T11: a credit limit goes so far and no further, also for sales at once', async (t) => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => Client.open(running.ports.ascii ?? 0)));
    const codes = await Promise.all(
      clients.map(async (one) => code(await one.ask('0200', saleOf('LIVE5', 500, at('LENT0001'))))),
    );
    await Promise.all(clients.map((one) => one.close()));
    t.same(codes.sort(), ['00', '00', '00', '51']);
    t.equal(await floatOf(running, 'LENT'), -1_500);
  });

  await t.test('T11: the 1993 profile says it in its own codes', async (t) => {
    const other = await Client.open(running.ports.ascii93 ?? 0);
    const said = async (fields: Fields): Promise<string | undefined> => {
      const { 13: date = '', 12: time = '', ...rest } = fields;
      const year = new Date().getUTCFullYear() % 100;
      return code(await other.ask('1200', { ...rest, 12: `${year}${date}${time}` }));
    };
    t.equal(await said(saleOf('TALK10', 1_000, at('LENT0001'))), '116');
    t.equal(await said(creditOf('5550001234', 1_000, at('PINSONLY'))), '120');
    for (const expected of ['000', '000', '123'])
      t.equal(await said(saleOf('TALK10', 1_000, at('TWICE093'))), expected);
    t.equal(await said(saleOf('TALK10', 1_000, at('LITTLE93'))), '121');
    await other.close();
  });

  await t.test('T11: limits by count and by amount, of the terminal and of the merchant', async (t) => {
    const sale = saleOf('TALK10', 1_000, at('TWODAILY'));
    t.equal(code(await ask('0200', sale)), '00');
    t.equal(code(await ask('0200', saleOf('TALK10', 1_000, at('TWODAILY')))), '00');
    t.equal(code(await ask('0200', saleOf('TALK10', 1_000, at('TWODAILY')))), '65');
    t.equal(code(await ask('0420', reversalOf(sale, at('TWODAILY')))), '00');
    t.equal(
      code(await ask('0200', saleOf('TALK10', 1_000, at('TWODAILY')))),
      '00',
      'a reversed one counts no more',
    );
    t.equal(code(await ask('0200', saleOf('TALK10', 1_000, at('LIMIT001')))), '00');
    t.equal(code(await ask('0200', saleOf('TALK10', 1_000, at('LIMIT002')))), '00');
    t.equal(code(await ask('0200', saleOf('TALK10', 1_000, at('LIMIT001')))), '61');
    t.equal(code(await ask('0200', saleOf('LIVE5', 500, at('LIMIT002')))), '00');
  });

  await t.test('T11: the statement says what moved the account, and the books are right', async (t) => {
    const { lines } = (await running.json('merchant', 'statement', 'FLOAT', '--limit', '3')) as {
      lines: Record<string, unknown>[];
    };
    t.match(lines, [{ amount: -10_000, transaction: null }, { amount: 8_740 }, { amount: -8_740 }]);
    t.equal(await credited(), 6);
    await auditIsClean(t, running);
  });
});

t.test('T11: wherever a switch is killed, the money is with the sale or with the merchant', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const sale = () => saleOf('TALK10', 1_000, at('FLOAT001'));
  const credit = () => creditOf('5550001234', 1_000, at('FLOAT001'));
  const cases = [
    { crashAt: 'after:sell', request: sale(), code: '00', left: 4_050 },
    { crashAt: 'before:close', request: credit(), code: '68', left: 5_000 },
    { crashAt: 'after:close', request: credit(), code: '00', left: 4_050 },
  ];
  for (const { crashAt, request, code: expected, left } of cases) {
    const pins: Record<string, number> = crashAt.endsWith('sell') ? { TALK10: 2 } : {};
    const running = await startSwitch(t, { config: config(supplier.port), pins, crashAt });
    await fund(running, 'FLOAT', 5_000);
    const dying = await Client.open(running.ports.ascii ?? 0);
    t.equal(await dying.ask('0200', request), undefined, crashAt);
    t.equal(await running.child.exited, null, 'killed by a signal');
    await dying.close();
    t.equal(await floatOf(running), 4_050, 'held since it was entered');
    const again = await running.restart();
    const client = await Client.open(again.ports.ascii ?? 0);
    for (const _ of [1, 2]) t.equal(code(await client.ask('0201', request)), expected);
    t.equal(await floatOf(again), left);
    t.ok(
      await eventually(
        async () => code(await client.ask('0420', reversalOf(request, at('FLOAT001')))) === '00',
      ),
    );
    t.equal(await floatOf(again), 5_000, 'all of it is back');
    await client.close();
    await auditIsClean(t, again);
    await again.child.kill();
  }
});
