/**
 * One direction of a TCP connection: its bytes in order, each once, from segments as a capture has them. Sequence
 * numbers wrap: only differences of two are looked at, as signed 32-bit numbers. What was seen first stands. A segment
 * ahead of its turn waits, copied, until what is missing has come, or is known to be missing from the capture: the peer
 * has acknowledged it, the limits are reached, or nothing more can come.
 */
import type { CaptureLimits } from './limits.js';
import type { CaptureConnection, Closing, Direction } from './types.js';

/** What reading the connections of a capture gives. `offset`: of the packet that it comes from, in the file. */
export interface StreamSink {
  opened(connection: CaptureConnection, timeUs: number, offset: number): void;
  /** buffer[start..end), which may be held on to. */
  bytes(
    connection: CaptureConnection,
    direction: Direction,
    buffer: Buffer,
    start: number,
    end: number,
    timeUs: number,
    offset: number,
  ): void;
  /** Bytes that the capture lacks. */
  gap(
    connection: CaptureConnection,
    direction: Direction,
    bytes: number,
    timeUs: number,
    offset: number,
  ): void;
  closed(connection: CaptureConnection, how: Closing, timeUs: number, offset: number): void;
  /** A segment that no place was found for. */
  stray(
    connection: CaptureConnection,
    direction: Direction,
    why: string,
    skippedBytes: number,
    timeUs: number,
    offset: number,
  ): void;
}

interface Waiting {
  readonly sequence: number;
  readonly data: Buffer;
  readonly timeUs: number;
  readonly offset: number;
}

/** Bytes that wait in all streams of a capture together. */
export interface WaitingTotal {
  bytes: number;
}

/** How far `to` is ahead of `from`. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}

export class TcpStream {
  /** The next byte's sequence number; meaningless until it is known. */
  next = 0;
  isKnown = false;
  /** The first byte's. */
  first = 0;
  /** The sequence number of the FIN. */
  #finAt: number | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** How far the peer has acknowledged, where that is beyond `next`, and since when. */
  #acknowledged: number | undefined;
  #acknowledgedUs = 0;
  readonly #connection: CaptureConnection;
  readonly #direction: Direction;
  readonly #sink: Pick<StreamSink, 'bytes' | 'gap'>;
  readonly #limits: CaptureLimits;
  readonly #total: WaitingTotal;

  constructor(
    connection: CaptureConnection,
    direction: Direction,
    sink: Pick<StreamSink, 'bytes' | 'gap'>,
    limits: CaptureLimits,
    total: WaitingTotal,
  ) {
    this.#connection = connection;
    this.#direction = direction;
    this.#sink = sink;
    this.#limits = limits;
    this.#total = total;
  }

  begin(sequence: number): void {
    this.next = sequence;
    this.first = sequence;
    this.isKnown = true;
  }

  /** Everything up to its FIN has come. */
  get isFinished(): boolean {
    return this.#finAt !== undefined && this.isKnown && distance(this.next, this.#finAt) <= 0;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0 || (this.#finAt !== undefined && !this.isFinished);
  }

  /** False where the segment is too far ahead to belong to this stream. */
  segment(
    sequence: number,
    buffer: Buffer,
    start: number,
    end: number,
    timeUs: number,
    offset: number,
  ): boolean {
    if (!this.isKnown) this.begin(sequence);
    const ahead = distance(this.next, sequence);
    if (ahead > this.#limits.aheadBytesMax) return false;
    if (ahead > 0) {
      this.#hold({ sequence, data: Buffer.from(buffer.subarray(start, end)), timeUs, offset });
      this.#limit(timeUs, offset);
      return true;
    }
    const from = start - ahead;
    if (from >= end) return true;
    this.next = (this.next + end - from) >>> 0;
    this.#sink.bytes(this.#connection, this.#direction, buffer, from, end, timeUs, offset);
    if (this.#waiting.length > 0) this.#release(timeUs);
    return true;
  }

  fin(sequence: number): void {
    if (!this.isKnown) this.begin(sequence);
    if (distance(this.next, sequence) <= this.#limits.aheadBytesMax) this.#finAt ??= sequence;
  }

  acknowledge(sequence: number, timeUs: number): void {
    if (!this.isKnown) return;
    const ahead = distance(this.next, sequence);
    if (ahead <= 0 || ahead > this.#limits.aheadBytesMax) return;
    if (this.#acknowledged !== undefined && distance(this.#acknowledged, sequence) <= 0) return;
    if (this.#acknowledged === undefined) this.#acknowledgedUs = timeUs;
    this.#acknowledged = sequence;
  }

  /** Takes as lost what the peer has long acknowledged; where nobody acknowledges, what was missing for long. */
  settle(timeUs: number, offset: number, isPeerSilent: boolean): void {
    while (this.isWaiting && this.#isLost(timeUs, isPeerSilent)) this.#pass(timeUs, offset);
  }

  /** Nothing more can come: what waits is handed on, with what is missing before it as a gap. */
  flush(timeUs: number, offset: number): void {
    while (this.isWaiting) this.#pass(timeUs, offset);
  }

  #isLost(timeUs: number, isPeerSilent: boolean): boolean {
    const first = this.#waiting[0];
    if (isPeerSilent) return first !== undefined && timeUs - first.timeUs >= this.#limits.silentUs;
    const until = first?.sequence ?? this.#finAt;
    if (this.#acknowledged === undefined || until === undefined) return false;
    if (distance(until, this.#acknowledged) < 0) return false;
    return timeUs - this.#acknowledgedUs >= this.#limits.reorderUs;
  }

  #hold(waiting: Waiting): void {
    let at = this.#waiting.length;
    for (; at > 0; at -= 1) {
      const before = this.#waiting[at - 1] as Waiting;
      const ahead = distance(before.sequence, waiting.sequence);
      if (ahead === 0 && before.data.length >= waiting.data.length) return;
      if (ahead >= 0) break;
    }
    this.#waiting.splice(at, 0, waiting);
    this.#count(waiting.data.length);
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#total.bytes += bytes;
  }

  #limit(timeUs: number, offset: number): void {
    const { waitingBytesMax, waitingSegmentsMax, waitingTotalBytesMax } = this.#limits;
    while (
      this.#waiting.length > 0 &&
      (this.#waitingBytes > waitingBytesMax ||
        this.#waiting.length > waitingSegmentsMax ||
        this.#total.bytes > waitingTotalBytesMax)
    )
      this.#pass(timeUs, offset);
  }

  /** Passes over what is missing before the first that waits, or before the FIN. */
  #pass(timeUs: number, offset: number): void {
    const to = this.#waiting[0]?.sequence ?? this.#finAt ?? this.next;
    const missing = distance(this.next, to);
    if (missing > 0) {
      this.next = to;
      this.#sink.gap(this.#connection, this.#direction, missing, timeUs, offset);
    }
    this.#release(timeUs);
  }

  /** Hands on what waits and is no longer ahead; it is complete now, so it bears the time of now. */
  #release(timeUs: number): void {
    let released = 0;
    for (const { sequence, data, offset } of this.#waiting) {
      const ahead = distance(this.next, sequence);
      if (ahead > 0) break;
      released += 1;
      this.#count(-data.length);
      if (-ahead >= data.length) continue;
      this.next = (this.next + data.length + ahead) >>> 0;
      this.#sink.bytes(this.#connection, this.#direction, data, -ahead, data.length, timeUs, offset);
    }
    if (released > 0) this.#waiting.splice(0, released);
    if (this.#acknowledged !== undefined && distance(this.next, this.#acknowledged) <= 0)
      this.#acknowledged = undefined;
  }
}
