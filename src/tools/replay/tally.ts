/**
 * Counts what becomes of a replay's requests, and keeps the first of those that need looking at.
 * Maximums: `listedMax` requests listed, 200 differences of each; 200 fields summed up, and 200 declared, 20 changes of each, values cut
 * at 200 characters; 100 closed connections and 20 faults listed. Everything beyond is counted.
 */
import type { Codec } from '../../iso8583/index.js';
import { type FieldDifference, masked, withoutOccurrence } from '../difference/difference.js';
import { Histogram } from '../load/histogram.js';
import type { Exchange } from './exchange.js';
import type { Verdict } from './judge.js';
import {
  type FieldSummary,
  type Latency,
  PLOT_SHARES,
  type ReplayResult,
  type ToldDifference,
  type ToldExchange,
} from './result.js';

export const TALLY_LIMITS = {
  fieldsMax: 200,
  changesPerFieldMax: 20,
  differencesPerAnswerMax: 200,
  valueCharactersMax: 200,
  /** Of a cut value, those shown before it parts from the other. */
  charactersBefore: 40,
  closedListedMax: 100,
  faultsListedMax: 20,
} as const;

const TERMINAL = 41;
const OTHER_FIELDS = 'others';
const STAN = 11;

interface FieldCount {
  readonly name: string;
  count: number;
  /** By before and after. */
  readonly changes: Map<string, { before: string | null; after: string | null; count: number }>;
}

type Frozen = 'file' | 'to' | 'pace' | 'seconds' | 'perSecond' | 'stopped';

export class Tally {
  readonly counts = { matched: 0, different: 0, unanswered: 0, uncompared: 0 };
  readonly unansweredBy = { timeout: 0, closed: 0 };
  readonly passedOver = {
    serverRequests: 0,
    clientAnswers: 0,
    keepAlives: 0,
    strayAnswers: 0,
    unreadableAnswers: 0,
  };
  readonly unasked = { requests: 0, keepAlives: 0, strayAnswers: 0, unreadableAnswers: 0 };
  frames = 0;
  connections = 0;
  reconnects = 0;
  uncited = 0;
  readonly #codec: Codec;
  readonly #listedMax: number;
  readonly #live = new Measured();
  readonly #captured = new Measured();
  readonly #declared = new Map<string, number>();
  readonly #fields = new Map<string, FieldCount>();
  readonly #listed: ToldExchange[] = [];
  readonly #closed: { connection: number; frame: number }[] = [];
  #closedCount = 0;
  readonly #faults: string[] = [];
  #faultCount = 0;
  #skippedBytes = 0;

  constructor(codec: Codec, listedMax: number) {
    this.#codec = codec;
    this.#listedMax = listedMax;
  }

  declared(path: string): void {
    const isListed = this.#declared.has(path) || this.#declared.size < TALLY_LIMITS.fieldsMax;
    const name = isListed ? path : OTHER_FIELDS;
    this.#declared.set(name, (this.#declared.get(name) ?? 0) + 1);
  }

  fault(why: string, offset: number, skippedBytes: number): void {
    this.#faultCount += 1;
    this.#skippedBytes += skippedBytes;
    if (this.#faults.length >= TALLY_LIMITS.faultsListedMax) return;
    this.#faults.push(`at byte ${offset}: ${why} (${skippedBytes} bytes passed over)`);
  }

  /** What the other side did that no request tells of; with the faults. */
  note(why: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < TALLY_LIMITS.faultsListedMax) this.#faults.push(why);
  }

