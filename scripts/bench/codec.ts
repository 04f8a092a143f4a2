/**
 * Codec speed on one thread, messages a second, beside the npm package iso_8583: the same message in the same bytes
 * (ASCII, binary bitmap, 21 fields), a terminal's request for a PIN, and its answer with balance, PIN and serial.
 * Also our default format (hex bitmap) and the packed one. Figures are medians of rounds that alternate between the
 * two, so that a busy machine slows both. Run alone: node dist/scripts/bench/codec.js
 */
import { pathToFileURL } from 'node:url';
import Iso8583 from 'iso_8583';
import { type Codec, type Fields, loadFormat, type Message } from '../../src/iso8583/index.js';

const ROUNDS = 7;
const ROUND_MS = 60;

const REQUEST: Readonly<Record<number, string>> = {
  2: '4761739001010119',
  3: '280000',
  4: '000000001000',
  7: '1123134502',
  11: '000123',
  12: '134502',
  13: '1123',
  14: '2712',
  18: '5999',
  19: '840',
  22: '021',
  25: '00',
  32: '000001',
  37: '432713000123',
  41: 'DEMO0001',
  42: 'DEMOMERCHANT001',
  43: 'CORNER SHOP, 12 MARKET ST    SPRINGFIELD',
  48: 'PR006TALK10QT0011',
  49: '840',
  60: 'TERM01 V2.4 B0001',
  102: '5551234567',
};
const READ = [2, 3, 4, 7, 11, 12, 13, 18, 32, 37, 41, 42, 48, 49, 102] as const;
const ECHO = [2, 3, 4, 7, 11, 12, 13, 18, 19, 22, 25, 32, 37, 41, 42, 49, 102] as const;
const PINS = [
  ['PN', '12345678901234'],
  ['SN', '0000123456'],
  ['EX', '20271231'],
] as const;
const BALANCE = '0002840C000000009000';
const PINS_TEXT = 'PN01412345678901234SN0100000123456EX00820271231';

const TASKS = ['parse', 'parseRead15', 'build', 'respond'] as const;
type Tasks = Readonly<Record<(typeof TASKS)[number], () => unknown>>;

function ours(codec: Codec): Tasks {
  const fields: Fields = {
    ...REQUEST,
    48: [
      ['PR', 'TALK10'],
      ['QT', '1'],
    ],
  };
  const frame = codec.build('0200', fields);
  const read = (message: Message): number => {
    let length = 0;
    for (const de of READ) length += (message.text(de) ?? '').length;
    return length;
  };
  return {
    parse: () => codec.parse(frame),
    parseRead15: () => read(codec.parse(frame)),
    build: () => codec.build('0200', fields),
    respond: () => {
      const request = codec.parse(frame);
      read(request);
      return codec.respond(request, '0210', ECHO, [
        [38, '123456'],
        [39, '00'],
        [54, BALANCE],
        [63, PINS],
      ]);
    },
  };
}

function theirs(): Tasks {
  const fields: Record<string, string> = { 0: '0200', ...REQUEST };
  const frame = new Iso8583(fields).getBufferMessage();
  if (!Buffer.isBuffer(frame)) throw new Error(`iso_8583 refuses the message: ${frame.error}`);
  const read = (message: Record<string, string>): number => {
    let length = 0;
    for (const de of READ) length += (message[de] ?? '').length;
    return length;
  };
  return {
    parse: () => new Iso8583().getIsoJSON(frame),
    parseRead15: () => read(new Iso8583().getIsoJSON(frame)),
    build: () => new Iso8583(fields).getBufferMessage(),
    respond: () => {
      const request = new Iso8583().getIsoJSON(frame);
      read(request);
      const answer: Record<string, string> = {
        0: '0210',
        38: '123456',
        39: '00',
        54: BALANCE,
        63: PINS_TEXT,
      };
      for (const de of ECHO) answer[de] = request[de] ?? '';
      return new Iso8583(answer).getBufferMessage();
    },
  };
}

/** Both write the same answer, or the comparison would mean nothing. */
function checkSameBytes(a: Tasks, b: Tasks): void {
  for (const task of ['build', 'respond'] as const) {
    const mine = a[task]();
    const other = b[task]();
    if (!Buffer.isBuffer(mine) || !Buffer.isBuffer(other) || !other.subarray(2).equals(mine)) {
      throw new Error(`iso_8583 and this codec write different bytes: ${task}`);
    }
  }
}

/** Calls a second over one round. */
function rate(task: () => unknown): number {
  const batch = 50;
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < batch; i += 1) task();
    calls += batch;
    elapsed = performance.now() - start;
  } while (elapsed < ROUND_MS);
  return (calls * 1000) / elapsed;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

type Rates = Record<string, number[]>;

/** The rates of one task over alternating rounds, by set; one round before them warms up. */
function measure(task: keyof Tasks, sets: Readonly<Record<string, Tasks>>): Rates {
  const rates: Rates = {};
  for (const [name, tasks] of Object.entries(sets)) {
    rate(tasks[task]);
    rates[name] = [];
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, tasks] of Object.entries(sets)) rates[name]?.push(rate(tasks[task]));
  }
  return rates;
}

/** Measures everything, prints a table, and gives the figures by name: messages a second, and ratios. */
export async function benchCodec(): Promise<Record<string, number>> {
  const mine = ours(loadFormat('iso87-ascii-binary-bitmap'));
  const other = theirs();
  checkSameBytes(mine, other);
  const figures: Record<string, number> = {};
  const rows: Record<string, Record<string, number>> = {};
  const keep = (task: string, name: string, value: number): void => {
    figures[`codec.${task}.${name}`] = value;
    rows[task] = { ...rows[task], [name]: value };
  };
  for (const task of TASKS) {
    const rates = measure(task, { ours: mine, iso_8583: other });
    for (const [name, values] of Object.entries(rates)) keep(task, name, Math.round(median(values)));
    const ratios = (rates.ours ?? []).map((value, round) => value / (rates.iso_8583?.[round] ?? 1));
    keep(task, 'ratio', Math.round(10 * median(ratios)) / 10);
    await new Promise((resume) => setImmediate(resume));
  }
  for (const task of TASKS) {
    const hexBitmap = ours(loadFormat('iso87-ascii'));
    const bcd = ours(loadFormat('iso87-bcd'));
    const rates = measure(task, { oursHexBitmap: hexBitmap, oursBcd: bcd });
    for (const [name, values] of Object.entries(rates)) keep(task, name, Math.round(median(values)));
    await new Promise((resume) => setImmediate(resume));
  }
  console.log('Codec, messages a second, one thread (ours and iso_8583 on the same bytes)');
  console.table(rows);
  return figures;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await benchCodec();
}
