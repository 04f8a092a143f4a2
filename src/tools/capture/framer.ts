/**
 * Cuts the bytes of each direction into frames, with the cutters of the transport. Where the framing is broken, bytes
 * are missing or the capture starts in mid-stream, bytes are passed over up to a segment that begins with frames that
 * look like messages; a fault says what was passed over and why. Keeps an unfinished frame of each direction.
 */
import { SafeError } from '../../base/errors.js';
import type { Direction } from '../../capture/types.js';
import type { Cutter, Frame, Framing } from '../../transport/index.js';
import type { StreamBytes, StreamEvent, TrafficConnection, TrafficEvent } from './events.js';
import { looksLikeMessage, MESSAGE_BYTES_MIN } from './plausible.js';

/** One direction of a connection. */
interface Lane {
  cutter: Cutter;
  /** Bytes of the frame that has begun. */
  begun: number;
  lost: Lost | undefined;
}

/** Where no frame is known to begin. */
interface Lost {
  readonly why: string;
  readonly offset: number;
  /** Passed over so far, those of the candidate included. */
  bytes: number;
  candidate: Candidate | undefined;
}

/** A frame that may have begun with a segment, and is not whole yet. */
interface Candidate {
  readonly cutter: Cutter;
  /** What of it has come. */
  bytes: number;
  /** Whether a message seems to begin in it; undefined where that cannot be told yet. */
  readonly looksRight: boolean | undefined;
}

type Lanes = Readonly<Record<Direction, Lane>>;
type Cut = Frame | 'keep-alive';

interface Trial {
  readonly cuts: readonly Cut[];
  readonly failed: boolean;
  readonly unfinished: boolean;
}

const NOTHING = Buffer.alloc(0);
const BINARY_LENGTH_BYTES = 2;

export class Framer {
  readonly #framing: Framing;
  readonly #emit: (event: TrafficEvent) => void;
  readonly #lanes = new Map<TrafficConnection, Lanes>();
  #frames = 0;

  constructor(framing: Framing, emit: (event: TrafficEvent) => void) {
    this.#framing = framing;
    this.#emit = emit;
  }

  /** `isMessage`: the bytes are one message without framing. */
  take(event: StreamEvent, isMessage = false): void {
    if (event.kind === 'bytes') {
      if (isMessage) this.#frame(event, NOTHING, event.bytes);
      else this.#bytes(event);
      return;
    }
    if (event.kind === 'close') this.#end(event);
    this.#emit(event);
    if (event.kind === 'open') this.#begin(event.connection, event.offset);
    else if (event.kind === 'gap') this.#gap(event.connection, event.direction, event.offset);
  }

  #begin(connection: TrafficConnection, offset: number): void {
    const lane = (): Lane => {
      const isMidStream = connection.serverKnownBy !== 'syn';
      const lost = isMidStream ? lostAt('the capture starts in mid-stream', offset) : undefined;
      return { cutter: this.#framing.cutter(), begun: 0, lost };
    };
    this.#lanes.set(connection, { 'to-server': lane(), 'to-client': lane() });
  }

