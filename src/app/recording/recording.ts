/**
 * One link's recording, on the writing thread: connections, their streams, and the file that they go to. A connection
 * that goes on when a new file begins is opened anew in it. After a fault nothing more is written.
 * Maximum: a connection's entry for each that is open on the link, and an unfinished frame each way.
 */
import { SafeError, safeText } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import { type SyntheticConnection, SyntheticTraffic } from '../../capture/recorder/syntheticTraffic.js';
import type { CaptureEndpoint, Direction } from '../../capture/types.js';
import { measureBy } from '../../conduit/conduit.js';
import { loadFormat } from '../../iso8583/index.js';
import { createFraming, type FramingSpec } from '../../transport/index.js';
import { type RecordingFileOptions, RecordingFiles } from './files.js';
import type { RingRecord } from './ring.js';
import { ClearStream, MaskedStream, type RecordedStream } from './stream.js';

export interface RecordingSpec extends RecordingFileOptions {
  readonly framing: FramingSpec;
  readonly frameBytesMax: number;
  readonly format: string;
}

/** How the ends of a connection go over to the writing thread. */
export interface Ends {
  readonly client: CaptureEndpoint;
  readonly server: CaptureEndpoint;
}

interface Recorded extends Ends {
  readonly streams: Readonly<Record<Direction, RecordedStream>>;
  /** In the file that is open; none before the first bytes in it. */
  shown: SyntheticConnection | undefined;
}

export class Recording {
  readonly #spec: RecordingSpec;
  readonly #files: RecordingFiles;
  readonly #newStream: () => RecordedStream;
  readonly #onStopped: (why: string) => void;
  readonly #connections = new Map<number, Recorded>();
  #traffic: SyntheticTraffic | undefined;
  /** Streams in the middle of a frame. */
  #midFrames = 0;
  #stopped = false;

  /** `onStopped` is called once at most, with what is safe to log. */
  constructor(spec: RecordingSpec, random: Random, onStopped: (why: string) => void) {
    this.#spec = spec;
    this.#files = new RecordingFiles(spec, random);
    this.#onStopped = onStopped;
    const codec = loadFormat(spec.format);
    const framing = createFraming(spec.framing, spec.frameBytesMax, measureBy(codec));
    this.#newStream =
      spec.contents === 'masked' ? () => new MaskedStream(framing, codec) : () => new ClearStream(framing);
  }

  take(record: RingRecord): void {
    this.#guarded(() => this.#take(record));
  }

  /** What was taken so far is on its way to the disk. */
  flush(): void {
    this.#guarded(() => this.#files.flush());
  }

  end(): void {
    this.#guarded(() => this.#files.end());
  }

  #guarded(task: () => void): void {
    if (this.#stopped) return;
    try {
      task();
    } catch (error) {
      this.#stopped = true;
      this.#connections.clear();
      this.#files.abandon();
      this.#onStopped(error instanceof SafeError ? error.message : safeText(error));
    }
  }

  #take({ kind, connection, bytes, timeUs, atFrame }: RingRecord): void {
    if (kind === 'opened') {
      this.#open(connection, JSON.parse(bytes.toString()) as Ends, timeUs);
      return;
    }
    const recorded = this.#connections.get(connection);
    if (!recorded || kind === 'end') return;
    if (kind === 'fin' || kind === 'rst') this.#close(connection, recorded, timeUs, kind);
    else if (kind === 'lost-to-server' || kind === 'lost-to-client')
      this.#lose(
        recorded,
        kind === 'lost-to-server' ? 'to-server' : 'to-client',
        bytes.readDoubleLE(0),
        timeUs,
      );
    else {
      const stream = recorded.streams[kind];
      const before = stream.midFrame;
      this.#write(recorded, kind, stream.push(bytes, atFrame), timeUs);
      this.#midFrames += Number(stream.midFrame) - Number(before);
    }
  }

  #open(connection: number, { client, server }: Ends, timeUs: number): void {
    const streams = { 'to-server': this.#newStream(), 'to-client': this.#newStream() };
    const recorded: Recorded = { client, server, streams, shown: undefined };
    this.#connections.set(connection, recorded);
    this.#show(recorded, timeUs);
  }

  #close(connection: number, recorded: Recorded, timeUs: number, how: 'fin' | 'rst'): void {
    for (const direction of ['to-server', 'to-client'] as const) {
      const stream = recorded.streams[direction];
      if (stream.midFrame) this.#midFrames -= 1;
      this.#write(recorded, direction, stream.end(), timeUs);
    }
    recorded.shown?.close(timeUs, how);
    this.#connections.delete(connection);
  }

  #lose(recorded: Recorded, direction: Direction, lost: number, timeUs: number): void {
    const stream = recorded.streams[direction];
    if (stream.midFrame) this.#midFrames -= 1;
    this.#write(recorded, direction, stream.lose(), timeUs);
    this.#show(recorded, timeUs).gap(direction, lost);
  }

  #write(recorded: Recorded, direction: Direction, bytes: Buffer, timeUs: number): void {
    if (bytes.length > 0) this.#show(recorded, timeUs).data(direction, bytes, timeUs);
  }

  /** The connection in the file that is open, a new file where there is none or it is full. */
  #show(recorded: Recorded, timeUs: number): SyntheticConnection {
    const midFrame = this.#spec.contents === 'encrypted' && this.#midFrames > 0;
    if (this.#files.isFull(midFrame)) {
      this.#files.end();
      for (const one of this.#connections.values()) one.shown = undefined;
    }
    if (!this.#files.open || !this.#traffic) {
      this.#files.begin(timeUs);
      this.#traffic = new SyntheticTraffic((block) => this.#files.append(block));
      this.#traffic.begin(this.#spec.name);
      // So that no file is ever found empty.
      this.#files.flush();
    }
    recorded.shown ??= this.#traffic.open(recorded.client, recorded.server, timeUs);
    return recorded.shown;
  }
}
