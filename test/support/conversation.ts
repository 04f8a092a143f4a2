/** A TCP connection as its packets: handshake, data both ways, end; with every packet to be reordered, left out or doubled. */
import { type Captured, CLIENT, type End, FLAG, ip, LINKS, type LinkName, SERVER } from './packets.js';

export type Way = '>' | '<';

export class Conversation {
  readonly packets: Buffer[] = [];
  readonly #next: Record<Way, number>;

  constructor(
    readonly client: End = CLIENT,
    readonly server: End = SERVER,
    first: { readonly client: number; readonly server: number } = { client: 1_000, server: 2_000 },
    /** TCP options of every packet. */
    readonly options: Buffer = Buffer.alloc(0),
  ) {
    this.#next = { '>': first.client, '<': first.server };
  }

  /** One packet; its bytes are counted, so that the next follows. */
  send(way: Way, flags: number, data: Buffer | string = ''): this {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    this.packets.push(this.at(way, this.#next[way], flags, bytes));
    const counted = bytes.length + (flags & (FLAG.syn | FLAG.fin) ? 1 : 0);
    this.#next[way] = (this.#next[way] + counted) >>> 0;
    return this;
  }

  /** A packet with a sequence number of its own, which counts for nothing. */
  at(way: Way, seq: number, flags: number, data: Buffer = Buffer.alloc(0)): Buffer {
    const [from, to] = way === '>' ? [this.client, this.server] : [this.server, this.client];
    const ack = flags & FLAG.ack ? this.#next[way === '>' ? '<' : '>'] : 0;
    return ip({ from, to, seq: seq >>> 0, ack, flags, data, options: this.options });
  }

  next(way: Way): number {
    return this.#next[way];
  }

  handshake(): this {
    return this.send('>', FLAG.syn)
      .send('<', FLAG.syn | FLAG.ack)
      .send('>', FLAG.ack);
  }

  data(way: Way, data: Buffer | string): this {
    return this.send(way, FLAG.psh | FLAG.ack, data);
  }

  fin(): this {
    return this.send('>', FLAG.fin | FLAG.ack)
      .send('<', FLAG.fin | FLAG.ack)
      .send('>', FLAG.ack);
  }
}

/** Packets ten milliseconds apart, from a second on, on a link. */
export function timed(
  packets: readonly Buffer[],
  link: LinkName = 'ethernet',
  from = 1_764_133_200,
): Captured[] {
  return packets.map((packet, at) => ({
    bytes: LINKS[link].wrap(packet),
    seconds: from + Math.floor(at / 100),
    fraction: (at % 100) * 10_000,
  }));
}
