/** Frames of a capture: cut from streams, found again behind gaps and damage; and hex lists. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { systemRandom } from '../../../src/base/random.js';
import { makeSealingKey, Sealer } from '../../../src/capture/sealed.js';
import type { TrafficEvent } from '../../../src/tools/capture/events.js';
import { readStreams, readTraffic, type TrafficOptions } from '../../../src/tools/capture/traffic.js';
import { terminalFraming } from '../../../src/tools/terminal/framing.js';
import { Conversation, timed } from '../../support/conversation.js';
import {
  block,
  CLIENT,
  type End,
  enhancedBlock,
  interfaceBlock,
  pcap,
  SERVER,
  sectionBlock,
} from '../../support/packets.js';

const folder = mkdtempSync(join(tmpdir(), 'traffic-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function fileOf(bytes: Buffer | string): string {
  const path = join(folder, 'traffic');
  writeFileSync(path, bytes);
  return path;
}

interface Reading extends TrafficOptions {
  readonly framing?: string;
}

/** Events as lines; bodies in ASCII. */
function lines(bytes: Buffer | string, { framing = 'length2', ...options }: Reading = {}): string[] {
  return [...readTraffic(fileOf(bytes), terminalFraming(framing, undefined), options)].map(line);
}

function line(event: TrafficEvent): string {
  const arrow = 'direction' in event && event.direction === 'to-client' ? '<' : '>';
  if (event.kind === 'fault') return `fault ${event.why}, ${event.skippedBytes}`;
  const id = event.connection.id;
  if (event.kind === 'frame')
    return `${event.number} @${id} ${arrow} ${event.header.toString('hex')}${event.body.toString('latin1')}`;
  if (event.kind === 'gap') return `@${id} ${arrow} gap ${event.bytes}`;
  return event.kind === 'close' ? `@${id} close ${event.how}` : `@${id} ${event.kind}`;
}

/** A message behind a 2-byte length. */
function framed(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length >> 8, text.length & 0xff]), Buffer.from(text, 'latin1')]);
}

function message(mti: string, stan: number): string {
  return `${mti}8220000000000000${String(stan).padStart(6, '0')}`;
}

const [ASK, ANSWER, SECOND, THIRD] = [
  message('0800', 1),
  message('0810', 1),
  message('0800', 2),
  message('0800', 3),
];

function capture(packets: readonly Buffer[]): Buffer {
  return pcap(timed(packets));
}

function talk(client: End = CLIENT, server: End = SERVER): Conversation {
  return new Conversation(client, server).handshake();
}

t.test('frames are cut from streams: split, joined, keep-alives between', async (t) => {
  const bytes = Buffer.concat([framed(ASK), Buffer.alloc(2), framed(SECOND)]);
  const conversation = talk();
  for (const byte of bytes) conversation.data('>', Buffer.from([byte]));
  conversation.data('<', Buffer.concat([framed(ANSWER), framed(ANSWER)])).fin();
  t.same(lines(capture(conversation.packets)), [
    '@1 open',
    `1 @1 > ${ASK}`,
    '@1 keep-alive',
    `2 @1 > ${SECOND}`,
    `3 @1 < ${ANSWER}`,
    `4 @1 < ${ANSWER}`,
    '@1 close fin',
  ]);
});

t.test('a frame bears the time and the offset of the packet that completed it', async (t) => {
  const bytes = framed(ASK);
  const { packets } = talk().data('>', bytes.subarray(0, 5)).data('>', bytes.subarray(5));
  const path = fileOf(capture(packets));
  const frame = [...readTraffic(path, terminalFraming('length2', undefined))].find(
    ({ kind }) => kind === 'frame',
  );
  const stream = [...readStreams(path)].filter(({ kind }) => kind === 'bytes');
  t.equal(stream.length, 2);
  t.match(frame, { timeUs: 1_764_133_200_040_000, offset: stream[1]?.offset });
});

t.test('a TPDU comes apart from the message', async (t) => {
  const tpdu = '6000010002';
  const wire = Buffer.concat([Buffer.from('001f', 'hex'), Buffer.from(tpdu, 'hex'), Buffer.from(ASK)]);
  const { packets } = talk().data('>', wire);
  const told = lines(capture(packets), { framing: '{"kind":"length2","tpdu":"swap"}' });
  t.equal(told[1], `1 @1 > ${tpdu}${ASK}`);
});

