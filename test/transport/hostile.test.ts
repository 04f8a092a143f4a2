/** Peers that behave badly: each is closed and counted, or made to wait, while one beside it goes on exchanging. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { LinkEvent } from '../../src/transport/index.js';
import {
  framed,
  Holder,
  pause,
  RawPeer,
  type Served,
  type ServeOptions,
  serve,
  until,
  VirtualClock,
} from './peer.js';

interface Scene extends Served {
  readonly bad: RawPeer;
  readonly neighbour: RawPeer;
}

async function scene(t: Test, options: ServeOptions = {}): Promise<Scene> {
  const served = await serve(t, options);
  const neighbour = await RawPeer.open(t, served.port);
  const bad = await RawPeer.open(t, served.port);
  t.ok(await until(() => served.listener.connections === 2));
  return { ...served, bad, neighbour };
}

async function closedAndCounted(t: Test, { bad, neighbour, tally, listener }: Scene, event: LinkEvent) {
  t.ok(await bad.hasClosed(), 'it is closed');
  t.equal(tally.of(event), 1, `it is counted as ${event}`);
  t.ok(await until(() => listener.connections === 1));
  t.ok(await neighbour.exchanges(), 'the neighbour goes on');
}

const WRONG_BYTES: readonly (readonly [name: string, bytes: Buffer, event: LinkEvent, reason: RegExp])[] = [
  ['an ASCII length', Buffer.from('14000800'), 'oversize', /12596 bytes: at most 8192 \("14" in ASCII/],
  ['a frame over the limit', Buffer.from('ffff00', 'hex'), 'oversize', /65535 bytes: at most 8192/],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'oversize', /"GE" in ASCII/],
];

for (const [name, bytes, event, reason] of WRONG_BYTES) {
  t.test(
    `${name} instead of a frame closes the connection, and the reason says what it looks like`,
    async (t) => {
      const at = await scene(t);
      at.bad.write(bytes);
      await closedAndCounted(t, at, event);
      t.match(at.reasons[0], reason);
    },
  );
}

t.test('bytes that no length header can be are a framing error', async (t) => {
  for (const [framing, bytes] of [
    ['ascii', '12x40800'],
    ['bcd2', '\x0a\x00'],
    ['cs', '\x00\x04\x01\x00'],
  ] as const) {
    const { port, tally } = await serve(t, { link: { framing } });
    const bad = await RawPeer.open(t, port);
    bad.write(Buffer.from(bytes, 'latin1'));
    t.ok(await bad.hasClosed(), framing);
    t.equal(tally.of('framing-error'), 1);
  }
});

t.test('random bytes close at most their own connection, whatever they are', async (t) => {
  const { port, tally } = await serve(t, { limits: { frameBytesMax: 200 } });
  const neighbour = await RawPeer.open(t, port);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 600 }), async (bytes) => {
      const bad = await RawPeer.open(t, port);
      bad.socket.end(Buffer.from(bytes));
      return (await bad.hasClosed()) && (await neighbour.exchanges());
    }),
    { numRuns: 60 },
  );
  t.ok(await until(() => tally.of('closed') === 60));
});

t.test('a byte a second is closed when the frame is not complete in time', async (t) => {
  const clock = new VirtualClock();
  const at = await scene(t, { clock, limits: { frameMs: 10_000, idleMs: 600_000 } });
  const frame = framed('a frame of sixteen');
  for (const byte of frame.subarray(0, 11)) {
    at.bad.write(Buffer.from([byte]));
    t.ok(await at.neighbour.exchanges());
    clock.advance(1_000);
  }
  t.notOk(at.bad.closed);
  clock.advance(2_000);
  await closedAndCounted(t, at, 'slow-close');
});

t.test('a pause inside the length header is slow too', async (t) => {
  const clock = new VirtualClock();
  const at = await scene(t, { clock });
  at.bad.write(Buffer.from([0]));
  t.ok(await at.neighbour.exchanges());
  clock.advance(12_000);
  await closedAndCounted(t, at, 'slow-close');
});

t.test('a length that could be is told from what it looks like when the frame never ends', async (t) => {
  for (const [bytes, looks] of [
    [Buffer.from('16030100c8010000c4', 'hex'), /in time \(0x1603: does the peer speak TLS\?\)/],
    [Buffer.from('0'.repeat(80)), /in time \("00" in ASCII: does the peer send its length in ASCII/],
  ] as const) {
    const clock = new VirtualClock();
    const at = await scene(t, { clock, limits: { frameBytesMax: 65_535 } });
    at.bad.write(bytes);
    t.ok(await at.neighbour.exchanges());
    await pause(20);
    clock.advance(12_000);
    await closedAndCounted(t, at, 'slow-close');
    t.match(at.reasons[0], looks);
  }
});

t.test(
  'a slow frame that is complete in time is served, and the time begins anew with the next',
  async (t) => {
    const clock = new VirtualClock();
    const { port, tally } = await serve(t, { clock, limits: { frameMs: 10_000 } });
    const peer = await RawPeer.open(t, port);
    const frames = Buffer.concat(['one', 'two', 'six'].map(framed));
    // Each piece ends a frame and begins the next.
    for (const piece of [frames.subarray(0, 3), frames.subarray(3, 8), frames.subarray(8, 13)]) {
      peer.write(piece);
      await pause(30);
      clock.advance(9_000);
    }
    t.equal(tally.of('slow-close'), 0);
    peer.write(frames.subarray(13));
    t.ok(await peer.receives(frames));
  },
);

t.test(
  'a connection on which nothing comes is closed as idle, one that is owed an answer is not',
  async (t) => {
    const clock = new VirtualClock();
    const holder = new Holder();
    const { port, tally, listener } = await serve(t, { clock, handlers: holder, limits: { idleMs: 60_000 } });
    const idle = await RawPeer.open(t, port);
    const waiting = await RawPeer.open(t, port);
    waiting.write(framed('slow'));
    t.ok(await until(() => holder.held.length === 1));
    clock.advance(62_000);
    t.ok(await idle.hasClosed());
    t.equal(tally.of('idle-close'), 1);
    t.equal(listener.connections, 1);
    t.ok(holder.answer());
    t.ok(await waiting.receives(framed('slow')));
  },
);

t.test('a connection that is owed answers and gets none is closed at last', async (t) => {
  const clock = new VirtualClock();
  const holder = new Holder();
  const { port, tally } = await serve(t, { clock, handlers: holder, limits: { replyMs: 60_000 } });
  const peer = await RawPeer.open(t, port);
  peer.write(Buffer.concat([framed('one'), framed('two')]));
  t.ok(await until(() => holder.held.length === 2));
  clock.advance(50_000);
  t.ok(holder.answer(), 'an answer begins the time anew');
  clock.advance(50_000);
  t.notOk(peer.closed);
  clock.advance(20_000);
  t.ok(await peer.hasClosed());
  t.equal(tally.of('unanswered-close'), 1);
  t.notOk(holder.answer(), 'and an answer after that is not sent');
});

t.test('a flood waits: no more frames are taken than may be in flight, and none is lost', async (t) => {
  const holder = new Holder();
  let most = 0;
  const at = await scene(t, {
    limits: { framesInFlightMax: 8 },
    handlers: {
      onFrame(frame, connection) {
        if (frame.body.toString() === 'ping') {
          connection.begin();
          connection.reply(frame, frame.body);
          return;
        }
        holder.onFrame(frame, connection);
        most = Math.max(most, connection.inFlight);
        setImmediate(() => holder.answer(0));
      },
    },
  });
  const flood = Buffer.concat(Array.from({ length: 5_000 }, (_, i) => framed(`frame ${i}`)));
  at.bad.write(flood);
  t.ok(await at.neighbour.exchanges(), 'the neighbour goes on');
  t.ok(await until(() => at.bad.received.length >= flood.length));
  t.ok(at.bad.received.equals(flood), 'every frame was answered, in order here');
  t.equal(most, 8);
  t.ok(at.tally.of('in-flight-pause') > 0);
  t.ok(await at.neighbour.exchanges());
});

t.test('a client that never reads its answers is closed', async (t) => {
  const at = await scene(t, { limits: { unreadBytesMax: 100_000 } });
  at.bad.socket.pause();
  const many = Buffer.concat(Array.from({ length: 100 }, () => framed(Buffer.alloc(8_000, 0x41))));
  let broken = false;
  at.bad.socket.on('error', () => {
    broken = true;
  });
  at.bad.socket.on('close', () => {
    broken = true;
  });
  for (let i = 0; i < 100 && !broken && at.tally.of('unread-close') === 0; i++) {
    at.bad.write(many);
    t.ok(await at.neighbour.exchanges());
  }
  t.ok(await until(() => at.tally.of('unread-close') === 1), 'it is counted');
  t.ok(await until(() => at.listener.connections === 1), 'it is closed');
  t.equal(at.reasons[0], 'answers not read');
  t.ok(await at.neighbour.exchanges(), 'the neighbour goes on');
});

t.test('a peer that ends its side still gets what it is owed', async (t) => {
  const holder = new Holder();
  const { port, reasons, listener } = await serve(t, { handlers: holder, limits: { framesInFlightMax: 2 } });
  const peer = await RawPeer.open(t, port);
  const frames = ['one', 'two', 'three', 'four', 'five'].map(framed);
  peer.socket.end(Buffer.concat(frames));
  for (let i = 0; i < frames.length; i++) {
    t.ok(await until(() => holder.held.length > 0));
    t.ok(holder.answer());
  }
  t.ok(await peer.receives(Buffer.concat(frames)), 'also of frames that had to wait');
  t.ok(await peer.hasClosed());
  t.ok(await until(() => listener.connections === 0));
  t.same(reasons, ['peer closed']);
});

t.test('a peer that ends, or resets, inside a frame is counted', async (t) => {
  const { port, tally, reasons, listener } = await serve(t);
  const ending = await RawPeer.open(t, port);
  ending.socket.end(framed('cut').subarray(0, 3));
  t.ok(await ending.hasClosed());
  const resetting = await RawPeer.open(t, port);
  resetting.write(framed('cut').subarray(0, 3));
  t.ok(await until(() => listener.connections === 1));
  await pause(50);
  resetting.socket.resetAndDestroy();
  t.ok(await until(() => tally.of('truncated') === 2));
  t.match(reasons, ['peer closed inside a frame', 'peer closed inside a frame']);
});

t.test('a storm of keep-alives from a peer that does not read ends like any unread answers', async (t) => {
  const at = await scene(t, { limits: { unreadBytesMax: 50_000 } });
  at.bad.socket.pause();
  for (let i = 0; i < 400 && at.tally.of('unread-close') === 0; i++) {
    at.bad.write(Buffer.alloc(65_536));
    t.ok(await at.neighbour.exchanges());
  }
  t.ok(await until(() => at.tally.of('unread-close') === 1));
  t.ok(await at.neighbour.exchanges());
});

t.test('a handler that throws costs its own connection only', async (t) => {
  const at = await scene(t, {
    handlers: {
      onFrame(frame, connection) {
        if (frame.body.toString() === 'bad') throw new Error('a secret');
        connection.begin();
        connection.reply(frame, frame.body);
      },
    },
  });
  at.bad.write(framed('bad'));
  await closedAndCounted(t, at, 'handler-error');
  t.same(at.reasons, ['Error'], 'and of an unknown error only its class is told');
});

t.test('handlers that throw when a connection opens or closes hurt nobody', async (t) => {
  let opened = 0;
  const { port, tally, listener } = await serve(t, {
    handlers: {
      onOpen() {
        opened += 1;
        if (opened === 1) throw new Error('open');
      },
      onFrame: (frame, connection) => {
        connection.begin();
        connection.reply(frame, frame.body);
      },
      onClose() {
        throw new Error('close');
      },
    },
  });
  t.ok(await (await RawPeer.open(t, port)).hasClosed());
  t.ok(await until(() => listener.connections === 0));
  const next = await RawPeer.open(t, port);
  t.ok(await next.exchanges());
  t.equal(tally.of('handler-error'), 2);
});
