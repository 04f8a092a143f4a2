/** The forms of capture files, built from their documents: the same traffic and the same times are read of each. */
import fc from 'fast-check';
import t from 'tap';
import { told } from '../support/captured.js';
import { Conversation, timed } from '../support/conversation.js';
import {
  block,
  type Captured,
  enhancedBlock,
  FLAG,
  interfaceBlock,
  LINKS,
  obsoleteBlock,
  pcap,
  sectionBlock,
  simpleBlock,
} from '../support/packets.js';

const packets = new Conversation().handshake().data('>', 'ask').data('<', 'answer').fin().packets;
const LINES = ['open 1', '1 > ask', '1 < answer', 'close 1 fin'];
const FIRST = 1_764_133_200;
/** Of the packets that open, ask, answer and close: the 1st, 4th, 5th and 7th. */
const TIMES = [0, 3, 4, 6].map((at) => FIRST * 1e6 + at * 10_000);
const usual = timed(packets);

function micros({ seconds, fraction = 0 }: Captured): bigint {
  return BigInt(seconds) * 1_000_000n + BigInt(fraction);
}

function enhanced(scale: (us: bigint) => bigint, little = true): Buffer[] {
  return usual.map((packet) => enhancedBlock(packet.bytes, scale(micros(packet)), { little }));
}

for (const little of [true, false]) {
  const order = little ? 'little' : 'big';

  t.test(`a pcap in microseconds, ${order}-endian`, async (t) => {
    const { lines, times, offsets } = told(pcap(usual, { little }));
    t.same(lines, LINES);
    t.same(times, TIMES);
    t.equal(offsets[0], 24, 'the first record stands behind the header of the file');
  });

  t.test(`a pcap in nanoseconds, ${order}-endian`, async (t) => {
    const nanos = usual.map((one) => ({ ...one, fraction: (one.fraction ?? 0) * 1_000 + 750 }));
    const { lines, times } = told(pcap(nanos, { little, nano: true }));
    t.same(lines, LINES);
    t.same(
      times,
      TIMES.map((time) => time + 0.75),
      'to a quarter of a microsecond',
    );
  });

  t.test(`a pcapng with enhanced packets, ${order}-endian`, async (t) => {
    const file = Buffer.concat([
      sectionBlock(little),
      interfaceBlock(1, little),
      ...enhanced((us) => us, little),
    ]);
    const { lines, times } = told(file);
    t.same(lines, LINES);
    t.same(times, TIMES);
  });
}

t.test('simple packets are of the first interface, and have the time of the packet before', async (t) => {
  const [first, ...rest] = usual as [Captured, ...Captured[]];
  const file = Buffer.concat([
    sectionBlock(),
    interfaceBlock(1),
    interfaceBlock(101),
    enhancedBlock(first.bytes, micros(first)),
    ...rest.map(({ bytes }) => simpleBlock(bytes)),
  ]);
  const { lines, times } = told(file);
  t.same(lines, LINES);
  t.same(
    times,
    TIMES.map(() => FIRST * 1e6),
  );
});

t.test('a simple packet is cut at the interface’s snap length, and padded behind it', async (t) => {
  const long = timed(new Conversation().data('>', 'x'.repeat(20)).packets)[0] as Captured;
  const cut = long.bytes.subarray(0, 54 + 7);
  const original = long.bytes.length;
  const file = Buffer.concat([
    sectionBlock(),
    interfaceBlock(1, true, [], 61),
    simpleBlock(cut, { original }),
  ]);
  t.same(told(file).lines, ['open 1', '1 > xxxxxxx', 'close 1 end']);
});

t.test('obsolete packets', async (t) => {
  const file = Buffer.concat([
    sectionBlock(false),
    interfaceBlock(101, false),
    interfaceBlock(1, false),
    ...usual.map((one) => obsoleteBlock(one.bytes, micros(one), { little: false, id: 1 })),
  ]);
  const { lines, times } = told(file);
  t.same(lines, LINES);
  t.same(times, TIMES);
});

