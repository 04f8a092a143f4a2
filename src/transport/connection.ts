/**
 * One connection of a link: cuts what it receives into frames, gathers what is sent in one turn of the event loop
 * into one write, and keeps the peer within the link's limits. A handler calls begin() for each frame that it
 * works on, and then reply() or done() once: so many are owed, and reading stops at `framesInFlightMax`. Nothing
 * that goes wrong here reaches another connection. While it is idle it holds no buffer and no timer.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import { safeText } from '../base/errors.js';
import type { LinkLimits } from '../base/limits.js';
import type { LogFields } from '../base/log.js';
import type { TokenBuckets } from '../base/tokenBuckets.js';
import type { LinkEvent } from './counters.js';
import { type Cutter, type Frame, NOTHING } from './cutter.js';
import type { Framing } from './framing.js';
import { OversizeError } from './lengths.js';
import { Outbox } from './outbox.js';
import type { Relayed } from './proxyHeader.js';
import type { ConnectionTap, End, LinkTap } from './tap.js';
import { peerSubject, type Subject } from './tls.js';

/** What a handler throws closes its connection and reaches no other. */
export interface LinkHandlers {
  /** One call a frame, in the order received. May answer later, in any order. */
  onFrame(frame: Frame, connection: Connection): void;
  onOpen?(connection: Connection): void;
  /** `reason` is safe to log. */
  onClose?(connection: Connection, reason: string): void;
}

/** What every connection of a link shares. */
export interface ConnectionContext {
  readonly link: string;
  readonly framing: Framing;
  readonly limits: LinkLimits;
  readonly clock: Clock;
  readonly handlers: LinkHandlers;
  /** Quiet time after which we send a keep-alive; undefined: never. */
  readonly keepAliveMs: number | undefined;
  readonly tap: LinkTap | undefined;
  /** A token a frame, by the peer's address. */
  readonly addresses: TokenBuckets;
  count(event: LinkEvent, n?: number): void;
  warn(message: string, error: unknown, more?: LogFields): void;
}

export class Connection {
  readonly id: number;
  /** The peer's address; behind a proxy, that of the proxy's peer. */
  readonly remote: string;
  readonly link: string;
  readonly #context: ConnectionContext;
  readonly #socket: Socket;
  readonly #cutter: Cutter;
  readonly #outbox: Outbox;
  readonly #onGone: (connection: Connection) => void;
  readonly #relayed: Relayed | undefined;
  #tap: ConnectionTap | undefined;
  #subject: Subject | undefined;
  /** Draining: hands over no more frames, sends what is owed. Ended: our side has, the peer may linger. */
  #state: 'open' | 'draining' | 'ended' | 'closed' = 'open';
  #reason = 'peer closed';
  #inFlight = 0;
  /** Not reading, because of too many frames in flight. */
  #paused = false;
  /** Not reading, because its address has sent too many frames. */
  #throttled = false;
  #peerEnded = false;
  #heard = false;
  /** An empty frame of ours is out: the next one received is its answer, and gets none. */
  #keepAliveOut = false;
  #receivedAt: number;
  /** When the unfinished frame began; 0 where there is none. */
  #unfinishedSince = 0;
  #endedAt = 0;
  /** Frames finished with, in all and when last swept: unchanged means that no answer went out. */
  #finished = 0;
  #finishedSwept = 0;
  #unansweredSince = 0;

  /** `onGone` is called once, when the socket has closed; `relayed`: what a proxy has said of both ends. */
  constructor(
    id: number,
    socket: Socket,
    remote: string,
    context: ConnectionContext,
    onGone: (connection: Connection) => void,
    relayed?: Relayed,
  ) {
    this.id = id;
    this.link = context.link;
    this.remote = remote;
    this.#context = context;
    this.#socket = socket;
    this.#onGone = onGone;
    this.#relayed = relayed;
    this.#cutter = context.framing.cutter();
    this.#outbox = new Outbox(context.framing);
    this.#receivedAt = context.clock.now();
  }

