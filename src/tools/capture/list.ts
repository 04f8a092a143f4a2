/** The connections of a capture, summed up. Maximum: `LISTED_MAX` of them; of those beyond only the number is kept. */
import type { Direction } from '../../capture/types.js';
import type { StreamEvent, TrafficConnection } from './events.js';

export const LISTED_MAX = 100_000;

export interface ListedConnection {
  readonly connection: TrafficConnection;
  readonly openedUs: number;
  lastUs: number;
  readonly bytes: Record<Direction, number>;
  /** Bytes that the capture lacks. */
  missingBytes: number;
  closed: 'fin' | 'rst' | 'end';
}

export interface Listing {
  readonly connections: readonly ListedConnection[];
  readonly notListed: number;
}

type FaultEvent = Extract<StreamEvent, { kind: 'fault' }>;

export function listConnections(
  events: Iterable<StreamEvent>,
  onFault: (fault: FaultEvent) => void,
): Listing {
  const listed = new Map<TrafficConnection, ListedConnection>();
  let notListed = 0;
  for (const event of events) {
    if (event.kind === 'fault') onFault(event);
    else if (event.kind === 'open') {
      if (listed.size >= LISTED_MAX) notListed += 1;
      else listed.set(event.connection, begun(event.connection, event.timeUs));
    } else {
      const line = listed.get(event.connection);
      if (line) enter(line, event);
    }
  }
  return { connections: [...listed.values()], notListed };
}

function begun(connection: TrafficConnection, timeUs: number): ListedConnection {
  const bytes = { 'to-server': 0, 'to-client': 0 };
  return { connection, openedUs: timeUs, lastUs: timeUs, bytes, missingBytes: 0, closed: 'end' };
}

function enter(line: ListedConnection, event: Exclude<StreamEvent, { kind: 'fault' | 'open' }>): void {
  line.lastUs = event.timeUs;
  if (event.kind === 'bytes') line.bytes[event.direction] += event.bytes.length;
  else if (event.kind === 'gap') line.missingBytes += event.bytes;
  else line.closed = event.how;
}
