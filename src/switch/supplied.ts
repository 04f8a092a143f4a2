/**
 * What a supplier performs: an account's credit, or a PIN issued at the moment of sale.
 *
 *   open committed (supplier, our reference)  ->  asked  ->  close committed  ->  answered
 *
 * Stops after open, supplier asked or not: pending; recovery ends the doubt (recovery.ts). Stops after the
 * supplier's answer, before close: the same; the supplier knows one reference, so it acts once. The next
 * supplier is tried only after a definite "nothing done", under a new reference that is committed first.
 * No definite answer in time: declined as late, and the undoing is recorded in the same commit.
 * In a network, stock or money that is short is asked for before any of this (asking.ts): nothing is recorded yet.
 * What the store cannot take (full, busy) after open: pending, and nothing is answered; recovery ends the doubt.
 */
import { safeText } from '../base/errors.js';
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Product } from '../domain/product.js';
import { StoreBusy, StoreFull } from '../store/errors.js';
import type {
  Attempt,
  JournalEntry,
  RedeemResult,
  Redemption,
  Remembering,
  Reward,
  SaleResult,
  SealedPin,
  Short,
  StoredOutcome,
} from '../store/store.js';
import type { Supplier, SupplyResult } from '../supply/supply.js';
import { askUntil, fill, mayAsk } from './asking.js';
import { chargesOf } from './charges.js';
import type { SwitchContext } from './context.js';
import { endDoubt } from './doubt.js';
import { rewardOf } from './promotions.js';
import { issuedPins, orderOf, outcomeOf, rememberingOf, storedRefusal, suppliedOutcome } from './records.js';
import { redeemedOutcome } from './redeemed.js';
import { metOutcome, stockOutcome } from './repeats.js';
import { routeOf } from './routing.js';

interface Asking {
  readonly supplier: Supplier;
  readonly reference: string;
}

/** Stands beside a sale that may also be made from our own stock. */
export interface StockSale {
  readonly outcome: StoredOutcome;
  readonly today: string;
  /** Of a PIN in place of a credit. */
  readonly remember: Remembering | undefined;
}

/** Stands beside a credit that is a card's value. */
export type CardCredit = Pick<Redemption, 'card' | 'effects'>;

export function supply(
  context: SwitchContext,
  entry: JournalEntry,
  product: Product,
  account: string,
  fromStock?: StockSale,
  fromCard?: CardCredit,
): Promise<Outcome | undefined> {
  return underWay(context, entry, () =>
    new SuppliedTransaction(context, entry, product, account, fromStock, fromCard).run(),
  );
}

/** Runs it, or attaches to the one of this key that is under way: never a second call at a supplier. */
export function underWay(
  context: SwitchContext,
  entry: JournalEntry,
  run: () => Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  const original = context.atSuppliers.get(entry.key);
  if (original) {
    return original.entry.fingerprint === entry.fingerprint
      ? original.answer
      : Promise.resolve(plainOutcome('duplicate'));
  }
  if (context.atSuppliers.size >= context.limits.atSuppliersMax)
    return Promise.resolve(plainOutcome('malfunction'));
  const answer = run().finally(() => context.atSuppliers.delete(entry.key));
  context.atSuppliers.set(entry.key, { entry, answer });
  return answer;
}

export class SuppliedTransaction {
  readonly #context: SwitchContext;
  readonly #entry: JournalEntry;
  readonly #product: Product;
  readonly #account: string;
  readonly #fromStock: StockSale | undefined;
  readonly #fromCard: CardCredit | undefined;
  readonly #deadlineAt: number;
  readonly #others: Supplier[];
  readonly #first: Asking | undefined;
  #id = 0;

  constructor(
    context: SwitchContext,
    entry: JournalEntry,
    product: Product,
    account: string,
    fromStock?: StockSale,
    fromCard?: CardCredit,
  ) {
    this.#context = context;
    this.#entry = entry;
    this.#product = product;
    this.#account = account;
    this.#fromStock = fromStock;
    this.#fromCard = fromCard;
    this.#deadlineAt = entry.receivedAt + context.times.saleMs;
    this.#others = routeOf(context, product);
    const supplier = this.#others.shift();
    this.#first = supplier && this.#asking(supplier);
  }

  /** Where it is to be opened; undefined where no supplier may be asked now. */
  get attempt(): Attempt | undefined {
    return this.#first && this.#attempt(this.#first);
  }

