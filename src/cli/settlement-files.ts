/**
 * Settlement files of one day: rows go to one file a merchant and one a supplier, as they come, and each file ends
 * with its totals by currency. At most `BUFFERED_MAX` characters wait in memory, whatever the number of files; each is
 * written as `.part`, synced, and renamed at the end, the folder synced after.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvLine } from '../base/csv.js';
import { makeFolder } from '../base/folder.js';
import { SUPPLIERS_ONLY } from '../domain/settling.js';
import type { Settled } from '../store/store.js';

/** Characters of rows that wait to be written. */
const BUFFERED_MAX = 8_388_608;

const COLUMNS = [
  'type',
  'id',
  'receivedAt',
  'merchant',
  'terminal',
  'acquirer',
  'stan',
  'rrn',
  'service',
  'product',
  'quantity',
  'currency',
  'amount',
  'commission',
  'net',
  'supplier',
  'reference',
  'approvalCode',
  'account',
];

interface Total {
  sales: number;
  reversals: number;
  amount: number;
  commission: number;
}

interface File {
  readonly path: string;
  rows: number;
  waiting: string[];
  readonly totals: Map<string, Total>;
}

export interface WrittenFile {
  readonly file: string;
  readonly rows: number;
}

export class SettlementFiles {
  readonly #folder: string;
  readonly #day: string;
  readonly #files = new Map<string, File>();
  #buffered = 0;

  constructor(folder: string, day: string) {
    this.#folder = folder;
    this.#day = day;
    makeFolder(folder);
  }

  /** Amounts are below zero where a sale was undone. What is due to a supplier is the amount, from a merchant the net. */
  add({ done, transaction, commission: paid }: Settled): void {
    const sign = done ? 1 : -1;
    const amount = sign * transaction.amount;
    const commission = sign * paid;
    const { service, merchant } = transaction;
    const isPaidBefore = SUPPLIERS_ONLY.has(service);
    // A redemption told again under another STAN: nothing was performed.
    if (isPaidBefore && transaction.quantity === 0) return;
    const ours = service === 'account-credit' || isPaidBefore ? 'ledger' : 'stock';
    const supplier = transaction.supplier || ours;
    const { currency } = transaction;
    const row = csvLine([
      done ? 'sale' : 'reversal',
      String(transaction.id),
      new Date(transaction.receivedAt).toISOString(),
      transaction.merchant,
      transaction.terminal,
      transaction.acquirer,
      transaction.stan,
      transaction.rrn,
      transaction.service,
      transaction.product,
      String(transaction.quantity),
      currency,
      String(amount),
      String(commission),
      String(amount - commission),
      supplier,
      transaction.reference,
      transaction.outcome?.approvalCode ?? '',
      transaction.account ? '***' : '',
    ]);
    const names = isPaidBefore ? [] : [`merchant-${merchant}`];
    for (const name of [...names, `supplier-${supplier}`]) {
      const file = this.#fileOf(name);
      file.rows += 1;
      file.waiting.push(row);
      const total = totalOf(file, currency);
      total[done ? 'sales' : 'reversals'] += 1;
      total.amount += amount;
      total.commission += commission;
    }
    this.#buffered += 2 * row.length;
    if (this.#buffered > BUFFERED_MAX) this.#write();
  }

  /** Puts every file into its place; says which there are, by name. */
  finish(): WrittenFile[] {
    for (const file of this.#files.values()) file.waiting.push(...totalLines(file));
    this.#write();
    const written: WrittenFile[] = [];
    for (const { path, rows } of this.#files.values()) {
      sync(`${path}.part`);
      renameSync(`${path}.part`, path);
      written.push({ file: path, rows });
    }
    this.#files.clear();
    sync(this.#folder);
    return written.sort((one, other) => (one.file < other.file ? -1 : 1));
  }

  /** Takes away what was not finished. */
  abandon(): void {
    for (const { path } of this.#files.values()) rmSync(`${path}.part`, { force: true });
  }

  #fileOf(name: string): File {
    const known = this.#files.get(name);
    if (known) return known;
    const path = join(this.#folder, `${this.#day}-${fileName(name)}.csv`);
    const file: File = { path, rows: 0, waiting: [], totals: new Map() };
    writeFileSync(`${path}.part`, csvLine(COLUMNS));
    this.#files.set(name, file);
    return file;
  }

  #write(): void {
    for (const file of this.#files.values()) {
      if (file.waiting.length > 0) appendFileSync(`${file.path}.part`, file.waiting.join(''));
      file.waiting = [];
    }
    this.#buffered = 0;
  }
}

function totalOf({ totals }: File, currency: string): Total {
  const known = totals.get(currency);
  if (known) return known;
  const total: Total = { sales: 0, reversals: 0, amount: 0, commission: 0 };
  totals.set(currency, total);
  return total;
}

/** By currency: in the columns of the rows, `quantity` for the number of rows. */
function totalLines({ totals }: File): string[] {
  return [...totals.entries()].sort().map(([currency, { sales, reversals, amount, commission }]) =>
    csvLine(
      COLUMNS.map((column) => {
        if (column === 'type') return 'total';
        if (column === 'quantity') return String(sales + reversals);
        if (column === 'currency') return currency;
        if (column === 'amount') return String(amount);
        if (column === 'commission') return String(commission);
        return column === 'net' ? String(amount - commission) : '';
      }),
    ),
  );
}

/** Ids are chosen by those who configure; what a file's name may not have is written as %XX. */
function fileName(text: string): string {
  return encodeURIComponent(text).replace(
    /[.*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
