/** A merchant's money across switches: what was paid in and its credit limit hold exactly, whoever sells: T11, P11. */
import t from 'tap';
import { agrees, startNetwork, until } from '../support/network.js';

const MERCHANT = 'DEMOMERCHANT001';
const PAID_IN = 7_000;
const CREDIT = 3_000;
const PRICE = 1_000;

t.test(
  "T11: a merchant's money is spent at two switches at once, to its last sale and no further",
  async (t) => {
    const account = { mode: 'credit', currency: '840', limit: CREDIT };
    const { hub, members } = await startNetwork(t, ['north', 'south'], {
      pins: { TALK10: 60 },
      floors: { TALK10: 20 },
      catalogue: { merchants: [{ id: MERCHANT, name: 'Demonstration shop', account }] },
    });
    const line = { currency: '840', floor: null };
    await (await hub.books()).post({
      postings: [
        { ...line, account: `merchant:${MERCHANT}`, amount: PAID_IN },
        { ...line, account: `cash:${MERCHANT}`, amount: -PAID_IN },
      ],
      ...{ by: 'ann', why: 'transfer', reference: '', at: Date.now() },
    });
    for (const member of members) await until('stock', async () => (await member.count('stock')) === 20);
    const codes = new Map<string, number>();
    const sellAtAll = async (): Promise<void> => {
      const sold = await Promise.all(members.flatMap((member) => [1, 2, 3, 4].map(() => member.sell())));
      for (const { code } of sold) codes.set(code, (codes.get(code) ?? 0) + 1);
      t.ok((codes.get('00') ?? 0) <= (PAID_IN + CREDIT) / PRICE, 'never more than there is money for');
    };
    await sellAtAll();
    await until('all of it is spent', async () => {
      await sellAtAll();
      return codes.get('00') === (PAID_IN + CREDIT) / PRICE;
    });
    await sellAtAll();
    t.equal(codes.get('00'), (PAID_IN + CREDIT) / PRICE, 'to the last sale and no further');
    t.same([...codes.keys()].sort(), ['00', '51'], 'what was declined was short of money');
    await agrees(hub, members);
  },
);
