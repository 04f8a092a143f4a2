/**
 * The line of one till to the switch: one connection, made again when it is needed, one message waited for at a time.
 * It can be cut before, within or after a message, and can send slowly. Frames that answer nothing waited for go to
 * `onOther`; keep-alives are answered.
 * Maximum held: one frame being cut, as the framing limits it. Waits between attempts to connect: 100 ms doubling to 2 s.
 */
import { connect, type Socket } from 'node:net';
import { type Cutter, type Framing, FramingError } from '../../transport/index.js';
import { wrap } from '../terminal/framing.js';
import type { Mishap } from './schema.js';

const CONNECT_MS = 5_000;
const FIRST_WAIT_MS = 100;
const LAST_WAIT_MS = 2_000;
/** So many messages in a row without a word: the line may be dead without either side knowing, and is made again. */
const SILENT_MAX = 2;
/** A slow sender's message leaves in so many parts. */
const SLOW_PARTS = 16;

export interface LineTarget {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  /** How long a slow sender takes for a message. */
  readonly slowMs: number;
}

export interface LineCounts {
  connects: number;
  /** Connections that the other side ended, or that broke. */
  broken: number;
  /** Connections that were cut on purpose. */
  cuts: number;
}

export type Heard = { readonly body: Buffer } | 'timeout' | 'closed' | 'cut';

interface Waiting {
  readonly isAnswer: (body: Buffer) => boolean;
  readonly end: (heard: Heard) => void;
}

export class Line {
  readonly #target: LineTarget;
  readonly #counts: LineCounts;
  readonly #onOther: (body: Buffer) => void;
  #socket: Socket | undefined;
  #cutter: Cutter | undefined;
  #waiting: Waiting | undefined;
  #silent = 0;

  constructor(target: LineTarget, counts: LineCounts, onOther: (body: Buffer) => void) {
    this.#target = target;
    this.#counts = counts;
    this.#onOther = onOther;
  }

  /** True once connected; false where that could not be in `ms`. */
  async up(ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LAST_WAIT_MS, wait * 2)) {
      if (this.#socket || (await this.#connect(Math.min(CONNECT_MS, until - performance.now())))) return true;
      if (performance.now() + wait >= until) return false;
      await sleep(wait);
    }
  }

  /** A message as it goes over this line. */
  framed(body: Buffer): Buffer {
    return wrap(this.#target.framing, body);
  }

  /** Sends bytes, right or wrong, in the way of `mishap`, and waits for an answer. Call it only while up. */
  async ask(
    wire: Buffer,
    isAnswer: (body: Buffer) => boolean,
    timeoutMs: number,
    mishap?: Mishap,
  ): Promise<Heard> {
    const socket = this.#socket;
    if (!socket) return 'closed';
    if (mishap === 'cut-within') {
      await written(socket, wire.subarray(0, Math.max(1, wire.length >> 1)));
      return this.cut();
    }
    if (mishap === 'cut-after') {
      await written(socket, wire);
      return this.cut();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => end('timeout'),
        timeoutMs + (mishap === 'slow' ? this.#target.slowMs : 0),
      );
      const end = (heard: Heard): void => {
        clearTimeout(timer);
        this.#waiting = undefined;
        if (heard === 'timeout') this.#heardNothing();
        resolve(heard);
      };
      this.#waiting = { isAnswer, end };
      if (mishap === 'slow') void this.#sendSlowly(socket, wire);
      else socket.write(wire);
    });
  }

  #heardNothing(): void {
    this.#silent += 1;
    if (this.#silent >= SILENT_MAX) this.close();
  }

  /** Something that is waited for by nobody, such as the answer to a request of the other side. */
  say(body: Buffer): void {
    this.#socket?.write(this.framed(body));
  }

  /** Cut on purpose. */
  cut(): 'cut' {
    if (this.#socket) this.#counts.cuts += 1;
    this.close();
    return 'cut';
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #connect(ms: number): Promise<boolean> {
    if (ms <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const { host, port, framing } = this.#target;
      const socket = connect({ host, port, noDelay: true });
      const timer = setTimeout(() => socket.destroy(), ms);
      socket.once('connect', () => {
        clearTimeout(timer);
        this.#socket = socket;
        this.#cutter = framing.cutter();
        this.#counts.connects += 1;
        this.#silent = 0;
        resolve(true);
      });
      socket.on('data', (chunk: Buffer) => this.#take(socket, chunk));
      socket.on('error', () => {});
      socket.once('close', () => {
        clearTimeout(timer);
        this.#gone(socket);
        resolve(false);
      });
    });
  }

  #gone(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#counts.broken += 1;
    this.#waiting?.end('closed');
  }

  #take(socket: Socket, chunk: Buffer): void {
    const cutter = this.#cutter;
    if (socket !== this.#socket || !cutter) return;
    this.#silent = 0;
    cutter.push(chunk);
    try {
      for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) {
        if (frame === 'keep-alive') this.#keepAlive(socket);
        else if (this.#waiting?.isAnswer(frame.body)) this.#waiting.end({ body: frame.body });
        else this.#onOther(frame.body);
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      socket.destroy();
    }
  }

  #keepAlive(socket: Socket): void {
    socket.write(wrapEmpty(this.#target.framing));
  }

  async #sendSlowly(socket: Socket, wire: Buffer): Promise<void> {
    const step = Math.max(1, Math.ceil(wire.length / SLOW_PARTS));
    const parts = Math.ceil(wire.length / step);
    for (let at = 0; at < wire.length && this.#socket === socket; at += step) {
      socket.write(wire.subarray(at, at + step));
      if (at + step < wire.length) await sleep(this.#target.slowMs / parts);
    }
  }
}

/** Resolves when the bytes are with the operating system, or the connection is gone. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

function wrapEmpty(framing: Framing): Buffer {
  const nothing = Buffer.alloc(0);
  const wire = Buffer.alloc(framing.wireLength(nothing, nothing));
  framing.write(wire, 0, nothing, nothing);
  return wire;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
