/**
 * Forwarding: what a supplier must still be told or asked, again and again until it answers, across restarts.
 * Each entry has its own schedule, so one dead supplier does not hold up another. An attempt is counted on
 * disk before it is sent. At most `forwardingsAtOnceMax` are under way; the rest wait in the store.
 *
 * Stops before the count is committed: the same attempt again. Stops after it, or before the supplier's answer
 * is recorded: the next attempt, marked as a repeat; the supplier acts once per reference. One that was ended
 * meanwhile, by an operator or another answer, or counted by another process on the same journal, cannot be counted,
 * and so is not sent.
 */
import { safeText } from '../base/errors.js';
import type { Forwarding, StoredTransaction } from '../store/store.js';
import type { Supplier, SupplyOrder } from '../supply/supply.js';
import type { SwitchContext } from './context.js';
import { issuedPins, orderOf, rememberingOf, storedRefusal, suppliedOutcome } from './records.js';

/** Entries looked at in one round. */
const ROUND_MAX = 256;
/** When nothing is known to be due, the store is looked at this often all the same. */
const IDLE_MS = 60_000;
/** Where the store could not be read or written (full, busy), it is left alone for this long. */
const STORE_REST_MS = 2_000;

export class Forwarder {
  readonly #context: SwitchContext;
  readonly #underWay = new Set<number>();
  #cancelTimer: () => void = () => {};
  #round: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(context: SwitchContext) {
    this.#context = context;
  }

  /** Looks for what is due, now. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#round) {
      this.#again = true;
      return;
    }
    this.#cancelTimer();
    this.#round = this.#look().finally(() => {
      this.#round = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.wake();
    });
  }

  /** No new attempt after this; resolves when none is being started. Attempts under way are abandoned to the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#round;
  }

  async #look(): Promise<void> {
    try {
      const entries = await this.#context.store.forwardings(ROUND_MAX);
      const now = this.#context.clock.now();
      let nextAt = now + IDLE_MS;
      for (const entry of entries) {
        if (this.#underWay.has(entry.id)) continue;
        if (entry.nextAt > now && entry.nextAt <= now + this.#longestWait()) {
          nextAt = Math.min(nextAt, entry.nextAt);
        } else if (this.#underWay.size < this.#context.limits.forwardingsAtOnceMax) {
          this.#underWay.add(entry.id);
          void this.#attempt(entry);
        }
      }
      if (!this.#stopped) this.#cancelTimer = this.#context.clock.after(nextAt - now, () => this.wake());
    } catch (error) {
      this.#context.log.error({ error: safeText(error) }, 'forwardings could not be read');
      if (!this.#stopped) this.#cancelTimer = this.#context.clock.after(STORE_REST_MS, () => this.wake());
    }
  }

  async #attempt(entry: Forwarding): Promise<void> {
    const { transaction, kind } = entry;
    const attempt = entry.attempts + 1;
    const safe = { transaction: transaction.id, supplier: transaction.supplier, kind, attempt };
    try {
      const nextAt = this.#context.clock.now() + this.#wait(attempt);
      if (!(await this.#context.store.countAttempt(entry.id, entry.attempts, nextAt))) return;
      const supplier = this.#context.suppliers.get(transaction.supplier);
      if (!supplier) this.#context.log.error(safe, 'forwarding to a supplier that is not configured');
      else if (await this.#perform(entry, supplier, attempt))
        this.#context.log.info(safe, 'forwarding answered');
      else this.#context.log.warn(safe, 'forwarding not answered, will be repeated');
    } catch (error) {
      this.#context.log.error(
        { ...safe, error: safeText(error) },
        'forwarding failed here, will be repeated',
      );
      // Still counted as under way: tried again at once, a full disk would keep this process busy with nothing else.
      await new Promise<void>((resolve) => void this.#context.clock.after(STORE_REST_MS, resolve));
    } finally {
      this.#underWay.delete(entry.id);
      this.wake();
    }
  }

  /** True where the doubt has ended. */
  async #perform(entry: Forwarding, supplier: Supplier, attempt: number): Promise<boolean> {
    const { store, clock, times, log } = this.#context;
    const order = this.#order(entry.transaction);
    if (entry.kind === 'reversal') {
      const undone = await supplier.reverse(order, attempt, times.forwardMs);
      if (undone.kind !== 'undone') return false;
      if (!(await store.settleForwarding(entry.id))) {
        // Only where an operator ended it by hand while the supplier was being told.
        log.error({ transaction: entry.id }, 'the supplier undid what was no longer to be undone');
      }
      return true;
    }
    const result = await supplier.inquire(order, times.forwardMs);
    if (result.kind === 'unknown' || result.kind === 'unavailable') return false;
    const { id, reference, product } = entry.transaction;
    const approved = result.kind === 'approved';
    const closed = await store.close({
      id,
      reference,
      state: approved ? 'approved' : 'declined',
      outcome: approved
        ? suppliedOutcome(this.#context, product, result)
        : storedRefusal(result.reason, result.supplierReason),
      closedAt: clock.now(),
      issued: issuedPins(this.#context, supplier.name, product, result),
      forward: undefined,
      remember: rememberingOf(this.#context, entry.transaction),
    });
    // A PIN that was known already: the supplier is wrong, and an operator has to look; it stays doubtful.
    return closed.kind !== 'issued-before';
  }

  /** Nothing waits longer: what seems to was put off by a clock that has been set back since, and is due. */
  #longestWait(): number {
    return 2 * Math.max(IDLE_MS, ...this.#context.times.forwardWaitsMs);
  }

  #wait(attempt: number): number {
    const waits = this.#context.times.forwardWaitsMs;
    const wait = waits[Math.min(attempt, waits.length) - 1] ?? IDLE_MS;
    return wait + this.#context.random.int(Math.ceil(wait / 4));
  }

  #order(transaction: StoredTransaction): SupplyOrder {
    const { account, reference } = transaction;
    const opened = account ? this.#context.vault.openAccount(account) : '';
    return orderOf(this.#context, transaction, reference, opened);
  }
}
