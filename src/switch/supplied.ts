/**
 * What a supplier performs: an account's credit, or a PIN issued at the moment of sale.
 *
 *   open committed (supplier, our reference)  ->  asked  ->  close committed  ->  answered
 *
 * Stops after open, supplier asked or not: pending; recovery ends the doubt (recovery.ts). Stops after the
 * supplier's answer, before close: the same; the supplier knows one reference, so it acts once. The next
 * supplier is tried only after a definite "nothing done", under a new reference that is committed first.
 * No definite answer in time: declined as late, and the undoing is recorded in the same commit.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Product } from '../domain/product.js';
import type { JournalEntry, StoredOutcome } from '../store/store.js';
import type { Supplier, SupplyOrder, SupplyResult } from '../supply/supply.js';
import type { SwitchContext } from './context.js';
import { endDoubt } from './doubt.js';
import { issuedPins, outcomeOf, storedRefusal, suppliedOutcome } from './records.js';
import { metOutcome } from './repeats.js';

interface Attempt {
  readonly supplier: Supplier;
  readonly reference: string;
}

export function supply(
  context: SwitchContext,
  entry: JournalEntry,
  product: Product,
  account: string,
): Promise<Outcome | undefined> {
  const original = context.atSuppliers.get(entry.key);
  if (original) {
    return original.fingerprint === entry.fingerprint
      ? original.answer
      : Promise.resolve(plainOutcome('duplicate'));
  }
  if (context.atSuppliers.size >= context.limits.atSuppliersMax)
    return Promise.resolve(plainOutcome('malfunction'));
  const answer = new SuppliedTransaction(context, entry, product, account)
    .run()
    .finally(() => context.atSuppliers.delete(entry.key));
  context.atSuppliers.set(entry.key, { fingerprint: entry.fingerprint, answer });
  return answer;
}

class SuppliedTransaction {
  readonly #context: SwitchContext;
  readonly #entry: JournalEntry;
  readonly #product: Product;
  readonly #account: string;
  readonly #deadlineAt: number;
  #id = 0;

  constructor(context: SwitchContext, entry: JournalEntry, product: Product, account: string) {
    this.#context = context;
    this.#entry = entry;
    this.#product = product;
    this.#account = account;
    this.#deadlineAt = entry.receivedAt + context.times.saleMs;
  }

  async run(): Promise<Outcome | undefined> {
    const { store } = this.#context;
    const route = this.#route();
    const first = route.shift();
    if (!first) {
      const declined = await store.decline(this.#entry, storedRefusal('supplier-down'));
      if (declined.kind !== 'opened') return metOutcome(this.#context, this.#entry, declined);
      return { ...plainOutcome('supplier-down'), transactionId: declined.id };
    }
    let attempt = this.#attempt(first);
    const opened = await store.open({
      entry: this.#entry,
      supplier: first.name,
      reference: attempt.reference,
      deadlineAt: this.#deadlineAt,
      doubt: first.doubt,
    });
    if (opened.kind !== 'opened') return metOutcome(this.#context, this.#entry, opened);
    this.#id = opened.id;
    for (;;) {
      const result = await this.#perform(attempt);
      const next = result.kind === 'unavailable' && this.#timeLeft() > 0 ? route.shift() : undefined;
      if (!next) return this.#close(attempt, result);
      attempt = this.#attempt(next);
      const rerouted = await store.reroute(this.#id, {
        supplier: next.name,
        reference: attempt.reference,
        deadlineAt: this.#deadlineAt,
        doubt: next.doubt,
      });
      if (!rerouted) return undefined;
    }
  }

  /** Suppliers of the product's route that may be asked now, in order of preference. */
  #route(): Supplier[] {
    return this.#product.route.flatMap((name) => {
      const supplier = this.#context.suppliers.get(name);
      return supplier?.ready() ? [supplier] : [];
    });
  }

  #attempt(supplier: Supplier): Attempt {
    return { supplier, reference: this.#context.names.reference() };
  }

  #timeLeft(): number {
    return this.#deadlineAt - this.#context.clock.now();
  }

  #perform({ supplier, reference }: Attempt): Promise<SupplyResult> {
    const entry = this.#entry;
    const order: SupplyOrder = {
      reference,
      service: this.#product.kind === 'pin' ? 'pin-sale' : 'account-credit',
      product: this.#product.code,
      account: this.#account,
      region: entry.region,
      amount: entry.amount,
      currency: entry.currency,
      quantity: entry.quantity,
      merchant: entry.merchant,
      terminal: entry.terminal,
      orderedAt: entry.receivedAt,
    };
    return supplier.perform(order, Math.max(1, this.#timeLeft()));
  }

  async #close(attempt: Attempt, result: SupplyResult): Promise<Outcome | undefined> {
    const { store, clock } = this.#context;
    if (result.kind === 'unknown') {
      const stands = await endDoubt(this.#context, {
        id: this.#id,
        ...attempt,
        doubt: attempt.supplier.doubt,
      });
      return stands ? { ...plainOutcome('late'), transactionId: this.#id } : undefined;
    }
    const stored = this.#storedOutcome(result);
    const closed = await store.close({
      id: this.#id,
      reference: attempt.reference,
      state: stored.reason === 'approved' ? 'approved' : 'declined',
      outcome: stored,
      closedAt: clock.now(),
      issued: issuedPins(this.#context, attempt.supplier.name, this.#product.code, result),
      forward: undefined,
    });
    switch (closed.kind) {
      case 'closed':
        return outcomeOf(this.#context, this.#id, this.#entry, stored, closed.pins);
      case 'issued-before':
        this.#context.log.error(
          { transaction: this.#id, supplier: attempt.supplier.name },
          'supplier issued a PIN that was known',
        );
        return this.#close(attempt, { kind: 'unknown' });
      default:
        // A reversal came while the supplier was asked: it has been answered, and this answer must not be.
        this.#context.forwardingDue();
        return undefined;
    }
  }

  #storedOutcome(result: Exclude<SupplyResult, { kind: 'unknown' }>): StoredOutcome {
    if (result.kind === 'refused') return storedRefusal(result.reason, result.supplierReason);
    if (result.kind === 'unavailable') return storedRefusal('supplier-down');
    return suppliedOutcome(this.#context, this.#product.code, result);
  }
}
