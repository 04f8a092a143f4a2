/**
 * What a simulated vendor knows: every reference that it was asked for, and every PIN that it has issued, each once.
 * The same reference is the same order. A delivery is issued when it is due and somebody looks; it is in the ledger,
 * on disk, before it is listed. PINs stand in the ledger in clear: they are the simulator's own.
 * Maximums: ORDERS_MAX references, PINS_MAX PINs.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import { Ledger } from '../books/ledger.js';
import type { DeliveryPlan } from './behaviour.js';

const ORDERS_MAX = 100_000;
const PINS_MAX = 5_000_000;
const LIFE_DAYS = 365;
const DAY_MS = 86_400_000;
const PIN_DIGITS = 16;

export interface VendorGoods {
  readonly reference: string;
  readonly product: string;
  readonly quantity: number;
}

interface VendorPin {
  readonly code: string;
  readonly serial: string;
  /** YYYY-MM-DD. */
  readonly expiry: string;
}

interface Delivery {
  readonly id: string;
  /** Those of the batch, PINs issued before among them. */
  readonly pins: readonly VendorPin[];
  /** How many of them were new. */
  readonly fresh: number;
  readonly sha256: string;
  /** How often its batch was asked for. */
  fetched: number;
}

interface Entry extends VendorGoods {
  readonly state: 'accepted' | 'refused';
  readonly reason: string;
  readonly plan: DeliveryPlan;
  /** Milliseconds since the epoch. */
  readonly at: number;
  asked: number;
  readonly deliveries: Delivery[];
}

type VendorEvent =
  | ({ readonly event: 'order' } & Omit<Entry, 'asked' | 'deliveries'>)
  | { readonly event: 'asked'; readonly reference: string }
  | {
      readonly event: 'delivery';
      readonly reference: string;
      readonly id: string;
      /** Delivered before under that id: the same batch. */
      readonly same?: string;
      readonly pins: readonly VendorPin[];
      readonly fresh: number;
    };

export interface VendorStatus extends VendorGoods {
  readonly state: 'accepted' | 'complete' | 'refused';
  readonly reason: string;
  readonly asked: number;
  readonly deliveries: readonly {
    readonly id: string;
    readonly count: number;
    readonly fresh: number;
    readonly sha256: string;
    readonly fetched: number;
  }[];
}

export class VendorBook {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #entries = new Map<string, Entry>();
  readonly #codes = new Set<string>();
  /** Issued PINs by product, oldest first. */
  readonly #issued = new Map<string, VendorPin[]>();
  #ledger: Ledger | undefined;
  #written: Promise<void> = Promise.resolve();

  private constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  static async open(path: string | undefined, clock: Clock, random: Random): Promise<VendorBook> {
    const book = new VendorBook(clock, random);
    book.#ledger = await Ledger.open(path, (event) => book.#apply(event as VendorEvent));
    return book;
  }

