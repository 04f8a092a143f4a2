/**
 * Bad peers: raw sockets that send what they like and read what they like, and what can be seen of a switch from
 * outside while it bears them: its counters, its memory, a terminal that sells on beside them.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Client, saleOf } from './client.js';
import type { IsoMessage } from './iso.js';

export class RawPeer {
  readonly socket: Socket;
  closed = false;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** With `deaf` it never reads: what it is sent stays in the system's buffers, then in the switch's. */
  static open(port: number, deaf = false): Promise<RawPeer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        const peer = new RawPeer(socket);
        if (deaf) socket.pause();
        resolve(peer);
      });
      socket.once('error', reject);
    });
  }

  get received(): Buffer {
    return this.#received;
  }

  /** Resolves when the system has taken the bytes, or the socket has closed. */
  write(bytes: Buffer | string): Promise<void> {
    return new Promise((resolve) => {
      if (this.closed) return resolve();
      const done = (): void => {
        this.socket.off('close', done);
        resolve();
      };
      this.socket.once('close', done);
      this.socket.write(bytes, done);
    });
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A terminal that sells one PIN after the other on a socket of its own until it is told to stop. */
export interface Seller {
  readonly answers: readonly (IsoMessage | undefined)[];
  /** The slowest answer so far, milliseconds. */
  readonly slowestMs: number;
  stop(): Promise<void>;
}

export async function startSeller(port: number): Promise<Seller> {
  const client = await Client.open(port);
  const answers: (IsoMessage | undefined)[] = [];
  let slowestMs = 0;
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      const begun = Date.now();
      const answer = await client.ask('0200', saleOf('TALK10', 1000));
      answers.push(answer);
      slowestMs = Math.max(slowestMs, Date.now() - begun);
      if (!answer) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const running = run();
  return {
    answers,
    get slowestMs() {
      return slowestMs;
    },
    async stop() {
      stopped = true;
      await running;
      await client.close();
    },
  };
}

/** Samples of /metrics by name and labels, as they are written there. */
export async function metricsOf(adminPort: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** How often an event happened on a link. */
export async function eventCount(adminPort: number, event: string, link = 'ascii'): Promise<number> {
  const metrics = await metricsOf(adminPort);
  return metrics.get(`prepaid_switch_link_events_total{event="${event}",link="${link}"}`) ?? 0;
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}
