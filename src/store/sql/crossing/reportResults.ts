/** Unpacking of what reporting.ts and settling read, on the calling side, in the order in which they pack. */
import type {
  ReconcileResult,
  Reconciliation,
  Resolution,
  ResolveResult,
  Settled,
  SettledPage,
} from '../../dayVerbs.js';
import type { JournalPage, StockLine, SumLine, SumPortion } from '../../reportVerbs.js';
import { takeTransaction } from './columns.js';
import type { Cursor } from './flat.js';
import { takeList } from './results.js';

export function takePage(input: Cursor): JournalPage {
  const after = input.number();
  return { after, transactions: takeList(input, takeTransaction) };
}

/** Of lines with so many keys and figures. */
export function portionTaker(keys: number, figures: number): (input: Cursor) => SumPortion {
  const line = (input: Cursor): SumLine => ({
    keys: input.take(keys) as string[],
    currency: input.text(),
    figures: input.take(figures) as number[],
  });
  return (input) => {
    const after = input.number();
    return { after, lines: takeList(input, line) };
  };
}

export function takeStock(input: Cursor): { readonly lines: readonly StockLine[]; readonly after: number } {
  const after = input.number();
  const line = (each: Cursor): StockLine => ({
    product: each.text(),
    supplier: each.text(),
    custody: each.text(),
    count: each.number(),
  });
  return { after, lines: takeList(input, line) };
}

export function takeSettledPage(input: Cursor): SettledPage {
  const after = input.number();
  const one = (each: Cursor): Settled => ({
    at: each.number(),
    done: each.number() === 1,
    commission: each.number(),
    transaction: takeTransaction(each),
  });
  return { after, settled: takeList(input, one) };
}

export function takeReconcileResult(input: Cursor): ReconcileResult {
  const kind = input.text() as ReconcileResult['kind'];
  switch (kind) {
    case 'repeat': {
      const reconciliation = (input.scalar() as Reconciliation | null) ?? undefined;
      return { kind, reconciliation, transaction: takeTransaction(input) };
    }
    case 'reconciled':
      return { kind, reconciliation: input.object<Reconciliation>(), id: input.number() };
    default:
      return { kind };
  }
}

export function takeResolveResult(input: Cursor): ResolveResult {
  const kind = input.text() as ResolveResult['kind'];
  switch (kind) {
    case 'resolved':
      return { kind, resolution: input.object<Resolution>() };
    case 'not-doubtful':
      return { kind, state: input.text() };
    case 'under-way':
      return { kind, until: input.number() };
    default:
      return { kind };
  }
}