  /** `refusal`: the reason of refusal of a new order, '' to accept it. */
  order(goods: VendorGoods, refusal: string, plan: DeliveryPlan): VendorStatus | 'conflict' {
    const { reference, product, quantity } = goods;
    const known = this.#entries.get(reference);
    if (known) {
      this.#record({ event: 'asked', reference });
      return known.product === product && known.quantity === quantity ? this.#statusOf(known) : 'conflict';
    }
    const full = this.#entries.size >= ORDERS_MAX || this.#codes.size + quantity > PINS_MAX;
    const reason = full ? 'sold out' : refusal;
    const state = reason === '' ? 'accepted' : 'refused';
    this.#record({
      event: 'order',
      reference,
      product,
      quantity,
      state,
      reason,
      plan,
      at: this.#clock.now(),
    });
    return this.#statusOf(this.#entries.get(reference) as Entry);
  }

  /** Issues what is due. */
  look(reference: string): VendorStatus | undefined {
    const entry = this.#entries.get(reference);
    if (!entry) return undefined;
    if (entry.state === 'accepted') this.#issueDue(entry);
    return this.#statusOf(entry);
  }

  /** The batch file. Sensitive. */
  batch(reference: string, id: string): string | undefined {
    const entry = this.#entries.get(reference);
    const delivery = entry?.deliveries.find((one) => one.id === id);
    if (!entry || !delivery) return undefined;
    delivery.fetched += 1;
    return csvOf(entry.product, delivery.pins);
  }

  /** All orders, without their PINs. */
  statuses(): readonly VendorStatus[] {
    return [...this.#entries.values()].map((entry) => this.#statusOf(entry));
  }

  /** PINs issued, each counted once. */
  issued(): number {
    return this.#codes.size;
  }

  /** Resolves when all that was done so far is on disk. */
  written(): Promise<void> {
    return this.#written;
  }

  async close(): Promise<void> {
    await this.#ledger?.close();
  }

  #issueDue(entry: Entry): void {
    const { reference, plan, quantity } = entry;
    const parts = Math.min(plan.parts, quantity);
    const late = this.#clock.now() - entry.at - plan.delayMs;
    const due =
      late < 0 ? 0 : plan.partMs === 0 ? parts : Math.min(parts, 1 + Math.floor(late / plan.partMs));
    for (let part = entry.deliveries.length; part < due; part += 1) {
      const count = Math.floor(((part + 1) * quantity) / parts) - Math.floor((part * quantity) / parts);
      const old = (this.#issued.get(entry.product) ?? []).slice(0, plan.known);
      const fresh = Array.from({ length: count }, () => this.#newPin());
      const id = `D${part + 1}`;
      this.#record({ event: 'delivery', reference, id, pins: [...old, ...fresh], fresh: count });
    }
    if (due < parts) return;
    for (let at = entry.deliveries.length; at < parts + Math.min(plan.repeats, parts); at += 1) {
      const same = `D${at - parts + 1}`;
      this.#record({ event: 'delivery', reference, id: `D${at + 1}`, same, pins: [], fresh: 0 });
    }
  }

  #newPin(): VendorPin {
    let code = '';
    do code = this.#digits(PIN_DIGITS);
    while (this.#codes.has(code));
    const expiry = new Date(this.#clock.now() + LIFE_DAYS * DAY_MS).toISOString().slice(0, 10);
    return { code, serial: `V${this.#digits(11)}`, expiry };
  }

  #digits(length: number): string {
    return Array.from({ length }, () => this.#random.int(10)).join('');
  }

  #statusOf(entry: Entry): VendorStatus {
    const { reference, product, quantity, state, reason, plan, asked } = entry;
    const parts = Math.min(plan.parts, quantity);
    const isComplete = entry.deliveries.length === parts + Math.min(plan.repeats, parts);
    return {
      reference,
      product,
      quantity,
      state: state === 'accepted' && isComplete ? 'complete' : state,
      reason,
      asked,
      deliveries: entry.deliveries.map(({ id, pins, fresh, sha256, fetched }) => ({
        id,
        count: pins.length,
        fresh,
        sha256,
        fetched,
      })),
    };
  }

  /** Memory first, so that a second question meanwhile meets the first; answers wait for written(). */
  #record(event: VendorEvent): void {
    this.#apply(event);
    this.#written = this.#ledger?.append(event) ?? Promise.resolve();
    // A rejection is met by whoever awaits written().
    this.#written.catch(() => {});
  }

  #apply(event: VendorEvent): void {
    if (event.event === 'order') {
      const { event: _, ...entry } = event;
      this.#entries.set(entry.reference, { ...entry, asked: 1, deliveries: [] });
      return;
    }
    const entry = this.#entries.get(event.reference);
    if (!entry) return;
    if (event.event === 'asked') entry.asked += 1;
    else this.#deliver(entry, event);
  }

  #deliver(entry: Entry, { id, same, ...event }: Extract<VendorEvent, { event: 'delivery' }>): void {
    const twin = entry.deliveries.find((one) => one.id === same);
    const pins = twin?.pins ?? event.pins;
    const sha256 = createHash('sha256').update(csvOf(entry.product, pins)).digest('hex');
    entry.deliveries.push({ id, pins, fresh: event.fresh, sha256, fetched: 0 });
    if (twin) return;
    const fresh = pins.slice(pins.length - event.fresh);
    for (const { code } of fresh) this.#codes.add(code);
    const issued = this.#issued.get(entry.product);
    if (issued) for (const pin of fresh) issued.push(pin);
    else this.#issued.set(entry.product, [...fresh]);
  }
}

function csvOf(product: string, pins: readonly VendorPin[]): string {
  const rows = pins.map(({ code, serial, expiry }) => `${product},${code},${serial},${expiry}\n`);
  return `product,pin,serial,expiry\n${rows.join('')}`;
}
