/** Recordings of a switch, as a test looks at them: files by link, and the streams in them. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamEvent } from '../../src/tools/capture/events.js';
import { readStreams } from '../../src/tools/capture/traffic.js';

export interface RecordedStreams {
  readonly toServer: Buffer;
  readonly toClient: Buffer;
  /** Bytes that are said to be missing. */
  readonly missing: number;
  readonly closed: 'fin' | 'rst' | 'end' | undefined;
}

/** The files of a link, oldest first. */
export function recordingsOf(folder: string, link: string): string[] {
  const names = new RegExp(`^${link}-\\d{8}T\\d{6}-(\\d+)\\.pcapng(\\.sealed)?$`);
  return readdirSync(folder)
    .filter((file) => names.test(file))
    .sort((a, b) => Number(names.exec(a)?.[1]) - Number(names.exec(b)?.[1]))
    .map((file) => join(folder, file));
}

/** By the client's port; faults in a list. */
export function streamsIn(
  file: string,
  key?: Buffer,
): { readonly streams: Map<number, RecordedStreams>; readonly faults: string[] } {
  const streams = new Map<number, RecordedStreams>();
  const faults: string[] = [];
  // It was made this moment.
  if (statSync(file).size === 0) return { streams, faults };
  for (const event of readStreams(file, key ? { key } : {})) {
    if (event.kind === 'fault') faults.push(event.why);
    else {
      const { port } = event.connection.client;
      streams.set(port, added(streams.get(port) ?? NO_STREAMS, event));
    }
  }
  return { streams, faults };
}

const NO_STREAMS: RecordedStreams = {
  toServer: Buffer.alloc(0),
  toClient: Buffer.alloc(0),
  missing: 0,
  closed: undefined,
};

function added(before: RecordedStreams, event: Exclude<StreamEvent, { kind: 'fault' }>): RecordedStreams {
  if (event.kind === 'gap') return { ...before, missing: before.missing + event.bytes };
  if (event.kind === 'close') return { ...before, closed: event.how };
  if (event.kind !== 'bytes') return before;
  const way = event.direction === 'to-server' ? 'toServer' : 'toClient';
  return { ...before, [way]: Buffer.concat([before[way], event.bytes]) };
}
