/** Every framing against bytes written by hand from WIRE's table: whole, byte by byte, split at every offset. */
import fc from 'fast-check';
import t from 'tap';
import { createFraming, type Frame, FramingError, framingSchema } from '../../src/transport/index.js';

const BODY = '0800';
const TPDU = '6000010002';

/** Framing -> hexadecimal of the frame that holds the text "0800" (30383030). */
const WRITTEN: readonly (readonly [name: string, spec: unknown, hex: string])[] = [
  ['length2', 'length2', '000430383030'],
  ['length2-inclusive', 'length2-inclusive', '000630383030'],
  ['length2-le', 'length2-le', '040030383030'],
  ['bcd2', 'bcd2', '000430383030'],
  ['ascii', 'ascii', '3030303430383030'],
  ['ascii of 2 digits', { kind: 'ascii', digits: 2 }, '303430383030'],
  ['hex4', 'hex4', '3030303430383030'],
  ['cs', 'cs', '0004000030383030'],
  ['gicc', 'gicc', '0000000430383030'],
  ['base24-etx', 'base24-etx', '00053038303003'],
  ['length2 with a TPDU', { kind: 'length2', tpdu: 'swap', tpduHex: TPDU }, `0009${TPDU}30383030`],
  [
    'an ASCII header of 12',
    { kind: 'length2', headerBytes: 12, headerHex: '49534f313233343536373839' },
    '001049534f31323334353637383930383030',
  ],
  [
    'TPDU and 6 bytes',
    { kind: 'length2', tpdu: 'swap', tpduHex: TPDU, headerBytes: 6, headerHex: '602200000000' },
    `000f${TPDU}60220000000030383030`,
  ],
];

function framingOf(spec: unknown, max = 8_192) {
  return createFraming(framingSchema.parse(spec), max);
}

function cut(spec: unknown, chunks: readonly Buffer[], max?: number): (Frame | 'keep-alive')[] {
  const cutter = framingOf(spec, max).cutter();
  const frames: (Frame | 'keep-alive')[] = [];
  for (const chunk of chunks) {
    cutter.push(chunk);
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) frames.push(frame);
  }
  return frames;
}

function bodies(frames: readonly (Frame | 'keep-alive')[]): string[] {
  return frames.map((frame) => (frame === 'keep-alive' ? frame : frame.body.toString('latin1')));
}

function wire(spec: unknown, body: Buffer): Buffer {
  const framing = framingOf(spec, 65_535);
  const buffer = Buffer.alloc(framing.wireLength(framing.ownHeader, body));
  const end = framing.write(buffer, 0, framing.ownHeader, body);
  return buffer.subarray(0, end);
}

for (const [name, spec, hex] of WRITTEN) {
  const bytes = Buffer.from(hex, 'hex');

  t.test(`${name}: writes the bytes of the table`, async (t) => {
    t.equal(wire(spec, Buffer.from(BODY)).toString('hex'), hex);
  });

  t.test(`${name}: cuts two frames whole, byte by byte, and split at every offset`, async (t) => {
    const two = Buffer.concat([bytes, bytes]);
    t.same(bodies(cut(spec, [two])), [BODY, BODY]);
    t.same(
      bodies(
        cut(
          spec,
          [...two].map((byte) => Buffer.from([byte])),
        ),
      ),
      [BODY, BODY],
    );
    for (let at = 1; at < two.length; at++) {
      t.same(bodies(cut(spec, [two.subarray(0, at), two.subarray(at)])), [BODY, BODY], `split at ${at}`);
    }
  });
}

t.test('VAP: a BASE I header whose first byte is its own length comes apart and goes back', async (t) => {
  const [frame] = cut('vap', [Buffer.from('000800000401020330383030', 'hex')]);
  t.ok(frame && frame !== 'keep-alive');
  if (!frame || frame === 'keep-alive') return;
  t.equal(frame.body.toString(), BODY);
  t.equal(frame.header.toString('hex'), '04010203');
});

const STATIONS = 'aaaaaabbbbbb';
const STATUS = '0011223344556677889900';

t.test(
  'VAP: an answer goes back between the same stations, and BASE I tells the new total length',
  async (t) => {
    const framing = framingOf('vap');
    const [frame] = cut('vap', [Buffer.from(`001a0000160102ffff${STATIONS}${STATUS}30383030`, 'hex')]);
    if (!frame || frame === 'keep-alive') return t.fail('no frame');
    const header = framing.answerHeader(frame.header);
    const answer = Buffer.from('081000');
    const wire = Buffer.alloc(framing.wireLength(header, answer));
    t.equal(framing.write(wire, 0, header, answer), wire.length);
    t.equal(wire.toString('hex'), `001c0000160102001cbbbbbbaaaaaa${STATUS}303831303030`);
    t.equal(frame.header.toString('hex'), `160102ffff${STATIONS}${STATUS}`, 'the request stays as it was');
  },
);

t.test('VAP: messages that we begin bear a BASE I header, the configured one or a plain one', async (t) => {
  const plain = `001a0000160102001a${'00'.repeat(17)}30383030`;
  t.equal(wire('vap', Buffer.from(BODY)).toString('hex'), plain);
  const own = `1601020000${STATIONS}${STATUS}`;
  const configured = `001a0000160102001a${STATIONS}${STATUS}30383030`;
  t.equal(wire({ kind: 'vap', headerHex: own }, Buffer.from(BODY)).toString('hex'), configured);
});

t.test('VAP: a BASE I header that cannot be is a framing error', async (t) => {
  t.throws(() => cut('vap', [Buffer.from('000400000030383030', 'hex')]), { message: /cannot have length 0/ });
  t.throws(() => cut('vap', [Buffer.from('0004000030383030', 'hex')]), {
    message: /48 bytes expected in a frame of 4/,
  });
});

