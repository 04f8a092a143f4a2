/**
 * Writes streams of bytes as a pcapng file, in packets that never were: raw IP and TCP with a handshake, sequence
 * numbers that go on, right checksums and an end, so that Wireshark and any other reader follows the streams.
 * Maximums: 16,384 bytes of payload a packet; what is longer goes into several.
 */
import type { CaptureEndpoint, Direction } from '../types.js';
import { addressBytes } from './address.js';
import { packetBlock, rawInterface, sectionHeader } from './blocks.js';
import { segmentBytes, TCP, writeSegment } from './packets.js';

const PAYLOAD_BYTES_MAX = 16_384;
const APPLICATION = 'prepaid-switch';
/** Added from connection to connection, so that one that uses the ports of another begins elsewhere. */
const FIRST_SEQUENCE_STEP = 0x3d4d51cb;
const NOTHING = Buffer.alloc(0);

export interface SyntheticConnection {
  data(direction: Direction, bytes: Buffer, timeUs: number): void;
  /** So many bytes of the stream are not known: they are left out of the sequence, and the next packet says so. */
  gap(direction: Direction, bytes: number): void;
  close(timeUs: number, how: 'fin' | 'rst'): void;
}

export class SyntheticTraffic {
  readonly #sink: (bytes: Buffer) => void;
  #connections = 0;

  /** The sink is given whole blocks, one by one, and may keep them. */
  constructor(sink: (bytes: Buffer) => void) {
    this.#sink = sink;
  }

  /** What stands before all packets; `name` is the interface's. */
  begin(name = ''): void {
    this.#sink(sectionHeader(APPLICATION));
    this.#sink(rawInterface(name));
  }

  open(client: CaptureEndpoint, server: CaptureEndpoint, timeUs: number): SyntheticConnection {
    this.#connections += 1;
    const first = Math.imul(this.#connections, FIRST_SEQUENCE_STEP) >>> 0;
    return new Conversation(this.#sink, client, server, first, timeUs);
  }
}

interface Side {
  readonly address: Buffer;
  readonly port: number;
  /** The sequence number of its next byte. */
  next: number;
  /** Bytes left out before its next packet. */
  missing: number;
}

class Conversation implements SyntheticConnection {
  readonly #sink: (bytes: Buffer) => void;
  readonly #client: Side;
  readonly #server: Side;
  #packets = 0;

  constructor(
    sink: (bytes: Buffer) => void,
    client: CaptureEndpoint,
    server: CaptureEndpoint,
    first: number,
    timeUs: number,
  ) {
    const [from, to] = addressBytes(client.address, server.address);
    this.#sink = sink;
    this.#client = { address: from, port: client.port, next: first, missing: 0 };
    this.#server = { address: to, port: server.port, next: ~first >>> 0, missing: 0 };
    this.#send(this.#client, TCP.syn, NOTHING, timeUs);
    this.#send(this.#server, TCP.syn | TCP.ack, NOTHING, timeUs);
    this.#send(this.#client, TCP.ack, NOTHING, timeUs);
  }

  data(direction: Direction, bytes: Buffer, timeUs: number): void {
    const side = this.#from(direction);
    for (let at = 0; at < bytes.length; at += PAYLOAD_BYTES_MAX) {
      this.#send(side, TCP.psh | TCP.ack, bytes.subarray(at, at + PAYLOAD_BYTES_MAX), timeUs);
    }
  }

  gap(direction: Direction, bytes: number): void {
    const side = this.#from(direction);
    side.missing += bytes;
    side.next = (side.next + bytes) % 0x1_0000_0000;
  }

  close(timeUs: number, how: 'fin' | 'rst'): void {
    if (how === 'rst') {
      this.#send(this.#client, TCP.rst | TCP.ack, NOTHING, timeUs);
      return;
    }
    this.#send(this.#client, TCP.fin | TCP.ack, NOTHING, timeUs);
    this.#send(this.#server, TCP.fin | TCP.ack, NOTHING, timeUs);
    this.#send(this.#client, TCP.ack, NOTHING, timeUs);
  }

  #from(direction: Direction): Side {
    return direction === 'to-server' ? this.#client : this.#server;
  }

  #send(side: Side, flags: number, payload: Buffer, timeUs: number): void {
    const peer = side === this.#client ? this.#server : this.#client;
    const comment = side.missing === 0 ? '' : `${side.missing} bytes before this were not recorded`;
    const { block, at } = packetBlock(segmentBytes(side.address.length, payload.length), timeUs, comment);
    const segment = {
      from: side.address,
      to: peer.address,
      fromPort: side.port,
      toPort: peer.port,
      sequence: side.next,
      acknowledged: flags & TCP.ack ? peer.next : 0,
      flags,
      id: this.#packets,
    };
    writeSegment(block, at, segment, payload);
    this.#packets += 1;
    side.missing = 0;
    const counted = flags & (TCP.syn | TCP.fin) ? 1 : 0;
    side.next = (side.next + payload.length + counted) % 0x1_0000_0000;
    this.#sink(block);
  }
}
