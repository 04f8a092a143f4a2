/**
 * Frames from public samples and from hand (fixtures/frames), over real sockets: each whole, byte by byte and split at
 * every offset, two behind each other; and given back by an echo with its headers turned round.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { RawPeer, serve, until } from './peer.js';

interface Fixture {
  readonly name: string;
  readonly hex: string;
  readonly framing: string;
  readonly tpdu?: string;
  readonly header?: string;
  readonly framed: string;
}

const FOLDER = join(packageRoot(), 'fixtures/frames');
const fixtures = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Fixture[]);

/** The frame of an answer with the same message, by hand: TPDU addresses and BASE I stations change places. */
function answered(fixture: Fixture): Buffer {
  const frame = Buffer.from(fixture.framed, 'hex');
  const start = frame.length - fixture.hex.length / 2;
  if (fixture.tpdu !== undefined) {
    const at = frame.indexOf(Buffer.from(fixture.tpdu, 'hex')) + 1;
    return Buffer.concat([
      frame.subarray(0, at),
      frame.subarray(at + 2, at + 4),
      frame.subarray(at, at + 2),
      frame.subarray(at + 4),
    ]);
  }
  if (fixture.framing === 'vap') frame.writeUInt16BE(frame.length - 4, start - 22 + 3);
  return frame;
}

function linkFraming({ framing, tpdu, header }: Fixture): Record<string, unknown> {
  const [, kind = framing, digits] = /^(ascii)(\d)$/.exec(framing) ?? [];
  const inLength = framing === 'vap' ? undefined : header;
  return {
    kind,
    ...(digits === undefined ? {} : { digits: Number(digits) }),
    ...(tpdu === undefined ? {} : { tpdu: 'swap' }),
    ...(inLength === undefined ? {} : { headerBytes: inLength.length / 2 }),
  };
}

t.test('there is a fixture of every framing', async (t) => {
  const framings = new Set(fixtures.map(({ framing }) => framing));
  for (const framing of [
    'length2',
    'length2-inclusive',
    'length2-le',
    'bcd2',
    'ascii4',
    'hex4',
    'cs',
    'vap',
    'gicc',
    'base24-etx',
  ])
    t.ok(framings.has(framing), framing);
});

for (const fixture of fixtures) {
  t.test(
    `${fixture.framing}: ${fixture.name}: cut whole, byte by byte, and split at every offset`,
    async (t) => {
      const bodies: string[] = [];
      const { port } = await serve(t, {
        link: { framing: linkFraming(fixture) },
        handlers: {
          onFrame(frame, connection) {
            bodies.push(frame.body.toString('hex'));
            connection.begin();
            connection.reply(frame, frame.body);
          },
        },
      });
      const peer = await RawPeer.open(t, port);
      const frame = Buffer.from(fixture.framed, 'hex');
      const answer = answered(fixture);
      peer.write(Buffer.concat([frame, frame]));
      t.ok(await peer.receives(Buffer.concat([answer, answer])), 'two in a segment');
      await peer.writePieces([...frame].map((byte) => Buffer.from([byte])));
      t.ok(await peer.receives(answer), 'byte by byte');
      for (let at = 1; at < frame.length; at++) {
        await peer.writePieces([frame.subarray(0, at), frame.subarray(at)]);
      }
      const all = Buffer.concat(Array.from({ length: frame.length - 1 }, () => answer));
      t.ok(await peer.receives(all), 'split at every offset');
      t.ok(await until(() => bodies.length === frame.length + 2));
      t.same(new Set(bodies), new Set([fixture.hex]), 'and the message is the fixture’s');
    },
  );
}
