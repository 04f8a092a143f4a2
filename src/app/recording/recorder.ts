/**
 * Recordings of links, on the thread that has the sockets. All it does for a message is to copy its bytes into the
 * ring; where that has no room they are left out, counted, and the place is marked once there is room again: a
 * recording never holds up a sale, nor fails one. One that cannot go on (disk full, folder gone) stops alone, with one
 * line in the log and a counter; it begins again at the next start.
 * Maximums: the ring; an entry for each connection whose end could not be told yet.
 */
import { accessSync, constants } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.js';
import { SafeError, safeText } from '../../base/errors.js';
import { makeFolder } from '../../base/folder.js';
import type { Log } from '../../base/log.js';
import type { Direction } from '../../capture/types.js';
import type { ConnectionTap, Counters, End, LinkTap } from '../../transport/index.js';
import type { Ends, RecordingSpec } from './recording.js';
import { type RecordKind, Ring } from './ring.js';
import { microseconds } from './stamp.js';
import type { RecordingNotice, RecordingStart } from './worker.js';

/** What waits to be written, of all links together. */
export const RING_BYTES = 16_777_216;
/** How long the end waits for what is still to be written. */
const END_MS = 5_000;
const END_POLL_MS = 5;
/** How long until the end of a connection is told again, where there was no room. */
const OWED_MS = 50;
/** Between two lines of the log that say what is left out. */
const LOSS_LINE_MS = 60_000;
const NOTHING = Buffer.alloc(0);

export interface RecordedLink extends RecordingSpec {
  readonly mode: 'listen' | 'connect';
}

export interface RecorderDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly ringBytes: number;
}

