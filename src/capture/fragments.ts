/**
 * IP datagrams that came in fragments, put together again. A fragment that was seen twice, or that overlaps others,
 * does no harm: the byte that came first stands. Maximums: `datagramsMax` unfinished ones (the oldest goes), each of
 * `fragmentsPerDatagramMax` pieces and `datagramBytesMax` bytes; what is given up is a fault.
 */
import { CAPTURE_LIMITS } from './limits.js';
import type { FaultSink, SegmentSink } from './packets.js';

export interface Piece {
  /** Where in the datagram's data it begins. */
  readonly at: number;
  readonly isLast: boolean;
  readonly timeUs: number;
  readonly offset: number;
}

interface Datagram {
  readonly addresses: Buffer;
  readonly pieces: { readonly at: number; readonly data: Buffer }[];
  /** Bytes of its data, once the last fragment has told. */
  total: number | undefined;
  bytes: number;
  /** Of its first fragment, in the file. */
  readonly offset: number;
}

export class Fragments {
  readonly #segments: SegmentSink;
  readonly #faults: FaultSink;
  readonly #datagrams = new Map<string, Datagram>();

  constructor(segments: SegmentSink, faults: FaultSink) {
    this.#segments = segments;
    this.#faults = faults;
  }

  /** `claimed`: bytes that the fragment had before the capture cut it. */
  add(addresses: Buffer, id: number, data: Buffer, claimed: number, piece: Piece): void {
    if (data.length < claimed) {
      this.#faults.fault('a fragment that the capture cut', piece.offset, data.length);
      return;
    }
    const { datagramBytesMax, fragmentsPerDatagramMax } = CAPTURE_LIMITS;
    if (piece.at + data.length > datagramBytesMax) {
      this.#faults.fault(`a fragment beyond ${datagramBytesMax} bytes`, piece.offset, data.length);
      return;
    }
    const key = `${addresses.toString('latin1')}${id}`;
    const datagram = this.#datagrams.get(key) ?? this.#begin(key, addresses, piece.offset);
    if (datagram.pieces.length >= fragmentsPerDatagramMax) {
      this.#giveUp(key, datagram, `more than ${fragmentsPerDatagramMax} fragments of a datagram`);
      return;
    }
    datagram.pieces.push({ at: piece.at, data: Buffer.from(data) });
    datagram.bytes += data.length;
    if (piece.isLast) datagram.total = piece.at + data.length;
    if (datagram.total === undefined || datagram.bytes < datagram.total) return;
    const whole = assembled(datagram, datagram.total);
    if (!whole) return;
    this.#datagrams.delete(key);
    const width = addresses.length === 8 ? 4 : 16;
    const end = whole.length;
    this.#segments.segment(whole, 0, width, 2 * width, end, end, piece.timeUs, piece.offset);
  }

  end(): void {
    for (const [key, datagram] of this.#datagrams)
      this.#giveUp(key, datagram, 'a datagram of which fragments are missing');
  }

  #begin(key: string, addresses: Buffer, offset: number): Datagram {
    const [oldest] = this.#datagrams.size >= CAPTURE_LIMITS.datagramsMax ? this.#datagrams : [];
    if (oldest) this.#giveUp(...oldest, 'a datagram of which fragments are missing');
    const begun = { addresses: Buffer.from(addresses), pieces: [], total: undefined, bytes: 0, offset };
    this.#datagrams.set(key, begun);
    return begun;
  }

  #giveUp(key: string, { offset, bytes }: Datagram, why: string): void {
    this.#datagrams.delete(key);
    this.#faults.fault(why, offset, bytes);
  }
}

/** Addresses and data; undefined where bytes are missing yet. */
function assembled({ addresses, pieces }: Datagram, total: number): Buffer | undefined {
  const whole = Buffer.alloc(addresses.length + total);
  addresses.copy(whole);
  let filled = 0;
  const inOrder = [...pieces].sort((one, other) => one.at - other.at);
  for (const { at, data } of inOrder) {
    if (at > filled) return undefined;
    const known = filled - at;
    if (known >= data.length || at >= total) continue;
    data.copy(whole, addresses.length + filled, known, Math.min(data.length, total - at));
    filled = at + data.length;
  }
  return filled >= total ? whole : undefined;
}
