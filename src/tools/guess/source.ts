/**
 * The streams to guess from: of a capture, an encrypted recording or a hex list, or the file's own bytes where it is none
 * of these, as bytes taken from one direction of a stream are.
 * Maximum: of a file that is taken for a stream, RAW_BYTES_MAX bytes.
 */
import { SafeError } from '../../base/errors.js';
import { isPcap } from '../../capture/pcap.js';
import { isPcapng } from '../../capture/pcapng.js';
import { isSealed } from '../../capture/sealed.js';
import type { StreamEvent, TrafficConnection } from '../capture/events.js';
import { isHexList } from '../capture/hexList.js';
import { knownKind } from '../capture/kinds.js';
import { openFile, peeked } from '../capture/source.js';
import { readStreams, type TrafficOptions } from '../capture/traffic.js';

const FIRST_BYTES = 16;
const RAW_BYTES_MAX = 16_384;

export interface Source {
  /** `list`: its lines may be messages without framing. `raw`: the file's own bytes. */
  readonly kind: 'capture' | 'list' | 'raw';
  readonly events: Iterable<StreamEvent>;
}

/** A file that is empty, or has to be unpacked or converted first. */
export class NoTraffic extends SafeError {
  override name = 'NoTraffic';
}

/**
 * What the file may be, the likeliest first: text in hexadecimal digits may also be a stream of ASCII messages. Throws
 * NoTraffic; reading the events throws CaptureError where a key is needed.
 */
export function sourcesOf(file: string, options: TrafficOptions): Source[] {
  const traffic = { events: readStreams(file, options) };
  // Standard input can be read but once.
  if (file === '-') return [{ kind: 'capture', ...traffic }];
  const first = firstBytes(file, FIRST_BYTES);
  if (isSealed(first) || isPcap(first) || isPcapng(first)) return [{ kind: 'capture', ...traffic }];
  const kind = knownKind(first);
  if (kind !== undefined) throw new NoTraffic(`${file}: ${kind}`);
  const raw: Source = { kind: 'raw', events: [rawBytes(firstBytes(file, RAW_BYTES_MAX))] };
  return isHexList(first) ? [{ kind: 'list', ...traffic }, raw] : [raw];
}

function firstBytes(file: string, bytes: number): Buffer {
  const source = openFile(file);
  try {
    return peeked(source.fill, bytes).first;
  } finally {
    source.close();
  }
}

function rawBytes(bytes: Buffer): StreamEvent {
  const nowhere = { address: '', port: 0 };
  const connection: TrafficConnection = { id: 1, client: nowhere, server: nowhere, serverKnownBy: 'guess' };
  return { kind: 'bytes', connection, direction: 'to-server', bytes, timeUs: 0, offset: 0 };
}