export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #links: readonly RecordedLink[];
  readonly #ring: Ring;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #stopped = new Set<number>();
  readonly #now: () => number;
  #connections = 0;
  /** Connections that have ended, of which the writing thread has yet to be told. */
  readonly #owed: RecordedConnection[] = [];
  #lossToldAt = 0;

  /** Throws SafeError where a folder cannot be written to. */
  constructor(links: readonly RecordedLink[], deps: RecorderDeps) {
    for (const link of links) openFolder(link);
    this.#deps = deps;
    this.#links = links;
    this.#now = microseconds(deps.clock);
    this.#ring = new Ring(deps.ringBytes);
    const specs = links.map(({ mode: _, ...spec }) => spec);
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      execArgv: [],
      workerData: { memory: this.#ring.memory, specs } satisfies RecordingStart,
    });
    this.#worker.unref();
    this.#worker.on('message', ({ recording, why }: RecordingNotice) => this.#stop(recording, why));
    this.#worker.on('error', (error) => this.#stopAll(safeText(error)));
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** Of the link of that name; undefined where it is not recorded. */
  tap(name: string): LinkTap | undefined {
    const recording = this.#links.findIndex((link) => link.name === name);
    if (recording < 0) return undefined;
    const isServer = this.#links[recording]?.mode === 'listen';
    return { opened: (local, remote) => this.#opened(recording, isServer, local, remote) };
  }

  /** Resolves when what was recorded is on disk, or that takes too long. */
  async end(): Promise<void> {
    const { clock } = this.#deps;
    const until = clock.now() + END_MS;
    // The clock's timers keep no process alive.
    this.#worker.ref();
    const pause = () => new Promise<void>((resolve) => clock.after(END_POLL_MS, resolve));
    const isTold = () => this.#owed.length === 0 && this.write('end', 0, 0, NOTHING);
    while (!isTold() && clock.now() < until) await pause();
    const late = new Promise<void>((resolve) => clock.after(Math.max(0, until - clock.now()), resolve));
    await Promise.race([this.#ended, late]);
    await this.#worker.terminate();
  }

  records(recording: number): boolean {
    return !this.#stopped.has(recording);
  }

  /** False where there is no room. */
  write(
    kind: RecordKind,
    recording: number,
    connection: number,
    bytes: Uint8Array,
    atFrame = false,
  ): boolean {
    return this.#ring.write(kind, recording, connection, this.#now(), bytes, atFrame);
  }

  /** The writing thread knows of this connection, and is to know of its end. */
  finish(connection: RecordedConnection): void {
    this.#owed.push(connection);
    if (this.#owed.length === 1) this.#settle();
  }

  /** What there is no room for is tried again. */
  #settle(): void {
    while (this.#owed[0]?.tellEnd()) this.#owed.shift();
    if (this.#owed.length > 0) this.#deps.clock.after(OWED_MS, () => this.#settle());
  }

  lost(recording: number): void {
    const { log, counters, clock } = this.#deps;
    const link = this.#links[recording]?.name ?? '';
    counters.add('recording-lost', link);
    if (clock.now() - this.#lossToldAt < LOSS_LINE_MS) return;
    this.#lossToldAt = clock.now();
    log.warn({ link }, 'recording falls behind: traffic is left out of it, the place is marked');
  }

  #opened(recording: number, isServer: boolean, local: End, remote: End): ConnectionTap {
    this.#connections += 1;
    const ends = isServer ? { client: remote, server: local } : { client: local, server: remote };
    return new RecordedConnection(this, recording, this.#connections, ends, isServer);
  }

  #stop(recording: number, why: string): void {
    if (this.#stopped.has(recording)) return;
    this.#stopped.add(recording);
    const { name: link = '', folder } = this.#links[recording] ?? {};
    this.#deps.counters.add('recording-stopped', link);
    this.#deps.log.error({ link, folder, error: why }, 'recording stopped; the link goes on');
  }

  #stopAll(why: string): void {
    for (const recording of this.#links.keys()) this.#stop(recording, why);
  }
}

/** One connection, as its link sees it. */
class RecordedConnection implements ConnectionTap {
  readonly #recorder: Recorder;
  readonly #recording: number;
  readonly #id: number;
  readonly #ends: Ends;
  readonly #isServer: boolean;
  /** The writing thread knows of it. */
  #told = false;
  #how: 'fin' | 'rst' = 'rst';
  /** Bytes left out that it does not know of yet. */
  readonly #lost: Record<Direction, number> = { 'to-server': 0, 'to-client': 0 };

  constructor(recorder: Recorder, recording: number, id: number, ends: Ends, isServer: boolean) {
    this.#recorder = recorder;
    this.#recording = recording;
    this.#id = id;
    this.#ends = ends;
    this.#isServer = isServer;
    if (recorder.records(recording)) this.#tell();
  }

  received(bytes: Buffer, atFrame: boolean): void {
    this.#keep(this.#isServer ? 'to-server' : 'to-client', bytes, atFrame);
  }

  sent(bytes: Buffer): void {
    this.#keep(this.#isServer ? 'to-client' : 'to-server', bytes, true);
  }

  closed(how: 'fin' | 'rst'): void {
    this.#how = how;
    if (this.#told && this.#recorder.records(this.#recording)) this.#recorder.finish(this);
  }

  /** False where there is no room. */
  tellEnd(): boolean {
    return this.#tellLost('to-server') && this.#tellLost('to-client') && this.#write(this.#how, NOTHING);
  }

  #keep(direction: Direction, bytes: Buffer, atFrame: boolean): void {
    if (!this.#recorder.records(this.#recording)) return;
    if (this.#tell() && this.#tellLost(direction) && this.#write(direction, bytes, atFrame)) return;
    this.#lost[direction] += bytes.length;
    this.#recorder.lost(this.#recording);
  }

  #tell(): boolean {
    this.#told ||= this.#write('opened', Buffer.from(JSON.stringify(this.#ends)));
    return this.#told;
  }

  #tellLost(direction: Direction): boolean {
    const lost = this.#lost[direction];
    if (lost === 0) return true;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(lost);
    if (!this.#write(`lost-${direction}`, bytes)) return false;
    this.#lost[direction] = 0;
    return true;
  }

  #write(kind: RecordKind, bytes: Uint8Array, atFrame = false): boolean {
    return this.#recorder.write(kind, this.#recording, this.#id, bytes, atFrame);
  }
}

/** Found out at the start, not with the first message. */
function openFolder({ name, folder }: RecordedLink): void {
  try {
    makeFolder(folder, 0o700);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new SafeError(`link ${name}: recordings cannot be written to ${folder} (${safeText(cause)})`, {
      cause,
    });
  }
}
