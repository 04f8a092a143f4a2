/** A connecting link: one connection up for as long as the peer lets it, made again with capped, jittered back-off. */
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { type Random, systemRandom } from '../../src/base/random.js';
import { type Connector, connect, type LinkHandlers, linkSchema } from '../../src/transport/index.js';
import { echo, fixedRandom, framed, Holder, pause, RawHost, Tally, until, VirtualClock } from './peer.js';

interface Dialled {
  readonly connector: Connector;
  readonly tally: Tally;
  readonly log: string[];
}

interface DialOptions {
  readonly port: number;
  readonly limits?: Readonly<Record<string, number>>;
  readonly handlers?: LinkHandlers;
  readonly clock?: Clock;
  readonly random?: Random;
}

const QUICK = { reconnectFirstMs: 10, reconnectMaxMs: 50 };
/** Every other timer of the link is longer than the longest wait. */
const SLOW = { reconnectFirstMs: 100, reconnectMaxMs: 800, connectMs: 77_777, lingerMs: 60_000 };

function dial(t: Test, options: DialOptions): Dialled {
  const tally = new Tally();
  const log: string[] = [];
  const handlers = options.handlers ?? echo;
  const connector = connect(
    linkSchema.parse({
      name: 'acquirer',
      mode: 'connect',
      port: options.port,
      framing: 'length2',
      limits: options.limits ?? QUICK,
    }),
    {
      onFrame: (frame, connection) => handlers.onFrame(frame, connection),
      onOpen(connection) {
        log.push('up');
        handlers.onOpen?.(connection);
      },
      onClose(_, reason) {
        log.push(`down: ${reason}`);
      },
    },
    { clock: options.clock ?? systemClock, random: options.random ?? systemRandom, counters: tally },
  );
  t.teardown(() => connector.close());
  return { connector, tally, log };
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

t.test('connects, says so, sends and receives', async (t) => {
  const host = await RawHost.start(t);
  const { connector, log } = dial(t, { port: host.port });
  t.equal(connector.state, 'down');
  t.notOk(connector.send(Buffer.from('early')), 'nothing is queued before it is up');
  t.equal(await connector.whenUp(), true);
  t.equal(connector.state, 'up');
  t.ok(connector.send(Buffer.from('0800')));
  t.ok(await until(() => host.peers.length === 1));
  const [peer] = host.peers;
  t.ok(await peer?.receives(framed('0800')));
  t.ok(await peer?.exchanges(), 'and the peer may begin messages too');
  t.same(log, ['up']);
});

t.test('what is sent when the link opens goes first', async (t) => {
  const host = await RawHost.start(t);
  dial(t, {
    port: host.port,
    handlers: { ...echo, onOpen: (connection) => void connection.send(Buffer.from('sign-on')) },
  });
  t.ok(await until(() => host.peers.length === 1));
  t.ok(await host.peers[0]?.receives(framed('sign-on')));
});

t.test('connects again when the peer comes back', async (t) => {
  const first = await RawHost.start(t);
  const { connector, tally, log } = dial(t, { port: first.port });
  await connector.whenUp();
  await first.stop();
  t.ok(await until(() => connector.state === 'down'));
  t.notOk(connector.send(Buffer.from('lost?')), 'while it is down nothing is taken');
  t.ok(await until(() => tally.of('connect-failed') >= 2), 'it keeps trying');
  const second = await RawHost.start(t, first.port);
  t.equal(await connector.whenUp(), true);
  t.ok(await until(() => second.peers.length === 1));
  t.ok(await second.peers[0]?.exchanges());
  t.same(log.length, 3);
  t.equal(log[2], 'up');
});

t.test('a link whose peer has ended its side takes no more messages', async (t) => {
  const host = await RawHost.start(t);
  const holder = new Holder();
  const { connector } = dial(t, { port: host.port, handlers: holder });
  await connector.whenUp();
  t.ok(await until(() => host.peers.length === 1));
  const [peer] = host.peers;
  peer?.socket.end(framed('last'));
  t.ok(await until(() => holder.held.length === 1 && connector.state === 'down'));
  t.notOk(connector.send(Buffer.from('x')));
  t.ok(holder.answer(), 'but it is still answered');
  t.ok(await peer?.receives(framed('last')));
});

t.test('the wait doubles up to its cap, half of it by chance', async (t) => {
  const clock = new VirtualClock();
  const port = await deadPort();
  for (const [chance, expected] of [
    [0, [50, 100, 200, 400, 400]],
    [1, [100, 200, 400, 800, 800]],
  ] as const) {
    clock.delays.length = 0;
    const { connector, tally } = dial(t, {
      port,
      clock,
      random: fixedRandom(chance),
      limits: SLOW,
    });
    for (let tries = 1; tries <= expected.length; tries++) {
      t.ok(await until(() => tally.of('connect-failed') === tries));
      clock.advance(800);
    }
    await connector.close();
    t.same(clock.delays.filter((delay) => delay <= 800).slice(0, 5), expected);
  }
});

t.test('a peer that takes the connection and drops it does not begin the wait anew', async (t) => {
  const clock = new VirtualClock();
  let speak = false;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (speak) socket.end(framed('hello'));
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const { connector, tally } = dial(t, {
    port: typeof address === 'object' && address ? address.port : 0,
    clock,
    random: fixedRandom(1),
    limits: SLOW,
  });
  for (let tries = 1; tries <= 3; tries++) {
    t.ok(await until(() => tally.of('closed') === tries));
    speak = tries === 2;
    clock.advance(800);
  }
  t.ok(await until(() => tally.of('closed') === 4));
  t.same(
    clock.delays.filter((delay) => delay <= 800),
    [100, 200, 100, 200],
  );
  await connector.close();
});

t.test('a peer that does not answer the dial is given up in time', async (t) => {
  const clock = new VirtualClock();
  const { connector, tally } = dial(t, { port: await deadPort(), clock, limits: { connectMs: 1_000 } });
  clock.advance(1_000);
  t.equal(tally.of('connect-failed'), 1);
  await pause(20);
  t.equal(tally.of('connect-failed'), 1, 'the refusal that comes after counts no more');
  await connector.close();
});

t.test('reconnect() drops the connection, and another is made', async (t) => {
  const host = await RawHost.start(t);
  const { connector, log } = dial(t, { port: host.port });
  await connector.whenUp();
  connector.reconnect('echo not answered');
  t.notOk(connector.send(Buffer.from('x')), 'at once');
  t.ok(await until(() => connector.state === 'up'));
  t.same(log, ['up', 'down: echo not answered', 'up']);
});

t.test('draining answers what is under way and connects no more', async (t) => {
  const host = await RawHost.start(t);
  const holder = new Holder();
  const { connector, log } = dial(t, { port: host.port, handlers: holder });
  await connector.whenUp();
  t.ok(await until(() => host.peers.length === 1));
  const [peer] = host.peers;
  peer?.write(framed('0200'));
  t.ok(await until(() => holder.held.length === 1));
  const drained = connector.drain(60_000);
  t.notOk(connector.send(Buffer.from('x')));
  t.equal(await connector.whenUp(), false);
  t.ok(holder.answer());
  t.ok(await peer?.receives(framed('0200')));
  t.ok(await until(() => peer?.ended === true));
  peer?.socket.end();
  await drained;
  await pause(100);
  t.same(log, ['up', 'down: drained']);
  t.equal(host.peers.length, 1);
});

t.test('closing while it dials, waits or is up ends it', async (t) => {
  const port = await deadPort();
  const dialling = dial(t, { port });
  const up = dialling.connector.whenUp();
  await dialling.connector.close();
  t.equal(await up, false, 'who waited is told');
  t.equal(dialling.tally.of('connect-failed'), 0);
  const waiting = dial(t, { port });
  t.ok(await until(() => waiting.tally.of('connect-failed') > 0));
  await waiting.connector.close();
  const failed = waiting.tally.of('connect-failed');
  const host = await RawHost.start(t, port);
  await pause(100);
  t.equal(host.peers.length, 0);
  t.equal(waiting.tally.of('connect-failed'), failed);
});
