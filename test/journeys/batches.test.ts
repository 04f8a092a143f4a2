/**
 * T4: one message carries several items, of one type or mixed; each gets its own result, partial success is exact in
 * journal and money, and a reversal undoes all items or those that it names. Over the default profile, and over
 * those of 1993 and of BCD terminals.
 */
import t, { type Test } from 'tap';
import { type Fields as CodecFields, loadFormat } from '../../src/iso8583/index.js';
import { batchOf, codesOf, credit, itemsOf, named, pin } from '../support/batch.js';
import { balanceOf } from '../support/books.js';
import { Client, citation, reversalOf } from '../support/client.js';
import { baseConfig, startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

type Fields = Record<number, string>;

/** As reversalOf, of a batch: without an amount, unless it is told. */
function undoOf(batch: Fields, overrides: Fields = {}): Fields {
  const { 4: _, ...fields } = reversalOf(batch, { 90: citation('0200', batch) });
  return { ...fields, ...overrides };
}

async function open(t: Test, running: TestSwitch): Promise<Client> {
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  return client;
}

async function credited(supplier: TestSupplier): Promise<string[]> {
  return (await supplier.ledger()).filter(({ state }) => state === 'credited').map(({ account }) => account);
}

const custody = (running: TestSwitch) => running.json('stock', 'audit');

/** One shop as in other journeys, and one that sells on credit up to 15.00, with a terminal for PINs alone. */
const SHOPS = {
  merchants: [
    { id: 'DEMOMERCHANT001', name: 'Demonstration shop' },
    { id: 'LENT', name: 'On credit', account: { mode: 'credit', limit: 1_500, currency: '840' } },
  ],
  terminals: [
    { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
    { id: 'LENT0001', merchant: 'LENT' },
    { id: 'PINSONLY', merchant: 'LENT', services: ['pin-sale'] },
  ],
};

/** Accounts that begin with 900 are managed here. */
function catalogueOf(base: unknown): object {
  const { providers, products } = base as { providers: object[]; products: object[] };
  const house = { code: 'HOUSE', name: 'House', ranges: [{ prefix: '900' }] };
  const goods = {
    kind: 'credit',
    provider: 'HOUSE',
    code: 'OWN',
    name: 'Own',
    currency: '840',
    route: ['ledger'],
  };
  const own = { ...goods, amountMin: 100, amountMax: 10_000, amountStep: 100 };
  return { providers: [...providers, house], products: [...products, own], ...SHOPS };
}

t.test('T4: batches over one switch with a supplier', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const base = creditConfig({ http: supplier.port });
  const [link] = baseConfig().links as Record<string, unknown>[];
  const links = [
    link,
    { ...link, name: 'iso93', format: 'iso93-ascii', profile: 'default-1993' },
    { ...link, name: 'bcd', format: 'iso87-bcd', profile: 'pos-bcd' },
  ];
  const running = await startSwitch(t, {
    pins: { TALK10: 120 },
    config: { ...base, links, catalogue: catalogueOf(base.catalogue) },
  });
  const client = await open(t, running);
  let sold = 0;
  let quarantined = 0;
  const holds = async (t: Test): Promise<void> => {
    const audit = await custody(running);
    t.match(audit, { byCustody: { sold, quarantined }, ok: true });
  };

  await t.test(
    'mixed items: a PIN from stock, a credit, a PIN issued live, and each its own result',
    async (t) => {
      const items = [pin('TALK10', 2), credit('5550001111', 500), pin('LIVE5'), pin('NOSUCH')];
      const request = batchOf(items);
      const answer = await client.ask('0200', request);
      t.equal(answer?.mti, '0210');
      t.equal(answer?.fields[39], '10', 'some');
      t.match(answer?.fields[38], /^[0-9A-Z]{6}$/);
      const told = itemsOf(answer);
      t.strictSame(
        told.map(({ number, code, pins }) => [number, code, pins.length]),
        [
          ['01', '00', 2],
          ['02', '00', 0],
          ['03', '00', 1],
          ['04', '15', 0],
        ],
      );
      t.match(told[1]?.values, { AP: /./, BA: /^0002840C\d{12}$/, AE: /^\d{8}$/ });
      t.same((await client.ask('0201', request))?.fields, answer?.fields, 'a repeat is answered the same');
      t.strictSame(await credited(supplier), ['5550001111', '']);
      const other = { ...request, 48: batchOf([pin('TALK10')])[48] ?? '' };
      t.equal((await client.ask('0200', other))?.fields[39], '94', 'other items under its key');
      sold += 3;
      await holds(t);
      const found = (await running.json('journal', 'find', '--stan', request[11] ?? '')) as {
        transactions: { service: string; state: string; batchId: number | null; item: number | null }[];
      };
      const rows = [...found.transactions].reverse();
      t.match(
        rows.map(({ service, state, item }) => [service, state, item]),
        [
          ['batch', 'approved', null],
          ['pin-sale', 'approved', 1],
          ['account-credit', 'approved', 2],
          ['pin-sale', 'approved', 3],
          ['pin-sale', 'declined', 4],
        ],
      );
    },
  );

  await t.test('all approved is 00, none is what the first was refused for', async (t) => {
    const all = await client.ask('0200', batchOf([pin('TALK10'), pin('TALK10')], { 4: '000000002000' }));
    t.equal(all?.fields[39], '00');
    sold += 2;
    const none = await client.ask('0200', batchOf([credit('999', 500), pin('NOSUCH')]));
    t.equal(none?.fields[39], '14');
    t.strictSame(codesOf(none), ['14', '15']);
    t.notOk(none?.fields[38]);
  });

  await t.test('a supplier that refuses, or does not answer in time, ends its own item alone', async (t) => {
    const request = batchOf([pin('TALK10'), credit('5550001192', 500), credit('5550002222', 500)]);
    const answer = await client.ask('0200', request);
    t.equal(answer?.fields[39], '10');
    const codes = codesOf(answer);
    t.equal(codes[0], '00');
    t.not(codes[1], '00');
    t.equal(codes[2], '00');
    sold += 1;
  });

  await t.test('20 items with PINs fit into DE63 and what follows it', async (t) => {
    const request = batchOf(Array.from({ length: 20 }, () => pin('TALK10')));
    const answer = await client.ask('0200', request);
    t.equal(answer?.fields[39], '00');
    t.ok(answer?.fields[62], 'goes on in DE62');
    const told = itemsOf(answer);
    t.equal(new Set(told.flatMap(({ pins }) => pins)).size, 20);
    t.same((await client.ask('0201', request))?.fields, answer?.fields);
    sold += 20;
  });

  await t.test('one reversal undoes all that was approved, and its repeats nothing more', async (t) => {
    const request = batchOf([pin('TALK10'), credit('5550003333', 500), pin('NOSUCH')]);
    t.equal((await client.ask('0200', request))?.fields[39], '10');
    const reversal = undoOf(request);
    const answer = await client.ask('0420', reversal);
    t.equal(answer?.fields[39], '00');
    t.same((await client.ask('0421', reversal))?.fields, answer?.fields);
    t.equal((await client.ask('0400', undoOf(request)))?.fields[39], '00', 'a second one');
    const repeat = await client.ask('0201', request);
    t.equal(repeat?.fields[39], '12');
    t.strictSame(codesOf(repeat), ['12', '12', '15']);
    t.notOk(
      itemsOf(repeat).some(({ pins }) => pins.length > 0),
      'no PIN is told again',
    );
    t.ok(await eventually(async () => !(await credited(supplier)).includes('5550003333')));
    quarantined += 1;
    await holds(t);
  });

  await t.test('reversals that name items undo those, one after the other; the rest stays', async (t) => {
    const request = batchOf([pin('TALK10'), pin('TALK10'), credit('5550004444', 700), pin('TALK10')]);
    const first = await client.ask('0200', request);
    const reversal = undoOf(request, { ...named(2, 3), 4: '000000001700' });
    t.equal((await client.ask('0420', reversal))?.fields[39], '00');
    t.equal((await client.ask('0421', reversal))?.fields[39], '00');
    const repeat = await client.ask('0201', request);
    t.equal(repeat?.fields[39], '10');
    t.strictSame(codesOf(repeat), ['00', '12', '12', '00']);
    t.strictSame(itemsOf(repeat)[0]?.pins, itemsOf(first)[0]?.pins);
    t.equal((await client.ask('0420', undoOf(request, named(4))))?.fields[39], '00');
    t.strictSame(codesOf(await client.ask('0201', request)), ['00', '12', '12', '12']);
    t.ok(await eventually(async () => !(await credited(supplier)).includes('5550004444')));
    sold += 1;
    quarantined += 2;
    await holds(t);
  });

  await t.test(
    'a reversal of an unknown item, of another amount, or of an item named twice undoes nothing',
    async (t) => {
      const request = batchOf([pin('TALK10'), pin('TALK10')]);
      await client.ask('0200', request);
      const unknown = undoOf(request, named(3));
      t.equal((await client.ask('0420', unknown))?.fields[39], '25');
      t.equal((await client.ask('0421', unknown))?.fields[39], '25');
      t.equal(
        (await client.ask('0420', undoOf(request, { ...named(1), 4: '000000000999' })))?.fields[39],
        '13',
      );
      t.equal((await client.ask('0420', undoOf(request, named(1, 1))))?.fields[39], '30');
      t.equal((await client.ask('0420', undoOf(request, { 48: 'IT00199' })))?.fields[39], '30');
      sold += 2;
      await holds(t);
    },
  );

  await t.test('bad lists change nothing, each for its own reason', async (t) => {
    const tlv = (text: string) => batchOf([], { 48: text });
    for (const [what, fields, code] of [
      ['no items', batchOf([]), '30'],
      ['an item twice', tlv('IT00201PR006TALK10IT00201PR006TALK10'), '30'],
      ['number 00', tlv('IT00200PR006TALK10'), '30'],
      ['a tag before the first item', tlv('PR006TALK10IT00201PR006TALK10'), '30'],
      ['an unknown tag', tlv('IT00201PR006TALK10ZZ001X'), '30'],
      ['a tag twice', tlv('IT00201PR006TALK10PR006TALK10'), '30'],
      ['no quantity', tlv('IT00201PR006TALK10QT0010'), '30'],
      ['a length beyond the field', tlv('IT00201PR099TALK10'), '30'],
      ['21 items', batchOf(Array.from({ length: 21 }, () => pin('TALK10'))), '30'],
      ['more PINs than an answer holds', batchOf(Array.from({ length: 10 }, () => pin('TALK10', 10))), '30'],
      ['an amount that is not the sum', batchOf([pin('TALK10'), pin('TALK10')], { 4: '000000001999' }), '13'],
    ] as const) {
      const answer = await client.ask('0200', fields);
      t.equal(answer?.fields[39], code, what);
      t.strictSame(itemsOf(answer), [], what);
    }
    await holds(t);
  });

  await t.test(
    'a reversal before the batch has finished suppresses its answer and undoes what was done',
    async (t) => {
      await supplier.behave('delay', 'order', 1, 1_500);
      const request = batchOf([pin('TALK10'), credit('5550005555', 500)]);
      const other = await open(t, running);
      const waiting = client.ask('0200', request, 4_000);
      t.ok(await eventually(async () => (await credited(supplier)).includes('5550005555')));
      t.equal((await other.ask('0420', undoOf(request)))?.fields[39], '00');
      t.equal(await waiting, undefined, 'no answer');
      t.ok(await eventually(async () => !(await credited(supplier)).includes('5550005555')));
      t.strictSame(codesOf(await other.ask('0201', request)), ['12', '12']);
      quarantined += 1;
      await holds(t);
    },
  );

  await t.test(
    'a repeat while suppliers are asked attaches to the batch; nothing is asked twice',
    async (t) => {
      await supplier.behave('delay', 'order', 1, 700);
      const request = batchOf([credit('5550006666', 500), pin('TALK10')]);
      const other = await open(t, running);
      const [one, two] = await Promise.all([client.ask('0200', request), other.ask('0201', request)]);
      t.equal(one?.fields[39], '00');
      t.same(two?.fields, one?.fields);
      t.equal((await credited(supplier)).filter((account) => account === '5550006666').length, 1);
      sold += 1;
    },
  );

  await t.test('a reversal that comes first declines the whole batch', async (t) => {
    const request = batchOf([pin('TALK10'), pin('TALK10')]);
    t.equal((await client.ask('0420', undoOf(request, named(2))))?.fields[39], '00');
    t.equal((await client.ask('0200', request))?.fields[39], '12');
    t.equal((await client.ask('0201', request))?.fields[39], '12');
    await holds(t);
  });

  await t.test(
    'money: an item that the credit does not cover is declined alone, what is undone is given back',
    async (t) => {
      const at = (terminal: string) => ({ 41: terminal, 42: '' });
      const request = batchOf([pin('TALK10'), pin('TALK10'), credit('5550008001', 500)], at('LENT0001'));
      const answer = await client.ask('0200', request);
      t.equal(answer?.fields[39], '10');
      t.strictSame(codesOf(answer), ['00', '51', '00']);
      t.equal(await balanceOf(running, 'merchant:LENT'), -1_500);
      const pinsOnly = batchOf([pin('TALK10'), credit('5550009001', 500)], at('PINSONLY'));
      t.strictSame(
        codesOf(await client.ask('0200', pinsOnly)),
        ['51', '58'],
        'nor one that may not be asked for',
      );
      t.equal(
        (await client.ask('0420', undoOf(request, { ...at('LENT0001'), ...named(1) })))?.fields[39],
        '00',
      );
      t.equal(await balanceOf(running, 'merchant:LENT'), -500);
      quarantined += 1;
    },
  );

  await t.test(
    'an account managed here is credited in the batch itself, one named by reference too',
    async (t) => {
      const request = batchOf([credit('900123456', 500), pin('TALK10'), credit('900123456', 300)]);
      const told = itemsOf(await client.ask('0200', request));
      t.strictSame(
        told.map(({ code, values }) => [code, values.BA]),
        [
          ['00', '0002840C000000000500'],
          ['00', undefined],
          ['00', '0002840C000000000800'],
        ],
      );
      const reference = told[2]?.values.AR ?? '';
      t.ok(reference, 'the account has a reference');
      const again = batchOf([
        [
          ['AR', reference],
          ['AM', '200'],
        ],
      ]);
      const credited = await client.ask('0200', again);
      t.equal(itemsOf(credited)[0]?.values.BA, '0002840C000000001000');
      t.same((await client.ask('0201', again))?.fields, credited?.fields);
      t.equal((await client.ask('0420', undoOf(request, named(1))))?.fields[39], '00');
      const after = batchOf([credit('900123456', 100)]);
      t.equal(itemsOf(await client.ask('0200', after))[0]?.values.BA, '0002840C000000000600');
      sold += 1;
    },
  );

  for (const { name, mti, format, approved, undone, partial, reversed } of [
    {
      name: 'iso93',
      mti: '12',
      format: 'iso93-ascii',
      approved: '000',
      undone: '400',
      partial: '002',
      reversed: '902',
    },
    {
      name: 'bcd',
      mti: '02',
      format: 'iso87-bcd',
      approved: '00',
      undone: '00',
      partial: '10',
      reversed: '12',
    },
  ]) {
    await t.test(`${format}: a batch, its repeat, and a reversal of one item`, async (t) => {
      const codec = loadFormat(format);
      const client = await Client.open(running.ports[name] ?? 0);
      t.teardown(() => client.close());
      const ask = async (type: string, fields: CodecFields) => {
        client.send(codec.build(type, fields));
        return codec.parse((await client.take(() => true)) ?? Buffer.alloc(0));
      };
      const asked: Fields = batchOf([pin('TALK10'), credit('5550007777', 500), pin('NOSUCH')]);
      const local = `26${asked[13]}${asked[12]}`;
      const { 13: day, ...rest } = asked;
      const request: CodecFields = name === 'iso93' ? { ...rest, 12: local } : { ...rest, 13: day };
      const answer = await ask(`${mti}00`, request);
      t.equal(answer.mti, `${mti}10`);
      t.equal(answer.text(39), partial);
      const entries = answer.value(63) as [string, string][];
      const codes = entries.filter(([tag]) => tag === 'RC').map(([, value]) => value);
      t.strictSame(codes.slice(0, 2), [approved, approved]);
      t.match(answer.text('63.PN'), /^\d{10,}$/);
      t.same((await ask(`${mti}01`, request)).value(63), entries, 'a repeat is answered the same');
      const { 48: _, ...own } = request;
      const reversal = {
        ...own,
        ...named(2),
        11: String((Number(asked[11]) % 999_999) + 1).padStart(6, '0'),
      };
      const answered = await ask(`${mti.slice(0, 1)}420`, reversal);
      t.equal(answered.text(39), undone, 'found by its RRN');
      const again = (await ask(`${mti}01`, request)).value(63) as [string, string][];
      const left = again.filter(([tag]) => tag === 'RC').map(([, value]) => value);
      t.strictSame(left.slice(0, 2), [approved, reversed]);
      sold += 1;
    });
  }

  await t.test(
    'in the end every PIN is where the answers say, and no credit stands that was undone',
    async (t) => {
      await holds(t);
      t.ok(await eventually(async () => !(await credited(supplier)).includes('5550007777')));
      t.notMatch(JSON.stringify(await running.json('journal', 'doubtful')), /pending/);
    },
  );
});