const BINARY_20 = 0x94;
for (const { name, resolution, scale, offset } of [
  { name: 'nanoseconds', resolution: 9, scale: (us: bigint) => us * 1_000n, offset: 0n },
  { name: 'milliseconds', resolution: 3, scale: (us: bigint) => us / 1_000n, offset: 0n },
  {
    name: 'seconds, told from an offset',
    resolution: 6,
    scale: (us: bigint) => us - 1_700_000_000_000_000n,
    offset: 1_700_000_000n,
  },
  { name: 'an offset below zero', resolution: 6, scale: (us: bigint) => us + 5_000_000n, offset: -5n },
] as const) {
  t.test(`if_tsresol and if_tsoffset: ${name}`, async (t) => {
    const tsoffset = Buffer.alloc(8);
    tsoffset.writeBigInt64LE(offset);
    const options = [
      [2, Buffer.from('eth0')],
      [9, Buffer.from([resolution])],
      [14, tsoffset],
    ] as const;
    const file = Buffer.concat([sectionBlock(), interfaceBlock(1, true, options), ...enhanced(scale)]);
    const { lines, times } = told(file);
    t.same(lines, LINES);
    t.same(times, TIMES);
  });
}

t.test('if_tsresol as a power of two', async (t) => {
  const options = [[9, Buffer.from([BINARY_20])]] as const;
  // A count of 2^-20 s: a second and a half.
  const count = (BigInt(FIRST) << 20n) + (3n << 19n);
  const bytes = usual[0]?.bytes ?? Buffer.alloc(0);
  const { times } = told(
    Buffer.concat([sectionBlock(), interfaceBlock(1, true, options), enhancedBlock(bytes, count)]),
  );
  t.equal(times[0], FIRST * 1e6 + 1_500_000);
});

t.test(
  'sections of either byte order behind each other, each with its own interfaces; unknown blocks between',
  async (t) => {
    const [open, ...rest] = usual as [Captured, ...Captured[]];
    const raw = rest.map(({ bytes, ...one }) => ({ ...one, bytes: bytes.subarray(14) }));
    const file = Buffer.concat([
      sectionBlock(true),
      block(0x0bad, Buffer.from('a block of somebody else')),
      interfaceBlock(1, true),
      enhancedBlock(open.bytes, micros(open)),
      block(5, Buffer.alloc(20)),
      sectionBlock(false),
      interfaceBlock(101, false),
      ...raw.map((one) => enhancedBlock(one.bytes, micros(one), { little: false })),
    ]);
    const { lines, times } = told(file);
    t.same(lines, LINES);
    t.same(times, TIMES);
  },
);

t.test('bits above the link type of a pcap, of a frame check sequence, do no harm', async (t) => {
  t.same(told(pcap(usual, { linkType: 0x5400_0001 })).lines, LINES);
});

t.test('however a file comes in pieces, the same is read of it', async (t) => {
  const files = [
    pcap(usual),
    Buffer.concat([sectionBlock(), interfaceBlock(1), ...enhanced((us) => us)]),
    // One that is damaged in the middle.
    Buffer.concat([pcap(usual.slice(0, 4)), Buffer.alloc(33, 0xee), pcap(usual.slice(4)).subarray(24)]),
  ];
  for (const file of files) {
    const whole = told(file);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: file.length }), (windowBytes) => {
        const { lines, times, offsets } = told(file, {}, windowBytes);
        t.same({ lines, times, offsets }, { lines: whole.lines, times: whole.times, offsets: whole.offsets });
      }),
      { numRuns: 15 },
    );
  }
});

t.test('a capture without a packet is read to its end', async (t) => {
  t.same(told(pcap([])).lines, []);
  t.same(told(Buffer.concat([sectionBlock(), interfaceBlock(1)])).lines, []);
});

t.test('a link type that is not read is told once, and its packets are counted', async (t) => {
  const { lines, counts } = told(pcap(usual, { linkType: 147 }));
  t.same(lines, [`fault link type 147 is not read: its packets are passed over, ${usual[0]?.bytes.length}`]);
  t.equal(counts.unknownLink, usual.length);
});

