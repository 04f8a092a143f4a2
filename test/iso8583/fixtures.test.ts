/**
 * Every fixture frame: read as its source says, and written again byte for byte, by value and by echo.
 */
import t from 'tap';
import { type Fields, shippedFormats } from '../../src/iso8583/index.js';
import { bytesOf, codecOf, frames } from './frames.js';

t.test('there is a frame for every shipped format and every framing', async (t) => {
  const formats = new Set(frames.map((frame) => frame.format));
  for (const name of shippedFormats()) t.ok(formats.has(name), name);
  const framings = new Set(frames.map((frame) => frame.framing));
  const wanted = 'length2 length2-inclusive bcd2 ascii4 hex4 cs vap gicc base24-etx length2-le'.split(' ');
  t.same(
    wanted.filter((name) => !framings.has(name)),
    [],
  );
});

for (const frame of frames) {
  t.test(`${frame.name} (${frame.file})`, async (t) => {
    const codec = codecOf(frame);
    const bytes = bytesOf(frame);
    t.equal(frame.parts.map(([, hex]) => hex).join(''), frame.hex, 'the parts make the message');
    t.ok(frame.framed.includes(frame.hex), 'the framed form holds the message');

    const message = codec.parse(bytes);
    t.equal(message.mti, frame.expected.mti);
    for (const [path, text] of Object.entries(frame.expected.fields)) t.equal(message.text(path), text, path);
    const named = Object.keys(frame.expected.fields).map((path) => Number(path.split('.')[0]));
    t.same(
      message.fields(),
      [...new Set(named)].sort((a, b) => a - b),
    );

    const values: Record<number, Fields[number]> = {};
    for (const de of message.fields()) values[de] = message.value(de);
    t.equal(codec.build(message.mti, values).toString('hex'), frame.hex, 'built from its values');
    const texts: Record<number, string | undefined> = {};
    for (const de of message.fields()) texts[de] = message.text(de);
    t.equal(codec.build(message.mti, texts).toString('hex'), frame.hex, 'built from its texts');
    t.equal(codec.respond(message, message.mti, message.fields(), {}).toString('hex'), frame.hex, 'echoed');
  });
}
