/**
 * Captures with bytes changed, cut, put in and taken out; and what must hold of reading them whatever they are: nothing
 * but errors meant for people is thrown, every offset lies in the file, faults are one line that may be printed, and no
 * more bytes come out than went in.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SafeError } from '../../src/base/errors.js';
import type { StreamEvent, TrafficEvent } from '../../src/tools/capture/events.js';
import { readTraffic } from '../../src/tools/capture/traffic.js';
import { terminalFraming } from '../../src/tools/terminal/framing.js';
import { FOLDER } from './captureFixtures.js';

export const FRAMINGS = ['length2', 'length2-le', 'bcd2', 'ascii4', 'hex4', 'vap', 'base24-etx'];
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff];

export function seeds(): readonly Buffer[] {
  const files = readdirSync(FOLDER).filter((file) => /\.pcap(ng)?$/.test(file));
  const list = Buffer.from(
    '#framed\n@1 2026-11-26T05:00:00Z > 001a3038 3030\n@2 1.5 < 30383030\n# comment\n>00\n',
  );
  return [...files.sort().map((file) => readFileSync(join(FOLDER, file))), list];
}

export function mutated(from: readonly Buffer[], random: () => number): Buffer {
  const below = (end: number): number => Math.floor(random() * end);
  const pick = (): Buffer => from[below(from.length)] as Buffer;
  let bytes = Buffer.from(pick());
  for (let times = 1 + below(6); times > 0 && bytes.length > 8; times -= 1) {
    const at = below(bytes.length);
    const part = bytes.subarray(at, at + below(200));
    const way = below(7);
    if (way === 0) bytes[at] = below(256);
    else if (way === 1) bytes = bytes.subarray(0, at);
    else if (way === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + part.length)]);
    else if (way === 3) bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
    else if (way === 4) bytes = Buffer.concat([bytes.subarray(0, at), pick().subarray(below(100))]);
    else if (way === 5)
      bytes.writeUInt32BE(EXTREMES[below(EXTREMES.length)] ?? 0, Math.min(at, bytes.length - 4));
    else bytes.writeUInt32LE(EXTREMES[below(EXTREMES.length)] ?? 0, Math.min(at, bytes.length - 4));
    bytes = Buffer.from(bytes);
  }
  return bytes;
}

/** Reads the file at `path`, whose bytes these are; why that is wrong, or undefined. */
export function violation(path: string, bytes: Buffer, framing: string): string | undefined {
  let out = 0;
  let events = 0;
  try {
    for (const event of readTraffic(path, terminalFraming(framing, undefined))) {
      events += 1;
      out += event.kind === 'frame' ? event.body.length + event.header.length : 0;
      const wrong = eventViolation(event, bytes.length);
      if (wrong !== undefined) return wrong;
    }
  } catch (error) {
    return error instanceof SafeError ? undefined : `thrown: ${(error as Error).stack}`;
  }
  if (out > bytes.length) return `${out} bytes of frames from ${bytes.length}`;
  return events > 20 + 4 * bytes.length ? `${events} events from ${bytes.length} bytes` : undefined;
}

function eventViolation(event: TrafficEvent | StreamEvent, bytes: number): string | undefined {
  if (!(event.offset >= 0 && event.offset <= bytes))
    return `${event.kind} at offset ${event.offset} of ${bytes}`;
  if (Number.isNaN(event.timeUs)) return `${event.kind} at no time`;
  if (event.kind === 'gap' && !(event.bytes > 0)) return `a gap of ${event.bytes} bytes`;
  if (event.kind !== 'fault') return undefined;
  if (!(event.skippedBytes >= 0)) return `${event.skippedBytes} bytes passed over: ${event.why}`;
  return /^[\x20-\x7e]+$/.test(event.why) ? undefined : `not to be printed: ${JSON.stringify(event.why)}`;
}
