/**
 * Promotions over real sockets and processes (A14): by count and by total of an account, value or a receipt line; counted
 * with the purchase, given back with its reversal, and printed again by a repeat.
 */
import t from 'tap';
import { auditIsClean, balanceOf } from '../support/books.js';
import { Client, creditOf, reversalOf } from '../support/client.js';
import { parseTlv } from '../support/iso.js';
import { startSwitch } from '../support/process.js';
import { creditConfig, startSupplier } from '../support/supplier.js';

type Answer = Awaited<ReturnType<Client['ask']>>;

const receiptOf = (answer: Answer): string[] =>
  parseTlv(answer?.fields[63] ?? '').flatMap(([tag, text]) => (tag === 'RL' ? [text] : []));
const balance = (answer: Answer): number => Number(answer?.fields[54]?.slice(8));

function config(supplier: number): Record<string, unknown> {
  const { suppliers, catalogue } = creditConfig({ http: supplier });
  const { providers, products } = catalogue as { providers: object[]; products: object[] };
  const wallet = {
    kind: 'credit',
    provider: 'WALLET',
    currency: '840',
    amountMin: 100,
    amountMax: 50_000,
    amountStep: 100,
  };
  const link = { mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2', acquirer: '000001' };
  return {
    suppliers,
    links: [
      { ...link, name: 'ascii', format: 'iso87-ascii', profile: 'default' },
      { ...link, name: 'telco', format: 'iso87-ascii', profile: 'telco-gateway' },
    ],
    catalogue: {
      providers: [...providers, { code: 'WALLET', name: 'Wallet', ranges: [{ prefix: '604' }] }],
      products: [
        ...products,
        { ...wallet, code: 'WALLET', name: 'Wallet', route: ['ledger'], receipt: ['Wallet {amount}'] },
      ],
      promotions: [
        { code: 'THIRD', products: ['WALLET'], count: 3, add: 250, line: 'Each third one: 2.50 for you' },
        { code: 'TWENTY', products: ['TOPUP'], total: 2_000, period: 'month', line: 'Thank you for 20.00' },
      ],
    },
  };
}

t.test('A14: what an account bought is rewarded, once, with the purchase that reached it', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, { config: config(supplier.port) });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());

  await t.test('by count: value and a line, for that account alone', async (t) => {
    const account = '60400001234';
    const buy = (fields = creditOf(account, 1_000)) => client.ask('0200', fields);
    await buy();
    await buy(creditOf('60400009999', 1_000));
    t.same(receiptOf(await buy()), ['Wallet 10.00']);
    const third = creditOf(account, 1_000);
    const rewarded = await buy(third);
    t.equal(balance(rewarded), 3_250);
    t.same(receiptOf(rewarded), ['Wallet 10.00', 'Each third one: 2.50 for you']);
    t.same(
      (await client.ask('0201', third))?.fields,
      rewarded?.fields,
      'a repeat prints the same, and adds nothing',
    );
    t.equal(balance(await buy()), 4_250);
    await client.ask('0420', reversalOf(third));
    t.equal(await balanceOf(running, 'promotion:THIRD'), 0, 'given back with its purchase');
    t.equal(balance(await buy()), 4_250, 'the third one that stands');
    t.equal(await balanceOf(running, ''), 0);
  });

  await t.test(
    'by total: a line on what a supplier credits; a purchase that it refused does not count',
    async (t) => {
      const buy = (amount: number) => client.ask('0200', creditOf('5550001234', amount));
      t.same(receiptOf(await buy(1_500)), []);
      t.equal((await buy(9_200))?.fields[39], '62');
      t.same(receiptOf(await buy(400)), []);
      const due = creditOf('5550001234', 100);
      const answer = await client.ask('0200', due);
      t.same(receiptOf(answer), ['Thank you for 20.00']);
      t.same((await client.ask('0201', due))?.fields, answer?.fields);
      t.same(receiptOf(await buy(100)), []);
    },
  );

  await t.test('an account counts across profiles', async (t) => {
    const telco = await Client.open(running.ports.telco ?? 0);
    const { 102: account = '', 49: _, ...rest } = creditOf('5550001234', 1_800);
    const answer = await telco.ask('0200', { ...rest, 2: account, 3: '110000', 49: '840' });
    t.equal(answer?.fields[39], '00');
    t.same(receiptOf(await client.ask('0200', creditOf('5550001234', 100))), ['Thank you for 20.00']);
    await telco.close();
    await auditIsClean(t, running);
  });
});