  #bytes(event: StreamBytes): void {
    const lane = this.#lanes.get(event.connection)?.[event.direction];
    if (!lane) return;
    if (lane.lost) this.#seek(lane, lane.lost, event);
    else this.#cut(lane, event);
  }

  #cut(lane: Lane, event: StreamBytes): void {
    const { cutter } = lane;
    const before = lane.begun;
    lane.begun += event.bytes.length;
    try {
      cutter.push(event.bytes);
      for (let cut = cutter.next(); cut !== undefined; cut = cutter.next()) this.#give(lane, event, cut);
      if (!cutter.unfinished) lane.begun = 0;
    } catch (error) {
      if (!(error instanceof SafeError)) throw error;
      // What came before may have been no frame, and this segment may begin one.
      const isStart = before > 0 && lane.begun > event.bytes.length;
      lane.lost = lostAt(error.message, event.offset, isStart ? before : lane.begun);
      if (isStart) this.#seek(lane, lane.lost, event);
    }
  }

  #give(lane: Lane, event: StreamBytes, cut: Cut): void {
    const { connection, direction, timeUs, offset } = event;
    if (cut === 'keep-alive') {
      lane.begun -= this.#framing.wireLength(NOTHING, NOTHING);
      this.#emit({ kind: 'keep-alive', connection, direction, timeUs, offset });
    } else {
      lane.begun -= this.#framing.wireLength(cut.header, cut.body);
      this.#frame(event, cut.header, cut.body);
    }
  }

  #frame({ connection, direction, timeUs, offset }: StreamBytes, header: Buffer, body: Buffer): void {
    this.#frames += 1;
    this.#emit({ kind: 'frame', number: this.#frames, connection, direction, timeUs, offset, header, body });
  }

  /** Looks whether frames begin with this segment, or whether one that began before is whole with it. */
  #seek(lane: Lane, lost: Lost, event: StreamBytes): void {
    const { bytes } = event;
    const cutter = this.#framing.cutter();
    const trial = attempt(cutter, bytes);
    if (isFound(trial)) {
      this.#found(lane, lost, event, cutter, trial.cuts, bytes.length);
      return;
    }
    const { candidate } = lost;
    if (candidate) {
      const continued = attempt(candidate.cutter, bytes);
      candidate.bytes += bytes.length;
      if (isFound(continued)) {
        lost.bytes -= candidate.bytes - bytes.length;
        this.#found(lane, lost, event, candidate.cutter, continued.cuts, candidate.bytes);
        return;
      }
      if (continued.failed || continued.cuts.length > 0) lost.candidate = undefined;
    }
    lost.bytes += bytes.length;
    if (trial.failed || trial.cuts.length > 0) return;
    const looksRight = this.#looksRight(bytes);
    if (looksRight === false || (lost.candidate && !looksRight)) return;
    if (lost.candidate?.looksRight !== true) lost.candidate = { cutter, bytes: bytes.length, looksRight };
  }

  /** Whether a message follows where the framing's own bytes end. */
  #looksRight(bytes: Buffer): boolean | undefined {
    const before = this.#framing.wireLength(NOTHING, NOTHING) + this.#framing.ownHeader.length;
    if (bytes.length < before + MESSAGE_BYTES_MIN) return undefined;
    return looksLikeMessage(bytes.subarray(before));
  }

  #found(
    lane: Lane,
    lost: Lost,
    event: StreamBytes,
    cutter: Cutter,
    cuts: readonly Cut[],
    bytes: number,
  ): void {
    if (lost.bytes > 0) this.#tell(lost, event.connection, event.direction, event.timeUs, '');
    lane.lost = undefined;
    lane.cutter = cutter;
    lane.begun = bytes;
    for (const cut of cuts) this.#give(lane, event, cut);
    if (!cutter.unfinished) lane.begun = 0;
  }

  #gap(connection: TrafficConnection, direction: Direction, offset: number): void {
    const lane = this.#lanes.get(connection)?.[direction];
    if (!lane) return;
    if (lane.lost) lane.lost.candidate = undefined;
    else lane.lost = lostAt('bytes are missing from the capture', offset, lane.begun);
    lane.begun = 0;
  }

  #end(event: Extract<TrafficEvent, { kind: 'close' }>): void {
    const { connection, timeUs, offset } = event;
    const lanes = this.#lanes.get(connection);
    this.#lanes.delete(connection);
    if (!lanes) return;
    for (const direction of ['to-server', 'to-client'] as const) {
      const { lost, begun, cutter } = lanes[direction];
      if (lost && lost.bytes > 0)
        this.#tell(lost, connection, direction, timeUs, '; no frame was found behind it');
      if (lost || begun === 0) continue;
      // Lengths in digits look like digits: of them the hint would say nothing new.
      const isBinary = this.#framing.wireLength(NOTHING, NOTHING) === BINARY_LENGTH_BYTES;
      const why = `the stream ends inside a frame${isBinary ? cutter.hint : ''}`;
      this.#emit({ kind: 'fault', why, skippedBytes: begun, connection, direction, timeUs, offset });
    }
  }

  #tell(lost: Lost, connection: TrafficConnection, direction: Direction, timeUs: number, more: string): void {
    const { why, offset, bytes } = lost;
    this.#emit({
      kind: 'fault',
      why: why + more,
      skippedBytes: bytes,
      connection,
      direction,
      timeUs,
      offset,
    });
  }
}

function lostAt(why: string, offset: number, bytes = 0): Lost {
  return { why, offset, bytes, candidate: undefined };
}

function attempt(cutter: Cutter, bytes: Buffer): Trial {
  const cuts: Cut[] = [];
  try {
    cutter.push(bytes);
    for (let cut = cutter.next(); cut !== undefined; cut = cutter.next()) cuts.push(cut);
    return { cuts, failed: false, unfinished: cutter.unfinished };
  } catch (error) {
    if (!(error instanceof SafeError)) throw error;
    return { cuts, failed: true, unfinished: true };
  }
}

/** Frames that end where the segment does are no accident; of others the first must look like a message. */
function isFound({ cuts, failed, unfinished }: Trial): boolean {
  const [first] = cuts;
  if (failed || first === undefined) return false;
  return !unfinished || (first !== 'keep-alive' && looksLikeMessage(first.body));
}
