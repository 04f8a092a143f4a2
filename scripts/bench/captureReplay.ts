/**
 * Replay as fast as answered beside `load` at the same number of connections, one request in flight on each, on one
 * switch in turns. What is replayed is a capture of sales such as load makes: pcapng, 1,000,000 frames (requests and
 * answers), with --long as many requests. The ratio is that of each round's pair, the figure their median.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SyntheticTraffic } from '../../src/capture/recorder/syntheticTraffic.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { identityOf, sale } from '../../src/tools/terminal/messages.js';
import { load, replay, startBenchSwitch } from './servers.js';

const CONNECTIONS = 128;
const ROUNDS = 3;
const LOAD_SECONDS = 5;
const FLUSH_BYTES = 4_194_304;
const SERVER = { address: '10.0.0.1', port: 8583 };
const STARTED_US = 1_764_100_000_000_000;
/** What a request waited for its answer, and the next one came behind that. */
const ANSWER_US = 4_000;
const ECHOED = [3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49];

export async function benchCaptureReplay(isLong: boolean): Promise<Record<string, number>> {
  const requests = isLong ? 1_000_000 : 500_000;
  const pins = ROUNDS * (requests + 60_000 * LOAD_SECONDS);
  process.stdout.write(`taking in ${pins} PINs ...\n`);
  const running = await startBenchSwitch(pins);
  const folder = mkdtempSync(join(running.folder, 'replay-'));
  try {
    const file = join(folder, 'sales.pcapng');
    write(file, requests);
    const pairs: { readonly loaded: number; readonly replayed: number }[] = [];
    await load(running.port, CONNECTIONS, 1, 1, []);
    for (let round = 0; round < ROUNDS; round += 1) {
      const loaded = await load(running.port, CONNECTIONS, 1, LOAD_SECONDS, []);
      const replayed = await replay(running.port, file);
      if (replayed.matched !== requests) throw new Error(`only ${replayed.matched} of ${requests} matched`);
      pairs.push({ loaded: loaded.perSecond, replayed: replayed.perSecond });
      process.stdout.write(`load ${loaded.perSecond}/s, replay ${replayed.perSecond}/s\n`);
    }
    const figures = {
      'capture.load.perSecond': median(pairs.map(({ loaded }) => loaded)),
      'capture.replay.perSecond': median(pairs.map(({ replayed }) => replayed)),
      'capture.replay.ofLoad': median(pairs.map(({ loaded, replayed }) => replayed / loaded)),
    };
    console.table(figures);
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
    await running.stop();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** All connections ask, then all are answered, and so on. */
function write(path: string, requests: number): void {
  const file = openSync(path, 'w');
  const codec = loadFormat('iso87-ascii');
  const pending: Buffer[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    writeSync(file, Buffer.concat(pending));
    pending.length = 0;
    pendingBytes = 0;
  };
  const traffic = new SyntheticTraffic((block) => {
    pending.push(block);
    pendingBytes += block.length;
    if (pendingBytes > FLUSH_BYTES) flush();
  });
  traffic.begin();
  const connections = Array.from({ length: CONNECTIONS }, (_, at) =>
    traffic.open({ address: '10.0.0.2', port: 20_000 + at }, SERVER, STARTED_US),
  );
  const who = { terminal: 'DEMO0001', merchant: 'DEMOMERCHANT001', acquirer: '000001' };
  const clock = { now: () => STARTED_US / 1000, after: () => () => {}, soon: () => {} };
  const random = { bytes: (length: number) => Buffer.alloc(length), int: () => 0 };
  for (let sent = 0, timeUs = STARTED_US; sent < requests; timeUs += 2 * ANSWER_US) {
    const answers: Buffer[] = [];
    for (let at = 0; at < CONNECTIONS && sent < requests; at += 1) {
      sent += 1;
      const stan = String(sent % 1_000_000).padStart(6, '0');
      const identity = identityOf({ ...who, stan, rrn: String(sent).padStart(12, '0') }, clock, random, 0);
      const built = sale(identity, { product: 'TALK10', currency: '840', repeat: false });
      const body = codec.build(built.mti, built.fields);
      connections[at]?.data('to-server', framed(body), timeUs + at);
      const pin = [
        ['PN', String(10 ** 13 + sent)],
        ['SN', `S${sent}`],
        ['EX', '20991231'],
      ] as const;
      answers.push(
        codec.respond(codec.parse(body), '0210', ECHOED, { 4: '000000001000', 38: stan, 39: '00', 63: pin }),
      );
    }
    for (const [at, body] of answers.entries())
      connections[at]?.data('to-client', framed(body), timeUs + ANSWER_US + at);
  }
  flush();
  closeSync(file);
}

function framed(body: Buffer): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(body.length);
  return Buffer.concat([header, body]);
}
