/** What an amount may be for so many of a product. */
import t from 'tap';
import { AMOUNT_MAX, amountFault, type PinProduct } from '../../src/domain/product.js';

const base: PinProduct = {
  kind: 'pin',
  code: 'P',
  name: 'P',
  provider: 'V',
  enabled: true,
  currency: '840',
  unit: 'money',
  value: 0,
  price: 1_000,
  amountMin: 1_000,
  amountMax: 1_000,
  amountStep: 1,
  regions: [],
  regionRequired: false,
  rates: [],
  route: ['stock'],
  weights: undefined,
  receipt: [],
};

t.test('a fixed amount need not be sent, and is refused where it is another', async (t) => {
  t.equal(amountFault(base, 3, undefined, ''), undefined);
  t.equal(amountFault(base, 3, 3_000, '840'), undefined);
  for (const amount of [0, 1, 2_999, 3_001, 1_000])
    t.equal(amountFault(base, 3, amount, ''), 'invalid-amount');
  t.equal(amountFault(base, 1, 1_000, '978'), 'invalid-amount');
});

t.test('more than twelve digits can be told to no terminal, so they are not sold', async (t) => {
  const price = AMOUNT_MAX;
  const dear = { ...base, price, amountMin: price, amountMax: price };
  t.equal(amountFault(dear, 1, undefined, ''), undefined);
  t.equal(amountFault(dear, 2, undefined, ''), 'invalid-amount');
  t.equal(amountFault(dear, 2, 2 * price, ''), 'invalid-amount');
});
