/** An item of a batch as it crosses between threads: packed on the calling side, taken in the same order by the worker. */
import type { Attempt, BatchItem, CardBinding, Remembering, Reward } from '../../store.js';
import { OUTCOME_SIZE, pushEntry, pushOutcome, takeEntry } from '../crossing/columns.js';
import { packEffects } from '../crossing/effects.js';
import type { Cursor, Flat } from '../crossing/flat.js';
import type { PackedCrediting } from './crediting.js';
import { NO_OUTCOME } from './journal.js';

export interface PackedItem {
  readonly number: number;
  readonly way: BatchItem['way'];
  readonly entry: Flat;
  readonly outcome: Flat;
  readonly attempt: Attempt | null;
  readonly effects: string | null;
  readonly reward: Reward | null;
  /** Way `ledger` alone. */
  readonly credit: PackedCrediting | null;
  /** Way `stock` alone. */
  readonly remember: Remembering | null;
  /** Way `card` alone. */
  readonly card: PackedCard | null;
}

/** The card that it activates, and whose stock its PIN comes from. */
interface PackedCard {
  readonly wish: CardBinding;
  readonly pinProduct: string;
}

export function pushItem(out: Flat, item: BatchItem): void {
  out.push(item.number, item.way);
  pushEntry(out, item.entry);
  if (item.way === 'supplier') out.push(...NO_OUTCOME);
  else pushOutcome(out, item.outcome);
  out.push(attemptOf(item), packEffects(item.effects));
  out.push(item.way === 'supplier' ? (item.reward ?? null) : null, creditOf(item));
  out.push(item.way === 'stock' ? (item.remember ?? null) : null);
  out.push(item.way === 'card' ? { wish: item.card, pinProduct: item.pinProduct } : null);
}

/** Its members alone: what else an object holds may not cross. */
function attemptOf(item: BatchItem): Attempt | null {
  const attempt = item.way === 'supplier' ? item.attempt : item.way === 'stock' ? item.orElse : undefined;
  if (!attempt) return null;
  const { supplier, reference, deadlineAt, doubt } = attempt;
  return { supplier, reference, deadlineAt, doubt };
}

function creditOf(item: BatchItem): PackedCrediting | null {
  if (item.way !== 'ledger') return null;
  const { effects, reward, account, remember } = item;
  return { effects, reward, account, remember };
}

export function takeItem(input: Cursor): PackedItem {
  return {
    number: input.number(),
    way: input.text() as BatchItem['way'],
    entry: takeEntry(input),
    outcome: input.take(OUTCOME_SIZE),
    attempt: input.scalar() as Attempt | null,
    effects: input.scalar() as string | null,
    reward: input.scalar() as Reward | null,
    credit: input.scalar() as PackedCrediting | null,
    remember: input.scalar() as Remembering | null,
    card: input.scalar() as PackedCard | null,
  };
}
