/** Connections that wait hold no buffers: neither the chunk that was cut, nor one for the sake of a rest. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createFraming, framingSchema } from '../../src/transport/index.js';
import { framed, pause, RawPeer, serve, until } from './peer.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes held outside the JavaScript heap, once the collector, part of which works aside, has come to rest. */
async function held(): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    collect();
    await pause(20);
    const now = process.memoryUsage().arrayBuffers;
    if (now >= last) return now;
    last = now;
  }
}

t.test(
  'a rest of a few bytes does not hold its chunk of 64 KiB, nor the length that it announces',
  async (t) => {
    const framing = createFraming(framingSchema.parse('length2'), 60_000);
    const before = await held();
    const cutters = Array.from({ length: 500 }, () => {
      const cutter = framing.cutter();
      const chunk = Buffer.alloc(65_536);
      chunk.writeUInt16BE(60_000);
      chunk.writeUInt16BE(5_530, 60_002);
      chunk.writeUInt16BE(50_000, 65_534);
      cutter.push(chunk);
      while (cutter.next() !== undefined);
      return cutter;
    });
    t.ok(cutters.every(({ unfinished }) => unfinished));
    const perCutter = ((await held()) - before) / cutters.length;
    t.ok(perCutter < 2_048, `${Math.round(perCutter)} bytes for each`);
  },
);

t.test('a cutter whose frames were all taken holds nothing', async (t) => {
  const framing = createFraming(framingSchema.parse('length2'), 60_000);
  const before = await held();
  const cutters = Array.from({ length: 500 }, () => {
    const cutter = framing.cutter();
    cutter.push(framed(Buffer.alloc(50_000)));
    cutter.next();
    return cutter;
  });
  const perCutter = ((await held()) - before) / cutters.length;
  t.ok(perCutter < 1_024, `${Math.round(perCutter)} bytes for each of ${cutters.length}`);
});

t.test('a thousand idle connections that have exchanged take a few kilobytes each, both ends', async (t) => {
  const { port, listener } = await serve(t);
  const warm = await RawPeer.open(t, port);
  t.ok(await warm.exchanges());
  collect();
  const before = process.memoryUsage();
  const peers: RawPeer[] = [];
  for (let i = 0; i < 1_000; i++) {
    const peer = await RawPeer.open(t, port);
    peers.push(peer);
    peer.write(framed(Buffer.alloc(1_000)));
  }
  t.ok(await until(() => peers.every((peer) => peer.received.length === 1_002)));
  t.equal(listener.connections, 1_001);
  for (const peer of peers) await peer.receives(framed(Buffer.alloc(1_000)));
  collect();
  const after = process.memoryUsage();
  const each = (after.heapUsed + after.external - before.heapUsed - before.external) / peers.length;
  t.ok(each < 30_000, `${Math.round(each)} bytes`);
});
