/** T4: value cards are activated in one batch with PINs and credits; a reversal of one puts that card back. */
import t from 'tap';
import { batchOf, codesOf, credit, itemsOf, named, pin } from '../support/batch.js';
import { ACTIVATION, cardConfig, cardNumber, cardOf, redemptionOf, takeInCards } from '../support/cards.js';
import { Client, reversalOf } from '../support/client.js';
import { scratch, startSwitch } from '../support/process.js';
import { startSupplier } from '../support/supplier.js';

const card = (n: number) => [['CN', cardNumber(n)]] as const;

t.test('T4: cards, a PIN and a credit in one message, each its own result', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const folder = scratch(t);
  await takeInCards(folder);
  const running = await startSwitch(t, { folder, config: cardConfig(supplier.port), pins: { TALK10: 3 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const stateOf = async (n: number) => (await running.json('cards', 'find', cardNumber(n))).state;
  for (const n of [1, 21]) t.equal((await client.ask('0100', cardOf(n, ACTIVATION)))?.fields[39], '00');

  const items = [card(1), pin('TALK10'), card(2), credit('5550001234', 500), card(21), card(1), card(99)];
  const request = batchOf(items);
  const answer = await client.ask('0200', request);
  t.equal(answer?.fields[39], '10');
  const told = itemsOf(answer);
  t.strictSame(
    told.map(({ code, pins }) => [code, pins.length]),
    [
      ['00', 0],
      ['00', 1],
      ['77', 0],
      ['00', 0],
      ['00', 1],
      [told[5]?.code, 0],
      [told[6]?.code, 0],
    ],
    'nothing is activated that was not pre-authorised; a card without a PIN gets one',
  );
  t.not(told[5]?.code, '00', 'a card is activated once');
  t.not(told[6]?.code, '00', 'an unknown card');
  t.same((await client.ask('0201', request))?.fields, answer?.fields, 'a repeat is answered the same');
  t.strictSame([await stateOf(1), await stateOf(2), await stateOf(21)], ['active', 'inactive', 'active']);

  const { 4: _, ...undoing } = reversalOf(request, named(5));
  t.equal((await client.ask('0420', undoing))?.fields[39], '00');
  t.equal(await stateOf(21), 'preauthorised', 'back where it was');
  t.equal(codesOf(await client.ask('0201', request))[4], '12');
  t.equal((await client.ask('0200', redemptionOf(1)))?.fields[39], '00', 'the other one is worth something');
  const { 4: __, ...all } = reversalOf(request);
  t.equal((await client.ask('0420', all))?.fields[39], '10', 'what was redeemed stands, the rest is undone');
  t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 2, stock: 1 }, ok: true });
});
