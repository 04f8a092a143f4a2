/**
 * What guessing looks at: the first bytes of each direction of each connection, by the server that they went to.
 * Maximums: SERVERS_MAX servers, of each RUNS_MAX runs of RUN_BYTES_MAX bytes; reading ends after READ_BYTES_MAX bytes
 * of streams.
 */
import type { CaptureEndpoint, Direction } from '../../capture/types.js';
import type { StreamEvent } from '../capture/events.js';

const SERVERS_MAX = 16;
const RUNS_MAX = 64;
const RUN_BYTES_MAX = 16_384;
const READ_BYTES_MAX = 16 * 1_048_576;

/** Bytes of one direction without a gap. */
export interface Run {
  readonly connection: number;
  readonly direction: Direction;
  readonly bytes: Buffer;
  /** Where packets (or, of a list, messages) begin in them; ascending. */
  readonly starts: readonly number[];
}

/** Everything seen of one server. */
export interface Service {
  readonly server: CaptureEndpoint;
  readonly connections: number;
  /** Of all its streams, of which the runs may be the beginning. */
  readonly streamBytes: number;
  readonly runs: readonly Run[];
}

interface GrowingRun {
  readonly connection: number;
  readonly direction: Direction;
  readonly chunks: Buffer[];
  readonly starts: number[];
  bytes: number;
  /** A gap came, or there is enough: what follows belongs to another run. */
  ended: boolean;
}

interface GrowingService {
  readonly server: CaptureEndpoint;
  readonly connections: Set<number>;
  readonly runs: GrowingRun[];
  streamBytes: number;
}

/** The services seen, the one with the most bytes first. */
export function sampleOf(events: Iterable<StreamEvent>): Service[] {
  const services = new Map<string, GrowingService>();
  const open = new Map<string, GrowingRun>();
  let read = 0;
  for (const event of events) {
    if (event.kind === 'gap') {
      const run = open.get(`${event.connection.id} ${event.direction}`);
      if (run) run.ended = true;
    }
    if (event.kind !== 'bytes' || event.bytes.length === 0) continue;
    read += event.bytes.length;
    if (read > READ_BYTES_MAX) break;
    const service = serviceOf(services, event.connection.server);
    if (service === undefined) continue;
    service.streamBytes += event.bytes.length;
    service.connections.add(event.connection.id);
    const run = runOf(service, open, event.connection.id, event.direction);
    if (run !== undefined) grow(run, event.bytes);
  }
  return [...services.values()]
    .map(({ server, connections, runs, streamBytes }) => ({
      server,
      connections: connections.size,
      streamBytes,
      runs: runs.map(({ connection, direction, chunks, starts }) => ({
        connection,
        direction,
        starts,
        bytes: Buffer.concat(chunks),
      })),
    }))
    .sort((a, b) => b.streamBytes - a.streamBytes);
}

function serviceOf(
  services: Map<string, GrowingService>,
  server: CaptureEndpoint,
): GrowingService | undefined {
  const key = `${server.address} ${server.port}`;
  const known = services.get(key);
  if (known !== undefined || services.size >= SERVERS_MAX) return known;
  const fresh = { server, connections: new Set<number>(), runs: [], streamBytes: 0 };
  services.set(key, fresh);
  return fresh;
}

function runOf(
  service: GrowingService,
  open: Map<string, GrowingRun>,
  connection: number,
  direction: Direction,
): GrowingRun | undefined {
  const key = `${connection} ${direction}`;
  const known = open.get(key);
  if (known !== undefined && !known.ended) return known;
  // One that was full has had its share; one that a gap ended begins anew.
  if ((known?.bytes ?? 0) >= RUN_BYTES_MAX || service.runs.length >= RUNS_MAX) return undefined;
  const fresh: GrowingRun = { connection, direction, chunks: [], starts: [], bytes: 0, ended: false };
  service.runs.push(fresh);
  open.set(key, fresh);
  return fresh;
}

/** Whole chunks: the last may pass the limit by its own length. */
function grow(run: GrowingRun, bytes: Buffer): void {
  run.starts.push(run.bytes);
  run.chunks.push(bytes);
  run.bytes += bytes.length;
  if (run.bytes >= RUN_BYTES_MAX) run.ended = true;
}