  closed(connection: number, frame: number): void {
    this.#closedCount += 1;
    if (this.#closed.length < TALLY_LIMITS.closedListedMax) this.#closed.push({ connection, frame });
  }

  settled(exchange: Exchange, { kind, differences }: Verdict): void {
    this.counts[kind] += 1;
    if (exchange.live === 'answered') this.#live.add(exchange.liveMs);
    const capturedMs = capturedMsOf(exchange);
    if (capturedMs !== null) this.#captured.add(capturedMs);
    if (kind === 'matched' || kind === 'uncompared') return;
    if (kind === 'unanswered') this.unansweredBy[exchange.live === 'timeout' ? 'timeout' : 'closed'] += 1;
    const told = differences.slice(0, TALLY_LIMITS.differencesPerAnswerMax).map((one) => this.#told(one));
    this.#sumUp(told);
    if (this.#listed.length < this.#listedMax) this.#listed.push(toldExchange(exchange, told, capturedMs));
  }

  result(of: Pick<ReplayResult, Frozen>): ReplayResult {
    const { frames, connections, reconnects, uncited, passedOver, unasked, unansweredBy } = this;
    return {
      ...of,
      frames,
      ...this.counts,
      unansweredBy,
      connections,
      closed: { count: this.#closedCount, listed: this.#closed },
      reconnects,
      passedOver,
      unasked,
      uncited,
      latency: { live: this.#live.told(), captured: this.#captured.told() },
      declared: Object.fromEntries([...this.#declared].sort(byFieldNumber)),
      byField: [...this.#fields].map(fieldSummary).sort((a, b) => b.count - a.count),
      listed: this.#listed.toSorted((a, b) => a.frame - b.frame),
      faults: { count: this.#faultCount, skippedBytes: this.#skippedBytes, listed: this.#faults },
    };
  }

  #told(difference: FieldDifference): ToldDifference {
    const { path, name, before, after } = masked(this.#codec, difference);
    // Two values that the mask makes one are not to look the same.
    const hides = before !== undefined && before === after;
    const from = hides ? 0 : firstShown(before, after);
    return { path, name, before: cut(before, from), after: hides ? `${after} (another)` : cut(after, from) };
  }

  #sumUp(differences: readonly ToldDifference[]): void {
    for (const { path: full, name, before, after } of differences) {
      const path = withoutOccurrence(full);
      let field = this.#fields.get(path);
      if (!field) {
        if (this.#fields.size >= TALLY_LIMITS.fieldsMax) continue;
        field = { name, count: 0, changes: new Map() };
        this.#fields.set(path, field);
      }
      field.count += 1;
      const key = `${before ?? ''}\u0000${after ?? ''}\u0000${before === null}${after === null}`;
      const change = field.changes.get(key);
      if (change) change.count += 1;
      else if (field.changes.size < TALLY_LIMITS.changesPerFieldMax)
        field.changes.set(key, { before, after, count: 1 });
    }
  }
}

class Measured {
  readonly #histogram = new Histogram();
  #max: number | null = null;

  add(ms: number): void {
    this.#histogram.add(ms);
    if (this.#max === null || ms > this.#max) this.#max = ms;
  }

  told(): Latency {
    const { total: count } = this.#histogram;
    // A bucket's upper bound may lie above the largest value.
    const at = (share: number): number | null => {
      const ms = this.#histogram.quantile(share);
      return ms === null || this.#max === null ? null : Math.min(ms, this.#max);
    };
    return {
      count,
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
      max: this.#max,
      // Beyond what so few answers can tell, a curve would end in a flat line.
      curve: PLOT_SHARES.map((share) => (share === 1 || (1 - share) * count >= 1 ? at(share) : null)),
    };
  }
}

function capturedMsOf({ captured, answeredAtUs, timeUs }: Exchange): number | null {
  // A hex list without times tells none.
  return captured === 'answered' && timeUs > 0 ? (answeredAtUs - timeUs) / 1000 : null;
}

function toldExchange(
  exchange: Exchange,
  differences: readonly ToldDifference[],
  capturedMs: number | null,
): ToldExchange {
  const { number, connection, request, live, liveMs, sent } = exchange;
  return {
    frame: number,
    connection,
    mti: request?.mti ?? '?',
    terminal: request?.text(TERMINAL) ?? null,
    stan: request?.text(STAN) ?? null,
    sentStan: sent?.text(STAN) ?? null,
    ...(live === 'timeout' || live === 'closed' ? { silence: live } : {}),
    liveMs: live === 'answered' ? liveMs : null,
    capturedMs,
    differences,
  };
}

function fieldSummary([path, { name, count, changes }]: [string, FieldCount]): FieldSummary {
  const listed = [...changes.values()].sort((a, b) => b.count - a.count);
  return {
    path,
    name,
    count,
    changes: listed,
    others: count - listed.reduce((sum, one) => sum + one.count, 0),
  };
}

/** Where a cut of two long values begins, so that it shows where they part. */
function firstShown(before = '', after = ''): number {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  return same < TALLY_LIMITS.valueCharactersMax ? 0 : same - TALLY_LIMITS.charactersBefore;
}

function cut(text: string | undefined, from: number): string | null {
  if (text === undefined) return null;
  const most = TALLY_LIMITS.valueCharactersMax;
  if (text.length <= most) return text;
  const shown = text.slice(from, from + most);
  return `${from > 0 ? '…' : ''}${shown}${from + most < text.length ? '…' : ''} (${text.length} characters)`;
}

function numberOf(path: string): number {
  return path === OTHER_FIELDS ? Number.MAX_SAFE_INTEGER : Number.parseInt(path, 10);
}

function byFieldNumber([one]: [string, number], [other]: [string, number]): number {
  return numberOf(one) - numberOf(other) || one.localeCompare(other);
}
