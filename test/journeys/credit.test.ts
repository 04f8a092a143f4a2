/** Account credits over a real socket and a real supplier process: A1, A3, A5, A11, A16, T2, T3, T9, T13. */
import t from 'tap';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { parseTlv } from '../support/iso.js';
import { startSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

const SHORT = { times: { saleMs: 1_000, forwardWaitsMs: [200, 500] } };

async function creditedOnce(supplier: TestSupplier, account: string): Promise<boolean> {
  const orders = (await supplier.ledger()).filter((one) => one.account === account);
  return orders.length === 1 && orders[0]?.state === 'credited';
}

for (const { kind, account, other } of [
  { kind: 'http', account: '5550001234', other: '5550009900' },
  { kind: 'iso8583', account: '7770001234', other: '7770009900' },
] as const) {
  t.test(
    `A1, A3, T2, T3: over ${kind}, an account is credited once, with confirmation and balance`,
    async (t) => {
      const supplier = await startSupplier(t, kind);
      const { ports } = await startSwitch(t, { config: creditConfig({ [kind]: supplier.port }) });
      const client = await Client.open(ports.ascii ?? 0);
      t.teardown(() => client.close());
      const request = creditOf(account, 2_500);
      const answer = await client.ask('0200', request);
      t.equal(answer?.mti, '0210');
      t.equal(answer?.fields[39], '00');
      t.match(answer?.fields[38], /^\S{6}$/, 'the confirmation');
      t.match(answer?.fields[54], /^0002840C\d{12}$/, 'the new balance');
      t.match(
        parseTlv(answer?.fields[63] ?? '').find(([tag]) => tag === 'AE')?.[1],
        /^\d{8}$/,
        'the account expiry',
      );
      const repeat = await client.ask('0201', request);
      t.same(repeat?.fields, answer?.fields, 'a repeat is answered the same');
      t.ok(await creditedOnce(supplier, account), 'and the supplier credited once');
    },
  );

  t.test(
    `A16: over ${kind}, no answer in time is a decline, and what may have been done is undone`,
    async (t) => {
      const supplier = await startSupplier(t, kind);
      const { ports } = await startSwitch(t, {
        config: { ...creditConfig({ [kind]: supplier.port }), ...SHORT },
      });
      const client = await Client.open(ports.ascii ?? 0);
      t.teardown(() => client.close());
      await supplier.behave('drop');
      const request = creditOf(account, 1_000);
      const answer = await client.ask('0200', request);
      t.equal(answer?.fields[39], '68');
      t.ok(
        await eventually(async () => (await supplier.ledger()).every(({ state }) => state === 'reversed')),
        'credited, not answered, then reversed',
      );
      t.equal((await client.ask('0201', request))?.fields[39], '68', 'the repeat has the same answer');
      t.equal((await client.ask('0200', creditOf(other, 1_000)))?.fields[39], '00', 'the next one goes');
    },
  );
}

t.test(
  'A5: an amount outside the range or off the step is refused before any supplier hears of it',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const { ports } = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
    const client = await Client.open(ports.ascii ?? 0);
    t.teardown(() => client.close());
    for (const amount of [0, 50, 150, 10_100, 1_050]) {
      t.equal((await client.ask('0200', creditOf('5550001234', amount)))?.fields[39], '13', String(amount));
    }
    t.equal(
      (await client.ask('0200', creditOf('9990001234', 1_000)))?.fields[39],
      '14',
      'an account of nobody',
    );
    t.equal(
      (await client.ask('0200', creditOf('5550001234', 1_000, { 41: 'STRANGER' })))?.fields[39],
      '58',
      'T6',
    );
    t.same(await supplier.ledger(), []);
  },
);

for (const { kind, account } of [
  { kind: 'http', account: '5550001234' },
  { kind: 'iso8583', account: '7770001234' },
] as const) {
  t.test(
    `A11: over ${kind}, each refusal of the supplier reaches the terminal as its own reason`,
    async (t) => {
      const supplier = await startSupplier(t, kind);
      const { ports } = await startSwitch(t, { config: creditConfig({ [kind]: supplier.port }) });
      const client = await Client.open(ports.ascii ?? 0);
      t.teardown(() => client.close());
      const told = new Map<string, string>();
      for (const [amount, code, why] of [
        [8_800, '87', 'suspended'],
        [8_900, '46', 'cancelled'],
        [9_100, '14', 'unknown'],
        [9_200, '62', 'blocked'],
        [9_300, '86', 'balance over its limit'],
        [9_500, '65', 'too often'],
        [9_700, '05', 'in words of its own'],
      ] as const) {
        const request = creditOf(account, amount);
        const answer = await client.ask('0200', request);
        t.equal(answer?.fields[39], code, why);
        t.same((await client.ask('0201', request))?.fields, answer?.fields, 'a repeat is told the same');
        told.set(code, why);
      }
      t.equal(told.size, 7, 'no two alike');
      t.ok((await supplier.ledger()).every(({ state, asked }) => state === 'refused' && asked === 1));
    },
  );
}

