/**
 * Accounts and their providers, over two profiles and real processes: A2 whose account it is, A5 what value, A10 regions and their
 * memory, A12 a PIN in place of a credit, A13 accounts known from before.
 */
import t, { type Test } from 'tap';
import { Client, creditOf, identity, reversalOf } from '../support/client.js';
import { buildTlv, type IsoFields, type IsoMessage, parseTlv } from '../support/iso.js';
import { startSwitch, type TestSwitch } from '../support/process.js';
import { eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

const CREDIT = { kind: 'credit', currency: '840', amountMin: 100, amountMax: 10_000, amountStep: 100 };
const PIN = { kind: 'pin', currency: '840', route: ['stock'] };
const OTHER_SHOP = { 41: 'OTHER001', 42: 'OTHERMERCHANT01' };

function link(name: string, format: string, profile: string): object {
  const rest = { mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2', acquirer: '000001' };
  return { name, format, profile, ...rest };
}

/** TALKCO by range, METERCO by the table, REGCO with regions, CARDCO not directly, SPARECO where its supplier is up. */
function configOf(port: number): Record<string, unknown> {
  const route = ['topup'];
  return {
    links: [
      link('ascii', 'iso87-ascii', 'default'),
      link('y1993', 'iso93-ascii', 'default-1993'),
      link('telco', 'iso87-ascii', 'telco-gateway'),
    ],
    suppliers: [
      { kind: 'http', name: 'topup', url: `http://127.0.0.1:${port}` },
      {
        kind: 'iso8583',
        name: 'away',
        link: { host: '127.0.0.1', port: 1, framing: 'length2' },
        format: 'iso87-ascii',
        acquirer: '000001',
      },
    ],
    catalogue: {
      providers: [
        { code: 'TALKCO', name: 'Talk', ranges: [{ prefix: '555' }] },
        { code: 'NEARCO', name: 'Near', ranges: [{ prefix: '5557' }, { prefix: '5550009999' }] },
        { code: 'METERCO', name: 'Meter' },
        {
          code: 'REGCO',
          name: 'Regions',
          ranges: [{ prefix: '666' }],
          regions: [
            { code: 'NORTH', name: 'North' },
            { code: 'SOUTH', name: 'South' },
          ],
        },
        { code: 'CARDCO', name: 'Card', direct: false, ranges: [{ prefix: '888' }] },
        { code: 'SPARECO', name: 'Spare', ranges: [{ prefix: '889' }] },
        { code: 'FIXCO', name: 'Fixed', ranges: [{ prefix: '777' }] },
      ],
      accounts: { METERCO: '5550001111 4440001111' },
      products: [
        { ...CREDIT, code: 'TALK', name: 'Talk', provider: 'TALKCO', route },
        { ...CREDIT, code: 'TALKDATA', name: 'Talk data', provider: 'TALKCO', route },
        { ...CREDIT, code: 'NEAR', name: 'Near', provider: 'NEARCO', route },
        { ...CREDIT, code: 'METER', name: 'Meter', provider: 'METERCO', route },
        { ...CREDIT, code: 'REG', name: 'Regions', provider: 'REGCO', route, regionRequired: true },
        {
          kind: 'credit',
          code: 'FIX5',
          name: 'Fixed 5',
          provider: 'FIXCO',
          currency: '840',
          price: 500,
          route,
        },
        { ...CREDIT, code: 'SPARE', name: 'Spare', provider: 'SPARECO', route: ['away', 'stock'] },
        { ...PIN, code: 'CARD10', name: 'Card 10', provider: 'CARDCO', price: 1_000 },
        { ...PIN, code: 'CARD20', name: 'Card 20', provider: 'CARDCO', price: 2_000 },
        { ...PIN, code: 'SPARE10', name: 'Spare 10', provider: 'SPARECO', price: 1_000 },
      ],
      merchants: [
        { id: 'DEMOMERCHANT001', name: 'Demonstration shop' },
        { id: 'OTHERMERCHANT01', name: 'Another shop' },
      ],
      terminals: [
        { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
        { id: 'DEMO0002', merchant: 'DEMOMERCHANT001' },
        { id: 'OTHER001', merchant: 'OTHERMERCHANT01' },
      ],
    },
  };
}

interface Spoken {
  /** The answer's DE39, as 1987 has it: of the codes met here, 1993 has a digit before it or a word of its own. */
  readonly code: string;
  readonly fields: IsoFields;
  tag(name: string): string | undefined;
}

type Ask = (fields: IsoFields, mti?: string) => Promise<Spoken>;

const IN_1987: Readonly<Record<string, string>> = {
  '000': '00',
  '110': '13',
  '111': '14',
  '185': '85',
  '184': '84',
};

function spoken(answer: IsoMessage | undefined): Spoken {
  const fields = answer?.fields ?? {};
  const code = fields[39] ?? '';
  const entries = /^[A-Z]{2}\d{3}/.test(fields[63] ?? '') ? parseTlv(fields[63] ?? '') : [];
  return {
    code: IN_1987[code] ?? code,
    fields,
    tag: (name) => entries.find(([tag]) => tag === name)?.[1],
  };
}

/** The same request, in the words of 1993. */
function in1993(fields: IsoFields): IsoFields {
  const { 12: time, 13: date, ...rest } = fields;
  const year = String(new Date().getUTCFullYear()).slice(2);
  return { ...rest, 12: `${year}${date}${time}` };
}

async function dialects(t: Test, { ports }: TestSwitch): Promise<Record<'1987' | '1993' | 'telco', Ask>> {
  const open = async (name: string): Promise<Client> => {
    const client = await Client.open(ports[name] ?? 0);
    t.teardown(() => client.close());
    return client;
  };
  const [ascii, y1993, telco] = [await open('ascii'), await open('y1993'), await open('telco')];
  return {
    '1987': async (fields, mti = '0200') => spoken(await ascii.ask(mti, fields)),
    '1993': async (fields, mti = '0200') => spoken(await y1993.ask(mti.replace(/^0/, '1'), in1993(fields))),
    telco: async (fields, mti = '0200') => spoken(await telco.ask(mti, fields)),
  };
}

/** A credit that says only what is given: `48` as tags, and DE4 where there is an amount. */
function credit(
  account: string,
  said: { amount?: number; tags?: readonly (readonly [string, string])[]; shop?: IsoFields } = {},
): Record<number, string> {
  return identity({
    3: '210000',
    ...(said.amount === undefined ? {} : { 4: String(said.amount).padStart(12, '0'), 49: '840' }),
    ...(said.tags ? { 48: buildTlv(said.tags) } : {}),
    ...(account === '' ? {} : { 102: account }),
    ...said.shop,
  });
}

async function orderFor(supplier: TestSupplier, account: string) {
  return (await supplier.ledger()).filter((one) => one.account === account).at(-1);
}

async function started(t: Test, options: Parameters<typeof startSwitch>[1] = {}) {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, {
    ...options,
    config: { ...configOf(supplier.port), ...options.config },
  });
  return { supplier, running };
}

t.test('accounts are credited as their provider and their past have it', async (t) => {
  const { supplier, running } = await started(t, { pins: { CARD10: 3, SPARE10: 1 } });
  const ask = await dialects(t, running);

  for (const dialect of ['1987', '1993'] as const) {
    const own = dialect === '1987' ? '1' : '3';
    t.test(`A2: ${dialect}: the longest range tells, then the table, then the request's word`, async (t) => {
      const cases = [
        ['TALK', `555000${own}001`, []],
        ['NEAR', `555700${own}001`, []],
        ['NEAR', '5550009999', []],
        ['TALK', '5550001111', []],
        ['METER', '4440001111', []],
        ['NEAR', `333000${own}001`, [['PV', 'NEARCO']]],
        ['TALK', `555000${own}002`, [['PV', 'NEARCO']]],
        ['TALK', `555000${own}003`, [['PR', 'NEAR']]],
      ] as const;
      for (const [product, account, tags] of cases) {
        const told = await ask[dialect](credit(account, { amount: 1_000, tags }));
        t.equal(told.code, '00', `${account} ${JSON.stringify(tags)}`);
        t.equal((await orderFor(supplier, account))?.product, product, account);
      }
      const before = (await supplier.ledger()).length;
      t.equal((await ask[dialect](credit('3330009999', { amount: 1_000 }))).code, '14', 'nobody’s');
      const named = credit(`555000${own}004`, { tags: [['PR', 'NEAR']] });
      t.not((await ask[dialect](named)).code, '00', 'another provider’s product does not set the price');
      t.equal((await supplier.ledger()).length, before);
    });

    t.test(
      `A5: ${dialect}: a fixed value needs no amount and takes no other; an open one has steps`,
      async (t) => {
        const fixed = await ask[dialect](credit(`777000${own}001`));
        t.match(fixed, { code: '00', fields: { 4: '000000000500' } });
        t.match(await orderFor(supplier, `777000${own}001`), { product: 'FIX5', amount: 500 });
        const before = (await supplier.ledger()).length;
        const euros = { ...credit(`555000${own}020`, { amount: 500 }), 49: '978' };
        t.equal((await ask[dialect](euros)).code, '13', 'another currency');
        t.equal((await ask[dialect](credit(`777000${own}001`, { amount: 600 }))).code, '13');
        t.equal((await ask[dialect](credit(`555000${own}020`, { amount: 550 }))).code, '13', 'off the step');
        t.equal((await ask[dialect](credit(`555000${own}020`, { amount: 10_100 }))).code, '13', 'too much');
        t.equal((await ask[dialect](credit('555', { amount: 500 }))).code, '14', 'too short for an account');
        t.equal((await supplier.ledger()).length, before, 'no supplier heard of these');
      },
    );

    t.test(`A10: ${dialect}: a region is asked for, checked, and remembered for the account`, async (t) => {
      const account = `666000${own}001`;
      const region = (code: string): readonly (readonly [string, string])[] => [['RG', code]];
      t.equal((await ask[dialect](credit(account, { amount: 500 }))).code, '85', 'none told');
      t.equal((await ask[dialect](credit(account, { amount: 500, tags: region('EAST') }))).code, '85');
      t.equal(await orderFor(supplier, account), undefined, 'no supplier heard of it');
      t.equal((await ask[dialect](credit(account, { amount: 500, tags: region('SOUTH') }))).code, '00');
      t.equal((await ask[dialect](credit(account, { amount: 600 }))).code, '00');
      t.match(await orderFor(supplier, account), { amount: 600, region: 'SOUTH' });
      t.equal((await ask[dialect](credit(account, { amount: 700, tags: region('NORTH') }))).code, '00');
      t.equal((await ask[dialect](credit(account, { amount: 800, shop: OTHER_SHOP }))).code, '00');
      t.match(await orderFor(supplier, account), { amount: 800, region: 'NORTH' }, 'at every shop');
    });

    t.test(`A13: ${dialect}: a known account is credited again by itself, as last time`, async (t) => {
      const account = `555000${own}010`;
      t.equal((await ask[dialect](credit(account))).code, '13', 'no amount of last time');
      const first = credit(account, { amount: 700, tags: [['PR', 'TALKDATA']] });
      t.equal((await ask[dialect](first)).code, '00');
      const again = await ask[dialect](credit(account));
      t.match(again, { code: '00', fields: { 4: '000000000700' } }, 'the amount is told');
      t.match(await orderFor(supplier, account), { product: 'TALKDATA', amount: 700 });
      t.equal((await ask[dialect](credit(account, { amount: 900 }))).code, '00');
      t.match(await orderFor(supplier, account), { product: 'TALKDATA', amount: 900 }, 'another amount');
      const elsewhere = credit(account, { shop: OTHER_SHOP });
      t.equal((await ask[dialect](elsewhere)).code, '13', 'another shop does not learn the amount');
    });

    t.test(`A13: ${dialect}: provider of last time, or another one if asked`, async (t) => {
      const account = `333111${own}001`;
      const first = credit(account, { amount: 700, tags: [['PV', 'NEARCO']] });
      t.equal((await ask[dialect](first)).code, '00');
      t.equal((await ask[dialect](credit(account))).code, '00');
      t.match(await orderFor(supplier, account), { product: 'NEAR', amount: 700 });
      t.equal((await ask[dialect](credit(account, { tags: [['PV', 'METERCO']] }))).code, '00');
      t.match(await orderFor(supplier, account), { product: 'METER', amount: 700 });
      t.equal((await ask[dialect](credit(account, { amount: 300 }))).code, '00');
      t.match(
        await orderFor(supplier, account),
        { product: 'METER', amount: 300 },
        'that is the last one now',
      );
    });

    t.test(`A13: ${dialect}: by a reference, for the shop that was told it and nobody else`, async (t) => {
      const account = `666000${own}020`;
      const first = credit(account, { amount: 700, tags: [['RG', 'NORTH']] });
      const told = await ask[dialect](first);
      const reference = told.tag('AR') ?? '';
      t.match(reference, /^[0-9A-Z]{13,23}$/);
      t.equal((await ask[dialect](first, '0201')).tag('AR'), reference, 'a repeat tells the same one');
      const by = (said: string, more: Parameters<typeof credit>[1] = {}) =>
        ask[dialect](credit('', { ...more, tags: [['AR', said]] }));
      const again = await by(reference, { shop: { 41: 'DEMO0002' } });
      t.match(again, { code: '00', fields: { 4: '000000000700' } }, 'at another terminal of the shop');
      t.match(await orderFor(supplier, account), { region: 'NORTH', amount: 700 });
      t.equal((await by(reference, { amount: 300 })).code, '00', 'with another amount');
      t.match(await orderFor(supplier, account), { region: 'NORTH', amount: 300 });
      const before = (await supplier.ledger()).length;
      const last = reference.at(-1) === 'A' ? 'B' : 'A';
      const wrong = [`${reference.slice(0, -1)}${last}`, reference.slice(1), '', '5550001234567'];
      for (const one of wrong) t.not((await by(one)).code, '00', `"${one}"`);
      t.equal((await by(reference, { shop: OTHER_SHOP })).code, '14', 'another shop');
      const both = credit('6660009999', { tags: [['AR', reference]] });
      t.equal((await ask[dialect](both)).code, '14', 'beside another account');
      t.equal((await supplier.ledger()).length, before);
    });
  }

  t.test('A13: what was reversed is forgotten, and its reference is worth nothing', async (t) => {
    const account = '6660005001';
    const first = credit(account, { amount: 700, tags: [['RG', 'NORTH']] });
    const reference = (await ask['1987'](first)).tag('AR') ?? '';
    t.equal((await ask['1987'](reversalOf(first), '0420')).code, '00');
    t.equal(
      (await ask['1987'](credit(account, { amount: 500 }))).code,
      '85',
      'the region has to be told again',
    );
    t.equal((await ask['1987'](credit('', { tags: [['AR', reference]] }))).code, '14');
    t.equal((await ask['1987'](first, '0201')).code, '12');
  });

  t.test('A13: a repeat is answered from the journal, whatever was learned since', async (t) => {
    const account = '6660006001';
    const early = credit(account, { amount: 500 });
    t.equal((await ask['1987'](early)).code, '85');
    t.equal((await ask['1987'](credit(account, { amount: 500, tags: [['RG', 'NORTH']] }))).code, '00');
    t.equal((await ask['1987'](early, '0201')).code, '85', 'not done on the second thought');
    const bare = credit(account);
    const told = await ask['1987'](bare);
    t.equal(told.code, '00');
    t.equal((await ask['1987'](credit(account, { amount: 900 }))).code, '00');
    t.same((await ask['1987'](bare, '0201')).fields, told.fields, 'the amount that it was');
    t.equal((await ask['1987']({ ...bare, 4: '000000000900' })).code, '94', 'other content under the key');
  });

  t.test('A12: a PIN of the same provider and value takes the place of a credit', async (t) => {
    const request = credit('8880001001', { amount: 1_000 });
    const told = await ask['1987'](request);
    t.equal(told.code, '00');
    t.match([told.tag('PN'), told.tag('SN'), told.tag('EX')], [/^\d+$/, /^SCARD10/, /^\d{8}$/]);
    t.same((await ask['1987'](request, '0201')).fields, told.fields, 'a repeat tells the same PIN');
    t.equal((await ask['1987']({ ...request, 102: '8880001002' })).code, '94');
    const found = await running.json('journal', 'find', '--stan', request[11] ?? '');
    t.match(JSON.stringify(found), /"service":"pin-sale","inPlaceOfCredit":true,"product":"CARD10"/);
    t.match(await running.json('stock', 'audit'), { byCustody: { sold: 1, stock: 3 }, ok: true });

    t.equal((await ask['1987'](reversalOf(request), '0420')).code, '00');
    t.equal((await ask['1987'](request, '0201')).code, '12', 'its PIN is not told again');
    t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1, stock: 3 }, ok: true });

    t.equal((await ask['1987'](credit('8880001003', { amount: 1_500 }))).code, '13', 'no PIN of that value');
    t.equal((await ask['1987'](credit('8880001003', { amount: 2_000 }))).code, '84', 'none in stock');
    t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1, stock: 3 }, ok: true });
  });

  t.test('A12: over 1993 and over a telco gateway, which tells the PIN alone', async (t) => {
    const told = await ask['1993'](credit('8880002001', { amount: 1_000 }));
    t.match([told.code, told.tag('PN')], ['00', /^\d+$/]);
    const recharge = { ...identity({ 2: '8880002002', 3: '110000', 4: '000000001000' }) };
    const plain = await ask.telco(recharge);
    t.match(plain, { code: '00', fields: { 63: /^\d+$/, 73: '991231' } });
    t.same((await ask.telco(recharge, '0201')).fields, plain.fields);
    t.equal((await ask.telco({ ...recharge, 11: '999999' })).code, '84', 'that was the last one');
  });

  t.test('A12: where no supplier of the route is ready and the route ends at the stock', async (t) => {
    const told = await ask['1987'](credit('8890001001', { amount: 1_000 }));
    t.match([told.code, told.tag('SN')], ['00', /^SSPARE10/]);
    t.equal((await ask['1987'](credit('8890001001', { amount: 1_000 }))).code, '84');
  });

  t.test('A1, A3: a telco gateway names the account in DE2 and is told balance and expiry', async (t) => {
    const recharge = identity({ 2: '5550004001', 3: '110000', 4: '000000001000', 49: '840' });
    const told = await ask.telco(recharge);
    t.match(told, { code: '00', fields: { 38: /^\S{6}$/, 54: /^0002840C\d{12}$/, 73: /^\d{6}$/ } });
    t.equal((await orderFor(supplier, '5550004001'))?.amount, 1_000);
    t.notOk(running.child.output().includes('5550004001'), 'the account is not logged');
  });

  t.match(await running.json('stock', 'audit'), { ok: true });
});

