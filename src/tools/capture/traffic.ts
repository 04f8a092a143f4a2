/**
 * Traffic from a file, in the order of the file and in constant memory: a pcap, a pcapng, an encrypted recording or a hex
 * list, told apart by the first bytes. `readStreams` gives the bytes of each connection, `readTraffic` cuts them into frames. Both read as
 * they are asked for events: one window of the file (`WINDOW_BYTES`) and its events are held at a time.
 */

import { SafeError } from '../../base/errors.js';
import type { PacketCounts } from '../../capture/internet.js';
import { captureReader } from '../../capture/reader.js';
import { isSealed } from '../../capture/sealed.js';
import type { Framing } from '../../transport/index.js';
import type { StreamEvent, TrafficEvent } from './events.js';
import { Framer } from './framer.js';
import { HexList, isHexList } from './hexList.js';
import { whatIs } from './kinds.js';
import { eventSink } from './sink.js';
import { type Fill, openFile, peeked, type Take, windows } from './source.js';
import { unsealed } from './unsealed.js';

export interface TrafficOptions {
  /** Only connections to these ports of servers; they tell which side is the server. */
  readonly ports?: readonly number[] | undefined;
  /** The X25519 private key of an encrypted recording. */
  readonly key?: Buffer | undefined;
  /** Counts what the packets of a capture were. */
  readonly counts?: PacketCounts | undefined;
}

/** A file that is no capture. */
export class CaptureError extends SafeError {
  override name = 'CaptureError';
}

const FIRST_BYTES = 16;

export function* readStreams(file: string, options: TrafficOptions = {}): Generator<StreamEvent> {
  for (const event of read(file, options)) {
    if (event.kind === 'bytes' && 'framed' in event) {
      const { framed: _, ...bytes } = event;
      yield bytes;
    } else yield event;
  }
}

export function* readTraffic(
  file: string,
  framing: Framing,
  options: TrafficOptions = {},
): Generator<TrafficEvent> {
  const out: TrafficEvent[] = [];
  const framer = new Framer(framing, (event) => out.push(event));
  for (const event of read(file, options)) {
    framer.take(event, 'framed' in event && !event.framed);
    if (out.length === 0) continue;
    yield* out;
    out.length = 0;
  }
}

type ReadEvent = StreamEvent & { readonly framed?: boolean };

function* read(file: string, options: TrafficOptions): Generator<ReadEvent> {
  const source = openFile(file);
  try {
    const events: ReadEvent[] = [];
    const emit = (event: ReadEvent): void => void events.push(event);
    // Told when the file is at its end: what stood before has not been read yet.
    const late: ReadEvent[] = [];
    const fill = inClear(file, source.fill, (event) => late.push(event), options);
    for (const _ of windows(fill, chosen(file, emit, options))) {
      yield* events;
      events.length = 0;
    }
    yield* late;
  } finally {
    source.close();
  }
}

/** The file as it is, or opened with the key where it is sealed. */
function inClear(file: string, fill: Fill, emit: (event: ReadEvent) => void, { key }: TrafficOptions): Fill {
  const { first, whole } = peeked(fill, FIRST_BYTES);
  if (!isSealed(first)) return whole;
  if (!key) throw new CaptureError(`${file}: an encrypted recording: the private key is needed (--key FILE)`);
  return unsealed(whole, key, (why, offset, skippedBytes) =>
    emit({ kind: 'fault', why, offset, skippedBytes, timeUs: 0 }),
  );
}

/** The reader of the file is chosen when its first window is there. */
function chosen(file: string, emit: (event: ReadEvent) => void, options: TrafficOptions): Take {
  let reader: { read: Take; end(): void } | undefined;
  return (buffer, end, base, last) => {
    reader ??= readerOf(file, buffer.subarray(0, Math.min(end, FIRST_BYTES)), emit, options);
    const done = reader.read(buffer, end, base, last);
    if (last) reader.end();
    return done;
  };
}

function readerOf(
  file: string,
  first: Buffer,
  emit: (event: ReadEvent) => void,
  options: TrafficOptions,
): { read: Take; end(): void } {
  const reader = captureReader(first, eventSink(emit), options);
  if (reader) return reader;
  if (isHexList(first)) return new HexList(emit);
  throw new CaptureError(`${file}: ${whatIs(first)}; a pcap, a pcapng or a hex list is expected`);
}
