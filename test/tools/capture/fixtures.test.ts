/** The captures of fixtures/captures: as their generator makes them, and read as they were meant. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { TrafficEvent } from '../../../src/tools/capture/events.js';
import { readTraffic } from '../../../src/tools/capture/traffic.js';
import { terminalFraming } from '../../../src/tools/terminal/framing.js';
import { type CaptureFixture, captureFixtures, FOLDER } from '../../support/captureFixtures.js';

type Expected = Omit<CaptureFixture, 'bytes'>;
const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Expected[];

t.test('the files are byte for byte what their generator makes', async (t) => {
  const made = captureFixtures();
  for (const { name, bytes } of made) t.ok(readFileSync(join(FOLDER, name)).equals(bytes), name);
  const files = readdirSync(FOLDER).filter((file) => /\.pcap(ng)?$/.test(file));
  t.same(files.sort(), made.map(({ name }) => name).sort());
});

for (const { name, framing, frames, notes } of expected) {
  t.test(`${name}: every frame, and everything that could not be read`, async (t) => {
    const events = [...readTraffic(join(FOLDER, name), terminalFraming(framing, undefined))];
    const read = events.filter((event) => event.kind === 'frame').map(frameText);
    t.same(read, frames);
    t.same(events.filter((event) => event.kind !== 'frame').map(noteText), notes);
  });
}

function arrow(direction: string): string {
  return direction === 'to-server' ? '>' : '<';
}

function frameText(event: TrafficEvent & { kind: 'frame' }): string {
  return `${event.connection.id} ${arrow(event.direction)} ${event.body.toString('hex')}`;
}

function noteText(event: TrafficEvent): string {
  if (event.kind === 'fault') return `fault ${event.skippedBytes}`;
  if (event.kind === 'gap') return `gap ${event.connection.id} ${arrow(event.direction)} ${event.bytes}`;
  if (event.kind === 'close') return `close ${event.connection.id} ${event.how}`;
  if (event.kind === 'keep-alive') return `keep-alive ${event.connection.id} ${arrow(event.direction)}`;
  return `${event.kind} ${event.connection.id}`;
}
