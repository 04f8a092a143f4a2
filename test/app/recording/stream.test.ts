/**
 * A masked stream gives the same bytes however the stream was cut into chunks, as many as it was given, and nothing of
 * what cannot be told apart: behind lost bytes, all is blank until a frame certainly begins.
 */
import fc from 'fast-check';
import t from 'tap';
import { MaskedStream } from '../../../src/app/recording/stream.js';
import { loadFormat } from '../../../src/iso8583/index.js';
import { createFraming, framingSchema } from '../../../src/transport/index.js';
import { saleOf } from '../../support/client.js';
import { buildIso } from '../../support/iso.js';

const PAN = '4761739001010119';
const codec = loadFormat('iso87-ascii');

const FRAMINGS: readonly (readonly [spec: unknown, wrap: (body: Buffer) => Buffer, empty: Buffer])[] = [
  ['length2', (body) => Buffer.concat([two(body.length), body]), two(0)],
  ['length2-inclusive', (body) => Buffer.concat([two(body.length + 2), body]), two(2)],
  [
    { kind: 'length2', tpdu: 'swap' },
    (body) => Buffer.concat([two(body.length + 5), Buffer.from('6000030000', 'hex'), body]),
    two(0),
  ],
  [
    'ascii4',
    (body) => Buffer.concat([Buffer.from(String(body.length).padStart(4, '0')), body]),
    Buffer.from('0000'),
  ],
  ['base24-etx', (body) => Buffer.concat([two(body.length + 1), body, Buffer.from([3])]), two(0)],
  [
    'hex4',
    (body) => Buffer.concat([Buffer.from(body.length.toString(16).padStart(4, '0')), body]),
    Buffer.from('0000'),
  ],
];

function two(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

const message = buildIso('0200', saleOf('TALK10', 1000, { 2: PAN }));
const maskedMessage = Buffer.from(message.toString('latin1').replace(PAN, '4761730000000119'), 'latin1');

t.test('frames come out masked whatever the chunks are, and their framing as it was', async (t) => {
  for (const [spec, wrap, empty] of FRAMINGS) {
    const framing = createFraming(framingSchema.parse(spec), 8_192);
    const wire = Buffer.concat([wrap(message), empty, wrap(message), wrap(message)]);
    const expected = Buffer.concat([wrap(maskedMessage), empty, wrap(maskedMessage), wrap(maskedMessage)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const stream = new MaskedStream(framing, codec);
        const out: Buffer[] = [];
        for (let at = 0, turn = 0; at < wire.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          out.push(Buffer.from(stream.push(Buffer.from(wire.subarray(at, at + size)), true)));
          at += size;
        }
        return !stream.midFrame && Buffer.concat(out).equals(expected);
      }),
      { numRuns: 30 },
    );
    t.pass(JSON.stringify(spec));
  }
});

t.test('an unfinished frame, and all behind a fault, come out blank', async (t) => {
  const framing = createFraming(framingSchema.parse('length2'), 8_192);
  const frame = Buffer.concat([two(message.length), message]);
  const stream = new MaskedStream(framing, codec);
  t.equal(stream.push(Buffer.from(frame.subarray(0, 50)), true).length, 0);
  t.ok(stream.midFrame);
  t.same(stream.end(), Buffer.alloc(50));
  const broken = new MaskedStream(framing, codec);
  const junk = Buffer.concat([frame, Buffer.from(`~~${PAN}`)]);
  const out = broken.push(junk, true);
  t.equal(out.length, junk.length);
  t.same(out.subarray(frame.length), Buffer.alloc(2 + PAN.length));
  t.same(broken.push(Buffer.from(PAN), false), Buffer.alloc(PAN.length), 'and what follows');
});

t.test('behind lost bytes all is blank until a frame certainly begins', async (t) => {
  const framing = createFraming(framingSchema.parse('length2'), 8_192);
  const frame = Buffer.concat([two(message.length), message]);
  const stream = new MaskedStream(framing, codec);
  stream.push(Buffer.from(frame.subarray(0, 30)), true);
  t.same(stream.lose(), Buffer.alloc(30));
  t.same(stream.push(Buffer.from(frame.subarray(60)), false), Buffer.alloc(frame.length - 60));
  t.same(stream.push(Buffer.from(frame), true).subarray(2), maskedMessage);
});

t.test('a message that was taken for a header is blanked as what cannot be read', async (t) => {
  const framing = createFraming(framingSchema.parse('vap'), 8_192);
  // Its first byte, the digit 0, says that a header of 48 bytes follows.
  const wire = Buffer.concat([two(message.length), two(0), message]);
  const stream = new MaskedStream(framing, codec);
  const kept = stream.push(Buffer.from(wire), true);
  t.equal(kept.length, wire.length);
  t.notMatch(kept.toString('latin1'), PAN.slice(6, 12));
  t.ok(
    kept.subarray(0, 10).equals(wire.subarray(0, 10)),
    'its lengths stay, so that frames are found as before',
  );
});
