/**
 * A connection to the switch under test: frames out, all of one turn in one write; frames in, cut from a read buffer
 * that all connections share, so that a frame is to be used or copied before the next read. Keep-alives are answered.
 * Maximum unsent: 1 MiB, beyond which `isFull`.
 */
import { connect, type Socket } from 'node:net';
import type { Cutter, Framing } from '../../transport/index.js';
import { FramingError } from '../../transport/index.js';

const UNSENT_BYTES_MAX = 1_048_576;
const NOTHING = Buffer.alloc(0);

export interface LiveTarget {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  readonly readBuffer: Buffer;
}

export interface LiveHandlers {
  connected(): void;
  /** The connection could not be made. */
  failed(why: string): void;
  /** `body` is written over by the next read. */
  frame(body: Buffer): void;
  /** All frames of a read were handed over. */
  turn(): void;
  keepAlive(): void;
  /** The other side, or a fault, ended it. `why`: bytes that are no frames. */
  closed(why: string | undefined): void;
  drained(): void;
}

export class LiveConnection {
  readonly #target: LiveTarget;
  readonly #handlers: LiveHandlers;
  readonly #cutter: Cutter;
  readonly #socket: Socket;
  #state: 'connecting' | 'open' | 'over' = 'connecting';
  #out: Buffer[] = [];
  #outBytes = 0;

  constructor(target: LiveTarget, handlers: LiveHandlers) {
    this.#target = target;
    this.#handlers = handlers;
    this.#cutter = target.framing.cutter();
    this.#socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      onread: {
        buffer: target.readBuffer,
        callback: (bytes, buffer) => {
          this.#take(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
          return true;
        },
      },
    });
    this.#socket.once('connect', () => {
      this.#state = 'open';
      handlers.connected();
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#state !== 'connecting') return;
      this.#state = 'over';
      handlers.failed(error.code ?? 'no connection');
    });
    this.#socket.once('end', () => this.#over(undefined));
    this.#socket.once('close', () => this.#over(undefined));
    this.#socket.on('drain', () => handlers.drained());
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isFull(): boolean {
    return this.#socket.writableLength + this.#outBytes > UNSENT_BYTES_MAX;
  }

  /** Leaves by the next flush(). False where the framing cannot write as much. */
  send(header: Buffer, body: Buffer): boolean {
    const { framing } = this.#target;
    const bytes = framing.wireLength(header, body);
    if (bytes === 0) return false;
    const wire = Buffer.allocUnsafe(bytes);
    framing.write(wire, 0, header, body);
    this.#out.push(wire);
    this.#outBytes += bytes;
    return true;
  }

  flush(): void {
    if (this.#out.length === 0) return;
    const [only] = this.#out;
    const wire = this.#out.length === 1 && only ? only : Buffer.concat(this.#out, this.#outBytes);
    this.#out = [];
    this.#outBytes = 0;
    if (this.#state === 'open') this.#socket.write(wire);
  }

  /** Ends our side, after what is still to be written. */
  end(how: 'fin' | 'rst'): void {
    this.flush();
    this.#state = 'over';
    if (how === 'rst') this.#socket.resetAndDestroy();
    else this.#socket.end(() => this.#socket.destroy());
  }

  destroy(): void {
    this.#state = 'over';
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    this.#cutter.push(chunk);
    try {
      for (let frame = this.#cutter.next(); frame !== undefined; frame = this.#cutter.next()) {
        if (frame === 'keep-alive') this.#answerKeepAlive();
        else this.#handlers.frame(frame.body);
      }
      this.#handlers.turn();
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#socket.destroy();
      this.#over(error.message);
    }
  }

  /** Who floods us with them and reads none of our answers gets no more of them. */
  #answerKeepAlive(): void {
    if (!this.isFull) {
      this.send(NOTHING, NOTHING);
      this.flush();
    }
    this.#handlers.keepAlive();
  }

  #over(why: string | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    this.#socket.destroy();
    this.#handlers.closed(why);
  }
}
