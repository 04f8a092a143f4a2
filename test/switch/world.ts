/** A journey of the tests' own on the real store and vault: one shop, products of its own ledger, of a supplier and of stock. */
import type { Test } from 'tap';
import { catalogueOf } from '../../src/app/catalogue/content.js';
import { catalogueSchema } from '../../src/app/catalogue/schema.js';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import type { Catalogue } from '../../src/domain/catalogue.js';
import type { Identity } from '../../src/domain/request.js';
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
import { openStock } from '../stock/stock.js';

export const POLICY: LinkPolicy = {
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

export function catalogue(revision: number, merchants: readonly object[]): Catalogue {
  const document = catalogueSchema.parse({
    providers: [{ code: 'P', name: 'P', ranges: [{ prefix: '888' }] }],
    products: [
      { ...PURSE, code: 'PURSE', name: 'Purse', route: ['ledger'] },
      { ...PURSE, code: 'AWAY', name: 'Away', route: ['away'] },
      {
        kind: 'pin',
        provider: 'P',
        code: 'CARD',
        name: 'Card',
        price: 500,
        currency: '840',
        route: ['stock'],
      },
    ],
    merchants,
    terminals: merchants.length === 0 ? [] : [{ id: 'T1', merchant: 'M1' }],
  });
  return catalogueOf(document, revision);
}

export const MERCHANTS = [
  { id: 'M1', name: 'M1', account: { mode: 'credit', limit: 10_000, currency: '840' } },
];

export const away: Supplier = {
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

export const identity = (stan: string): Identity => ({
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

/** `onRead` comes before each verb of the store, and may reject in its place. */
export async function world(t: Test, onRead: (name: string) => void = () => {}, supplier = away) {
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
    suppliers: new Map([['away', supplier]]),
    get catalogue() {
      return live.catalogue;
    },
    receipts: await Receipts.open(store),
    calendar: new Calendar(systemClock, 0),
    clock: systemClock,
    random: systemRandom,
    names: new Names(systemClock, systemRandom),
    isShared: false,
    atSuppliers: new Map(),
    forwardingDue: () => {},
    cutoverAcquirers: undefined,
    log: { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {}, debug: () => {} },
    times: SWITCH_TIMES,
    limits: SWITCH_LIMITS,
  } as unknown as SwitchContext;
  return { store, vault, context, live, journey: new Journey(context) };
}
