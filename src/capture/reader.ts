/**
 * A capture file from its first bytes to the events of its connections: chooses the reader of packets, and wires it to
 * IP and TCP. Pure: whoever has the file gives it in windows.
 */
import { type ConnectionOptions, Connections } from './connections.js';
import { Internet, type PacketCounts } from './internet.js';
import type { FaultSink, PacketReader } from './packets.js';
import { isPcap, PcapReader } from './pcap.js';
import { isPcapng, PcapngReader } from './pcapng.js';
import type { StreamSink } from './stream.js';

export interface CaptureReader extends PacketReader {
  /** Once all was read. */
  end(): void;
}

/** Undefined where the first bytes of the file (eight of them, or all) are not those of a capture. */
export function captureReader(
  first: Buffer,
  sink: StreamSink & FaultSink,
  options: ConnectionOptions & { readonly counts?: PacketCounts | undefined } = {},
): CaptureReader | undefined {
  const connections = new Connections(sink, sink, options);
  const internet = new Internet(connections, sink, options.counts);
  const packets = isPcap(first)
    ? new PcapReader(internet)
    : isPcapng(first)
      ? new PcapngReader(internet)
      : undefined;
  if (!packets) return undefined;
  return {
    read: (buffer, end, base, last) => packets.read(buffer, end, base, last),
    end() {
      internet.end();
      connections.end();
    },
  };
}
