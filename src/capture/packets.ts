/**
 * What the readers of capture files have in common: they take a window of the file, hand on the packets that lie whole
 * in it, and say how far they came. A packet is told by offsets into the window, so that nothing is allocated for it.
 */

export interface PacketSink {
  /**
   * The captured bytes are buffer[start..end); `originalBytes` is what the packet had on its way. `offset`: of its
   * record, from the start of the file.
   */
  packet(
    buffer: Buffer,
    start: number,
    end: number,
    originalBytes: number,
    linkType: number,
    timeUs: number,
    offset: number,
  ): void;
  fault(why: string, offset: number, skippedBytes: number): void;
}

export type FaultSink = Pick<PacketSink, 'fault'>;

export interface SegmentSink {
  /**
   * A TCP segment from `tcpAt` to `end` in `buffer`; by its IP header it had bytes up to `claimedEnd`, which is more
   * where the capture cut it. Addresses of `addressBytes` each stand at `addressesAt`.
   */
  segment(
    buffer: Buffer,
    addressesAt: number,
    addressBytes: 4 | 16,
    tcpAt: number,
    end: number,
    claimedEnd: number,
    timeUs: number,
    offset: number,
  ): void;
}

export interface PacketReader {
  /**
   * Reads buffer[0..end), whose first byte is `base` bytes from the start of the file, and returns how many bytes it is
   * done with; it wants the others again with more behind them. `last`: there are no more, and all of it is dealt with.
   */
  read(buffer: Buffer, end: number, base: number, last: boolean): number;
}

/** Where a reader is after damage: looking for the next record that makes sense. */
export interface Damage {
  readonly why: string;
  /** From the start of the file. */
  readonly offset: number;
}

export function u16(buffer: Buffer, at: number, little: boolean): number {
  return little ? buffer.readUInt16LE(at) : buffer.readUInt16BE(at);
}

export function u32(buffer: Buffer, at: number, little: boolean): number {
  return little ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at);
}
