/** Entries, outcomes and PINs for tests and bench of the store: plausible, distinct by number. */
import { createHash } from 'node:crypto';
import type {
  Attempt,
  Batch,
  BatchItem,
  Closing,
  IntakeChunk,
  IntakeRow,
  IssuedPin,
  JournalEntry,
  Opening,
  OriginalQuery,
  Reversing,
  StoredOutcome,
} from '../../src/store/store.js';

export const APPROVED: StoredOutcome = {
  reason: 'approved',
  approvalCode: '',
  balance: null,
  balanceCurrency: '',
  accountExpiry: '',
  supplierReason: '',
  receiptId: 0,
};

export const REFUSED: StoredOutcome = { ...APPROVED, reason: 'supplier-refused' };

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** The n-th sale of a fleet of 1,000 terminals, each counting its STANs up. */
export function saleEntry(n: number, product = 'TALK10'): JournalEntry {
  return entryOf({
    terminal: `TERM${pad(n % 1000, 4)}`,
    stan: pad((Math.floor(n / 1000) % 999_999) + 1, 6),
    rrn: `6327${pad(n, 8)}`,
    product,
  });
}

/** An entry whose key is made of what it says, as the switch makes it. */
export function entryOf(said: Partial<JournalEntry>): JournalEntry {
  const entry = {
    fingerprint: 'd1f0c5e4a3b2918070605040',
    acquirer: '000001',
    merchant: 'MERCHANT0000001',
    terminal: 'TERM0001',
    messageClass: '2',
    stan: '000001',
    rrn: '',
    transmittedAt: '0301120000',
    localDate: '20260301',
    localTime: '120000',
    service: 'pin-sale',
    product: 'TALK10',
    quantity: 1,
    amount: 1000,
    currency: '840',
    account: null,
    region: '',
    accountMark: '',
    receivedAt: 1_772_366_400_000,
    ...said,
  };
  const { localDate, stan, terminal, merchant, acquirer, messageClass, localTime } = entry;
  const key = [localDate, stan, terminal, merchant, acquirer, messageClass, localTime].join('|');
  return { key, ...entry };
}

/** Rows of an intake, `count` from the `from`-th on: sealed as long as a real one, mark as long as a real one. */
export function intakeRows(
  from: number,
  count: number,
  product = 'TALK10',
  expiry = '20271231',
): IntakeRow[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const digest = createHash('sha512').update(`${product} ${n}`).digest();
    return {
      line: n + 2,
      product,
      sealed: digest.subarray(0, 44),
      mark: digest.toString('base64url', 44, 60),
      serial: `${product}${pad(n, 9)}`,
      expiry,
    };
  });
}

export function chunkOf(rows: readonly IntakeRow[], said: Partial<IntakeChunk> = {}): IntakeChunk {
  return { supplier: 'acme', intake: 'batch-1', batch: 1, rows, progress: rows.length, at: 1, ...said };
}

/** An account credit under this STAN. */
export function creditEntry(stan: number, said: Partial<JournalEntry> = {}): JournalEntry {
  return entryOf({
    stan: pad(stan, 6),
    service: 'account-credit',
    product: 'TOPUP',
    account: new Uint8Array([1, 2, 254, 255, 0, stan % 256]),
    accountMark: `mark-${stan}`,
    ...said,
  });
}

/** A reversal's own entry. */
export function reversalEntry(stan: number, said: Partial<JournalEntry> = {}): JournalEntry {
  return entryOf({
    stan: pad(stan, 6),
    messageClass: '4',
    service: 'reversal',
    product: '',
    quantity: 0,
    ...said,
  });
}

export const NO_QUERY: OriginalQuery = {
  acquirer: '',
  merchant: '',
  terminal: 'TERM0001',
  messageClass: '',
  stan: '',
  dates: [],
  transmittedAt: '',
  localTime: '',
  rrn: '',
  approvalCode: '',
  amount: null,
  accountMark: '',
};

/** How a reversal cites this entry in full. */
export function citationOf(entry: JournalEntry, said: Partial<OriginalQuery> = {}): OriginalQuery {
  const { acquirer, merchant, terminal, messageClass, stan, transmittedAt, localTime, amount } = entry;
  const dates = [entry.localDate];
  return {
    ...NO_QUERY,
    ...{ acquirer, merchant, terminal, messageClass, stan, transmittedAt, localTime, amount, dates },
    ...said,
  };
}

export const ACCEPTED: StoredOutcome = { ...APPROVED, approvalCode: 'REV001' };
export const UNKNOWN: StoredOutcome = { ...APPROVED, reason: 'original-not-found' };
export const STANDS: StoredOutcome = { ...APPROVED, reason: 'not-permitted' };

export function reversing(
  entry: JournalEntry,
  original: OriginalQuery,
  said: Partial<Reversing> = {},
): Reversing {
  return {
    entry,
    original,
    pinsTo: 'quarantined',
    now: 2_000,
    accepted: ACCEPTED,
    unknown: UNKNOWN,
    refused: STANDS,
    ...said,
  };
}

export function opening(entry: JournalEntry, said: Partial<Opening> = {}): Opening {
  return { entry, supplier: 'acme', reference: 'REF1', deadlineAt: 5_000, doubt: 'reversal', ...said };
}

export function closing(id: number, said: Partial<Closing> = {}): Closing {
  return {
    id,
    reference: 'REF1',
    state: 'approved',
    outcome: APPROVED,
    closedAt: 3_000,
    issued: [],
    forward: undefined,
    ...said,
  };
}

export function issuedPin(n: number, product = 'TALK10'): IssuedPin {
  const sealed = new Uint8Array([n, 0, 255, 128]);
  return {
    product,
    supplier: 'acme',
    batch: 7,
    sealed,
    mark: `issued-${n}`,
    serial: `I${n}`,
    expiry: '20271231',
  };
}

export const ATTEMPT: Attempt = { supplier: 'acme', reference: 'REF1', deadlineAt: 5_000, doubt: 'reversal' };

/** A batch under this STAN. */
export function batchOf(stan: number, items: readonly BatchItem[], said: Partial<JournalEntry> = {}): Batch {
  const amount = items.reduce((sum, { entry }) => sum + entry.amount, 0);
  const goods = { service: 'batch', product: '', quantity: items.length, amount };
  const entry = entryOf({ stan: pad(stan, 6), ...goods, ...said });
  return { entry, approvalCode: 'B1', today: '20260301', items };
}

/** The entry of an item: as the switch makes it, the number stands in the message class. */
export function itemEntry(stan: number, number: number, said: Partial<JournalEntry> = {}): JournalEntry {
  return entryOf({ stan: pad(stan, 6), messageClass: `2#${pad(number, 2)}`, ...said });
}

export function stockItem(stan: number, number: number, said: Partial<JournalEntry> = {}): BatchItem {
  return { number, way: 'stock', entry: itemEntry(stan, number, said), outcome: APPROVED };
}

export function creditItem(
  stan: number,
  number: number,
  reference: string,
  said: Partial<Attempt> = {},
): BatchItem {
  const goods = { service: 'account-credit', product: 'TOPUP', accountMark: `mark-${stan}-${number}` };
  const entry = itemEntry(stan, number, { ...goods, account: new Uint8Array([1, 255, number]) });
  return { number, way: 'supplier', entry, attempt: { ...ATTEMPT, reference, ...said } };
}

export function refusedItem(stan: number, number: number): BatchItem {
  return { number, way: 'refused', entry: itemEntry(stan, number), outcome: REFUSED };
}
