/** Value cards over real sockets, a real supplier and the command line: A6, A7, A8, A9. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  ACCOUNT,
  ACTIVATION,
  cardConfig,
  cardNumber,
  cardOf,
  DEACTIVATION,
  LOSS,
  redemptionOf,
  takeInCards,
  undoing,
} from '../support/cards.js';
import { as1993, Client, citation } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { type IsoFields, parseTlv, pinsOf } from '../support/iso.js';
import { run, scratch, startSwitch, type TestSwitch } from '../support/process.js';
import { eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

const NONE = { mti: '', fields: {} };
const TIMES = { saleMs: 1_500, forwardWaitsMs: [200] };

interface World {
  readonly running: TestSwitch;
  readonly supplier: TestSupplier;
  readonly client: Client;
  /** Sends, and tells DE39. */
  code(mti: string, fields: IsoFields): Promise<string | undefined>;
  stateOf(n: number): Promise<unknown>;
}

async function world(t: Test): Promise<World> {
  const supplier = await startSupplier(t, 'http');
  const folder = scratch(t);
  await takeInCards(folder);
  const config = { ...cardConfig(supplier.port), times: TIMES };
  const running = await startSwitch(t, { folder, config, pins: { TALK10: 3 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  return {
    running,
    supplier,
    client,
    code: async (mti, fields) => (await client.ask(mti, fields))?.fields[39],
    stateOf: async (n) => (await running.json('cards', 'find', cardNumber(n))).state,
  };
}

async function activated({ code }: World, t: Test, n: number): Promise<void> {
  t.equal(await code('0100', cardOf(n, ACTIVATION)), '00');
  t.equal(await code('0200', cardOf(n, ACTIVATION)), '00');
}

t.test('value cards', async (t) => {
  const one = await world(t);
  const { running, supplier, client, code, stateOf } = one;

  await t.test('A6: pre-authorised, activated at payment, redeemed once', async (t) => {
    t.equal(await code('0200', redemptionOf(1)), '78', 'not active');
    t.equal(
      await code('0200', cardOf(1, ACTIVATION)),
      '77',
      'nothing is activated that was not pre-authorised',
    );
    const ready = await client.ask('0100', cardOf(1, ACTIVATION, { 4: '000000001000' }));
    t.match(ready, { mti: '0110', fields: { 39: '00' } });
    t.equal(
      await code('0200', redemptionOf(1)),
      '78',
      'a card that was only pre-authorised cannot be redeemed',
    );
    t.equal(await code('0200', cardOf(1, ACTIVATION, { 4: '000000000900', 49: '840' })), '13');
    const paid = cardOf(1, ACTIVATION, { 4: '000000001000', 49: '840' });
    const active = await client.ask('0200', paid);
    t.match(active, { mti: '0210', fields: { 39: '00' } });
    t.same(parseTlv(active?.fields[63] ?? ''), [['RL', 'Card 10 10.00']], 'a receipt, and no PIN');
    t.same((await client.ask('0201', paid))?.fields, active?.fields, 'a repeat is answered the same');
    t.equal(await code('0200', cardOf(1, ACTIVATION)), '76', 'active already');
    const redeemed = await client.ask('0200', redemptionOf(1));
    t.equal(redeemed?.fields[39], '00');
    t.match(redeemed?.fields[54], /^0002840C\d{12}$/, "the account's new balance");
    t.match(await supplier.ledger(), [{ account: ACCOUNT, amount: 1000, state: 'credited', asked: 1 }]);
    t.equal(await stateOf(1), 'redeemed');
  });

  await t.test('A6: only the terminal that pre-authorised it activates it', async (t) => {
    t.equal(await code('0100', cardOf(2, ACTIVATION)), '00');
    const elsewhere = { 41: 'DEMO0002' };
    t.equal(await code('0200', cardOf(2, ACTIVATION, elsewhere)), '57');
    t.equal(await code('0100', cardOf(2, ACTIVATION, elsewhere)), '57');
    t.equal(await code('0200', cardOf(2, ACTIVATION)), '00');
  });

  await t.test('A7: known, active, not yet redeemed, each with its own answer', async (t) => {
    await activated(one, t, 3);
    const other = { 102: '5550009999' };
    t.equal(await code('0200', redemptionOf(9999)), '56', 'not known');
    t.equal(await code('0200', redemptionOf(4)), '78', 'not active');
    t.equal(await code('0200', redemptionOf(3, { 102: '55512' })), '14', 'no account');
    t.equal(await code('0200', redemptionOf(3, { 4: '000000000500', 49: '840' })), '13', 'a part of it');
    t.equal(await code('0200', redemptionOf(3)), '00');
    t.equal(await code('0200', redemptionOf(3, other)), '79', 'redeemed');
    t.equal((await supplier.ledger()).length, 2);
  });

  await t.test('A7: deactivated, lost: each with its own answer, for good', async (t) => {
    await activated(one, t, 5);
    t.equal(await code('0200', cardOf(5, DEACTIVATION)), '00');
    t.equal(await code('0200', redemptionOf(5)), '80');
    t.equal(await code('0200', cardOf(6, LOSS)), '00');
    t.equal(await code('0100', cardOf(6, ACTIVATION)), '41');
    t.equal(await code('0200', redemptionOf(6)), '41');
    t.equal(await code('0200', cardOf(1, LOSS)), '79', 'too late');
    t.match(await running.json('cards', 'levels'), { CARD10: { redeemed: 2, deactivated: 1, lost: 1 } });
  });

  await t.test(
    'A8: a card without a printed PIN gets one at activation, with it or not at all',
    async (t) => {
      await one.code('0100', cardOf(21, ACTIVATION));
      const paid = cardOf(21, ACTIVATION);
      const active = await client.ask('0200', paid);
      t.equal(active?.fields[39], '00');
      const [pin] = pinsOf(active ?? NONE);
      t.ok(pin, 'the terminal prints it');
      t.same(pinsOf((await client.ask('0201', paid)) ?? NONE), [pin], 'the same one again');
      await activated(one, t, 26);
      t.match(
        await running.json('stock', 'levels'),
        { TALK10: { stock: 2, sold: 1 } },
        'printed: none issued',
      );
      t.equal(await code('0420', undoing(paid, { 4: '000000001000' })), '00');
      t.equal(await stateOf(21), 'preauthorised', 'the card is back where it was');
      t.match(await running.json('stock', 'levels'), { TALK10: { stock: 2, quarantined: 1 } });
      t.equal(await code('0201', paid), '12', 'its PIN is not told again');
      for (const n of [22, 23]) await activated(one, t, n);
      await code('0100', cardOf(24, ACTIVATION));
      t.equal(await code('0200', cardOf(24, ACTIVATION)), '84', 'no PIN left');
      t.equal(await stateOf(24), 'preauthorised', 'and not activated');
      t.equal(await code('0200', redemptionOf(22)), '00');
      t.match((await supplier.ledger()).at(-1), { amount: 1500 }, 'its value is what the product says');
    },
  );

  await t.test(
    'A9: a redemption repeated after a dropped session is told that it had succeeded',
    async (t) => {
      await activated(one, t, 7);
      const before = (await supplier.ledger()).length;
      const first = redemptionOf(7);
      const answer = await client.ask('0200', first);
      const repeat = await client.ask('0201', first);
      t.same(repeat?.fields, answer?.fields, 'under its own STAN');
      const again = redemptionOf(7);
      const told = await client.ask('0200', again);
      t.equal(told?.fields[39], '00', 'and under a new one');
      t.equal(told?.fields[38], answer?.fields[38], 'with the same confirmation');
      t.same((await client.ask('0201', again))?.fields, told?.fields, 'and so is its repeat');
      const whole = { ...undoing(again), 4: '000000001000', 49: '840' };
      t.equal(await code('0420', whole), '58', 'whatever amount it cites');
      t.equal(await code('0420', undoing(again)), '58', 'what credited nothing is not undone');
      t.equal((await supplier.ledger()).length, before + 1, 'nothing was credited again');
    },
  );

  await t.test('A9: while nobody can tell, it waits; undone, the card may be redeemed again', async (t) => {
    await activated(one, t, 8);
    await supplier.behave('drop');
    await supplier.behave('drop', 'reversal', 1);
    t.equal(await code('0200', redemptionOf(8)), '68');
    t.equal(await code('0200', redemptionOf(8)), '09', 'in doubt: the card stays bound');
    await supplier.clear();
    t.ok(await eventually(async () => (await stateOf(8)) === 'active'));
    t.equal(await code('0200', redemptionOf(8)), '00');
    const credited = (await supplier.ledger()).filter(({ state }) => state === 'credited');
    t.equal(credited.length, 5, 'each redeemed card credited once');
  });

  await t.test('A6: what is reversed goes back, while nothing has followed', async (t) => {
    const [ready, paid, spent] = [cardOf(9, ACTIVATION), cardOf(9, ACTIVATION), redemptionOf(9)];
    t.equal(await code('0100', ready), '00');
    t.equal(await code('0200', paid), '00');
    t.equal(await code('0200', spent), '00');
    t.equal(await code('0420', undoing(paid)), '58', 'redeemed: the activation stands');
    t.equal(await code('0420', undoing(spent)), '00');
    t.ok(await eventually(async () => (await stateOf(9)) === 'active'));
    t.equal(await code('0201', spent), '12', 'a repeat of what was reversed');
    t.equal(await code('0420', undoing(paid)), '00');
    t.equal(await code('0400', undoing(ready, { 90: citation('0100', ready) })), '00');
    t.equal(await stateOf(9), 'inactive');
  });

  await t.test('A6, A9: into an account that is managed here, with its balance', async (t) => {
    await activated(one, t, 27);
    const own = { 102: '8880001234' };
    const first = await client.ask('0200', redemptionOf(27, own));
    t.match(first?.fields, { 39: '00', 54: '0002840C000000001000' });
    const told = await client.ask('0200', redemptionOf(27, own));
    t.match(
      told?.fields,
      { 39: '00', 38: first?.fields[38], 54: '0002840C000000001000' },
      'told, not credited',
    );
    t.equal(await code('0200', redemptionOf(27, { 102: '8880009999' })), '79');
  });

  await t.test('A6, A7, A9: over the 1993 profile, in its own codes', async (t) => {
    const young = await Client.open(running.ports.ascii93 ?? 0);
    t.teardown(() => young.close());
    const ask = async (mti: string, fields: IsoFields) => (await young.ask(mti, as1993(fields)))?.fields[39];
    t.equal(await ask('1200', redemptionOf(9999)), '118');
    t.equal(await ask('1200', redemptionOf(10)), '125');
    t.equal(await ask('1100', cardOf(10, ACTIVATION)), '000');
    t.equal(await ask('1200', cardOf(10, ACTIVATION)), '000');
    t.equal(await ask('1200', redemptionOf(10)), '000');
    t.equal(await ask('1200', redemptionOf(10)), '000', 'told again');
    t.equal(await ask('1200', redemptionOf(10, { 102: '5550009999' })), '186');
    t.equal(await ask('1200', cardOf(11, LOSS)), '000');
    t.equal(await ask('1100', cardOf(11, ACTIVATION)), '208');
  });

  await t.test('a card number is malformed, missing or asked for twice: nothing changes', async (t) => {
    t.equal(await code('0100', cardOf(12, ACTIVATION, { 48: 'CN003123' })), '30');
    t.equal(await code('0100', cardOf(12, ACTIVATION, { 48: 'PR006CARD10' })), '30');
    const { 102: _, ...nobody } = redemptionOf(12);
    t.equal(await code('0200', nobody), '30', 'whose account?');
    t.equal(await stateOf(12), 'inactive');
  });

  await t.test('T12: what was redeemed settles with who credited it, and with no merchant', async (t) => {
    const out = scratch(t);
    const { day } = await running.json('cutover');
    t.match(day, /^\d{8}$/);
    const { code: settled } = await commandLine([
      'settle',
      '--day',
      String(day),
      '--out',
      out,
      '--data',
      running.folder,
    ]);
    t.equal(settled, 0);
    const fileOf = (name: string) => readFileSync(join(out, `${day}-${name}.csv`), 'utf8');
    const total = fileOf('supplier-topup-http').trimEnd().split('\n').at(-1)?.split(',');
    const credited = (await supplier.ledger()).filter(({ state }) => state === 'credited');
    t.equal(total?.[0], 'total');
    t.equal(
      Number(total?.[12]),
      credited.reduce((sum, { amount }) => sum + amount, 0),
    );
    t.match(fileOf('supplier-ledger'), /,card-redemption,/);
    t.notMatch(fileOf('merchant-DEMOMERCHANT001'), /,card-redemption,/);
  });

  await t.test('the books are right, and no number stands anywhere in clear', async (t) => {
    t.match(await running.json('stock', 'audit'), { ok: true });
    const found = await run(['cards', 'find', '-', '--data', running.folder], {
      input: `${cardNumber(1)}\n`,
    });
    t.match(found.stdout, /\*{12}0001/);
    t.equal((await commandLine(['cards', 'find', '60110000', '--data', running.folder])).code, 1);
    const written = readdirSync(running.folder).filter((name) => name !== 'cards.csv');
    const all = [
      running.child.output(),
      ...written.map((name) => readFileSync(join(running.folder, name), 'latin1')),
    ];
    t.notOk(all.some((text) => text.includes(cardNumber(1)) || text.includes(cardNumber(20))));
  });
});
