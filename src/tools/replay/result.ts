/** What a replay tells when it is over. All values are masked as the format says; times in milliseconds. */

export interface Latency {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** Milliseconds at PLOT_SHARES of all answers. */
  readonly curve: readonly (number | null)[];
}

/** Shares of answers at which a latency curve is told. */
export const PLOT_SHARES: readonly number[] = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999,
  0.9995, 0.9999, 1,
];

export interface ValueChange {
  readonly before: string | null;
  readonly after: string | null;
  readonly count: number;
}

/** One field, in how many answers it differs, and its most frequent changes. */
export interface FieldSummary {
  readonly path: string;
  readonly name: string;
  readonly count: number;
  readonly changes: readonly ValueChange[];
  /** Answers with changes of this field that are not listed. */
  readonly others: number;
}

export interface ToldDifference {
  readonly path: string;
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A request whose answer differs or did not come. */
export interface ToldExchange {
  /** Of the request's frame in the capture. */
  readonly frame: number;
  readonly connection: number;
  readonly mti: string;
  readonly terminal: string | null;
  /** As captured, and as sent. */
  readonly stan: string | null;
  readonly sentStan: string | null;
  /** Why there is no answer. */
  readonly silence?: 'timeout' | 'closed';
  readonly liveMs: number | null;
  readonly capturedMs: number | null;
  readonly differences: readonly ToldDifference[];
}

export interface ReplayResult {
  readonly file: string;
  readonly to: string;
  readonly pace: string;
  readonly seconds: number;
  readonly perSecond: number;
  /** Captured requests that were sent; each is one of the next four. */
  readonly frames: number;
  readonly matched: number;
  readonly different: number;
  readonly unanswered: number;
  /** The capture cannot tell what was answered. */
  readonly uncompared: number;
  readonly unansweredBy: { readonly timeout: number; readonly closed: number };
  readonly connections: number;
  /** Connections that the other side closed while requests were waiting for answers or still to be sent. */
  readonly closed: {
    readonly count: number;
    readonly listed: readonly { connection: number; frame: number }[];
  };
  readonly reconnects: number;
  /** In the capture, and not replayed. */
  readonly passedOver: {
    readonly serverRequests: number;
    readonly clientAnswers: number;
    readonly keepAlives: number;
    readonly strayAnswers: number;
    readonly unreadableAnswers: number;
  };
  /** From the other side while the replay ran. */
  readonly unasked: {
    readonly requests: number;
    readonly keepAlives: number;
    readonly strayAnswers: number;
    readonly unreadableAnswers: number;
  };
  /** Cited values whose live counterpart no answer told: sent as captured. */
  readonly uncited: number;
  readonly latency: { readonly live: Latency; readonly captured: Latency };
  /** Fields that differed and may, with the number of answers. */
  readonly declared: Readonly<Record<string, number>>;
  readonly byField: readonly FieldSummary[];
  readonly listed: readonly ToldExchange[];
  /** What could not be read of the capture. */
  readonly faults: {
    readonly count: number;
    readonly skippedBytes: number;
    readonly listed: readonly string[];
  };
  /** Why the replay ended before the capture did. */
  readonly stopped: string | null;
}
