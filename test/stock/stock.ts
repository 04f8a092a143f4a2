/** What the tests of the stock floor share: a real store in a scratch folder, keys, and a vault on both. */
import { join } from 'node:path';
import type { Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { createKeyFile, type Keyring, loadKeyring } from '../../src/stock/keyring.js';
import { openVault, type Vault } from '../../src/stock/vault.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { JournalEntry, Sale, Store } from '../../src/store/store.js';
import { scratch } from '../support/process.js';

export const TODAY = '20260301';

export interface Stock {
  readonly folder: string;
  readonly keyFile: string;
  readonly keyring: Keyring;
  readonly store: Store;
  readonly vault: Vault;
  /** Another store and vault on the same data, as another process would have. */
  again(): Promise<{ store: Store; vault: Vault }>;
}

export async function openStock(t: Test): Promise<Stock> {
  const folder = scratch(t);
  const keyFile = join(folder, 'keys.json');
  createKeyFile(keyFile, systemRandom);
  const again = async (): Promise<{ store: Store; vault: Vault }> => {
    const store = await openStore(t, folder);
    return { store, vault: await openVault(store, loadKeyring(keyFile, {}), systemRandom) };
  };
  const { store, vault } = await again();
  return { folder, keyFile, keyring: loadKeyring(keyFile, {}), store, vault, again };
}

export async function openStore(t: Test, folder: string): Promise<Store> {
  const store = await openSqliteStore({ file: join(folder, 'switch.db'), clock: systemClock });
  t.teardown(() => store.shutdown());
  return store;
}

/** The n-th sale of one PIN. */
export function saleOf(n: number, product = 'TALK10'): Sale {
  const stan = String(n).padStart(6, '0');
  const entry: JournalEntry = {
    key: `20260301|${stan}|DEMO0001|DEMOMERCHANT001|000001|2|120000`,
    fingerprint: 'fingerprint',
    acquirer: '000001',
    merchant: 'DEMOMERCHANT001',
    terminal: 'DEMO0001',
    messageClass: '2',
    stan,
    rrn: '',
    transmittedAt: '0301120000',
    localDate: TODAY,
    localTime: '120000',
    service: 'pin-sale',
    product,
    region: '',
    quantity: 1,
    amount: 1000,
    currency: '840',
    account: null,
    accountMark: '',
    receivedAt: 1,
  };
  const outcome = {
    reason: 'approved',
    approvalCode: 'A00001',
    balance: null,
    balanceCurrency: '',
    accountExpiry: '',
    supplierReason: '',
    receiptId: 0,
  } as const;
  return { entry, outcome, today: TODAY };
}

export interface Books {
  readonly takenIn: number;
  readonly accounted: number;
  readonly faults: readonly string[];
}

export async function booksOf(store: Store): Promise<Books> {
  const { takenIn, byCustody, faults } = await store.audit();
  return { takenIn, accounted: Object.values(byCustody).reduce((sum, count) => sum + count, 0), faults };
}
