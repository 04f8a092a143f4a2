/**
 * One message out, its answer back, over a socket of its own. What else the other side says meanwhile (keep-alives,
 * requests of its own, answers to other messages) is passed over and counted.
 * Maximum: one connection, one message; the wait for connection and answer together is bounded by `timeoutMs`.
 */
import { connect } from 'node:net';
import { SafeError } from '../../base/errors.js';
import type { Codec } from '../../iso8583/index.js';
import { type Framing, FramingError } from '../../transport/index.js';
import { wrap } from './framing.js';

export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  /** Milliseconds for connecting and for the answer, together. */
  readonly timeoutMs: number;
}

export interface Exchanged {
  /** The answer's message, without framing; undefined where none came in time. */
  readonly answer: Buffer | undefined;
  /** Why there is no answer. */
  readonly silence: 'timeout' | 'closed' | undefined;
  /** Milliseconds from the request's leaving to the answer. */
  readonly elapsedMs: number;
  /** Frames that were no answer to this message. */
  readonly others: number;
}

/** The connection could not be made or broke in a way that says nothing of the message. */
export class LinkError extends SafeError {
  override name = 'LinkError';
}

/** Sends one message and waits for the frame that `isAnswer` takes. Throws LinkError where nobody listens. */
export function exchange(peer: Peer, body: Buffer, isAnswer: (frame: Buffer) => boolean): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const where = `${peer.host}:${peer.port}`;
    const cutter = peer.framing.cutter();
    let sentAt: number | undefined;
    let others = 0;
    const socket = connect({ host: peer.host, port: peer.port, noDelay: true });
    const timer = setTimeout(() => {
      if (sentAt === undefined) fail(new LinkError(`${where}: no connection in ${peer.timeoutMs} ms`));
      else end(undefined, 'timeout');
    }, peer.timeoutMs);

    function fail(error: Error): void {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    }
    function end(answer: Buffer | undefined, silence: Exchanged['silence']): void {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answer, silence, others, elapsedMs: performance.now() - (sentAt ?? performance.now()) });
    }

    socket.once('connect', () => {
      sentAt = performance.now();
      socket.write(wrap(peer.framing, body));
    });
    socket.on('data', (chunk: Buffer) => {
      cutter.push(chunk);
      try {
        for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) {
          if (frame !== 'keep-alive' && isAnswer(frame.body)) return end(frame.body, undefined);
          others += 1;
        }
      } catch (error) {
        if (!(error instanceof FramingError)) throw error;
        fail(new LinkError(`${where}: the answer cannot be cut: ${error.message}`));
      }
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (sentAt === undefined) fail(new LinkError(`${where}: ${error.code ?? 'no connection'}`));
      else end(undefined, 'closed');
    });
    socket.once('close', () => end(undefined, 'closed'));
  });
}

/** Takes answers (third digit of the MTI odd, or a decline with a 9 in front) with this STAN, and what the codec cannot read: that is shown. */
export function answerTo(codec: Codec, stan: string | undefined): (frame: Buffer) => boolean {
  return (frame) => {
    try {
      const message = codec.parse(frame);
      if (Number(message.mti.charAt(2)) % 2 === 0 && !message.mti.startsWith('9')) return false;
      return stan === undefined || !message.has(11) || message.text(11) === stan;
    } catch {
      return true;
    }
  };
}
