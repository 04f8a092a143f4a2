/**
 * How often and how much each subject sold in the present period, counted in memory and written once a group.
 * Each kind of period has one row a subject: a later period begins it anew; an earlier one (a clock put back)
 * is held against the later one's count, and does not add to it. What is taken back is given back where its period is still the present one.
 */
import type { Refusal, UsageLimit } from '../../ledgerVerbs.js';
import type { Connection } from '../engine.js';

interface Used {
  readonly period: string;
  readonly count: number;
  readonly amount: number;
}

export class Usage {
  readonly #subjectsMax: number;
  readonly #used = new Map<string, Used>();
  readonly #moved = new Map<string, UsageLimit>();
  readonly #find;
  readonly #upsert;

  constructor(db: Connection, subjectsMax: number) {
    this.#subjectsMax = subjectsMax;
    this.#find = db.prepare<[string, string], Used>(
      'SELECT period, count, amount FROM usage WHERE subject = ? AND "window" = ?',
    );
    this.#upsert = db.prepare<[string, string, string, number, number]>(
      `INSERT INTO usage (subject, "window", period, count, amount) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (subject, "window") DO UPDATE SET period = excluded.period, count = excluded.count,
       amount = excluded.amount`,
    );
  }

  refusal(limits: readonly UsageLimit[]): Refusal | undefined {
    for (const limit of limits) {
      const { count, amount } = this.#present(limit);
      if (limit.countMax !== null && count + 1 > limit.countMax) return 'frequency-limit';
      if (limit.amountMax !== null && amount + limit.amount > limit.amountMax) return 'amount-limit';
    }
    return undefined;
  }

  /** In the limit's period. */
  standing(limit: UsageLimit): { readonly count: number; readonly amount: number } {
    return this.#present(limit);
  }

  add(limits: readonly UsageLimit[]): void {
    for (const limit of limits) {
      const { period, count, amount } = this.#present(limit);
      if (period === limit.period) {
        this.#set(limit, { period, count: count + 1, amount: amount + limit.amount });
      }
    }
  }

  giveBack(limits: readonly UsageLimit[]): void {
    for (const limit of limits) {
      const { period, count, amount } = this.#present(limit);
      if (period === limit.period && count > 0) {
        this.#set(limit, { period, count: count - 1, amount: amount - limit.amount });
      }
    }
  }

  /** Before each commit. */
  write(): void {
    for (const [key, { subject, window }] of this.#moved) {
      const used = this.#used.get(key);
      if (used) this.#upsert.run(subject, window, used.period, used.count, used.amount);
    }
    this.#moved.clear();
    if (this.#used.size > this.#subjectsMax) this.#used.clear();
  }

  /** After each rollback, and where another process committed. */
  forget(): void {
    this.#moved.clear();
    this.#used.clear();
  }

  #present(limit: UsageLimit): Used {
    const { subject, window, period } = limit;
    const key = keyOf(limit);
    const used = this.#used.get(key) ?? this.#find.get(subject, window);
    if (!used || used.period < period) return { period, count: 0, amount: 0 };
    this.#used.set(key, used);
    return used;
  }

  #set(limit: UsageLimit, used: Used): void {
    const key = keyOf(limit);
    this.#used.set(key, used);
    this.#moved.set(key, limit);
  }
}

function keyOf({ subject, window }: UsageLimit): string {
  return `${window}|${subject}`;
}
