/** A terminal of the tests' own: a raw socket, frames cut by their 2-byte length, answers matched by STAN. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { keepSecrets } from './canary.js';
import { buildIso, buildTlv, type IsoFields, type IsoMessage, parseIso } from './iso.js';

const ANSWER_MS = 20_000;

interface ClientOptions {
  /** Where it connects from, on loopback. */
  readonly from?: string;
  /** PEM of the authority that it trusts: it connects over TLS. */
  readonly ca?: string;
  /** PEM of its own certificate and key. */
  readonly cert?: string;
  readonly key?: string;
}

export class Client {
  readonly socket: Socket;
  readonly frames: Buffer[] = [];
  closed = false;
  #rest: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static open(port: number, { from, ca, cert, key }: ClientOptions = {}): Promise<Client> {
    const to = { port, host: '127.0.0.1', ...(from === undefined ? {} : { localAddress: from }) };
    return new Promise((resolve, reject) => {
      const opened = (): void => resolve(new Client(socket));
      const socket: Socket =
        ca === undefined
          ? connect(to, opened)
          : connectTls({ ...to, ca, ...(cert && key ? { cert, key } : {}) }, opened);
      socket.once('error', reject);
    });
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 2) {
      const end = 2 + this.#rest.readUInt16BE(0);
      if (this.#rest.length < end) break;
      this.frames.push(this.#rest.subarray(2, end));
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  send(body: Buffer): void {
    this.socket.write(framed(body));
  }

  /** Takes the first frame that `test` accepts; undefined where the socket closed or time ran out. */
  async take(test: (frame: Buffer) => boolean, timeoutMs = ANSWER_MS): Promise<Buffer | undefined> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const at = this.frames.findIndex(test);
      if (at >= 0) return this.frames.splice(at, 1)[0];
      const left = end - Date.now();
      if (this.closed || left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Sends and waits for the answer with the same STAN; undefined where none came. */
  async ask(mti: string, fields: IsoFields, timeoutMs = ANSWER_MS): Promise<IsoMessage | undefined> {
    keepSecrets(fields);
    this.send(buildIso(mti, fields));
    const frame = await this.take((one) => parseIso(one).fields[11] === fields[11], timeoutMs);
    return frame && parseIso(frame);
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.destroy();
    });
  }
}

export function framed(body: Buffer): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(body.length);
  return Buffer.concat([header, body]);
}

let stan = Math.floor(Math.random() * 500_000);

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** The fields that every request of the default profile carries, fresh STAN and RRN. */
export function identity(overrides: IsoFields = {}): Record<number, string> {
  stan = (stan + 1) % 1_000_000;
  const now = new Date();
  const date = twoDigits(now.getUTCMonth() + 1) + twoDigits(now.getUTCDate());
  const time = twoDigits(now.getUTCHours()) + twoDigits(now.getUTCMinutes()) + twoDigits(now.getUTCSeconds());
  const text = String(stan).padStart(6, '0');
  return {
    7: date + time,
    11: text,
    12: time,
    13: date,
    32: '000001',
    37: `R${text}${time.slice(0, 5)}`,
    41: 'DEMO0001',
    42: 'DEMOMERCHANT001',
    ...overrides,
  };
}

export function saleOf(product: string, amount: number, overrides: IsoFields = {}): Record<number, string> {
  return identity({
    3: '280000',
    4: String(amount).padStart(12, '0'),
    48: buildTlv([['PR', product]]),
    49: '840',
    ...overrides,
  });
}

export function creditOf(account: string, amount: number, overrides: IsoFields = {}): Record<number, string> {
  return identity({
    3: '210000',
    4: String(amount).padStart(12, '0'),
    49: '840',
    102: account,
    ...overrides,
  });
}

/** DE90 of the standard layout for an original's fields. */
export function citation(mti: string, fields: IsoFields): string {
  const acquirer = (fields[32] ?? '').padStart(11, '0');
  return `${mti}${fields[11]}${fields[7]}${acquirer}${'0'.repeat(11)}`;
}

/** A reversal of a request, with a STAN of its own. */
export function reversalOf(original: IsoFields, overrides: IsoFields = {}): Record<number, string> {
  const own = identity();
  return {
    ...own,
    3: original[3] ?? '',
    4: original[4] ?? '',
    37: original[37] ?? '',
    49: original[49] ?? '',
    90: citation('0200', original),
    ...overrides,
  };
}

/** The same request as the 1993 standard has it: date and time in DE12, and no DE13. */
export function as1993(fields: IsoFields): Record<number, string> {
  const { 13: date = '', ...rest } = fields;
  const year = String(new Date().getUTCFullYear()).slice(2);
  return { ...rest, 12: `${year}${date}${fields[12]}` };
}
