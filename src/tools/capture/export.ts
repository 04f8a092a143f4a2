/**
 * Writes what a capture holds in other forms: a hex list of messages or of bytes as on the wire, a pcapng of chosen
 * connections with packets that are made up anew, the bytes of one direction. Everything in clear, as it was captured.
 * Written as it is read; what the capture lacks is a comment of the list, and a gap in the sequence of the pcapng.
 */
import { type SyntheticConnection, SyntheticTraffic } from '../../capture/recorder/syntheticTraffic.js';
import type { CaptureEndpoint, Direction } from '../../capture/types.js';
import type { StreamEvent, TrafficConnection, TrafficEvent } from './events.js';
import { timeText } from './times.js';

export type Write = (bytes: Buffer | string) => void;

/** How many messages, segments or bytes were written. */
export interface Exported {
  readonly connections: number;
  readonly pieces: number;
  readonly bytes: number;
}

const ARROW = { 'to-server': '>', 'to-client': '<' } as const;

/** Of `TrafficEvent`s messages without framing, of `StreamEvent`s segments as on the wire. */
export function exportHex(
  events: Iterable<TrafficEvent | StreamEvent>,
  write: Write,
  framed: boolean,
): Exported {
  const done = { connections: 0, pieces: 0, bytes: 0 };
  if (framed) write('#framed\n');
  for (const event of events) {
    if (event.kind === 'open') {
      done.connections += 1;
      const { id, client, server } = event.connection;
      write(`# @${id}: ${endpointText(client)} > ${endpointText(server)}\n`);
    } else if (event.kind === 'gap') {
      write(`# @${event.connection.id} ${ARROW[event.direction]} ${event.bytes} bytes are missing here\n`);
    } else if (event.kind === 'frame' || event.kind === 'bytes') {
      const bytes = event.kind === 'frame' ? event.body : event.bytes;
      const head = `@${event.connection.id} ${timeText(event.timeUs)} ${ARROW[event.direction]}`;
      write(`${head} ${bytes.toString('hex')}\n`);
      done.pieces += 1;
      done.bytes += bytes.length;
    }
  }
  return done;
}

export function exportPcapng(events: Iterable<StreamEvent>, write: Write): Exported {
  const done = { connections: 0, pieces: 0, bytes: 0 };
  const traffic = new SyntheticTraffic(write);
  const open = new Map<TrafficConnection, SyntheticConnection>();
  traffic.begin();
  for (const event of events) {
    if (event.kind === 'open') {
      const { client, server } = event.connection;
      open.set(event.connection, traffic.open(client, server, event.timeUs));
      done.connections += 1;
    } else if (event.kind === 'bytes') {
      open.get(event.connection)?.data(event.direction, event.bytes, event.timeUs);
      done.pieces += 1;
      done.bytes += event.bytes.length;
    } else if (event.kind === 'gap') {
      open.get(event.connection)?.gap(event.direction, event.bytes);
    } else if (event.kind === 'close') {
      if (event.how !== 'end') open.get(event.connection)?.close(event.timeUs, event.how);
      open.delete(event.connection);
    }
  }
  return done;
}

/** The bytes of one direction of the connections that there are, one behind the other. */
export function exportRaw(events: Iterable<StreamEvent>, write: Write, direction: Direction): Exported {
  const done = { connections: 0, pieces: 0, bytes: 0 };
  for (const event of events) {
    if (event.kind === 'open') done.connections += 1;
    if (event.kind !== 'bytes' || event.direction !== direction) continue;
    write(event.bytes);
    done.pieces += 1;
    done.bytes += event.bytes.length;
  }
  return done;
}

/** Only what belongs to these connections; faults go to `onFault`, those of other connections left out. */
export function* chosen<E extends TrafficEvent | StreamEvent>(
  events: Iterable<E>,
  ids: ReadonlySet<number> | undefined,
  onFault: (fault: Extract<StreamEvent, { kind: 'fault' }>) => void,
): Generator<E> {
  for (const event of events) {
    if (ids && event.connection && !ids.has(event.connection.id)) continue;
    if (event.kind === 'fault') onFault(event);
    else yield event;
  }
}

/** Address and port as they are written together. */
export function endpointText({ address, port }: CaptureEndpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