t.test('a framing by its name alone, or with the digits behind it', async (t) => {
  t.match(framingSchema.parse('hex4'), { kind: 'hex4', tpdu: 'none', keepAlive: true });
  t.match(framingSchema.parse('ascii'), { kind: 'ascii', digits: 4 });
  t.match(framingSchema.parse('ascii6'), { kind: 'ascii', digits: 6 });
  for (const [spec, path] of [
    ['length3', 'kind'],
    ['ascii9', 'kind'],
    [{ kind: 'ascii', digits: 0 }, 'digits'],
    [{ kind: 'length2', headerBytes: 3, headerHex: 'aabb' }, 'headerHex'],
    [{ kind: 'length2', headerHex: 'aabb' }, 'headerHex'],
    [{ kind: 'vap', headerHex: '05aabb' }, 'headerHex'],
    [{ kind: 'length2', tpduHex: '60' }, 'tpduHex'],
  ] as const)
    t.match(framingSchema.safeParse(spec).error?.issues[0], { path: [path] }, JSON.stringify(spec));
});

t.test('a message longer than the header can tell is not written', async (t) => {
  for (const [spec, most] of [
    ['length2', 65_535],
    ['length2-inclusive', 65_533],
    ['base24-etx', 65_534],
    ['bcd2', 9_999],
    ['ascii', 9_999],
    [{ kind: 'ascii', digits: 2 }, 99],
    ['hex4', 65_535],
    ['gicc', 65_535],
  ] as const) {
    const framing = framingOf(spec);
    t.ok(framing.wireLength(framing.ownHeader, Buffer.alloc(most)) > most);
    t.equal(framing.wireLength(framing.ownHeader, Buffer.alloc(most + 1)), 0);
    const wire = Buffer.alloc(most + 10);
    t.throws(() => framing.write(wire, 0, framing.ownHeader, Buffer.alloc(most + 1)), FramingError);
    const [frame] = cut(
      spec,
      [wire.subarray(0, framing.write(wire, 0, framing.ownHeader, Buffer.alloc(most)))],
      most + 1,
    );
    t.equal(frame === 'keep-alive' ? 0 : frame?.body.length, most);
  }
});

t.test('a whole frame is a view of its chunk, not a copy', async (t) => {
  const chunk = Buffer.from('00043038303000043038313000', 'hex');
  const frames = cut('length2', [chunk]);
  chunk.fill(0x39);
  t.same(bodies(frames), ['9999', '9999']);
});

t.test(
  'a TPDU is answered with destination and source exchanged, or kept where the link says so',
  async (t) => {
    const header = Buffer.from('6000010002', 'hex');
    t.equal(framingOf({ kind: 'length2', tpdu: 'swap' }).answerHeader(header).toString('hex'), '6000020001');
    t.equal(framingOf({ kind: 'length2', tpdu: 'keep' }).answerHeader(header).toString('hex'), '6000010002');
  },
);

t.test('an empty frame is a keep-alive', async (t) => {
  const empty: [unknown, string][] = [
    ['length2', '0000'],
    ['length2-inclusive', '0002'],
    ['length2-inclusive', '0000'],
    ['ascii', '30303030'],
    ['cs', '00000000'],
    ['vap', '00000000'],
    ['gicc', '00000000'],
    ['base24-etx', '0000'],
  ];
  for (const [spec, hex] of empty)
    t.same(cut(spec, [Buffer.from(hex, 'hex')]), ['keep-alive'], `${spec} ${hex}`);
  t.throws(() => cut({ kind: 'length2', keepAlive: false }, [Buffer.from('0000', 'hex')]), FramingError);
  t.equal(wire('base24-etx', Buffer.alloc(0)).toString('hex'), '0000', 'and is written without its trailer');
});

t.test('a length that cannot be is refused with what the bytes look like', async (t) => {
  const cases: [unknown, string, RegExp][] = [
    ['length2', '31343030', /12596 bytes: at most 8192 \("14" in ASCII/],
    ['length2', '30303034', /12336 bytes: at most 8192 \("00" in ASCII/],
    ['ascii', '30303a34', /decimal digits, found 30303a34/],
    ['hex4', '3030303g', /./],
    ['bcd2', '0a04', /packed BCD digits, found 0a04/],
    ['cs', '00040001', /two zero bytes/],
    ['gicc', '00010004', /two zero bytes/],
    ['length2-inclusive', '0001', /-1 bytes/],
    ['base24-etx', '00053038303004', /ETX/],
    [{ kind: 'length2', tpdu: 'swap' }, '000430383030', /5 bytes expected in a frame of 4/],
  ];
  for (const [spec, hex, expected] of cases) {
    const bytes = hex.includes('g') ? Buffer.from('000g') : Buffer.from(hex, 'hex');
    t.throws(() => cut(spec, [bytes]), { name: 'FramingError', message: expected }, hex);
  }
});

t.test('a frame over the limit is refused before it is complete', async (t) => {
  t.throws(() => cut('length2', [Buffer.from([0x00, 0x65])], 100), /at most 100/);
});

t.test('any frames, cut anywhere, come out as they went in', async () => {
  const specs = WRITTEN.map(([, spec]) => spec);
  fc.assert(
    fc.property(
      fc.constantFrom(...specs),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (spec, sent, sizes) => {
        const stream = Buffer.concat(sent.map((body) => wire(spec, Buffer.from(body))));
        const chunks: Buffer[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = sizes.next().value ?? 1;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        const got = bodies(cut(spec, chunks));
        return (
          JSON.stringify(got) === JSON.stringify(sent.map((body) => Buffer.from(body).toString('latin1')))
        );
      },
    ),
    { numRuns: 500 },
  );
});
