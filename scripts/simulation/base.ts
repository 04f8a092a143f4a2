/** What every history begins with: a catalogue, PINs in stock, keys. Made once. */
import { catalogueOf } from '../../src/app/catalogue/content.js';
import { catalogueSchema } from '../../src/app/catalogue/schema.js';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import type { Catalogue } from '../../src/domain/catalogue.js';
import type { Keyring } from '../../src/stock/keyring.js';
import { bytesKey } from '../../src/stock/masterKey.js';
import { openVault, type Vault } from '../../src/stock/vault.js';
import type { Store } from '../../src/store/store.js';
import { SimulatedDatabase } from './database.js';

/** PINs of TALK10: few, so that they run out. */
const PINS = 6;

export interface Base {
  readonly database: SimulatedDatabase;
  readonly catalogue: Catalogue;
  readonly vault: Vault;
}

const KEY = Buffer.alloc(32, 7);
export const KEYRING: Keyring = {
  current: 'k1',
  keys: new Map([['k1', bytesKey(KEY)]]),
  mark: Buffer.alloc(32, 9),
  reread: () => KEYRING,
};

export async function makeBase(): Promise<Base> {
  const database = new SimulatedDatabase();
  const clock = { ...systemClock, soon: (task: () => void) => void setImmediate(task) };
  const store = database.store(
    clock,
    () => true,
    () => {},
  );
  const vault = await openVault(store, KEYRING, systemRandom);
  await takeInPins(store, vault, PINS);
  const catalogue = catalogueWith([
    { code: 'ISSUED', ...PIN, route: ['one', 'two'] },
    { code: 'TOPUP', ...PIN, kind: 'credit', route: ['one', 'two'] },
  ]);
  return { database, catalogue, vault };
}

const PIN = { kind: 'pin', name: 'PIN', provider: 'TALKCO', currency: '840', price: 1_000 };

/** Of TALK10. */
export async function takeInPins(store: Store, vault: Vault, count: number): Promise<void> {
  const batch = await vault.newBatch();
  const rows = Array.from({ length: count }, (_, at) => {
    const [code, serial] = [`1${String(at).padStart(9, '0')}`, `S${at}`];
    return {
      ...{ line: at + 1, product: 'TALK10', serial, expiry: '20991231' },
      ...{ sealed: vault.sealPin(batch, 'TALK10', serial, code), mark: vault.markPin('acme', code) },
    };
  });
  await store.takeIn({ supplier: 'acme', intake: 'first', batch, rows, progress: count, at: 0 });
}

/** TALK10 from stock, and these. */
export function catalogueWith(products: readonly object[]): Catalogue {
  const document = catalogueSchema.parse({
    providers: [{ code: 'TALKCO', name: 'Talk' }],
    products: [{ code: 'TALK10', ...PIN, route: ['stock'] }, ...products],
    merchants: [{ id: 'SHOP', name: 'Shop' }],
    terminals: ['T0000001', 'T0000002', 'T0000003'].map((id) => ({ id, merchant: 'SHOP' })),
  });
  return catalogueOf(document, 0);
}
