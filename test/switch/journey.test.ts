/** The journey on the real store and vault, where a store that is busy or a new catalogue comes between two steps. */
import t, { type Test } from 'tap';
import { catalogueOf } from '../../src/app/catalogue/content.js';
import { catalogueSchema } from '../../src/app/catalogue/schema.js';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import type { Catalogue } from '../../src/domain/catalogue.js';
import type { AccountCredit, Batch, Identity } from '../../src/domain/request.js';
import { StoreBusy } from '../../src/store/errors.js';
import type { Store } from '../../src/store/store.js';
import type { Supplier } from '../../src/supply/supply.js';
import { Calendar } from '../../src/switch/calendar.js';
import {
  type LinkPolicy,
  SWITCH_LIMITS,
  SWITCH_TIMES,
  type SwitchContext,
} from '../../src/switch/context.js';
import { Journey } from '../../src/switch/journey.js';
import { Names } from '../../src/switch/names.js';
import { Receipts } from '../../src/switch/receipts.js';
import { booksAreRight } from '../contract/place.js';
import { openStock } from '../stock/stock.js';

const POLICY: LinkPolicy = {
  key: ['acquirer', 'merchant', 'terminal', 'stan', 'localDate', 'localTime'],
  unknownOriginal: 'accept',
  cardActivation: 'same-terminal',
};
const PURSE = {
  kind: 'credit',
  provider: 'P',
  currency: '840',
  amountMin: 100,
  amountMax: 900,
  amountStep: 100,
};

function catalogue(revision: number, merchants: readonly object[]): Catalogue {
  const document = catalogueSchema.parse({
    providers: [{ code: 'P', name: 'P', ranges: [{ prefix: '888' }] }],
    products: [
      { ...PURSE, code: 'PURSE', name: 'Purse', route: ['ledger'] },
      { ...PURSE, code: 'AWAY', name: 'Away', route: ['away'] },
    ],
    merchants,
    terminals: merchants.length === 0 ? [] : [{ id: 'T1', merchant: 'M1' }],
  });
  return catalogueOf(document, revision);
}

const MERCHANTS = [{ id: 'M1', name: 'M1', account: { mode: 'credit', limit: 10_000, currency: '840' } }];

const away: Supplier = {
  name: 'away',
  doubt: 'reversal',
  ready: () => true,
  perform: async () => ({
    kind: 'approved',
    approvalCode: 'OK1',
    balance: undefined,
    accountExpiry: '',
    pins: [],
  }),
  reverse: async () => ({ kind: 'undone' }),
  inquire: async () => ({ kind: 'unknown' }),
  start: async () => {},
  stop: async () => {},
};

const identity = (stan: string): Identity => ({
  acquirer: '000001',
  merchant: 'M1',
  terminal: 'T1',
  messageClass: '2',
  stan,
  rrn: '',
  localDate: '0301',
  localTime: '120000',
  transmittedAt: '',
  content: stan,
  contentIsSensitive: false,
});

/** `onRead` comes before each of these reads of the store, and may reject in its place. */
async function world(t: Test, onRead: (name: string) => void) {
  const { store, vault } = await openStock(t);
  const watched = new Proxy(store, {
    get(target, name) {
      const verb = (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
      return async (...args: unknown[]) => {
        onRead(String(name));
        return verb(...args);
      };
    },
  }) as Store;
  const live = { catalogue: catalogue(1, MERCHANTS) };
  const context: SwitchContext = {
    store: watched,
    vault,
    suppliers: new Map([['away', away]]),
    get catalogue() {
      return live.catalogue;
    },
    receipts: await Receipts.open(store),
    calendar: new Calendar(systemClock, 0),
    clock: systemClock,
    random: systemRandom,
    names: new Names(systemClock, systemRandom),
    atSuppliers: new Map(),
    forwardingDue: () => {},
    cutoverAcquirers: undefined,
    log: { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {}, debug: () => {} },
    times: SWITCH_TIMES,
    limits: SWITCH_LIMITS,
  } as unknown as SwitchContext;
  return { store, live, journey: new Journey(context) };
}

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