  async run(): Promise<Outcome | undefined> {
    const context = this.#context;
    const begin = this.#beginning();
    const first = await begin(mayAsk(context));
    const begun = first.kind === 'short' ? await fill(context, this.#askUntil(), begin, first) : first;
    switch (begun.kind) {
      case 'sold':
      case 'out-of-stock':
        return this.#fromStock && stockOutcome(context, this.#entry, this.#fromStock.outcome, begun);
      case 'opened':
        return this.goOn(begun.id);
      case 'redeemed':
      case 'redeemed-before':
      case 'card-held':
      case 'card-refused':
        return redeemedOutcome(context, this.#entry, begun);
      default:
        return metOutcome(context, begun);
    }
  }

  /** It stands under this id, opened at `attempt`. */
  async goOn(id: number): Promise<Outcome | undefined> {
    if (!this.#first) return { ...plainOutcome('supplier-down'), transactionId: id };
    this.#id = id;
    return this.#ask(this.#first).catch((error: unknown) => this.#leaveOpen(error));
  }

  #askUntil(): number {
    return askUntil(this.#context, this.#entry, this.#first !== undefined);
  }

  /** Sold from stock, or opened at the first supplier, or declined: one commit. */
  #beginning(): (mayWait: boolean) => Promise<SaleResult | RedeemResult | Short> {
    const { store } = this.#context;
    const entry = this.#entry;
    const { attempt } = this;
    if (this.#fromCard) {
      const outcome = storedRefusal('supplier-down');
      const redemption = { entry, at: attempt, outcome, account: '', ...this.#fromCard };
      return () => store.redeem(redemption);
    }
    const effects = chargesOf(this.#context, entry.terminal, entry);
    if (this.#fromStock) {
      const sale = { entry, ...this.#fromStock, orElse: attempt, effects };
      return (mayWait) => store.sell({ ...sale, mayWait });
    }
    if (!attempt) return () => store.decline(entry, storedRefusal('supplier-down'));
    const opening = { entry, ...attempt, effects, reward: this.#reward() };
    return (mayWait) => store.open({ ...opening, mayWait });
  }

  #reward(): Reward | undefined {
    return this.#product.kind === 'credit' ? rewardOf(this.#context, this.#entry, this.#product) : undefined;
  }

  async #ask(first: Asking): Promise<Outcome | undefined> {
    for (let asking = first; ; ) {
      const result = await this.#perform(asking);
      const next =
        result.kind === 'unavailable' && this.#timeLeft() > 0 ? nextReady(this.#others) : undefined;
      if (!next) return this.#close(asking, result);
      asking = this.#asking(next);
      if (!(await this.#context.store.reroute(this.#id, this.#attempt(asking)))) return undefined;
    }
  }

  /** What became of it is not on disk, so nothing may be answered; it is pending, and recovery ends the doubt. */
  #leaveOpen(error: unknown): undefined {
    if (!(error instanceof StoreFull || error instanceof StoreBusy)) throw error;
    this.#context.log.error({ transaction: this.#id, error: safeText(error) }, 'transaction left open');
    return undefined;
  }

  #asking(supplier: Supplier): Asking {
    return { supplier, reference: this.#context.names.reference() };
  }

  #attempt({ supplier, reference }: Asking): Attempt {
    return { supplier: supplier.name, reference, deadlineAt: this.#deadlineAt, doubt: supplier.doubt };
  }

  #timeLeft(): number {
    return this.#deadlineAt - this.#context.clock.now();
  }

  #perform({ supplier, reference }: Asking): Promise<SupplyResult> {
    const order = orderOf(this.#context, this.#entry, reference, this.#account);
    return supplier.perform(order, Math.max(1, this.#timeLeft()));
  }

  async #close(asking: Asking, result: SupplyResult): Promise<Outcome | undefined> {
    const { store, clock } = this.#context;
    if (result.kind === 'unknown') {
      const stands = await endDoubt(this.#context, {
        id: this.#id,
        reference: asking.reference,
        doubt: asking.supplier.doubt,
      });
      return stands ? { ...plainOutcome('late'), transactionId: this.#id } : undefined;
    }
    const stored = this.#storedOutcome(result);
    const closed = await store.close({
      id: this.#id,
      reference: asking.reference,
      state: stored.reason === 'approved' ? 'approved' : 'declined',
      outcome: stored,
      closedAt: clock.now(),
      issued: issuedPins(this.#context, asking.supplier.name, this.#product.code, result),
      forward: undefined,
      remember: rememberingOf(this.#context, this.#entry),
    });
    switch (closed.kind) {
      case 'closed':
        return this.#outcome({ ...stored, receiptId: closed.receiptId }, closed.pins);
      case 'issued-before':
        this.#context.log.error(
          { transaction: this.#id, supplier: asking.supplier.name },
          'supplier issued a PIN that was known',
        );
        return this.#close(asking, { kind: 'unknown' });
      default:
        // A reversal came while the supplier was asked: it has been answered, and this answer must not be.
        this.#context.forwardingDue();
        return undefined;
    }
  }

  #outcome(stored: StoredOutcome, pins: readonly SealedPin[]): Outcome | Promise<Outcome> {
    return outcomeOf(this.#context, this.#id, this.#entry, stored, pins);
  }

  #storedOutcome(result: Exclude<SupplyResult, { kind: 'unknown' }>): StoredOutcome {
    if (result.kind === 'refused') return storedRefusal(result.reason, result.supplierReason);
    if (result.kind === 'unavailable') return storedRefusal('supplier-down');
    return suppliedOutcome(this.#context, this.#product.code, result);
  }
}

/** The next one that may still be asked; those before it are passed over for good. */
function nextReady(others: Supplier[]): Supplier | undefined {
  for (;;) {
    const next = others.shift();
    if (!next || next.ready()) return next;
  }
}