  /** Called once by the link, when it knows this connection. */
  start(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#peerHasEnded());
    socket.on('close', () => this.#gone());
    this.#context.count('opened');
    this.#tap = this.#context.tap?.opened(
      this.#relayed?.local ?? localEnd(socket),
      this.#relayed?.remote ?? remoteEnd(socket),
    );
    try {
      this.#context.handlers.onOpen?.(this);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Whom the peer's certificate names, where it has shown one that counts. */
  get subject(): Subject | undefined {
    this.#subject ??= peerSubject(this.#socket);
    return this.#subject;
  }

  /** True while messages may be sent. */
  get open(): boolean {
    return this.#state === 'open' && !this.#peerEnded;
  }

  /** Not read from at the moment: `framesInFlightMax` frames are owed an answer. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Frames that are owed a reply() or done(). */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Something was received. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Work on a frame begins: an answer, or done(), is owed. */
  begin(): void {
    this.#inFlight += 1;
  }

  /** Answers a frame, with its header turned round. False where the connection has closed: nothing was sent. */
  reply(to: Frame, body: Buffer): boolean {
    const header = to.header === NOTHING ? NOTHING : this.#context.framing.answerHeader(to.header);
    const sent = this.#write(header, body);
    this.done();
    return sent;
  }

  /** Work on a frame has ended without an answer. */
  done(): void {
    if (this.#inFlight === 0) {
      this.#fault(new Error('done() without begin()'));
      return;
    }
    this.#inFlight -= 1;
    this.#finished += 1;
    if (this.#paused && !this.#throttled && this.#inFlight <= this.#context.limits.framesInFlightMax / 2)
      this.#resume();
    this.#endWhenQuit();
  }

  /** Sends a message that we begin. False where the connection has closed: nothing was sent. */
  send(body: Buffer): boolean {
    return this.open && this.#write(this.#context.framing.ownHeader, body);
  }

  /** Closes at once; `reason` is safe to log. */
  close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reason = reason;
    this.#outbox.clear();
    this.#socket.destroy();
  }

  /** As a connection on which nothing of use was heard: a connecting link waits longer before it calls again. */
  closeUnproven(reason: string): void {
    this.#heard = false;
    this.close(reason);
  }

  /** Hands over no more frames; closes when what is owed has gone out. */
  drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#reason = 'drained';
    this.#socket.pause();
    this.#endWhenQuit();
  }

  /** Holds the connection to its time limits. Called now and then by its link. */
  sweep(now: number): void {
    const { idleMs, frameMs, replyMs, lingerMs } = this.#context.limits;
    if (this.#state === 'open') this.#keepAlive(now);
    if (this.#state === 'ended') {
      if (now - this.#endedAt > lingerMs) this.#closeOver('linger-close', 'peer did not close');
    } else if (this.#state === 'open' && this.#unfinishedSince > 0 && now - this.#unfinishedSince > frameMs) {
      this.#closeOver('slow-close', `frame not complete in time${this.#cutter.hint}`);
    } else if (this.#inFlight === 0) {
      this.#unansweredSince = 0;
      if (now - this.#receivedAt > idleMs) this.#closeOver('idle-close', 'idle');
    } else if (this.#unansweredSince === 0 || this.#finished !== this.#finishedSwept) {
      this.#finishedSwept = this.#finished;
      this.#unansweredSince = now;
    } else if (now - this.#unansweredSince > replyMs) {
      this.#closeOver('unanswered-close', 'no answer in time');
    }
  }

  /** Only one is out at a time: a peer that leaves it unanswered runs into `idleMs`. */
  #keepAlive(now: number): void {
    const { keepAliveMs } = this.#context;
    if (keepAliveMs === undefined || this.#keepAliveOut || now - this.#receivedAt <= keepAliveMs) return;
    this.#keepAliveOut = true;
    this.#write(NOTHING, NOTHING);
  }

  #receive(chunk: Buffer): void {
    this.#tap?.received(chunk, !this.#cutter.unfinished);
    if (this.#state !== 'open') return;
    this.#heard = true;
    this.#receivedAt = this.#context.clock.now();
    this.#cutter.push(chunk);
    this.#deliver();
  }

  #deliver(): void {
    const { framesInFlightMax } = this.#context.limits;
    let frames = 0;
    while (this.#state === 'open' && !this.#throttled) {
      if (this.#inFlight >= framesInFlightMax) {
        if (this.#cutter.unfinished) this.#pause();
        break;
      }
      const frame = this.#cut();
      if (frame === undefined) break;
      if (frame === 'keep-alive') {
        this.#context.count('keep-alives');
        if (!this.#keepAliveOut) this.#write(NOTHING, NOTHING);
        this.#keepAliveOut = false;
      } else {
        frames += 1;
        this.#hand(frame);
        this.#charge();
      }
    }
    if (frames > 0) this.#context.count('frames-in', frames);
    if (this.#paused || !this.#cutter.unfinished) this.#unfinishedSince = 0;
    else if (this.#unfinishedSince === 0 || frames > 0) this.#unfinishedSince = this.#context.clock.now();
  }

  #cut(): Frame | 'keep-alive' | undefined {
    try {
      return this.#cutter.next();
    } catch (error) {
      this.#closeOver(error instanceof OversizeError ? 'oversize' : 'framing-error', safeText(error));
      return undefined;
    }
  }

  #hand(frame: Frame): void {
    try {
      this.#context.handlers.onFrame(frame, this);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Not the peer's fault but ours: this connection pays, no other. */
  #fault(error: unknown): void {
    this.#closeOver('handler-error', safeText(error));
  }

  #closeOver(event: LinkEvent, reason: string): void {
    if (this.#state === 'closed') return;
    this.#context.count(event);
    this.#context.warn('connection closed', reason, { connection: this.id, remote: this.remote });
    this.close(reason);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
    this.#context.count('in-flight-pause');
  }

  /** One that has sent too much is read from again when it would have been allowed to. */
  #charge(): void {
    const { addresses, clock } = this.#context;
    const waitMs = addresses.charge(this.remote);
    if (waitMs === 0 || this.#state !== 'open') return;
    this.#throttled = true;
    this.#paused = true;
    this.#socket.pause();
    this.#context.count('rate-pause');
    clock.after(waitMs, () => {
      this.#throttled = false;
      if (this.#state === 'open') this.#resume();
    });
  }

  #resume(): void {
    this.#paused = false;
    this.#deliver();
    if (!this.#paused && this.#state === 'open') this.#socket.resume();
  }

  #write(header: Buffer, body: Buffer): boolean {
    if (this.#state !== 'open' && this.#state !== 'draining') return false;
    const first = this.#outbox.frames === 0;
    if (!this.#outbox.add(header, body)) {
      this.#context.count('unsendable');
      this.#context.warn('message not sent', `${body.length} bytes are more than the framing can say`);
      return false;
    }
    if (first) process.nextTick(Connection.#flush, this);
    return true;
  }

  /** One write for all that this turn of the event loop brought. */
  static #flush(connection: Connection): void {
    const outbox = connection.#outbox;
    if (outbox.frames === 0) return;
    const context = connection.#context;
    context.count('frames-out', outbox.frames);
    const wire = outbox.take();
    connection.#tap?.sent(wire);
    connection.#socket.write(wire);
    if (connection.#socket.writableLength > context.limits.unreadBytesMax)
      connection.#closeOver('unread-close', 'answers not read');
    connection.#endWhenQuit();
  }

  /** The peer sends no more, but still gets what it is owed. */
  #peerHasEnded(): void {
    this.#peerEnded = true;
    this.#endWhenQuit();
  }

  #endWhenQuit(): void {
    if (this.#state === 'closed' || this.#state === 'ended') return;
    const leaving = this.#state === 'draining' || this.#peerEnded;
    if (!leaving || this.#inFlight > 0 || this.#outbox.frames > 0) return;
    this.#noteTruncated();
    this.#state = 'ended';
    this.#endedAt = this.#context.clock.now();
    this.#unfinishedSince = 0;
    this.#socket.end();
    // What still comes is thrown away: unread, it would turn our end into a reset, and answers could be lost.
    this.#socket.resume();
  }

  #noteTruncated(): void {
    if (this.#state !== 'open' || !this.#cutter.unfinished) return;
    this.#context.count('truncated');
    this.#reason = 'peer closed inside a frame';
  }

  #fail(error: Error): void {
    if (this.#state === 'open' || this.#state === 'draining') this.#reason = safeText(error);
  }

  #gone(): void {
    this.#noteTruncated();
    this.#tap?.closed(this.#state === 'ended' ? 'fin' : 'rst');
    this.#state = 'closed';
    this.#outbox.clear();
    this.#context.count('closed');
    this.#onGone(this);
    try {
      this.#context.handlers.onClose?.(this, this.#reason);
    } catch (error) {
      this.#context.count('handler-error');
      this.#context.warn('handler failed', error, { connection: this.id });
    }
  }
}

function localEnd({ localAddress = '', localPort = 0 }: Socket): End {
  return { address: localAddress, port: localPort };
}

function remoteEnd({ remoteAddress = '', remotePort = 0 }: Socket): End {
  return { address: remoteAddress, port: remotePort };
}
