/**
 * The verbs that read the journal at large: page by page by id, or summed up portion by portion, so that neither
 * store nor caller ever holds it whole. A portion looks at no more than a named number of rows; the caller goes on
 * after the id that it is told, until that is the span's last.
 */
import type { TransactionState } from '../domain/transaction.js';
import type { StoredTransaction } from './entry.js';

/** Journal ids `after` < id <= `last`. */
export interface IdSpan {
  readonly after: number;
  readonly last: number;
}

/** Members that are '' (or 0) do not choose. */
export interface JournalFilter {
  /** Received from then on, milliseconds since the epoch. */
  readonly from: number;
  /** Received before then; 0: no end. */
  readonly to: number;
  readonly merchant: string;
  readonly terminal: string;
  readonly product: string;
  /** A supplier's name; `stock`: our own PINs; `ledger`: accounts managed here. */
  readonly supplier: string;
  readonly service: string;
  readonly state: TransactionState | '';
  readonly reason: string;
}

export interface PageQuery extends IdSpan {
  readonly filter: JournalFilter;
  /** Transactions told at most. */
  readonly limit: number;
}

export interface JournalPage {
  /** By id, ascending. */
  readonly transactions: readonly StoredTransaction[];
  /** Where to go on; `last` where there is nothing more. */
  readonly after: number;
}

export const GROUP_KEYS = ['day', 'merchant', 'terminal', 'product', 'supplier'] as const;
export type GroupKey = (typeof GROUP_KEYS)[number];

export interface SumQuery extends IdSpan {
  readonly filter: JournalFilter;
  readonly by: readonly GroupKey[];
  /** Minutes east of UTC: where days begin. */
  readonly utcOffsetMinutes: number;
}

/** One group's line of a portion: the same group may come again in the next. */
export interface SumLine {
  /** In the order of the query's `by`. */
  readonly keys: readonly string[];
  /** ISO 4217 numeric. */
  readonly currency: string;
  /** In the order of the verb's own list. */
  readonly figures: readonly number[];
}

export interface SumPortion {
  readonly lines: readonly SumLine[];
  readonly after: number;
}

/** sumSales: what stands, what was sold and undone, and how many were declined and are open. Amounts in minor units. */
export const SALES_FIGURES = ['sold', 'amount', 'undone', 'undoneAmount', 'declined', 'open'] as const;
/** sumCommission: sales that stand and earned one, their amount, and the commission. */
export const COMMISSION_FIGURES = ['sold', 'amount', 'commission'] as const;

/** PINs by product, supplier and custody. */
export interface StockLine {
  readonly product: string;
  readonly supplier: string;
  readonly custody: string;
  readonly count: number;
}

export interface ReportVerbs {
  /** The ids that hold everything received between two moments (`to` 0: until now), and little more. */
  span(from: number, to: number): Promise<IdSpan>;
  page(query: PageQuery): Promise<JournalPage>;
  sumSales(query: SumQuery): Promise<SumPortion>;
  sumCommission(query: SumQuery): Promise<SumPortion>;
  /** One portion of the stock, after a PIN's id; `after` 0 where there is nothing more. */
  sumStock(after: number): Promise<{ readonly lines: readonly StockLine[]; readonly after: number }>;
}
