/**
 * Makes the captures of fixtures/captures, and what a reader must find in each, from messages of fixtures/frames and
 * packets put together byte by byte. `node dist/test/support/captureFixtures.js` writes them anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/base/root.js';
import { Conversation, timed } from './conversation.js';
import {
  type Captured,
  CLIENT,
  CLIENT6,
  type End,
  enhancedBlock,
  FLAG,
  interfaceBlock,
  ipv4,
  LINKS,
  obsoleteBlock,
  pcap,
  SERVER,
  SERVER6,
  sectionBlock,
  simpleBlock,
} from './packets.js';

export const FOLDER = join(packageRoot(), 'fixtures/captures');

export interface CaptureFixture {
  readonly name: string;
  readonly about: string;
  readonly bytes: Buffer;
  readonly framing: string;
  /** '1 > HEX': connection, direction and message (behind its headers), in the order in which they are complete. */
  readonly frames: readonly string[];
  /** The kinds of what else there is, in order: 'gap 1 > 12', 'close 1 fin', 'fault 17' with the bytes passed over. */
  readonly notes: readonly string[];
}

interface Sample {
  readonly framed: Buffer;
  readonly hex: string;
}

/** A message of fixtures/frames by file and name. */
function sample(file: string, name: string): Sample {
  const samples = JSON.parse(readFileSync(join(packageRoot(), `fixtures/frames/${file}.json`), 'utf8')) as {
    name: string;
    framed: string;
    hex: string;
  }[];
  const found = samples.find((one) => one.name === name);
  if (!found) throw new Error(`fixtures/frames/${file}.json: no ${name}`);
  return { framed: Buffer.from(found.framed, 'hex'), hex: found.hex.toLowerCase() };
}

const SALE = sample('sale', '0200 PIN sale, hex bitmap');
const ECHO = sample('network', '0800 echo request');
const ECHOED = sample('network', '0810 echo response');
const REVERSAL = sample('reversals', '0420 with DE90 in the standard layout');
const PACKED = sample('bcd', '0200 packed behind a TPDU, odd digits and a track 2 of 37');
const UNDONE = sample('reversals', '0400 packed, DE90 in the standard layout');
const ACKED = FLAG.psh | FLAG.ack;

function micros({ seconds, fraction = 0 }: Captured): bigint {
  return BigInt(seconds) * 1_000_000n + BigInt(fraction);
}

function vlan(): CaptureFixture {
  const { packets } = new Conversation()
    .handshake()
    .data('>', ECHO.framed)
    .data('<', ECHOED.framed)
    .data('>', SALE.framed.subarray(0, 40))
    .data('>', Buffer.concat([SALE.framed.subarray(40), Buffer.alloc(2), REVERSAL.framed]))
    .fin();
  return {
    name: 'ascii-vlan.pcap',
    about:
      'microseconds, little-endian; Ethernet with a VLAN tag; a frame in two segments, a keep-alive, two frames in one',
    bytes: pcap(timed(packets, 'vlan')),
    framing: 'length2',
    frames: [`1 > ${ECHO.hex}`, `1 < ${ECHOED.hex}`, `1 > ${SALE.hex}`, `1 > ${REVERSAL.hex}`],
    notes: ['open 1', 'keep-alive 1 >', 'close 1 fin'],
  };
}

function any(): CaptureFixture {
  const first = new Conversation(CLIENT6, SERVER6).handshake().data('>', PACKED.framed);
  const second = new Conversation({ ...CLIENT6, port: 40_001 }, SERVER6).handshake().data('>', UNDONE.framed);
  const packets = [
    ...first.packets,
    ...second.packets,
    ...second.send('<', FLAG.rst | FLAG.ack).packets.slice(-1),
  ];
  const nanos = timed(packets, 'cooked2').map((one) => ({
    ...one,
    fraction: (one.fraction ?? 0) * 1_000 + 500,
  }));
  return {
    name: 'bcd-any-nano.pcap',
    about:
      'nanoseconds, big-endian; Linux cooked v2, IPv6; messages behind a TPDU; a reset, and a connection left open',
    bytes: pcap(nanos, { little: false, nano: true, linkType: LINKS.cooked2.type }),
    framing: '{"kind":"length2","tpdu":"swap"}',
    frames: [`1 > ${PACKED.hex}`, `2 > ${UNDONE.hex}`],
    notes: ['open 1', 'open 2', 'close 2 rst', 'close 1 end'],
  };
}

