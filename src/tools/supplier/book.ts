/**
 * What a simulated supplier knows: every reference it was asked for, what it did, and each account's
 * balance. The same reference is performed once and answered with the first result. A reversal before its
 * original leaves a tombstone, so that a late original is refused. Everything is in the ledger before it
 * is answered. Accounts stand in clear: they are the simulator's own.
 * Maximum: BOOK_ORDERS_MAX references.
 */
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import { Ledger } from '../books/ledger.js';

/** References kept. Over it new ones are refused. */
const BOOK_ORDERS_MAX = 2_000_000;
/** Days that an account or PIN lives after a sale. */
const LIFE_DAYS = 90;
const DAY_MS = 86_400_000;
const PIN_DIGITS = 16;

export interface SimOrder {
  readonly reference: string;
  readonly service: string;
  readonly product: string;
  readonly account: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly quantity: number;
  readonly region: string;
}

export interface SimPin {
  readonly code: string;
  readonly serial: string;
  /** YYYYMMDD. */
  readonly expiry: string;
}

export type OrderState = 'credited' | 'refused' | 'reversed' | 'tombstone';

export interface BookEntry extends SimOrder {
  state: OrderState;
  /** The word of the refusal, '' otherwise. */
  readonly refusal: string;
  readonly confirmation: string;
  /** The account's balance after this order, minor units. */
  readonly balance: number;
  /** YYYYMMDD. */
  readonly expiry: string;
  readonly pins: readonly SimPin[];
  /** How often the order, its reversal and its outcome were asked for. */
  asked: number;
  reversalsAsked: number;
  inquired: number;
  /** How often value was given, and taken back: never more than once each. */
  credits: number;
  reversals: number;
}

type BookEvent =
  | { readonly event: 'order'; readonly at: string; readonly entry: BookEntry }
  | { readonly event: 'reversed'; readonly at: string; readonly reference: string }
  | {
      readonly event: 'asked';
      readonly at: string;
      readonly reference: string;
      readonly what: 'asked' | 'reversalsAsked' | 'inquired';
    };

export interface BookDeps {
  readonly clock: Clock;
  readonly random: Random;
}

export class Book {
  readonly #entries = new Map<string, BookEntry>();
  readonly #balances = new Map<string, number>();
  readonly #deps: BookDeps;
  #ledger: Ledger | undefined;

  private constructor(deps: BookDeps) {
    this.#deps = deps;
  }

  static async open(path: string | undefined, deps: BookDeps): Promise<Book> {
    const book = new Book(deps);
    book.#ledger = await Ledger.open(path, (event) => book.#apply(event as BookEvent));
    return book;
  }

  /** `refusal` is the word of refusal for a new order, '' to perform it. */
  async order(order: SimOrder, refusal: string): Promise<BookEntry | 'conflict' | 'full'> {
    const known = this.#entries.get(order.reference);
    if (known !== undefined) {
      await this.#note(known.reference, 'asked');
      return known.state === 'tombstone' || isSameOrder(known, order) ? known : 'conflict';
    }
    if (this.#entries.size >= BOOK_ORDERS_MAX) return 'full';
    const entry = this.#newEntry(order, refusal === '' ? 'credited' : 'refused', refusal);
    await this.#record({ event: 'order', at: this.#at(), entry });
    return entry;
  }

  /** Undoes it, or leaves a tombstone. Tells whether the order was known (a refused one is: nothing to undo). */
  async reverse(reference: string): Promise<'reversed' | 'unknown'> {
    const entry = this.#entries.get(reference);
    if (entry === undefined) {
      const blank = {
        service: '',
        product: '',
        account: '',
        amount: 0,
        currency: '',
        quantity: 0,
        region: '',
      };
      const tombstone = this.#newEntry({ reference, ...blank }, 'tombstone', '');
      await this.#record({ event: 'order', at: this.#at(), entry: tombstone });
      await this.#note(reference, 'reversalsAsked');
      return 'unknown';
    }
    const first = entry.state === 'credited';
    if (first) await this.#record({ event: 'reversed', at: this.#at(), reference });
    await this.#note(reference, 'reversalsAsked');
    return entry.state === 'tombstone' ? 'unknown' : 'reversed';
  }

  async find(reference: string): Promise<BookEntry | undefined> {
    const entry = this.#entries.get(reference);
    if (entry === undefined || entry.state === 'tombstone') return undefined;
    await this.#note(reference, 'inquired');
    return entry;
  }

  /** Minor units; 0 for an account never credited. */
  balance(account: string): number {
    return this.#balances.get(account) ?? 0;
  }

  expiry(): string {
    const day = new Date(this.#deps.clock.now() + LIFE_DAYS * DAY_MS);
    return day.toISOString().slice(0, 10).replaceAll('-', '');
  }

  entries(): readonly BookEntry[] {
    return [...this.#entries.values()];
  }

  balances(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#balances);
  }

  async close(): Promise<void> {
    await this.#ledger?.close();
  }

  #newEntry(order: SimOrder, state: OrderState, refusal: string): BookEntry {
    const gives = state === 'credited';
    const credit = gives && isCredited(order) ? order.amount : 0;
    const pins = gives && order.service === 'pin-sale' ? order.quantity : 0;
    return {
      ...order,
      state,
      refusal,
      confirmation: gives ? this.#digits(6) : '',
      balance: this.balance(order.account) + credit,
      expiry: this.expiry(),
      pins: Array.from({ length: pins }, () => this.#newPin()),
      asked: state === 'tombstone' ? 0 : 1,
      reversalsAsked: 0,
      inquired: 0,
      credits: gives ? 1 : 0,
      reversals: 0,
    };
  }

  #newPin(): SimPin {
    return { code: this.#digits(PIN_DIGITS), serial: `SIM${this.#digits(9)}`, expiry: this.expiry() };
  }

  #digits(length: number): string {
    return Array.from({ length }, () => this.#deps.random.int(10)).join('');
  }

  #at(): string {
    return new Date(this.#deps.clock.now()).toISOString();
  }

  #note(reference: string, what: 'asked' | 'reversalsAsked' | 'inquired'): Promise<void> {
    return this.#record({ event: 'asked', at: this.#at(), reference, what });
  }

  /** Memory first, so that a second ask meanwhile meets the first; the answer waits for the disk. */
  async #record(event: BookEvent): Promise<void> {
    this.#apply(event);
    await this.#ledger?.append(event);
  }

  #apply(event: BookEvent): void {
    if (event.event === 'order') {
      const { entry } = event;
      this.#entries.set(entry.reference, entry);
      if (entry.credits > 0) this.#move(entry, entry.amount);
      return;
    }
    const entry = this.#entries.get(event.reference);
    if (entry === undefined) return;
    if (event.event === 'asked') {
      entry[event.what] += 1;
    } else if (entry.state === 'credited') {
      entry.state = 'reversed';
      entry.reversals += 1;
      this.#move(entry, -entry.amount);
    }
  }

  #move(entry: BookEntry, amount: number): void {
    const { account } = entry;
    if (isCredited(entry)) this.#balances.set(account, this.balance(account) + amount);
  }
}

/** A PIN that is made for an account credits none. */
export function isCredited({ service, account }: SimOrder): boolean {
  return service !== 'pin-sale' && account !== '';
}

function isSameOrder(entry: BookEntry, order: SimOrder): boolean {
  return (
    entry.service === order.service &&
    entry.product === order.product &&
    entry.account === order.account &&
    entry.amount === order.amount &&
    entry.currency === order.currency &&
    entry.quantity === order.quantity &&
    entry.region === order.region
  );
}
