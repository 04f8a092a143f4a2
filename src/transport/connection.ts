/**
 * One connection of a link: cuts what it receives into frames, gathers what is sent in one turn of the event loop
 * into one write, and keeps the peer within the link's limits. A handler calls begin() for each frame that it
 * works on, and then reply() or done() once: so many are owed, and reading stops at `framesInFlightMax`. Nothing
 * that goes wrong here reaches another connection.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import { safeText } from '../base/errors.js';
import type { LinkLimits } from '../base/limits.js';
import type { Log } from '../base/log.js';
import type { Counters, LinkEvent } from './counters.js';
import type { Cutter, Frame, Framing } from './framing.js';

export interface LinkHandlers {
  /** One call a frame, in the order received. May answer later, in any order. */
  onFrame(frame: Frame, connection: Connection): void;
  onOpen?(connection: Connection): void;
  onClose?(connection: Connection, reason: string): void;
}

/** What every connection of a link shares. */
export interface ConnectionContext {
  readonly link: string;
  readonly framing: Framing;
  readonly limits: LinkLimits;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log | undefined;
  readonly handlers: LinkHandlers;
}

const NOTHING = Buffer.alloc(0);

export class Connection {
  readonly id: number;
  readonly remote: string;
  readonly link: string;
  readonly #context: ConnectionContext;
  readonly #socket: Socket;
  readonly #cutter: Cutter;
  readonly #onGone: (connection: Connection) => void;
  /** Headers and bodies by turns, to be written at the end of this turn. */
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  #inFlight = 0;
  #paused = false;
  #draining = false;
  #open = true;
  #reason = 'peer closed';
  #lastReceivedAt: number;
  /** When the unfinished frame began; 0 where there is none. */
  #unfinishedSince = 0;

  constructor(
    id: number,
    socket: Socket,
    context: ConnectionContext,
    onGone: (connection: Connection) => void,
  ) {
    this.id = id;
    this.link = context.link;
    this.remote = socket.remoteAddress ?? '';
    this.#context = context;
    this.#socket = socket;
    this.#onGone = onGone;
    this.#cutter = context.framing.cutter();
    this.#lastReceivedAt = context.clock.now();
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => {
      this.#reason = safeText(error);
    });
    socket.on('close', () => this.#closed());
    // A peer that has half-closed still gets what it is owed.
    socket.on('end', () => this.#endWhenQuit());
    this.#count('opened');
    context.handlers.onOpen?.(this);
  }

  get open(): boolean {
    return this.#open;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Work on a frame begins: an answer, or done(), is owed. */
  begin(): void {
    this.#inFlight += 1;
  }

  /** Answers a frame, with its header turned round. False where the connection has closed. */
  reply(to: Frame, body: Buffer): boolean {
    const sent = this.#send(
      to.header === NOTHING ? NOTHING : this.#context.framing.answerHeader(to.header),
      body,
    );
    this.done();
    return sent;
  }

  /** Work on a frame has ended without an answer. */
  done(): void {
    this.#inFlight -= 1;
    if (this.#paused && this.#inFlight <= this.#context.limits.framesInFlightMax / 2) this.#resume();
    if (this.#inFlight === 0 && this.#draining) this.#endWhenQuit();
  }

  /** Sends a message that we begin. False where the connection has closed. */
  send(body: Buffer): boolean {
    return this.#send(this.#context.framing.ownHeader, body);
  }

  /** Closes at once; `reason` is safe to log. */
  close(reason: string): void {
    if (!this.#open) return;
    this.#reason = reason;
    this.#socket.destroy();
  }

  /** Reads no more; closes when what is owed has gone out. */
  drain(): void {
    this.#draining = true;
    this.#socket.pause();
    this.#endWhenQuit();
  }

  /** Holds the connection to its time limits. Called now and then by its link. */
  sweep(now: number): void {
    const { idleMs, frameMs } = this.#context.limits;
    if (this.#unfinishedSince > 0 && now - this.#unfinishedSince > frameMs) {
      this.#count('slow-close');
      this.close('frame not complete in time');
    } else if (this.#inFlight === 0 && now - this.#lastReceivedAt > idleMs) {
      this.#count('idle-close');
      this.close('idle');
    }
  }

  #receive(chunk: Buffer): void {
    this.#lastReceivedAt = this.#context.clock.now();
    this.#cutter.push(chunk);
    this.#deliver();
  }

  #deliver(): void {
    const { handlers, limits } = this.#context;
    let frames = 0;
    try {
      while (this.#open && !this.#draining) {
        if (this.#inFlight >= limits.framesInFlightMax) {
          this.#pause();
          break;
        }
        const frame = this.#cutter.next();
        if (frame === undefined) break;
        if (frame === 'keep-alive') {
          this.#count('keep-alives');
          this.#send(NOTHING, NOTHING);
          continue;
        }
        frames += 1;
        handlers.onFrame(frame, this);
      }
    } catch (error) {
      this.#count('framing-error');
      const text = safeText(error);
      this.#context.log?.warn(
        { link: this.link, connection: this.id, remote: this.remote, error: text },
        'connection closed',
      );
      this.close(text);
    }
    if (frames > 0) this.#count('frames-in', frames);
    const unfinished = this.#cutter.unfinished && !this.#paused;
    if (!unfinished) this.#unfinishedSince = 0;
    else if (this.#unfinishedSince === 0 || frames > 0) this.#unfinishedSince = this.#lastReceivedAt;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
    this.#count('in-flight-pause');
  }

  #resume(): void {
    this.#paused = false;
    this.#deliver();
    if (!this.#paused && !this.#draining) this.#socket.resume();
  }

  #send(header: Buffer, body: Buffer): boolean {
    if (!this.#open) return false;
    if (this.#outgoing.length === 0) process.nextTick(() => this.#flush());
    this.#outgoing.push(header, body);
    this.#outgoingBytes += this.#context.framing.wireLength(header, body);
    return true;
  }

  #flush(): void {
    const parts = this.#outgoing;
    const wire = Buffer.allocUnsafe(this.#outgoingBytes);
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    if (!this.#open) return;
    let end = 0;
    for (let i = 0; i < parts.length; i += 2) {
      end = this.#context.framing.write(wire, end, parts[i] ?? NOTHING, parts[i + 1] ?? NOTHING);
    }
    this.#socket.write(end === wire.length ? wire : wire.subarray(0, end));
    this.#count('frames-out', parts.length / 2);
    if (this.#socket.writableLength > this.#context.limits.unreadBytesMax) {
      this.#count('unread-close');
      this.close('answers not read');
    } else if (this.#draining) {
      this.#endWhenQuit();
    }
  }

  #endWhenQuit(): void {
    if (this.#inFlight === 0 && this.#outgoing.length === 0) this.#socket.end();
    else this.#draining = true;
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#outgoing = [];
    this.#count('closed');
    this.#onGone(this);
    this.#context.handlers.onClose?.(this, this.#reason);
  }

  #count(event: LinkEvent, n = 1): void {
    this.#context.counters.add(event, this.link, n);
  }
}
