/** The journey on the real store and vault, where a store that is busy or a new catalogue comes between two steps. */
import t from 'tap';
import type { AccountCredit, Batch } from '../../src/domain/request.js';
import { StoreBusy } from '../../src/store/errors.js';
import { booksAreRight } from '../contract/place.js';
import { catalogue, identity, POLICY, world } from './world.js';

t.test('a batch that was sold and cannot be read is not answered, and its repeat is told', async (t) => {
  let isBusy = true;
  const { store, journey } = await world(t, (name) => {
    if (name === 'batch' && isBusy) throw new StoreBusy('store: busy');
  });
  const item = { provider: '', region: '', quantity: 1, reference: '', card: '', amount: 500 };
  const batch: Batch = {
    kind: 'batch',
    identity: identity('000001'),
    items: [{ ...item, number: 1, product: 'AWAY', account: '8880001234' }],
    amount: undefined,
    currency: '840',
  };
  t.equal(await journey.handle(POLICY, batch), undefined, 'nothing would be a lie');
  isBusy = false;
  t.match(await journey.handle(POLICY, batch), { reason: 'approved', items: [{ number: 1 }] });
  await booksAreRight(t, store);
});

t.test('a credit is charged to its merchant, though a new catalogue drops it meanwhile', async (t) => {
  const { store, live, journey } = await world(t, (name) => {
    if (name === 'recall') live.catalogue = catalogue(2, []);
  });
  const credit = (stan: string): AccountCredit => ({
    kind: 'account-credit',
    identity: identity(stan),
    product: 'PURSE',
    provider: '',
    region: '',
    account: '8880001234',
    reference: '',
    amount: 500,
    currency: '840',
  });
  t.match(await journey.handle(POLICY, credit('000001')), { reason: 'approved', balance: { amount: 500 } });
  t.match(await store.balances('merchant:M1'), [{ balance: -500 }]);
  t.match(await journey.handle(POLICY, credit('000002')), { reason: 'invalid-terminal' });
  await booksAreRight(t, store);
});
