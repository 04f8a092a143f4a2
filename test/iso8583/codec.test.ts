/**
 * Parse, build and respond over every shipped format.
 */
import t from 'tap';
import { loadFormat, shippedFormats } from '../../src/iso8583/index.js';

for (const name of shippedFormats()) {
  t.test(`${name}: what is built reads back as it was given`, async (t) => {
    const codec = loadFormat(name);
    const frame = codec.build('0800', { 7: '1123134502', 11: '123', 41: 'DEMO0001', 48: [['PR', 'TALK10']] });
    const message = codec.parse(frame);
    t.equal(message.mti, '0800');
    t.same(message.fields(), [7, 11, 41, 48]);
    t.equal(message.text(7), '1123134502');
    t.match(message.text(11), /^0+123$/);
    t.equal(message.text(41), 'DEMO0001');
    t.equal(message.text('48.PR'), 'TALK10');
    t.ok(
      codec
        .build(message.mti, { 7: '1123134502', 11: '123', 41: 'DEMO0001', 48: 'PR006TALK10' })
        .equals(frame),
    );
  });
}