t.test('damage is told with its offset, and reading goes on behind it', async (t) => {
  const whole = pcap(usual);
  const ask = usual[3]?.bytes.length ?? 0;
  const askAt = whole.indexOf(usual[3]?.bytes ?? '') - 16;

  t.test('a packet of four gigabytes in a pcap', async (t) => {
    const file = Buffer.from(whole);
    file.writeUInt32LE(0xffffffff, askAt + 8);
    const { lines, offsets } = told(file);
    const fault = `fault pcap: a packet of 4294967295 bytes, at most 262144, ${16 + ask}`;
    t.equal(lines[1], fault);
    t.equal(offsets[1], askAt);
    t.ok(lines.includes('1 < answer') && lines.includes('1 > gap 3'));
  });

  t.test('a block of four gigabytes in a pcapng', async (t) => {
    const blocks = [sectionBlock(), interfaceBlock(1), ...enhanced((us) => us)];
    const at = blocks.slice(0, 5).reduce((sum, { length }) => sum + length, 0);
    const file = Buffer.concat(blocks);
    file.writeUInt32LE(0xfffffffc, at + 4);
    const { lines, offsets } = told(file);
    t.equal(lines[1], `fault pcapng: a block of 4294967292 bytes, ${blocks[5]?.length}`);
    t.equal(offsets[1], at);
    t.ok(lines.includes('1 < answer') && lines.includes('1 > gap 3'));
  });

  t.test('a block whose two lengths differ', async (t) => {
    const blocks = [sectionBlock(), interfaceBlock(1), ...enhanced((us) => us)];
    const at = blocks.slice(0, 5).reduce((sum, { length }) => sum + length, 0);
    const length = blocks[5]?.length ?? 0;
    const file = Buffer.concat(blocks);
    file.writeUInt32LE(length + 4, at + 4);
    const { lines, offsets } = told(file);
    t.match(lines[1], /^fault pcapng: a block of \d+ bytes that ends with the length \d+, /);
    t.equal(offsets[1], at);
    t.ok(lines.includes('1 < answer'));
  });

  t.test('a file cut inside a packet', async (t) => {
    const file = whole.subarray(0, askAt + 20);
    t.same(told(file).lines, [
      'open 1',
      'fault pcap: the file ends inside a packet (cut, or still being written), 20',
      'close 1 end',
    ]);
  });

  t.test('a file cut inside a block', async (t) => {
    const file = Buffer.concat([sectionBlock(), interfaceBlock(1), ...enhanced((us) => us)]);
    const { lines } = told(file.subarray(0, file.length - 3));
    t.match(lines.at(-1), /^fault pcapng: the file ends inside a block \(cut, or still being written\), \d+/);
  });

  t.test('a file cut inside its header', async (t) => {
    t.match(told(whole.subarray(0, 20)).lines, [/^fault pcap: the file ends inside the file's header/]);
  });

  t.test('nothing but damage', async (t) => {
    const file = Buffer.concat([whole.subarray(0, 24), Buffer.alloc(5_000, 0xee)]);
    t.match(told(file, {}, 64).lines, [
      /^fault pcap: a packet of \d+ bytes, .*; no packet was found behind it, 5000$/,
    ]);
  });

  t.test('a packet of an interface that was not described', async (t) => {
    const file = Buffer.concat([
      sectionBlock(),
      interfaceBlock(1),
      enhancedBlock(Buffer.alloc(8), 0n, { id: 7 }),
    ]);
    t.same(told(file).lines, ['fault pcapng: interface 7 was not described, 40']);
  });

  t.test('a packet longer than its block', async (t) => {
    const file = Buffer.concat([sectionBlock(), interfaceBlock(1), enhancedBlock(Buffer.alloc(8), 0n)]);
    file.writeUInt32LE(900, file.length - 40 + 20);
    t.same(told(file).lines, ['fault pcapng: a packet of 900 bytes in a shorter block, 40']);
  });
});

t.test('a packet that says more than it has ends where it was captured', async (t) => {
  const bytes = LINKS.ethernet.wrap(new Conversation().at('>', 5, FLAG.ack, Buffer.from('abcdef')));
  const file = pcap([{ bytes: bytes.subarray(0, -2), seconds: 1, original: bytes.length }]);
  t.same(told(file).lines, ['open 1', '1 > abcd', 'close 1 end']);
});
