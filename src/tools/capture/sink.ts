/** Turns what reading a capture tells into events. Bytes are views of the window that they were read in. */
import type { FaultSink } from '../../capture/packets.js';
import type { StreamSink } from '../../capture/stream.js';
import type { StreamEvent } from './events.js';

export function eventSink(emit: (event: StreamEvent) => void): StreamSink & FaultSink {
  let lastUs = 0;
  return {
    opened(connection, timeUs, offset) {
      emit({ kind: 'open', connection, timeUs, offset });
    },
    bytes(connection, direction, buffer, start, end, timeUs, offset) {
      lastUs = timeUs;
      const bytes = buffer.subarray(start, end);
      emit({ kind: 'bytes', connection, direction, bytes, timeUs, offset });
    },
    gap(connection, direction, bytes, timeUs, offset) {
      emit({ kind: 'gap', connection, direction, bytes, timeUs, offset });
    },
    closed(connection, how, timeUs, offset) {
      emit({ kind: 'close', connection, how, timeUs, offset });
    },
    stray(connection, direction, why, skippedBytes, timeUs, offset) {
      emit({ kind: 'fault', why, skippedBytes, connection, direction, timeUs, offset });
    },
    fault(why, offset, skippedBytes) {
      emit({ kind: 'fault', why, skippedBytes, timeUs: lastUs, offset });
    },
  };
}
