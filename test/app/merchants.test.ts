/** What a catalogue says of merchants, terminals and commissions is checked whole: a fault is one line that names its path. */
import t from 'tap';
import { checkCatalogue } from '../../src/app/catalogue/references.js';
import { catalogueSchema } from '../../src/app/catalogue/schema.js';
import { checked, faultLine } from '../../src/base/schema.js';

type Members = Record<string, unknown>;

const GOOD = {
  providers: [{ code: 'TALKCO', name: 'Talk Company' }],
  products: [
    {
      kind: 'pin',
      provider: 'TALKCO',
      code: 'TALK10',
      name: 'Talk 10',
      currency: '840',
      price: 1000,
      route: ['stock'],
    },
  ],
  merchants: [
    { id: 'SHOP', name: 'Shop', group: 'KIOSKS', account: { mode: 'credit', limit: 5_000, currency: '840' } },
  ],
  terminals: [
    {
      id: 'T1',
      merchant: 'SHOP',
      services: ['pin-sale'],
      limits: { hour: { count: 2 }, day: { amount: 9_000 } },
    },
  ],
  commissions: [{ group: 'KIOSKS', product: 'TALK10', basisPoints: 500 }],
};

const WALLET = {
  kind: 'credit',
  provider: 'TALKCO',
  code: 'WALLET',
  name: 'Wallet',
  currency: '840',
  price: 500,
  route: ['ledger'],
};

const promotion = (change: Members): Members => ({
  products: [...GOOD.products, WALLET, { ...WALLET, code: 'TOPUP', route: ['acme'] }],
  promotions: [{ code: 'P', products: ['WALLET'], count: 3, ...change }],
});

function faultOf(change: Members): string {
  const result = checked(catalogueSchema, { ...GOOD, ...change });
  if (!result.ok) return faultLine(result);
  try {
    checkCatalogue(result.value, '');
    return '';
  } catch (error) {
    return String((error as Error).message);
  }
}

const terminal = (change: Members): Members => ({ terminals: [{ ...GOOD.terminals[0], ...change }] });
const merchant = (change: Members): Members => ({ merchants: [{ ...GOOD.merchants[0], ...change }] });
const commission = (change: Members): Members => ({ commissions: [{ basisPoints: 100, ...change }] });

t.equal(faultOf({}), '');
for (const [change, says] of [
  [terminal({ services: ['pin-sales'] }), /^terminals\.0\.services\.0: must be one of 'pin-sale', /],
  [terminal({ limits: { week: { count: 1 } } }), /^terminals\.0\.limits\.week: .*'hour', 'day'/],
  [terminal({ limits: { day: { count: -1 } } }), /^terminals\.0\.limits\.day\.count: must be at least 0$/],
  [
    merchant({ account: { mode: 'cash', currency: '840' } }),
    /^merchants\.0\.account\.mode: must be one of 'prepaid', 'credit'$/,
  ],
  [
    merchant({ account: { mode: 'prepaid', limit: 1, currency: '840' } }),
    /^merchants\.SHOP\.account\.limit: must be 0/,
  ],
  [commission({ group: 'STALLS' }), /^commissions\.0\.group: "STALLS" is none of the groups: KIOSKS$/],
  [commission({ merchant: 'NOBODY' }), /^commissions\.0\.merchant: "NOBODY" is none of the merchants: SHOP$/],
  [commission({ product: 'TALK99' }), /^commissions\.0\.product: "TALK99" is none of the products: TALK10$/],
  [
    commission({ group: 'KIOSKS', merchant: 'SHOP' }),
    /^commissions\.0: must have merchant or group, not both$/,
  ],
  [commission({ basisPoints: 10_001 }), /^commissions\.0\.basisPoints: must be at most 10000$/],
  [
    commission({ rounding: 'sideways' }),
    /^commissions\.0\.rounding: must be one of 'down', 'up', 'half-up'$/,
  ],
  [
    { commissions: [{ product: 'TALK10' }, { product: 'TALK10', fixed: 1 }] },
    /^commissions: "all TALK10" stands twice$/,
  ],
  [promotion({}), /^promotions\.P: must have add, or line, or both$/],
  [promotion({ line: 'x', total: 5 }), /^promotions\.P: must have either count or total$/],
  [
    promotion({ add: 1, products: ['TALK10'] }),
    /^promotions\.P\.products: "TALK10" is none of the credit products$/,
  ],
  [
    promotion({ add: 1, products: ['TOPUP'] }),
    /^promotions\.P\.add: "TOPUP" credits no account that is managed here/,
  ],
  [promotion({ add: 1, period: 'week' }), /^promotions\.0\.period: must be one of 'day', 'month', 'ever'$/],
  [
    { products: [{ ...WALLET, route: ['ledger', 'acme'] }] },
    /^products\.WALLET\.route: ledger credits accounts managed here/,
  ],
] as const) {
  t.match(faultOf(change), says);
}