t.test('behind a gap frames are found again; what was lost of a frame is told', async (t) => {
  const wire = framed(ASK);
  const { packets } = talk()
    .data('>', wire.subarray(0, 10))
    .data('>', wire.subarray(10))
    .data('<', framed(ANSWER))
    .data('>', framed(SECOND))
    .fin();
  t.same(lines(capture(packets.filter((_, at) => at !== 4))), [
    '@1 open',
    `1 @1 < ${ANSWER}`,
    '@1 > gap 18',
    'fault bytes are missing from the capture, 10',
    `2 @1 > ${SECOND}`,
    '@1 close fin',
  ]);
});

t.test(
  'behind a gap the rest of a frame is passed over, up to a segment with which one begins',
  async (t) => {
    const wire = framed(ASK);
    const { packets } = talk()
      .data('>', wire.subarray(0, 10))
      .data('>', wire.subarray(10))
      .data('>', framed(SECOND))
      .data('<', framed(ANSWER))
      .fin();
    t.same(lines(capture(packets.filter((_, at) => at !== 3))), [
      '@1 open',
      `1 @1 < ${ANSWER}`,
      '@1 > gap 10',
      'fault bytes are missing from the capture, 18',
      `2 @1 > ${SECOND}`,
      '@1 close fin',
    ]);
  },
);

t.test(
  'a capture from mid-stream begins with the first segment that a frame begins with, though it be split',
  async (t) => {
    const wire = framed(ASK);
    const { packets } = talk()
      .data('>', 'rest of something')
      .data('>', wire.subarray(0, 12))
      .data('>', Buffer.concat([wire.subarray(12), framed(SECOND)]))
      .data('<', framed(ANSWER));
    t.same(lines(capture(packets.slice(3))), [
      '@1 open',
      'fault the capture starts in mid-stream, 17',
      `1 @1 > ${ASK}`,
      `2 @1 > ${SECOND}`,
      `3 @1 < ${ANSWER}`,
      '@1 close end',
    ]);
  },
);

t.test('a candidate that swallows what follows gives way to a segment of whole frames', async (t) => {
  // Seems to begin a frame of 8,000 bytes.
  const junk = Buffer.concat([Buffer.from([0x1f, 0x40]), Buffer.alloc(20, 0x7a)]);
  const { packets } = talk().data('>', junk).data('>', framed(ASK)).data('>', framed(SECOND));
  t.same(lines(capture(packets.slice(3))), [
    '@1 open',
    'fault the capture starts in mid-stream, 22',
    `1 @1 > ${ASK}`,
    `2 @1 > ${SECOND}`,
    '@1 close end',
  ]);
});

t.test('a framing that does not fit is told once a stream, with what it looks like', async (t) => {
  const { packets } = talk()
    .data('>', 'GET / HTTP/1.1\r\n')
    .data('>', 'Host: a\r\n')
    .data('>', framed(THIRD))
    .data('<', '0014nothing but it')
    .fin();
  const whole = lines(capture(packets), { framing: 'ascii4' });
  t.equal(whole[1], '1 @1 < nothing but it');
  t.match(whole[2], /^fault .*expected decimal digits, found 47455420 .*; no frame was found behind it, 53$/);
  const found = lines(capture(packets), { framing: 'gicc' });
  t.match(found[1], /^fault .*expected two zero bytes, found 47455420 .*; no frame was found behind it, 53$/);
  t.match(lines(capture(packets)).at(-3), /the stream ends inside a frame \("GE" in ASCII\), 53$/);
});

t.test('a hex list: connections, times, directions, comments', async (t) => {
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  const list = [
    '# from a log',
    hex(ASK),
    `@7 2026-11-26T05:00:00.5Z > ${hex(SECOND)} # the second`,
    `@7 < ${hex(ANSWER).toUpperCase().replace(/(..)/g, '$1 ')}`,
    '',
    `  1764133200.25 <${hex(ANSWER)}\r`,
  ].join('\n');
  const told = [...readTraffic(fileOf(list), terminalFraming('length2', undefined))];
  t.same(told.map(line), [
    '@1 open',
    `1 @1 > ${ASK}`,
    '@2 open',
    `2 @2 > ${SECOND}`,
    `3 @2 < ${ANSWER}`,
    `4 @1 < ${ANSWER}`,
    '@1 close end',
    '@2 close end',
  ]);
  const times = told.filter(({ kind }) => kind === 'frame').map(({ timeUs }) => timeUs);
  t.same(times, [0, 1_795_669_200_500_000, 1_795_669_200_500_000, 1_764_133_200_250_000]);
});

