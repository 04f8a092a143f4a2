/**
 * Accounts and their providers, over two profiles and real processes: A2 whose account it is, A5 what value, A10 regions and their
 * memory, A12 a PIN in place of a credit, A13 accounts known from before.
 */
import t from 'tap';
import { credit, dialects, OTHER_SHOP, orderFor, started } from '../support/accounts.js';
import { identity, reversalOf } from '../support/client.js';

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
