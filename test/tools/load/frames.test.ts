import t, { type Test } from 'tap';
import type { Clock } from '../../../src/base/clock.js';
import { loadFormat } from '../../../src/iso8583/index.js';
import { FrameSource, readDigits, writeDigits } from '../../../src/tools/load/frames.js';
import { sale } from '../../../src/tools/terminal/messages.js';
import { parseIso } from '../../support/iso.js';

const who = { terminal: 'DEMO0001', merchant: 'DEMOMERCHANT001', acquirer: '000001' };

function clockAt(start: string): Clock & { set(time: string): void } {
  let now = Date.parse(start);
  return {
    now: () => now,
    after: () => () => {},
    soon: () => {},
    set(time) {
      now = Date.parse(time);
    },
  };
}

function sourceOf(clock: Clock, utcOffsetMinutes = 0): FrameSource {
  return new FrameSource(
    {
      codec: loadFormat('iso87-ascii'),
      tpdu: Buffer.alloc(0),
      who,
      build: (identity) => sale(identity, { product: 'TALK10', currency: '840', repeat: false }),
      utcOffsetMinutes,
    },
    clock,
  );
}

function fieldsOf(t: Test, source: FrameSource, stan: number): Record<number, string> {
  const out = Buffer.alloc(source.frame.length);
  t.equal(source.write(out, 0, stan), out.length);
  t.equal(out.readUInt16BE(0), out.length - 2);
  return parseIso(out.subarray(2)).fields;
}

t.test('each message is the second of its clock and its own STAN', async (t) => {
  const clock = clockAt('2026-12-31T23:59:59.900Z');
  const source = sourceOf(clock);
  const before = fieldsOf(t, source, 42);
  t.match(before, { 7: '1231235959', 11: '000042', 12: '235959', 13: '1231', 37: /^[0-9A-Z]{6}000042$/ });
  clock.set('2027-01-01T00:00:00.100Z');
  source.refresh();
  const after = fieldsOf(t, source, 999_999);
  t.match(after, { 7: '0101000000', 11: '999999', 12: '000000', 13: '0101', 37: /999999$/ });
  t.not(after[37]?.slice(0, 6), before[37]?.slice(0, 6), 'the RRN tells the second');
});

t.test('date and time are local, the transmission time is UTC', async (t) => {
  const fields = fieldsOf(t, sourceOf(clockAt('2026-06-30T22:30:00Z'), 120), 1);
  t.match(fields, { 7: '0630223000', 12: '003000', 13: '0701' });
});

t.test('digits are read as they were written, in each coding', async (t) => {
  const frame = Buffer.alloc(8, 0xaa);
  for (const [coding, hex] of [
    ['ascii', 'aa303132333435aa'],
    ['ebcdic', 'aaf0f1f2f3f4f5aa'],
    ['packed', 'aa012345aaaaaaaa'],
  ] as const) {
    frame.fill(0xaa);
    writeDigits(frame, 1, coding, 12_345);
    t.equal(frame.toString('hex'), hex, coding);
    t.equal(readDigits(frame, 1, coding), 12_345);
  }
});
