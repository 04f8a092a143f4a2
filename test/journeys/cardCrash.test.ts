/**
 * Where a card's step can stop, each shown by a real process that is killed there: A6, A8, A9. Before a verb's commit
 * the card stands where it stood, and a repeat is fresh; after it the card has moved with its PIN, and a repeat gets
 * the stored answer. A redemption that nobody can tell about keeps its card until it is undone.
 */
import t, { type Test } from 'tap';
import {
  ACTIVATION,
  cardConfig,
  cardNumber,
  cardOf,
  redemptionOf,
  takeInCards,
  undoing,
} from '../support/cards.js';
import { Client } from '../support/client.js';
import { type IsoFields, type IsoMessage, pinsOf } from '../support/iso.js';
import { scratch, startSwitch, type TestSwitch } from '../support/process.js';
import { eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

const NONE = { mti: '', fields: {} };

async function ask(running: TestSwitch, mti: string, fields: IsoFields): Promise<IsoMessage | undefined> {
  const client = await Client.open(running.ports.ascii ?? 0);
  const answer = await client.ask(mti, fields);
  await client.close();
  return answer;
}

async function code(running: TestSwitch, mti: string, fields: IsoFields): Promise<string | undefined> {
  return (await ask(running, mti, fields))?.fields[39];
}

async function stateOf(running: TestSwitch, n: number): Promise<unknown> {
  return (await running.json('cards', 'find', cardNumber(n))).state;
}

/** One data folder for all: each subtest has cards of its own, and a switch that dies over them. */
interface Shop {
  readonly folder: string;
  readonly supplier: TestSupplier;
}

/** Cards 1 to 7 are active, 21 and 22 pre-authorised. */
async function shop(t: Test): Promise<Shop> {
  const supplier = await startSupplier(t, 'http');
  const folder = scratch(t);
  await takeInCards(folder);
  const running = await startSwitch(t, { folder, config: cardConfig(supplier.port), pins: { TALK10: 2 } });
  const client = await Client.open(running.ports.ascii ?? 0);
  for (const n of [1, 2, 3, 4, 5, 6, 7, 21, 22]) await client.ask('0100', cardOf(n, ACTIVATION));
  for (const n of [1, 2, 3, 4, 5, 6, 7]) await client.ask('0200', cardOf(n, ACTIVATION));
  await client.close();
  await running.child.kill();
  return { folder, supplier };
}

function trapped(t: Test, { folder, supplier }: Shop, crashAt: string): Promise<TestSwitch> {
  const config = { ...cardConfig(supplier.port), times: { forwardWaitsMs: [100] } };
  return startSwitch(t, { folder, config, crashAt });
}

/** Sends a message to a switch that kills itself over it, and starts it again. */
async function killedOver(
  t: Test,
  shop: Shop,
  crashAt: string,
  mti: string,
  fields: IsoFields,
): Promise<TestSwitch> {
  const running = await trapped(t, shop, crashAt);
  t.equal(await ask(running, mti, fields), undefined, 'no answer came');
  t.equal(await running.child.exited, null, 'killed by a signal');
  return running.restart();
}

t.test('cards and crashes', async (t) => {
  const one = await shop(t);
  const { supplier } = one;
  const ordersOf = async (account: string) =>
    (await supplier.ledger()).filter((order) => order.account === account);

  for (const [n, crashAt] of [
    [21, 'before:moveCard'],
    [22, 'after:moveCard'],
  ] as const) {
    await t.test(`an activation killed ${crashAt}: the card has its PIN, or neither happened`, async (t) => {
      const paid = cardOf(n, ACTIVATION);
      const again = await killedOver(t, one, crashAt, '0200', paid);
      t.equal(await stateOf(again, n), crashAt.startsWith('after') ? 'active' : 'preauthorised');
      t.match(await again.json('stock', 'levels'), {
        TALK10: crashAt.startsWith('after') ? { sold: 2 } : { stock: 2 },
      });
      const answer = await ask(again, '0201', paid);
      t.equal(pinsOf(answer ?? NONE).length, 1);
      t.same((await ask(again, '0201', paid))?.fields, answer?.fields, 'the same PIN again');
      await again.child.kill();
    });
  }

  for (const { n, crashAt, asked, repeated } of [
    { n: 1, crashAt: 'before:redeem', asked: 0, repeated: '00' },
    { n: 2, crashAt: 'after:redeem', asked: 0, repeated: '68' },
    { n: 3, crashAt: 'before:close', asked: 1, repeated: '68' },
    { n: 4, crashAt: 'after:close', asked: 1, repeated: '00' },
  ]) {
    await t.test(`a redemption killed ${crashAt}: its value is credited once, as it is told`, async (t) => {
      const to = { 102: `55500010${n}` };
      const first = redemptionOf(n, to);
      const again = await killedOver(t, one, crashAt, '0200', first);
      t.ok((await ordersOf(to[102])).length >= asked);
      t.equal(await code(again, '0201', first), repeated);
      if (repeated === '68')
        t.ok(await eventually(async () => (await stateOf(again, n)) === 'active'), 'undone');
      t.equal(await code(again, '0200', redemptionOf(n, to)), '00', 'a new STAN is told, or credits');
      t.equal(await stateOf(again, n), 'redeemed');
      t.equal((await ordersOf(to[102])).filter(({ state }) => state === 'credited').length, 1);
      await again.child.kill();
    });
  }

  for (const [n, crashAt] of [
    [5, 'before:reverse'],
    [6, 'after:reverse'],
    [7, 'before:settleForwarding'],
  ] as const) {
    await t.test(
      `its reversal killed ${crashAt}: the card is back once the supplier has undone it`,
      async (t) => {
        const running = await trapped(t, one, crashAt);
        const to = { 102: `55500010${n}` };
        const spent = redemptionOf(n, to);
        t.equal(await code(running, '0200', spent), '00');
        const reversal = undoing(spent);
        await ask(running, '0420', reversal);
        t.equal(await running.child.exited, null, 'killed by a signal');
        const again = await running.restart();
        if (crashAt === 'before:reverse') t.equal(await stateOf(again, n), 'redeemed');
        t.equal(await code(again, '0421', reversal), '00');
        t.ok(await eventually(async () => (await stateOf(again, n)) === 'active'));
        t.match(await ordersOf(to[102]), [{ state: 'reversed' }]);
        t.match(await again.json('stock', 'audit'), { ok: true });
        await again.child.kill();
      },
    );
  }
});
