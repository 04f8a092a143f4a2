/**
 * One connection of a load run: keeps its number of messages in flight, cuts answers by their 2-byte length out of
 * a read buffer that all connections share, and sends as many new messages as answers came, in one write. A broken
 * connection loses what was in flight and is made again.
 * Maximum held: one incomplete frame (64 KiB); waits between attempts to connect: 50 ms doubling to 1 s.
 */
import { connect, type Socket } from 'node:net';
import type { LoadRun } from './run.js';

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 1000;

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly inFlight: number;
  /** Bytes of TPDU before each message, inside the length. */
  readonly tpduBytes: number;
  /** Shared by all connections: each read is used up before the next. */
  readonly readBuffer: Buffer;
}

export class LoadConnection {
  readonly #run: LoadRun;
  readonly #target: Target;
  readonly #id: number;
  #socket: Socket | undefined;
  #rest: Buffer | undefined;
  #flying = 0;
  #stopping = false;
  #waitMs = FIRST_WAIT_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(run: LoadRun, target: Target, id: number) {
    this.#run = run;
    this.#target = target;
    this.#id = id;
  }

  /** Resolves when connected for the first time. Rejects where that fails. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { host, port, readBuffer } = this.#target;
      const socket = connect({
        host,
        port,
        noDelay: true,
        onread: {
          buffer: readBuffer,
          callback: (bytes, buffer) => {
            this.#take(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
            return true;
          },
        },
      });
      let connected = false;
      socket.once('connect', () => {
        connected = true;
        this.#socket = socket;
        this.#waitMs = FIRST_WAIT_MS;
        resolve();
      });
      socket.on('error', reject);
      socket.once('close', () => {
        if (connected) this.#broke();
      });
    });
  }

  /** Fills up what is in flight. */
  start(): void {
    this.#send(this.#target.inFlight - this.#flying);
  }

  /** A message of this connection was given up: another may go. */
  freed(): void {
    this.#flying -= 1;
    this.#send(1);
  }

  /** Sends nothing more; answers still count. */
  stop(): void {
    this.#stopping = true;
    clearTimeout(this.#retry);
  }

  close(): void {
    this.stop();
    this.#socket?.destroy();
  }

  #broke(): void {
    this.#socket = undefined;
    this.#rest = undefined;
    this.#flying = 0;
    this.#run.lose(this.#id);
    this.#reopen();
  }

  #reopen(): void {
    if (this.#stopping) return;
    this.#retry = setTimeout(() => {
      this.open().then(
        () => {
          this.#run.reconnects += 1;
          this.start();
        },
        () => this.#reopen(),
      );
    }, this.#waitMs);
    this.#waitMs = Math.min(LAST_WAIT_MS, this.#waitMs * 2);
  }

  #take(read: Buffer): void {
    const now = performance.now();
    const chunk = this.#rest ? Buffer.concat([this.#rest, read]) : read;
    let at = 0;
    let answered = 0;
    while (at + 2 <= chunk.length) {
      const end = at + 2 + (((chunk[at] ?? 0) << 8) | (chunk[at + 1] ?? 0));
      if (end > chunk.length) break;
      const start = at + 2 + this.#target.tpduBytes;
      if (start < end && this.#run.take(chunk, start, end, this.#id, now)) answered += 1;
      at = end;
    }
    this.#rest = at === chunk.length ? undefined : Buffer.from(chunk.subarray(at));
    this.#flying -= answered;
    this.#send(answered);
  }

  #send(count: number): void {
    const socket = this.#socket;
    if (this.#stopping || count <= 0 || !socket) return;
    const now = performance.now();
    const out = Buffer.allocUnsafe(count * this.#run.source.frame.length);
    let at = 0;
    for (let i = 0; i < count; i += 1) at = this.#run.next(out, at, this.#id, now);
    this.#flying += count;
    socket.write(out);
  }
}
