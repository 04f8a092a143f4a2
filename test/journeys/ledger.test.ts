/**
 * Accounts managed here, over real sockets and processes (A4): credited in our own ledger in the sale's own commit, the
 * balance in the answer, taken back by a reversal, never in clear in the books, exact wherever the process is killed.
 */
import t from 'tap';
import { batchOf, credit, itemsOf } from '../support/batch.js';
import { auditIsClean, balanceOf, withBooks } from '../support/books.js';
import { Client, creditOf, identity, reversalOf } from '../support/client.js';
import { parseTlv } from '../support/iso.js';
import { startSwitch } from '../support/process.js';

type Fields = Record<number, string>;

const ACCOUNT = '60400001234';
const LINK = { mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2', acquirer: '000001' };

const CONFIG = {
  links: [
    { ...LINK, name: 'ascii', format: 'iso87-ascii', profile: 'default' },
    { ...LINK, name: 'ascii93', format: 'iso93-ascii', profile: 'default-1993' },
  ],
  catalogue: {
    providers: [{ code: 'WALLET', name: 'House wallet', ranges: [{ prefix: '604' }] }],
    products: [
      {
        kind: 'credit',
        code: 'WALLET',
        name: 'Wallet',
        provider: 'WALLET',
        currency: '840',
        amountMin: 100,
        amountMax: 100_000,
        amountStep: 100,
        route: ['ledger'],
        receipt: ['{product} {amount}', 'Ref {approval}'],
      },
    ],
    merchants: [
      { id: 'DEMOMERCHANT001', name: 'Shop' },
      { id: 'LENT', name: 'Lent', account: { mode: 'credit', limit: 5_000, currency: '840' } },
    ],
    terminals: [
      { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
      { id: 'LENT0001', merchant: 'LENT' },
    ],
  },
};

const inquiryOf = (account: string): Fields => identity({ 3: '310000', 102: account });
const balanceText = (amount: number): string =>
  `0002840${amount < 0 ? 'D' : 'C'}${String(Math.abs(amount)).padStart(12, '0')}`;

t.test('A4: an account managed here is credited, told, and the credit taken back', async (t) => {
  const running = await startSwitch(t, { config: CONFIG });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const first = creditOf(ACCOUNT, 2_500);

  await t.test('the answer tells approval, balance and receipt; a repeat gets the same, once', async (t) => {
    const none = await client.ask('0100', inquiryOf(ACCOUNT));
    t.match([none?.fields[39], none?.fields[54]], ['00', balanceText(0)], 'it opens with its first credit');
    const answer = await client.ask('0200', first);
    t.match([answer?.fields[39], answer?.fields[54]], ['00', balanceText(2_500)]);
    const lines = parseTlv(answer?.fields[63] ?? '').flatMap(([tag, text]) => (tag === 'RL' ? [text] : []));
    t.same(lines, ['Wallet 25.00', `Ref ${answer?.fields[38]}`]);
    t.equal((await client.ask('0200', creditOf(ACCOUNT, 500)))?.fields[54], balanceText(3_000));
    t.same((await client.ask('0201', first))?.fields, answer?.fields, 'as it was answered then');
    t.equal((await client.ask('0200', { ...first, 4: '000000002600' }))?.fields[39], '94');
    t.equal((await client.ask('0100', inquiryOf(ACCOUNT)))?.fields[54], balanceText(3_000));
    t.equal((await client.ask('0200', inquiryOf('60499999999')))?.fields[54], balanceText(0), 'another one');
  });

  await t.test('what is wrong changes nothing, each its own reason', async (t) => {
    const ask = async (fields: Fields) => (await client.ask('0200', fields))?.fields[39];
    t.equal(await ask(creditOf(ACCOUNT, 150)), '13', 'off the step');
    t.equal(await ask(creditOf(ACCOUNT, 200, { 49: '978' })), '13', 'another currency');
    t.equal(await ask(creditOf('70500001234', 200)), '14', 'an account of nobody');
    t.equal(await ask(creditOf(ACCOUNT, 5_100, { 41: 'LENT0001', 42: 'LENT' })), '51');
    t.equal(await balanceOf(running, 'account:'), 3_000);
    t.equal(await balanceOf(running, 'merchant:LENT'), 0);
  });

  await t.test('a reversal takes it back once; what was spent meanwhile is owed', async (t) => {
    const line = { currency: '840', floor: null };
    const [account = ''] = (await withBooks(running, (store) => store.balances('account:'))).map(
      (one) => one.account,
    );
    const spent = [
      { ...line, account, amount: -1_000 },
      { ...line, account: 'cash:WALLET', amount: 1_000 },
    ];
    await withBooks(running, (store) =>
      store.post({ postings: spent, by: 'ann', why: 'a purchase elsewhere', reference: '', at: 1 }),
    );
    for (const _ of [1, 2]) t.equal((await client.ask('0420', reversalOf(first)))?.fields[39], '00');
    t.equal((await client.ask('0100', inquiryOf(ACCOUNT)))?.fields[54], balanceText(-500));
    t.equal((await client.ask('0201', first))?.fields[39], '12', 'reversed');
    t.equal(
      await balanceOf(running, 'merchant:DEMOMERCHANT001'),
      -500,
      'what the merchant took for the other one',
    );
    t.equal(await balanceOf(running, ''), 0, 'the sum');
    t.notOk(account.includes(ACCOUNT), 'known by its mark alone');
    await auditIsClean(t, running);
  });

  await t.test('as an item of a batch, with the balance after it; undone with it', async (t) => {
    const batch = batchOf([credit(ACCOUNT, 300), credit(ACCOUNT, 400), credit(ACCOUNT, 450)]);
    const answer = await client.ask('0200', batch);
    t.equal(answer?.fields[39], '10', 'some');
    const told = itemsOf(answer).map(({ code, values }) => [code, values.BA]);
    t.same(told, [
      ['00', balanceText(-200)],
      ['00', balanceText(200)],
      ['13', undefined],
    ]);
    t.same((await client.ask('0201', batch))?.fields, answer?.fields);
    const { 4: _, ...undo } = reversalOf(batch);
    t.equal((await client.ask('0420', undo))?.fields[39], '00');
    t.equal((await client.ask('0100', inquiryOf(ACCOUNT)))?.fields[54], balanceText(-500));
    await auditIsClean(t, running);
  });

  await t.test('over the 1993 profile alike', async (t) => {
    const other = await Client.open(running.ports.ascii93 ?? 0);
    const { 13: date = '', 12: time = '', ...rest } = creditOf(ACCOUNT, 1_000);
    const local = `${new Date().getUTCFullYear() % 100}${date}${time}`;
    const answer = await other.ask('1200', { ...rest, 12: local });
    t.match([answer?.mti, answer?.fields[39], answer?.fields[54]], ['1210', '000', balanceText(500)]);
    await other.close();
  });
});

t.test('A4: wherever the switch is killed, the account has its credit once or not at all', async (t) => {
  for (const { crashAt, stands } of [
    { crashAt: 'before:credit', stands: 0 },
    { crashAt: 'after:credit', stands: 1_000 },
  ]) {
    const running = await startSwitch(t, { config: CONFIG, crashAt });
    const request = creditOf(ACCOUNT, 1_000);
    const dying = await Client.open(running.ports.ascii ?? 0);
    t.equal(await dying.ask('0200', request), undefined, crashAt);
    t.equal(await running.child.exited, null, 'killed by a signal');
    await dying.close();
    t.equal(await balanceOf(running, 'account:'), stands);
    const again = await running.restart();
    const client = await Client.open(again.ports.ascii ?? 0);
    for (const _ of [1, 2]) t.equal((await client.ask('0201', request))?.fields[54], balanceText(1_000));
    t.equal(await balanceOf(again, 'account:'), 1_000);
    t.equal((await client.ask('0420', reversalOf(request)))?.fields[39], '00');
    t.equal(await balanceOf(again, 'account:'), 0);
    await auditIsClean(t, again);
    await client.close();
    await again.child.kill();
  }
});
