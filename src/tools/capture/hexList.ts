/**
 * A hex list: one message a line in hexadecimal, before it optionally `@N` (connection), a time (ISO 8601, or seconds)
 * and `>` or `<` (to the server, to the client); `#` begins a comment. From a line `#framed` on, lines are bytes as on
 * the wire. A line that cannot be read is a fault, and passed over. Maximums: `LINE_BYTES_MAX`, `CONNECTIONS_MAX`.
 */
import type { Direction } from '../../capture/types.js';
import type { StreamBytes, StreamEvent, TrafficConnection } from './events.js';

export const LINE_BYTES_MAX = 262_144;
const CONNECTIONS_MAX = 16_384;
const LINE_FEED = 0x0a;
const FRAMED = /^#\s*framed\s*$/i;
const LINE =
  /^(?:@(\d{1,9})\s+)?(?:(\d+(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+)\s+)?(?:([<>])\s*)?((?:[0-9A-Fa-f]{2}\s*)+)$/;
/** Addresses for documentation, since a list has none. */
const SERVER = { address: '192.0.2.1', port: 8583 };
const CLIENT_ADDRESS = '198.51.100.1';
const CLIENT_PORT_FIRST = 40_000;

export interface ListedMessage extends StreamBytes {
  /** Whether the bytes have their framing around them. */
  readonly framed: boolean;
}

export type ListEvent = ListedMessage | Exclude<StreamEvent, StreamBytes>;

export class HexList {
  readonly #emit: (event: ListEvent) => void;
  readonly #connections = new Map<number, TrafficConnection>();
  #framed = false;
  #timeUs = 0;
  /** A line longer than the limit is passed over to its end. */
  #overlongAt: number | undefined;

  constructor(emit: (event: ListEvent) => void) {
    this.#emit = emit;
  }

  read(buffer: Buffer, end: number, base: number, last: boolean): number {
    let at = 0;
    while (at < end) {
      const found = buffer.indexOf(LINE_FEED, at);
      const isWhole = found >= 0 && found < end;
      if (!isWhole && !last) break;
      const until = isWhole ? found : end;
      if (this.#overlongAt !== undefined) this.#endOverlong(base + until);
      else if (until - at > LINE_BYTES_MAX) this.#fault('a line too long', base + at, until - at);
      else this.#line(buffer.toString('latin1', at, until), base + at);
      at = until + 1;
    }
    if (at >= end) return end;
    if (end - at <= LINE_BYTES_MAX) return at;
    this.#overlongAt ??= base + at;
    return end;
  }

  end(): void {
    for (const connection of this.#connections.values())
      this.#emit({ kind: 'close', how: 'end', connection, timeUs: this.#timeUs, offset: 0 });
  }

  #endOverlong(until: number): void {
    const from = this.#overlongAt ?? until;
    this.#overlongAt = undefined;
    this.#fault('a line too long', from, until - from);
  }

  #line(text: string, offset: number): void {
    if (FRAMED.test(text.trim())) this.#framed = true;
    const told = text.replace(/#.*/, '').trim();
    if (told === '') return;
    const match = LINE.exec(told);
    const timeUs = match?.[2] === undefined ? this.#timeUs : timeOf(match[2]);
    if (!match || Number.isNaN(timeUs)) {
      this.#fault('a line that is no message in hexadecimal', offset, text.length);
      return;
    }
    this.#timeUs = timeUs;
    const connection = this.#connection(Number(match[1] ?? 1), offset);
    if (!connection) {
      this.#fault(`more than ${CONNECTIONS_MAX} connections`, offset, text.length);
      return;
    }
    const direction: Direction = match[3] === '<' ? 'to-client' : 'to-server';
    const bytes = Buffer.from((match[4] ?? '').replace(/\s+/g, ''), 'hex');
    this.#emit({ kind: 'bytes', bytes, connection, direction, timeUs, offset, framed: this.#framed });
  }

  #connection(number: number, offset: number): TrafficConnection | undefined {
    const known = this.#connections.get(number);
    if (known || this.#connections.size >= CONNECTIONS_MAX) return known;
    const id = this.#connections.size + 1;
    const client = { address: CLIENT_ADDRESS, port: CLIENT_PORT_FIRST + id };
    // A list begins where its connections do.
    const connection: TrafficConnection = { id, client, server: SERVER, serverKnownBy: 'syn' };
    this.#connections.set(number, connection);
    this.#emit({ kind: 'open', connection, timeUs: this.#timeUs, offset });
    return connection;
  }

  #fault(why: string, offset: number, skippedBytes: number): void {
    this.#emit({ kind: 'fault', why, skippedBytes, timeUs: this.#timeUs, offset });
  }
}

/** Microseconds, to a quarter of one; NaN where it is no time. */
function timeOf(text: string): number {
  if (!text.includes('T')) return Number(text) * 1e6;
  const fraction = /\.\d+/.exec(text)?.[0] ?? '';
  // A Date has milliseconds and no more.
  return Date.parse(text.replace(fraction, '')) * 1_000 + Number(`0${fraction}`) * 1e6;
}

/** Whether a file that begins so may be a list: a comment, or the characters of one. */
export function isHexList(first: Buffer): boolean {
  return /^[\t\r\n ]*(#|[@<>0-9A-Fa-f][@<>0-9A-Fa-f\t\r\n .:TZ+-]*(#|$))/.test(first.toString('latin1'));
}
