/**
 * What the codec's speed is measured on: the same message in the same bytes (ASCII, binary bitmap, 21 fields) for
 * this codec and for the npm package iso_8583, a terminal's request for a PIN, and its answer with balance, PIN and
 * serial. Our default format (hex bitmap) and the packed one do the same tasks.
 */
import Iso8583 from 'iso_8583';
import { type Codec, type Fields, loadFormat, type Message } from '../../src/iso8583/index.js';

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

export const TASKS = ['parse', 'parseRead15', 'build', 'respond'] as const;
export type Task = (typeof TASKS)[number];
type Tasks = Readonly<Record<Task, () => unknown>>;

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

/** Who is measured, by name. */
export const PEERS = {
  ours: () => ours(loadFormat('iso87-ascii-binary-bitmap')),
  iso_8583: theirs,
  oursHexBitmap: () => ours(loadFormat('iso87-ascii')),
  oursBcd: () => ours(loadFormat('iso87-bcd')),
} satisfies Readonly<Record<string, () => Tasks>>;
export type PeerName = keyof typeof PEERS;

/** Both write the same answer, or the comparison would mean nothing. */
export function checkSameBytes(): void {
  const a: Tasks = PEERS.ours();
  const b: Tasks = PEERS.iso_8583();
  for (const task of ['build', 'respond'] as const) {
    const mine = a[task]();
    const other = b[task]();
    if (!Buffer.isBuffer(mine) || !Buffer.isBuffer(other) || !other.subarray(2).equals(mine)) {
      throw new Error(`iso_8583 and this codec write different bytes: ${task}`);
    }
  }
}