t.test('a hex list of framed bytes is cut; a line that is no message is told and passed over', async (t) => {
  const wire = Buffer.concat([framed(ASK), framed(SECOND)]).toString('hex');
  const list = `#framed\n${wire.slice(0, 30)}\nnonsense\n${wire.slice(30)}\n123\n`;
  t.same(lines(list), [
    '@1 open',
    'fault a line that is no message in hexadecimal, 8',
    `1 @1 > ${ASK}`,
    `2 @1 > ${SECOND}`,
    'fault a line that is no message in hexadecimal, 3',
    '@1 close end',
  ]);
});

t.test('a line without end does not fill the memory: it is told and passed over', async (t) => {
  const list = `${'30'.repeat(700_000)}\n${Buffer.from(ASK).toString('hex')}\n`;
  t.same(lines(list), ['fault a line too long, 1400000', '@1 open', `1 @1 > ${ASK}`, '@1 close end']);
});

t.test('a pcapng with a block of some megabytes between its packets is read', async (t) => {
  const { packets } = talk().data('>', framed(ASK)).data('<', framed(ANSWER)).fin();
  const blocks = timed(packets).map((one) => enhancedBlock(one.bytes, BigInt(one.seconds) * 1_000_000n));
  const foreign = block(0x0bad, Buffer.alloc(5_000_000, 0x0a));
  const before = Array.from({ length: 9 }, () => block(0x0bad, Buffer.alloc(300_000, 6)));
  const file = [
    sectionBlock(),
    interfaceBlock(1),
    ...blocks.slice(0, 4),
    ...before,
    foreign,
    ...blocks.slice(4),
  ];
  t.same(lines(Buffer.concat(file)), ['@1 open', `1 @1 > ${ASK}`, `2 @1 < ${ANSWER}`, '@1 close fin']);
});

t.test('an encrypted recording is read with its key, as far as it was written', async (t) => {
  const { packets } = talk().data('>', framed(ASK)).data('<', framed(ANSWER)).fin();
  const { privateKey, publicKey } = makeSealingKey(systemRandom);
  const sealer = new Sealer(publicKey, systemRandom);
  const file = capture(packets);
  const cut = file.length - 120;
  const sealed = [sealer.header, sealer.seal(file.subarray(0, cut)), sealer.seal(file.subarray(cut), true)];
  t.same(lines(Buffer.concat(sealed), { key: privateKey }), lines(file));
  const told = lines(Buffer.concat(sealed.slice(0, 2)), { key: privateKey });
  t.equal(told[1], `1 @1 > ${ASK}`);
  t.match(told.join('\n'), /fault sealed file: ends before its last chunk \(cut, or still being written\)/);
  t.throws(() => lines(Buffer.concat(sealed)), {
    message: /an encrypted recording: the private key is needed/,
  });
  const other = makeSealingKey(systemRandom).privateKey;
  t.throws(() => lines(Buffer.concat(sealed), { key: other }), { message: /sealed for another key/ });
});

t.test('a file that is no capture is refused with what it is', async (t) => {
  const refused = (bytes: Buffer | string): string => {
    try {
      return lines(bytes).join('\n');
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.match(refused(Buffer.from('1f8b0800', 'hex')), /a gzip file: unpack it first \(gunzip\)/);
  t.match(
    refused('{"frames": 1}'),
    /a file that begins with 7b226672616d6573; a pcap, a pcapng or a hex list/,
  );
  t.match(refused(''), /an empty file/);
  t.match(refused(Buffer.from('504b0304', 'hex')), /a zip file/);
});

t.test('a capture of something else gives no frames, and no crash', async (t) => {
  const { packets } = talk().data('>', 'GET / HTTP/1.1\r\n\r\n').data('<', Buffer.alloc(1_200, 0xff)).fin();
  const told = lines(capture(packets));
  t.equal(told.length, 4);
  t.match(told.slice(1, 3).join(), /"GE" in ASCII\), 18.*, 1200/);
});
