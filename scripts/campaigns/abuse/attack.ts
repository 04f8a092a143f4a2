/** What all kinds of abuse share: a pace that is kept to, sockets that bear whatever comes, and a count of both. */
import { connect, type Socket } from 'node:net';

/** Of one kind of abuse, what was really done. */
export interface Tally {
  connections: number;
  /** Writes, each of which is a packet or more. */
  packets: number;
}

/** A kind of abuse under way; resolves when none of its connections is open. */
export type Stop = () => Promise<void>;

/** Short, so that what is due comes spread over time and not in heaps. */
const TICK_MS = 2;
/** What a starved process may make good at once, in ticks: more would be another abuse than the one named. */
const CATCH_UP_TICKS = 5;
const UNSENT_BYTES_MAX = 262_144;

/** Calls `act` so many times a second, until told to stop. */
export function paced(perSecond: number, act: () => void): () => void {
  const perTick = (perSecond * TICK_MS) / 1_000;
  let last = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    due += Math.min(((now - last) * perSecond) / 1_000, perTick * CATCH_UP_TICKS);
    last = now;
    for (; due >= 1; due -= 1) act();
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** Sockets of one kind of abuse. */
export class Sockets {
  readonly #port: number;
  readonly #tally: Tally;
  readonly #open = new Set<Socket>();

  constructor(port: number, tally: Tally) {
    this.#port = port;
    this.#tally = tally;
  }

  /** Connects; a deaf one never reads. `onOpen` is not called where it could not be connected. */
  open(from: string, onOpen: (socket: Socket) => void, isDeaf = false): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress: from });
    this.#open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#open.delete(socket));
    socket.once('connect', () => {
      this.#tally.connections += 1;
      if (!isDeaf) socket.resume();
      onOpen(socket);
    });
    return socket;
  }

  /** What the switch does not take any more is not sent. */
  write(socket: Socket, bytes: Buffer): void {
    if (!socket.writable || socket.writableLength > UNSENT_BYTES_MAX) return;
    socket.write(bytes);
    this.#tally.packets += 1;
  }

  /** Closes all of them, so many a second, and resolves when they have closed. */
  async close(perSecond: number): Promise<void> {
    const left = [...this.#open];
    const stop = paced(perSecond, () => left.pop()?.destroy());
    while (this.#open.size > 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    stop();
  }
}

/** Keeps `count` connections open: each that is closed is opened anew. Returns what ends that. */
export function kept(count: number, open: (at: number) => Socket): () => void {
  let going = true;
  const keep = (at: number): void => {
    if (going) open(at).once('close', () => setImmediate(keep, at));
  };
  for (let at = 0; at < count; at += 1) keep(at);
  return () => {
    going = false;
  };
}
