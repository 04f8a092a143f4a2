/** What the reader makes of a capture in memory, as lines that a test can state. */
import type { ConnectionOptions } from '../../src/capture/connections.js';
import { noPackets, type PacketCounts } from '../../src/capture/internet.js';
import { captureReader } from '../../src/capture/reader.js';
import type { CaptureConnection, Direction } from '../../src/capture/types.js';

export interface Told {
  /** 'open 1', '1 > text', '1 < gap 5', 'close 1 fin', 'fault why'. */
  readonly lines: string[];
  readonly times: number[];
  readonly offsets: number[];
  readonly counts: PacketCounts;
  readonly connections: CaptureConnection[];
  /** The bytes of each direction by '1 >'. */
  readonly streams: Map<string, Buffer>;
}

/** `windowBytes`: how much of the file there is more of each time. */
export function told(file: Buffer, options: ConnectionOptions = {}, windowBytes = file.length + 1): Told {
  const all: Told = {
    lines: [],
    times: [],
    offsets: [],
    counts: noPackets(),
    connections: [],
    streams: new Map(),
  };
  const tell = (line: string, timeUs: number, offset: number): void => {
    all.lines.push(line);
    all.times.push(timeUs);
    all.offsets.push(offset);
  };
  const arrow = (direction: Direction): string => (direction === 'to-server' ? '>' : '<');
  const reader = captureReader(
    file.subarray(0, 16),
    {
      opened(connection, timeUs, offset) {
        all.connections.push(connection);
        tell(`open ${connection.id}`, timeUs, offset);
      },
      bytes({ id }, direction, buffer, start, end, timeUs, offset) {
        const key = `${id} ${arrow(direction)}`;
        const bytes = buffer.subarray(start, end);
        all.streams.set(key, Buffer.concat([all.streams.get(key) ?? Buffer.alloc(0), bytes]));
        tell(`${key} ${bytes.toString('latin1')}`, timeUs, offset);
      },
      gap({ id }, direction, bytes, timeUs, offset) {
        tell(`${id} ${arrow(direction)} gap ${bytes}`, timeUs, offset);
      },
      closed({ id }, how, timeUs, offset) {
        tell(`close ${id} ${how}`, timeUs, offset);
      },
      stray({ id }, direction, why, skippedBytes, timeUs, offset) {
        tell(`stray ${id} ${arrow(direction)} ${why}, ${skippedBytes}`, timeUs, offset);
      },
      fault(why, offset, skippedBytes) {
        tell(`fault ${why}, ${skippedBytes}`, 0, offset);
      },
    },
    { ...options, counts: all.counts },
  );
  if (!reader) throw new Error('no capture');
  feed(reader, file, windowBytes);
  return all;
}

interface Reader {
  read(buffer: Buffer, end: number, base: number, last: boolean): number;
  end(): void;
}

function feed(reader: Reader, file: Buffer, windowBytes: number): void {
  let base = 0;
  for (let end = 0; ; ) {
    end = Math.min(file.length, end + windowBytes);
    const last = end === file.length;
    // A copy of its own, so that a reader that looks beyond the end of what it was given is found out.
    const window = Buffer.from(file.subarray(base, end));
    base += reader.read(window, window.length, base, last);
    if (last) break;
  }
  reader.end();
}
