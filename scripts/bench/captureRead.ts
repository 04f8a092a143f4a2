/**
 * Reading captures: megabytes and packets a second, on one core, of a file that the system has in memory. Traffic as a
 * switch has it: 64 connections, packets of 66 to 368 bytes: requests, answers (which acknowledge them), acknowledgements
 * of these. Seconds are the processor's, all threads of the process together, so that a busy machine counts for less.
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStreams, readTraffic } from '../../src/tools/capture/traffic.js';
import { terminalFraming } from '../../src/tools/terminal/framing.js';
import { Conversation } from '../../test/support/conversation.js';
import { CLIENT, FLAG, LINKS, pcap, SERVER } from '../../test/support/packets.js';

const FILE_BYTES = 100_000_000;
const CONNECTIONS = 64;
const ROUNDS = 5;
/** Bodies of requests and answers, in turn: an echo, a sale, a credit with much in it. */
const BODY_BYTES = [48, 190, 110, 300, 64, 240];

const FIRST = { client: 1_000, server: 2_000 };
/** No operation twice, and a timestamp: what Linux puts into every packet. */
const TIMESTAMPS = Buffer.from('0101080a0000000100000001', 'hex');

export async function benchCaptureRead(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-capture-'));
  try {
    const file = join(folder, 'traffic.pcap');
    const packets = write(file);
    const megabytes = statSync(file).size / 1e6;
    const framing = terminalFraming('length2', undefined);
    const streams = best(() => count(readStreams(file)));
    const frames = best(() => count(readTraffic(file, framing)));
    const figures = {
      'capture.read.streamsMBs': Math.round(megabytes / streams),
      'capture.read.framesMBs': Math.round(megabytes / frames),
      'capture.read.framesPacketsPerSecond': Math.round(packets / frames),
    };
    console.log(
      `${megabytes.toFixed(0)} MB, ${packets} packets of ${Math.round((megabytes * 1e6) / packets)} bytes`,
    );
    console.table(figures);
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Seconds of the best round; the first ones warm the engine and the file. */
function best(task: () => void): number {
  let seconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = process.cpuUsage();
    task();
    const { user, system } = process.cpuUsage(began);
    seconds = Math.min(seconds, (user + system) / 1e6);
  }
  return seconds;
}

function count(events: Iterable<{ readonly kind: string }>): void {
  let told = 0;
  for (const { kind } of events) if (kind === 'frame' || kind === 'bytes') told += 1;
  if (told === 0) throw new Error('the bench read nothing');
}

/** Writes the file, and returns how many packets it has. */
function write(path: string): number {
  const file = openSync(path, 'w');
  let bytes = writeSync(file, pcap([]));
  let packets = 0;
  const conversations = Array.from({ length: CONNECTIONS }, (_, at) =>
    new Conversation({ ...CLIENT, port: 40_000 + at }, SERVER, FIRST, TIMESTAMPS).handshake(),
  );
  for (let turn = 0; bytes < FILE_BYTES; turn += 1) {
    for (const one of conversations) {
      for (const [nth, way] of (['>', '<'] as const).entries()) {
        const body = Buffer.alloc(BODY_BYTES[(2 * turn + nth) % BODY_BYTES.length] ?? 0, '0');
        body.write(nth === 0 ? '0200' : '0210');
        one.data(way, Buffer.concat([Buffer.from([body.length >> 8, body.length & 0xff]), body]));
      }
      one.send('>', FLAG.ack);
      bytes += writeSync(file, records(one.packets, packets));
      packets += one.packets.length;
      one.packets.length = 0;
    }
  }
  closeSync(file);
  return packets;
}

function records(packets: readonly Buffer[], from: number): Buffer {
  const captured = packets.map((packet, at) => {
    const micros = (from + at) * 50;
    return {
      bytes: LINKS.ethernet.wrap(packet),
      seconds: 1 + Math.floor(micros / 1e6),
      fraction: micros % 1e6,
    };
  });
  return pcap(captured).subarray(pcap([]).length);
}
