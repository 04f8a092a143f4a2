/**
 * A transaction's effects: applied whole, in the commit that enters it, or refused; taken back in the commit that
 * ends it otherwise than approved. A transaction without effects costs nothing here. At a member switch that was told
 * to stop no merchant has money: what was leased here may be spent elsewhere, by a later copy of these books.
 */
import { type Effects, PERFORMER, type Posting, type Refusal, type Reward } from '../../ledgerVerbs.js';
import { unpackEffects } from '../crossing/effects.js';
import type { Connection } from '../engine.js';
import type { ChangeLog } from '../network/changeLog.js';
import { assertBalanced, Ledger } from './ledger.js';
import { Usage } from './usage.js';

export interface MoneyLimits {
  /** Ledger accounts, and subjects of limits, that wait in memory. */
  readonly accountsMax: number;
}

/** `receiptId` is 0 where nothing was due. */
export interface Rewarded {
  readonly effects: Effects;
  readonly receiptId: number;
}

/** Who performs what no supplier performs. */
const STOCK = 'stock';

/** What of a journal row decides. */
interface Row {
  readonly id: number;
  readonly supplier: string;
  readonly effects: string | null;
}

export class Money {
  readonly ledger: Ledger;
  readonly usage: Usage;
  readonly #log: ChangeLog;

  constructor(db: Connection, log: ChangeLog, { accountsMax }: MoneyLimits) {
    this.#log = log;
    this.ledger = new Ledger(db, accountsMax);
    this.usage = new Usage(db, accountsMax);
  }

  /** Undefined where they may be applied. Changes nothing. */
  refusal(effects: Effects): Refusal | undefined {
    assertBalanced(effects.postings);
    return this.usage.refusal(effects.usage) ?? (this.#covers(effects.postings) ? undefined : 'credit-short');
  }

  #covers(postings: readonly Posting[]): boolean {
    const isLimited = (): boolean => postings.some(({ floor, amount }) => floor !== null && amount < 0);
    return !(this.#log.isStopped && isLimited()) && this.ledger.covers(postings);
  }

  /** The effects with the purchase counted, and rewarded where that is due. Changes nothing. */
  rewarded({ postings, usage }: Effects, reward: Reward): Rewarded {
    const { subject, window, period, by, every, amount, receiptId } = reward;
    assertBalanced(reward.postings);
    const bought = { subject, window, period, countMax: null, amountMax: null, amount };
    const before = this.usage.standing(bought);
    const reached = by === 'count' ? before.count + 1 : before.amount + amount;
    const given = { ...bought, subject: `${subject} given` };
    const due = Math.floor(reached / every) - this.usage.standing(given).amount;
    if (due <= 0) return { effects: { postings, usage: [...usage, bought] }, receiptId: 0 };
    const added = reward.postings.map((one) => ({ ...one, amount: one.amount * due }));
    return {
      effects: { postings: [...postings, ...added], usage: [...usage, bought, { ...given, amount: due }] },
      receiptId,
    };
  }

  /** After refusal() said nothing. `supplier` is '' where our own stock performs. */
  hold(id: number, { postings, usage }: Effects, supplier: string, at: number): void {
    this.ledger.post(id, performedBy(postings, supplier), 1, at);
    this.usage.add(usage);
  }

  /** It was declined, undone or reversed. */
  release(row: Row, at: number): void {
    if (row.effects === null) return;
    const { postings, usage } = unpackEffects(row.effects);
    this.ledger.post(row.id, performedBy(postings, row.supplier), -1, at);
    this.usage.giveBack(usage);
  }

  /** It was done after all: applied again, whatever the floors and limits say. */
  restore(row: Row, at: number): void {
    if (row.effects !== null) this.hold(row.id, unpackEffects(row.effects), row.supplier, at);
  }

  /** Another supplier performs it: what the first one is owed moves over. */
  reroute(row: Row, supplier: string, at: number): void {
    if (row.effects === null || row.supplier === supplier) return;
    const owed = unpackEffects(row.effects).postings.filter(({ account }) => account === PERFORMER);
    this.ledger.post(row.id, performedBy(owed, row.supplier), -1, at);
    this.ledger.post(row.id, performedBy(owed, supplier), 1, at);
  }

  /** Before each commit. */
  write(): void {
    this.ledger.write();
    this.usage.write();
  }

  /** After each rollback, and where another process committed. */
  forget(): void {
    this.ledger.forget();
    this.usage.forget();
  }
}

function performedBy(postings: readonly Posting[], supplier: string): readonly Posting[] {
  const performer = `${PERFORMER}${supplier === '' ? STOCK : supplier}`;
  return postings.map((posting) =>
    posting.account === PERFORMER ? { ...posting, account: performer } : posting,
  );
}