t.test(
  'A16: repeats while the supplier is asked attach to the original, and never make a second call',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const { ports } = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
    const [one, two] = await Promise.all([Client.open(ports.ascii ?? 0), Client.open(ports.ascii ?? 0)]);
    t.teardown(() => Promise.all([one.close(), two.close()]));
    await supplier.behave('delay', 'order', 1, 700);
    const request = creditOf('5550001234', 1_000);
    const answers = await Promise.all([one.ask('0200', request), two.ask('0201', request)]);
    t.equal(answers[0]?.fields[39], '00');
    t.same(answers[1]?.fields, answers[0]?.fields);
    t.equal((await supplier.ledger()).length, 1);
  },
);

t.test('A16: a reversal before its original has finished suppresses its answer and undoes it', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const { ports } = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
  const client = await Client.open(ports.ascii ?? 0);
  t.teardown(() => client.close());
  await supplier.behave('delay', 'order', 1, 700);
  const request = creditOf('5550001234', 1_000);
  const original = client.ask('0200', request, 2_000);
  await eventually(async () => (await supplier.ledger()).length === 1);
  const reversal = await client.ask('0420', reversalOf(request));
  t.equal(reversal?.fields[39], '00');
  t.equal(await original, undefined, 'the original is never answered');
  t.ok(await eventually(async () => (await supplier.ledger()).every(({ state }) => state === 'reversed')));
  t.equal((await client.ask('0201', request))?.fields[39], '12', 'its repeat is told that it was reversed');
});

t.test(
  'a reversal that cites nothing finds its credit by approval code, terminal, amount and account',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const { ports } = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
    const client = await Client.open(ports.ascii ?? 0);
    t.teardown(() => client.close());
    const request = creditOf('5550001234', 1_000);
    const credited = await client.ask('0200', request);
    const cites = { 37: 'X00000000003', 38: credited?.fields[38] ?? '', 90: '0'.repeat(42) };
    await client.ask('0420', reversalOf(request, { ...cites, 102: '5550009999' }));
    t.match(await supplier.ledger(), [{ state: 'credited' }], 'not with another account');
    t.equal(
      (await client.ask('0420', reversalOf(request, { ...cites, 102: '5550001234' })))?.fields[39],
      '00',
    );
    t.ok(await eventually(async () => (await supplier.ledger()).every(({ state }) => state === 'reversed')));
  },
);

t.test(
  'T9: a PIN that its supplier issues at the moment of sale reaches the terminal and the books',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const running = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const request = saleOf('LIVE5', 500);
    const answer = await client.ask('0200', request);
    t.equal(answer?.fields[39], '00');
    const tags = parseTlv(answer?.fields[63] ?? '').map(([tag]) => tag);
    t.same(tags.slice(0, 3), ['PN', 'SN', 'EX']);
    t.same((await client.ask('0201', request))?.fields, answer?.fields);
    t.match(await running.json('stock', 'audit'), { takenIn: 1, byCustody: { sold: 1 }, ok: true });
  },
);

t.test(
  'T13: a reversal that the supplier has not acknowledged survives a kill, is seen, and is sent again',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const config = { ...creditConfig({ http: supplier.port }), ...SHORT };
    const running = await startSwitch(t, { config });
    const client = await Client.open(running.ports.ascii ?? 0);
    const request = creditOf('5550001234', 1_000);
    t.equal((await client.ask('0200', request))?.fields[39], '00');
    await supplier.behave('ignore', 'reversal', 1_000);
    t.equal((await client.ask('0420', reversalOf(request)))?.fields[39], '00', 'accepted all the same');
    await running.child.kill('SIGKILL');
    await client.close();
    const doubtful = JSON.stringify(await running.json('journal', 'doubtful'));
    t.match(doubtful, /reversal/, 'the operator sees it');
    await supplier.clear();
    await running.restart();
    t.ok(await eventually(async () => (await supplier.ledger())[0]?.state === 'reversed'));
    t.ok(
      await eventually(
        async () => !/reversal/.test(JSON.stringify(await running.json('journal', 'doubtful'))),
      ),
    );
  },
);