for (const { crashAt, learned } of [
  { crashAt: 'before:close', learned: false },
  { crashAt: 'after:close', learned: true },
]) {
  t.test(`A10: killed at ${crashAt}, the region is ${learned ? '' : 'not '}remembered`, async (t) => {
    const { supplier, running } = await started(t, { crashAt });
    const first = await Client.open(running.ports.ascii ?? 0);
    const request = creditOf('6660001001', 500, { 48: buildTlv([['RG', 'NORTH']]) });
    t.equal(await first.ask('0200', request), undefined, 'no answer came');
    t.equal(await running.child.exited, null, 'killed by a signal');
    const again = await running.restart();
    const client = await Client.open(again.ports.ascii ?? 0);
    t.teardown(() => client.close());
    t.equal((await client.ask('0201', request))?.fields[39], learned ? '00' : '68');
    const bare = await client.ask('0200', creditOf('6660001001', 500));
    t.equal(bare?.fields[39], learned ? '00' : '85');
    const credited = learned ? 2 : 0;
    t.ok(
      await eventually(
        async () => (await supplier.ledger()).filter(({ state }) => state === 'credited').length === credited,
      ),
    );
    t.match(await again.json('stock', 'audit'), { ok: true });
  });
}

t.test('A12: killed around the commit of the PIN: nothing stands, or the same PIN is told', async (t) => {
  for (const [crashAt, sold] of [
    ['before:sell', 0],
    ['after:sell', 1],
  ] as const) {
    const { running } = await started(t, { crashAt, pins: { CARD10: 2 } });
    const first = await Client.open(running.ports.ascii ?? 0);
    const request = creditOf('8880001001', 1_000);
    t.equal(await first.ask('0200', request), undefined, 'no answer came');
    await running.child.exited;
    const again = await running.restart();
    const client = await Client.open(again.ports.ascii ?? 0);
    t.teardown(() => client.close());
    t.match(await again.json('stock', 'audit'), { byCustody: { sold, stock: 2 - sold }, ok: true }, crashAt);
    const told = await client.ask('0201', request);
    t.equal(told?.fields[39], '00');
    t.same((await client.ask('0201', request))?.fields, told?.fields);
    t.match(await again.json('stock', 'audit'), { byCustody: { sold: 1, stock: 1 }, ok: true }, crashAt);
  }
});