function sections(): CaptureFixture {
  const conversation = new Conversation().handshake().data('>', ECHO.framed).data('<', ECHOED.framed);
  const packets = conversation.data('>', SALE.framed).fin().packets;
  const raw = timed(packets, 'raw');
  const offset = Buffer.alloc(8);
  offset.writeBigInt64LE(1_764_133_200n);
  const early = raw
    .slice(0, 4)
    .map((one) => enhancedBlock(one.bytes, (micros(one) - 1_764_133_200_000_000n) * 1_000n));
  const middle = raw.slice(4, 5).map((one) => obsoleteBlock(one.bytes, micros(one), { little: false }));
  const late = raw.slice(5).map((one) => simpleBlock(one.bytes, { little: false }));
  return {
    name: 'sections.pcapng',
    about:
      'a section in nanoseconds with if_tsoffset, little-endian, then one big-endian; enhanced, obsolete and simple packets; raw IP',
    bytes: Buffer.concat([
      sectionBlock(),
      interfaceBlock(101, true, [
        [9, Buffer.from([9])],
        [14, offset],
      ]),
      ...early,
      sectionBlock(false),
      interfaceBlock(101, false),
      ...middle,
      ...late,
    ]),
    framing: 'length2',
    frames: [`1 > ${ECHO.hex}`, `1 < ${ECHOED.hex}`, `1 > ${SALE.hex}`],
    notes: ['open 1', 'close 1 fin'],
  };
}

/** A segment as two IPv4 fragments, the last one first. */
function fragmented(from: End, to: End, packet: Buffer): Buffer[] {
  const segment = packet.subarray(20);
  const last = ipv4(from, to, segment.subarray(64), { id: 4_711, fragmentWord: 64 / 8 });
  return [last, ipv4(from, to, segment.subarray(0, 64), { id: 4_711, fragmentWord: 0x2000 })];
}

function troubles(): CaptureFixture {
  // Starts in mid-stream, with the rest of a frame; wraps; has a segment twice and two that overlap, out of order.
  const one = new Conversation(CLIENT, SERVER, { client: 0xffff_ff00, server: 9_000 });
  one.data('>', SALE.framed.subarray(100)).data('>', ECHO.framed).data('<', ECHOED.framed);
  const at = one.next('>');
  const part = (from: number, to: number): Buffer =>
    one.at('>', at + from, ACKED, REVERSAL.framed.subarray(from, to));
  const mixed = [part(90, 142), part(0, 60), part(0, 60), part(40, 110)];
  // Comes in fragments; then lacks a segment, which was acknowledged; then uses its ports again.
  const client = { ...CLIENT, port: 40_002 };
  const two = new Conversation(client, SERVER).handshake().data('>', SALE.framed);
  const [fragmentedSale] = two.packets.splice(3, 1) as [Buffer];
  const opening = two.packets.splice(0);
  two
    .data('>', REVERSAL.framed.subarray(0, 100))
    .data('>', REVERSAL.framed.subarray(100))
    .data('<', ECHOED.framed);
  two.data('>', ECHO.framed).send('>', FLAG.rst | FLAG.ack);
  two.packets.splice(1, 1);
  const again = new Conversation(client, SERVER, { client: 7_000_000, server: 1 })
    .handshake()
    .data('>', ECHO.framed)
    .fin();
  const packets = [
    ...one.packets,
    ...mixed,
    ...opening,
    ...fragmented(client, SERVER, fragmentedSale),
    ...two.packets,
    ...again.packets,
  ];
  return {
    name: 'troubles.pcap',
    about:
      'mid-stream start, sequence wrap, doubled, overlapping and reordered segments, IP fragments, a lost segment, a reset, ports used again',
    bytes: pcap(timed(packets)),
    framing: 'length2',
    frames: [
      `1 > ${ECHO.hex}`,
      `1 < ${ECHOED.hex}`,
      `1 > ${REVERSAL.hex}`,
      `2 > ${SALE.hex}`,
      `2 < ${ECHOED.hex}`,
      `2 > ${ECHO.hex}`,
      `3 > ${ECHO.hex}`,
    ],
    notes: [
      'open 1',
      'fault 50',
      'open 2',
      'gap 2 > 42',
      'fault 100',
      'close 2 rst',
      'open 3',
      'close 3 fin',
      'close 1 end',
    ],
  };
}

function damaged(): CaptureFixture {
  const { packets } = new Conversation()
    .handshake()
    .data('>', ECHO.framed)
    .data('<', ECHOED.framed)
    .data('>', SALE.framed)
    .fin();
  const whole = pcap(timed(packets, 'loop'), { linkType: LINKS.loop.type });
  const record = whole.indexOf(ECHOED.framed) - 44 - 16;
  whole.writeUInt32LE(0xffff_ffff, record + 8);
  const bytes = whole.subarray(0, whole.length - 30);
  return {
    name: 'damaged.pcap',
    about: 'BSD loopback; a record of four gigabytes in the middle, and cut inside its last packet',
    bytes,
    framing: 'length2',
    frames: [`1 > ${ECHO.hex}`, `1 > ${SALE.hex}`],
    notes: [
      'open 1',
      `fault ${60 + ECHOED.framed.length}`,
      `gap 1 < ${ECHOED.framed.length}`,
      'close 1 fin',
      'fault 30',
    ],
  };
}

export function captureFixtures(): readonly CaptureFixture[] {
  return [vlan(), any(), sections(), troubles(), damaged()];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(FOLDER, { recursive: true });
  const expected = captureFixtures().map(({ bytes, name, ...rest }) => {
    writeFileSync(join(FOLDER, name), bytes);
    return { name, ...rest };
  });
  writeFileSync(join(FOLDER, 'expected.json'), `${JSON.stringify(expected, undefined, 2)}\n`);
}
