/**
 * U1: prepaid layouts seen in public, over one switch with a link for each: ASCII top-up, electricity tokens, a bank's
 * BASE24 tokens, a West African switch, processing codes alone. Of each a sale or credit, its repeat, its reversal, a decline.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { auditIsClean, balanceOf } from '../support/books.js';
import { commandLine } from '../support/commandLine.js';
import { buildDialect, exchange, type Heard, parseDialect, type Said } from '../support/dialect.js';
import { buildTlv, parseTlv } from '../support/iso.js';
import { scratch, startSwitch } from '../support/process.js';
import { startSupplier } from '../support/supplier.js';
import {
  amount,
  balance,
  configOf,
  identity,
  LAYOUTS,
  later,
  type Name,
  now,
  q1,
} from '../support/topUpLayouts.js';

/** Digits of the PINs in stock. */
const CODES = { VOUCHER10: 12, VOUCHER20: 24, TOKEN20: 20, TALK10: 14 } as const;

t.test('U1: five prepaid layouts seen in public', async (t) => {
  const folder = scratch(t);
  const rows = Object.entries(CODES).flatMap(([product, digits]) =>
    Array.from(
      { length: 6 },
      (_, at) => `${product},${`${at + 1}`.repeat(digits)},S${product}${at},2099-12-31`,
    ),
  );
  const batch = join(folder, 'batch.csv');
  writeFileSync(batch, ['product,pin,serial,expiry', ...rows, ''].join('\n'));
  const intake = await commandLine(['stock', 'intake', batch, '--data', folder, '--json']);
  t.equal(intake.code, 0, intake.stderr);
  const vendor = await startSupplier(t, 'http');
  const running = await startSwitch(t, { folder, config: configOf(vendor.port) });

  async function ask(name: Name, mti: string, fields: Said): Promise<Heard> {
    const { shapes, wire } = LAYOUTS[name];
    const answer = await exchange(running.ports[name] ?? 0, wire, buildDialect(shapes, mti, fields));
    return parseDialect(shapes, answer);
  }
  const codeOf = async (name: Name, mti: string, fields: Said): Promise<string | undefined> =>
    (await ask(name, mti, fields)).fields[39];
  const untold: ReadonlySet<string> = new Set(['38', '39', '54', '62', '63', '126']);
  const echoOf = (fields: Said): Said =>
    Object.fromEntries(Object.entries(fields).filter(([de]) => !untold.has(de))) as Said;

  await t.test('ASCII top-up: a credit by DE102 and DE103, behind four digits of length', async (t) => {
    const credit = {
      3: '411000',
      4: amount(2_500),
      ...identity(),
      18: '6012',
      29: 'D00000100',
      31: 'D00000050',
      49: '840',
      102: '5550001001',
      103: '0555',
    };
    const answer = await ask('topup', '0200', credit);
    t.match([answer.mti, answer.fields[39], answer.fields[54]], ['0210', '00', balance(2_500)]);
    t.same(echoOf(answer.fields), credit, 'fees and all as they were sent');
    t.same(await ask('topup', '0201', credit), answer, 'the repeat is answered the same');
    t.equal(await codeOf('topup', '0201', { ...credit, 4: amount(2_600) }), '94');
    const inquiry = {
      3: '341000',
      4: amount(0),
      ...identity(),
      18: '6012',
      49: '840',
      102: '5550001001',
      103: '0555',
    };
    t.match((await ask('topup', '0200', inquiry)).fields, { 39: '00', 54: balance(2_500) }, 'credited once');
    for (const mti of ['0420', '0421']) t.equal(await codeOf('topup', mti, later(credit)), '00');
    t.equal((await ask('topup', '0200', { ...inquiry, ...identity() })).fields[54], balance(0));
    t.equal(await codeOf('topup', '0201', credit), '12', 'reversed');
    t.equal(
      await codeOf('topup', '0200', { ...credit, ...identity(), 103: '0999' }),
      '15',
      'a product of nobody',
    );
    t.equal(await codeOf('topup', '0200', { ...credit, ...identity(), 102: '555' }), '14');
    t.equal(await codeOf('topup', '0800', { 7: now.slice(4), 11: '000001', 70: '301' }), '00');
  });

  await t.test('electricity: a token of 20 digits for a meter, told once', async (t) => {
    const meter = `53L3${'01234567890'}${'000000012345'}`;
    const sale = {
      2: '053502',
      3: '380000',
      4: amount(20_000),
      ...identity(),
      18: '6012',
      48: `${meter}0`,
      49: '360',
    };
    const answer = await ask('electricity', '0200', sale);
    t.equal(answer.fields[39], '00');
    t.match(answer.fields[62], /^(\d)\1{19}$/, 'the token alone');
    t.same(echoOf(answer.fields), { ...sale });
    t.same(await ask('electricity', '0201', sale), answer);
    const other = await ask('electricity', '0200', { ...sale, ...identity(), 48: `${meter}1` });
    t.equal(other.fields[39], '00', 'by the customer’s number');
    t.not(other.fields[62], answer.fields[62], 'no token is sold twice');
    const { 4: _due, ...amountless } = sale;
    const inquired = await ask('electricity', '0200', { ...amountless, ...identity() });
    t.match(
      inquired.fields,
      { 39: '92', 62: undefined },
      'without an amount nothing is sold, whatever was before',
    );
    t.equal(await codeOf('electricity', '0400', later(sale)), '00');
    t.equal(await codeOf('electricity', '0201', sale), '12');
    t.equal(await codeOf('electricity', '0200', { ...sale, ...identity(), 4: amount(30_000) }), '13');
    const { 48: _, ...nameless } = sale;
    t.equal(await codeOf('electricity', '0200', { ...nameless, ...identity() }), '30', 'no meter');
    t.equal(
      await codeOf('electricity', '0200', { ...sale, ...identity(), 4: amount(0) }),
      '92',
      'no one to ask',
    );
    t.notMatch(running.child.output(), answer.fields[62] ?? 'none', 'no token in the log');
    const listed = await commandLine(['journal', 'list', '--data', folder]);
    t.notMatch(listed.stdout, answer.fields[62] ?? 'none');
  });

  await t.test('electricity: a supplier makes the token for the meter, which it is told', async (t) => {
    const ordered = (meter: string, due: number) => ({
      ...{ 2: '053502', 3: '380000', 4: amount(due), ...identity(), 18: '6012', 49: '360' },
      48: `53L3${meter}${'000000012345'}0`,
    });
    const sale = ordered('01234567801', 10_000);
    const answer = await ask('electricity', '0200', sale);
    t.match(answer.fields, { 39: '00', 62: /^\d+$/ });
    t.same(await ask('electricity', '0201', sale), answer);
    t.match(await vendor.ledger(), [
      { account: '01234567801', product: 'TOKEN', state: 'credited', asked: 1 },
    ]);
    t.equal(await codeOf('electricity', '0400', later(sale)), '00');
    t.equal(await codeOf('electricity', '0200', ordered('01234567802', 9_100)), '14', 'says the supplier');
    const nobodys = { 3: '280000', 4: amount(10_000), ...identity(), 46: 'TOKEN', 49: '360' };
    t.equal(await codeOf('codes', '0200', nobodys), '14', 'none is sold without a meter');
    t.equal((await vendor.ledger()).length, 2);
  });

  await t.test('electricity under 2003: STAN of twelve digits, DE12 whole, a reversal by DE56', async (t) => {
    const { 13: _, 12: __, 11: trace = '', ...own } = identity();
    const named = { ...own, 11: trace.padStart(12, '0'), 12: now };
    const sale = {
      2: '053502',
      3: '380000',
      4: `3602${amount(20_000)}`,
      ...named,
      41: 'DEMO0001'.padEnd(16),
      48: `53L3${'01234567890'}${'000000012345'}0`,
    };
    const answer = await ask('electricity03', '2200', sale);
    t.match([answer.mti, answer.fields[39]], ['2210', '0000']);
    t.match(answer.fields[62], /^\d{20}$/);
    t.same(echoOf(answer.fields), sale);
    t.same(await ask('electricity03', '2201', sale), answer);
    const { 4: _due, ...amountless } = { ...sale, 11: '000000999998' };
    const inquired = await ask('electricity03', '2200', amountless);
    t.match(inquired.fields, { 39: '0092', 62: undefined }, 'without an amount nothing is sold');
    const { 48: ___, 2: ____, ...rest } = sale;
    const reversal = {
      ...rest,
      11: identity()[11]?.padStart(12, '0') ?? '',
      37: 'NEW',
      56: `2200${sale[11]}${now}06000001`,
    };
    for (const mti of ['2420', '2421']) t.equal(await codeOf('electricity03', mti, reversal), '0000');
    t.equal(await codeOf('electricity03', '2201', sale), '0012');
    t.equal(await codeOf('electricity03', '2200', { ...sale, 11: '000000999999', 2: '000001' }), '0015');
  });

  await t.test('bank host: phone and voucher in BASE24 tokens of DE126, the others kept', async (t) => {
    const top = {
      2: '4000001234567899',
      3: '501000',
      4: amount(1_000),
      ...identity(),
      18: '6019',
      49: '840',
      126: q1('0555', '5550001002'),
    };
    const credited = await ask('bank', '0200', top);
    t.match(credited.fields, { 39: '00', 54: balance(1_000), 126: top[126] });
    t.same(await ask('bank', '0201', top), credited);
    t.equal(await codeOf('bank', '0420', later(top)), '00');
    t.equal(await codeOf('bank', '0201', top), '12');

    const bought: Said = { ...top, ...identity(), 126: q1('0777', '7770001002') };
    const sold = await ask('bank', '0200', bought);
    const [, voucher = ''] =
      /Q1\d{5} 0777777000\d{4} {9}(\d{12}) {6}12345678901$/.exec(sold.fields[126] ?? '') ?? [];
    t.equal(sold.fields[39], '00');
    t.equal(sold.fields[126], q1('0777', '7770001002', voucher), 'in its place, all else as it came');
    t.same(await ask('bank', '0201', bought), sold);
    const long = await ask('bank', '0200', { ...bought, ...identity(), 4: amount(2_000) });
    t.match(long.fields, { 39: '00', 126: bought[126] });
    t.match(long.fields[63], /^\d{24}$/, 'one that the token cannot hold is told whole in DE63');
    const spaces = `0200${bought[11]}${bought[7]}${'001'.padEnd(11)}${'001'.padEnd(11)}`;
    t.equal(await codeOf('bank', '0420', { ...later(bought), 90: spaces }), '00', 'DE90 filled with spaces');
    t.equal(await codeOf('bank', '0201', bought), '12');
    t.equal(await codeOf('bank', '0200', { ...bought, ...identity(), 126: q1('0999', '7770001002') }), '15');
    const lying = (top[126] ?? '').replace('! Q100052', '! Q199999');
    t.equal(
      await codeOf('bank', '0200', { ...top, ...identity(), 126: lying }),
      '30',
      'a length that is not so',
    );
  });

  await t.test('West African switch: prepaid by product, by customer, lists and validation', async (t) => {
    const asked = (code: string, entries: readonly (readonly [string, string])[], due = 1_000) => ({
      ...{ 3: code, 4: amount(due), ...identity(), 22: '051', 25: '00', 49: '840', 62: buildTlv(entries) },
    });
    const sale = {
      ...asked('4A1000', [['PR', 'TALK10']]),
      123: '510101511344101',
      128: '0123456789ABCDEF'.repeat(4),
    };
    const answer = await ask('west', '0200', sale);
    t.equal(answer.fields[39], '00');
    const told = parseTlv(answer.fields[63] ?? '');
    t.match(Object.fromEntries(told), { PN: /^\d{14}$/, SN: /^STALK10/, EX: '20991231' });
    const { 123: _, 128: __, 62: ___, ...kept } = sale;
    t.same(echoOf(answer.fields), kept);
    t.same(await ask('west', '0201', sale), answer);
    t.equal(await codeOf('west', '0420', later(sale)), '00');
    t.equal(await codeOf('west', '0421', later(sale)), '00');
    t.equal(await codeOf('west', '0201', sale), '12');
    t.equal(await codeOf('west', '0200', asked('4A0000', [['PR', 'NOTHING']])), '15');
    t.equal(await codeOf('west', '0200', asked('4D0000', [['PV', 'TALKCO']])), '12', 'not known here');

    const phone = [
      ['AC', '5550001003'],
      ['PR', 'TOPUP'],
    ] as const;
    t.match((await ask('west', '0200', asked('4A0000', phone))).fields, { 39: '00', 54: balance(1_000) });
    t.match((await ask('west', '0200', asked('480000', phone))).fields, { 39: '00', 54: balance(2_000) });
    t.match((await ask('west', '0100', asked('4E0000', phone, 0))).fields, { 39: '00', 54: balance(2_000) });
    t.equal(await codeOf('west', '0100', asked('4E0000', [['AC', '9990001003']], 0)), '14');
    const billers = parseTlv((await ask('west', '0100', asked('4B0000', [], 0))).fields[63] ?? '');
    t.same(billers.slice(0, 2), [
      ['PV', 'TELCO'],
      ['NM', 'Telco'],
    ]);
    const products = parseTlv(
      (await ask('west', '0100', asked('4C0000', [['PV', 'TALKCO']], 0))).fields[63] ?? '',
    );
    t.match(products, [
      ['PR', 'TALK10'],
      ['NM', 'Talk 10'],
      ['AM', '1000'],
      ['CU', '840'],
    ]);
  });

  await t.test(
    'processing codes alone: sale, credits, inquiries and the settlement of a terminal',
    async (t) => {
      const own = () => identity('DEMO0009');
      const sale = { 3: '280000', 4: amount(1_000), ...own(), 46: 'TALK10', 49: '840' };
      const answer = await ask('codes', '0200', sale);
      t.equal(answer.fields[39], '00');
      t.match(parseTlv(answer.fields[63] ?? '')[0], ['PN', /^\d{14}$/]);
      t.same(await ask('codes', '0201', sale), answer);
      let paid = 0;
      for (const code of ['21', '25', '50', '51', '52', '53', '54']) {
        const credit = {
          3: `${code}1020`,
          4: amount(500),
          ...own(),
          49: '840',
          102: '9990001004',
          103: '5550001004',
        };
        paid += 500;
        t.match(
          (await ask('codes', '0200', credit)).fields,
          { 39: '00', 54: balance(paid) },
          `${code}, to DE103`,
        );
      }
      t.match((await ask('codes', '0100', { 3: '311000', ...own(), 49: '840', 102: '5550001004' })).fields, {
        39: '00',
        54: balance(paid),
      });
      const values = await ask('codes', '0100', { 3: '360000', ...own(), 48: buildTlv([['PV', 'TALKCO']]) });
      t.match(parseTlv(values.fields[63] ?? '')[0], ['PR', 'TALK10']);
      t.equal(await codeOf('codes', '0420', later(sale)), '00');
      t.equal(await codeOf('codes', '0201', sale), '12');
      t.equal(await codeOf('codes', '0200', { ...sale, ...own(), 3: '290000' }), '12', 'no such service');
      t.equal(await codeOf('codes', '0200', { ...sale, ...own(), 46: 'NOTHING' }), '15');

      const figures = { 74: 0, 75: 0, 76: 8, 77: 1, 86: 0, 87: 0, 88: 4_500, 89: 1_000 };
      const said = Object.fromEntries(
        Object.entries(figures).map(([de, value]) => [
          de,
          String(value).padStart(Number(de) < 80 ? 10 : 16, '0'),
        ]),
      ) as Record<number, string>;
      const settle = { ...own(), 50: '840', ...said, 97: `D${String(3_500).padStart(16, '0')}` };
      t.match((await ask('codes', '0500', settle)).fields, { 39: '00', 66: '1' });
      const wrong = await ask('codes', '0500', { ...settle, ...own(), 76: '0000000009' });
      t.match(wrong.fields, { ...said, 39: '95', 66: '2' }, 'ours against theirs');
    },
  );

  await t.test('the books are right, and every reversed PIN is out of sale', async (t) => {
    t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 6, sold: 2 }, ok: true });
    t.equal(await balanceOf(running, 'account:'), 2_000 + 3_500);
    await auditIsClean(t, running);
  });
});
