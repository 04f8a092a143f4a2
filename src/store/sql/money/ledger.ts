/**
 * The ledger's accounts: balances are kept in memory and reach their table once a group, in the commit of the
 * postings themselves. What another process committed, or what was rolled back, is read again. In memory at most
 * `accountsMax` accounts, and those of one group.
 */
import { SafeError } from '../../../base/errors.js';
import type { Posting } from '../../ledgerVerbs.js';
import type { Connection } from '../engine.js';

interface Account {
  readonly id: number;
  balance: number;
  postings: number;
}

export class Ledger {
  readonly #accountsMax: number;
  readonly #accounts = new Map<string, Account>();
  readonly #moved = new Set<Account>();
  readonly #find;
  readonly #create;
  readonly #insert;
  readonly #update;

  constructor(db: Connection, accountsMax: number) {
    this.#accountsMax = accountsMax;
    this.#find = db.prepare<[string, string], Account>(
      'SELECT id, balance, postings FROM ledger_account WHERE name = ? AND currency = ?',
    );
    this.#create = db
      .prepare<[string, string], number>(
        'INSERT INTO ledger_account (name, currency, balance, postings) VALUES (?, ?, 0, 0) RETURNING id',
      )
      .pluck();
    this.#insert = db.prepare<[number, number, number, number, number]>(
      'INSERT INTO posting (account, number, origin, amount, at) VALUES (?, ?, ?, ?, ?)',
    );
    this.#update = db.prepare<[number, number, number]>(
      'UPDATE ledger_account SET balance = ?, postings = ? WHERE id = ?',
    );
  }

  /** Whether every floor would hold after all of these. What an account gains is never refused. */
  covers(postings: readonly Posting[]): boolean {
    return postings.every(({ account, currency, floor }) => {
      if (floor === null) return true;
      const gain = gainOf(postings, account, currency);
      return gain >= 0 || this.balanceOf(account, currency) + gain >= floor;
    });
  }

  balanceOf(account: string, currency: string): number {
    return this.#known(account, currency)?.balance ?? 0;
  }

  /** `sign` -1 takes them back. */
  post(origin: number, postings: readonly Posting[], sign: 1 | -1, at: number): void {
    for (const { account: name, currency, amount } of postings) {
      if (amount === 0) continue;
      const account = this.#known(name, currency) ?? this.#open(name, currency);
      const balance = account.balance + sign * amount;
      if (!Number.isSafeInteger(balance))
        throw new SafeError('ledger: a balance beyond what is counted exactly');
      account.balance = balance;
      account.postings += 1;
      this.#moved.add(account);
      this.#insert.run(account.id, account.postings, origin, sign * amount, at);
    }
  }

  /** Before each commit. */
  write(): void {
    for (const { id, balance, postings } of this.#moved) this.#update.run(balance, postings, id);
    this.#moved.clear();
    if (this.#accounts.size > this.#accountsMax) this.#accounts.clear();
  }

  /** After each rollback, and where another process committed. */
  forget(): void {
    this.#moved.clear();
    this.#accounts.clear();
  }

  #known(name: string, currency: string): Account | undefined {
    const key = `${currency}|${name}`;
    const known = this.#accounts.get(key);
    if (known) return known;
    const found = this.#find.get(name, currency);
    if (found) this.#accounts.set(key, found);
    return found;
  }

  #open(name: string, currency: string): Account {
    const id = this.#create.get(name, currency) as number;
    const account = { id, balance: 0, postings: 0 };
    this.#accounts.set(`${currency}|${name}`, account);
    return account;
  }
}

export function gainOf(postings: readonly Posting[], account: string, currency: string): number {
  let gain = 0;
  for (const one of postings) if (one.account === account && one.currency === currency) gain += one.amount;
  return gain;
}

/** Throws where they do not sum to zero in each currency, or are no whole numbers: a bug of the caller's. */
export function assertBalanced(postings: readonly Posting[]): void {
  const sums = new Map<string, number>();
  for (const { currency, amount } of postings) {
    if (!Number.isSafeInteger(amount)) throw new SafeError('ledger: an amount that is no whole number');
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  for (const sum of sums.values())
    if (sum !== 0) throw new SafeError('ledger: postings that do not sum to zero');
}
