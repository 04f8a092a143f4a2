/**
 * What a fleet's run came to, counted as it happens: by service, and what else there was.
 * Maximum: one row a service and a kind of bad message, one count a response code.
 */
import type { Told } from '../books/told.js';
import { Histogram } from '../load/histogram.js';
import type { LineCounts } from './line.js';

/** Codes counted apart; others together. */
const CODES_MAX = 200;

class Row {
  /** Transactions whose first message left. */
  sent = 0;
  /** Some items of a batch are enough. */
  approved = 0;
  declined = 0;
  /** Without a final answer, however often it was repeated. */
  unanswered = 0;
  /** Messages sent again, reversals among them. */
  repeated = 0;
  /** Reversals that were accepted. */
  reversed = 0;
  readonly latencies = new Histogram();
}

export interface ServiceResult {
  readonly sent: number;
  readonly approved: number;
  readonly declined: number;
  readonly unanswered: number;
  readonly repeated: number;
  readonly reversed: number;
  /** Milliseconds from a message's leaving to its answer, repeats' too; null where none came. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
}

export class Tally {
  readonly #rows = new Map<string, Row>();
  readonly #codes = new Map<string, number>();
  readonly line: LineCounts = { connects: 0, broken: 0, cuts: 0 };
  customers = 0;
  /** Customers who found every till busy and the queue full. */
  turnedAway = 0;
  queueLongest = 0;
  /** Transactions that could not begin: no connection. */
  unreachable = 0;
  /** Answers that came when nobody waited any more; that fit no message; that could not be read. */
  late = 0;
  strangers = 0;
  unreadable = 0;
  /** Cards that were wished for when the file had no more. */
  cardsLacking = 0;

  row(label: string): Row {
    const known = this.#rows.get(label);
    if (known) return known;
    const row = new Row();
    this.#rows.set(label, row);
    return row;
  }

  /** How a transaction ended. */
  ended(label: string, told: Told | undefined): void {
    const row = this.row(label);
    if (!told || told.verdict === 'transient') row.unanswered += 1;
    else if (told.verdict === 'declined') row.declined += 1;
    else row.approved += 1;
    if (told && told.verdict !== 'approved') {
      const code = this.#codes.has(told.code) || this.#codes.size < CODES_MAX ? told.code : 'others';
      this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    }
  }

  total(member: 'sent' | 'approved' | 'declined' | 'unanswered' | 'repeated' | 'reversed'): number {
    let sum = 0;
    for (const row of this.#rows.values()) sum += row[member];
    return sum;
  }

  /** Answers other than approvals, by DE39. */
  codes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#codes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** By service, in the order of their first message; what is bad on purpose last. */
  services(): Readonly<Record<string, ServiceResult>> {
    const isBad = (label: string): number => (label.startsWith('bad') ? 1 : 0);
    const rows = [...this.#rows].sort(([a], [b]) => isBad(a) - isBad(b));
    return Object.fromEntries(rows.map(([label, row]) => [label, resultOf(row)]));
  }
}

function resultOf({ latencies, ...counts }: Row): ServiceResult {
  return {
    ...counts,
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    p999Ms: latencies.quantile(0.999),
  };
}
