/** Listening links behind a proxy: whose address counts, what comes before TLS and framing, who is cut and counted. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { linkSchema } from '../../src/transport/index.js';
import type { End, LinkTap } from '../../src/transport/tap.js';
import {
  MALFORMED,
  V1_IPV4,
  V2_IPV4,
  V2_IPV6,
  V2_LOCAL,
  V2_MAPPED,
  V2_WITH_TLVS,
  V2_WITHOUT_ADDRESS,
} from '../support/proxyHeaders.js';
import {
  certificate,
  echo,
  framed,
  Holder,
  RawPeer,
  type ServeOptions,
  serve,
  until,
  VirtualClock,
} from './peer.js';

const SWITCH = { cert: certificate('switch.crt'), key: certificate('switch.key') };
const PROXIED = { proxyProtocol: true, proxies: ['127.0.0.1'] };
const PING = framed('ping');

/** A listening link that believes loopback, and the addresses that its connections had. */
async function behindProxy(t: Test, options: ServeOptions = {}) {
  const remotes: string[] = [];
  const handlers = options.handlers ?? echo;
  const served = await serve(t, {
    ...options,
    link: { ...PROXIED, ...options.link },
    handlers: {
      onFrame: (frame, connection) => handlers.onFrame(frame, connection),
      onOpen: (connection) => remotes.push(connection.remote),
    },
  });
  return { ...served, remotes };
}

async function openWith(t: Test, port: number, bytes: Buffer): Promise<RawPeer> {
  const peer = await RawPeer.open(t, port);
  peer.write(bytes);
  return peer;
}

t.test(
  'header and first frame in one segment: the frame is answered, the address is the header’s',
  async (t) => {
    const { port, remotes } = await behindProxy(t);
    for (const [header, address] of [
      [V2_IPV4, '10.20.0.7'],
      [V2_WITH_TLVS, '10.20.0.7'],
      [V2_MAPPED, '10.20.0.7'],
      [V2_IPV6, '2001:db8::7'],
      [V1_IPV4, '10.20.0.7'],
    ] as const) {
      const peer = await openWith(t, port, Buffer.concat([header, PING, PING]));
      t.ok(await peer.receives(Buffer.concat([PING, PING])));
      t.ok(await peer.exchanges(), 'and it goes on');
      t.equal(remotes.pop(), address);
    }
  },
);

t.test('byte by byte, and cut at every offset, header and frame are read the same', async (t) => {
  const { port, remotes, tally } = await behindProxy(t);
  const wire = Buffer.concat([V2_IPV4, PING]);
  const slow = await RawPeer.open(t, port);
  await slow.writePieces([...wire].map((byte) => Buffer.from([byte])));
  t.ok(await slow.receives(PING));
  for (let at = 1; at < wire.length; at++) {
    const peer = await RawPeer.open(t, port);
    await peer.writePieces([wire.subarray(0, at), wire.subarray(at)]);
    t.ok(await peer.receives(PING), `cut at ${at}`);
    peer.socket.destroy();
  }
  t.ok(remotes.every((remote) => remote === '10.20.0.7'));
  t.equal(remotes.length, wire.length);
  t.equal(tally.of('proxy-error'), 0);
});

t.test(
  'what the peer sends before it ends its side is answered, header and all in one segment',
  async (t) => {
    const { port, reasons } = await behindProxy(t);
    const peer = await RawPeer.open(t, port);
    peer.socket.end(Buffer.concat([V2_IPV4, PING]));
    t.ok(await peer.receives(PING));
    t.ok(await until(() => reasons.length === 1));
    t.same(reasons, ['peer closed']);
  },
);

t.test('the proxy’s own connection, and one of no IP address, count by the proxy’s address', async (t) => {
  const { port, remotes } = await behindProxy(t);
  for (const header of [V2_LOCAL, ...V2_WITHOUT_ADDRESS]) {
    const peer = await openWith(t, port, Buffer.concat([header, PING]));
    t.ok(await peer.receives(PING));
    t.equal(remotes.pop(), '127.0.0.1');
  }
});

t.test('allow-lists and places for one address see the address in the header', async (t) => {
  const { port, tally, listener } = await behindProxy(t, {
    link: { allow: ['10.20.0.0/16', '2001:db8::/32'] },
    limits: { connectionsPerAddressMax: 2 },
  });
  const first = await openWith(t, port, Buffer.concat([V2_IPV4, PING]));
  const second = await openWith(t, port, Buffer.concat([V1_IPV4, PING]));
  t.ok(await first.receives(PING));
  t.ok(await second.receives(PING));
  const third = await openWith(t, port, Buffer.concat([V2_MAPPED, PING]));
  t.ok(await third.hasClosed(), 'however its address is written');
  t.equal(tally.of('refused-full'), 1);
  const other = await openWith(t, port, Buffer.concat([V2_IPV6, PING]));
  t.ok(await other.receives(PING), 'another address has places of its own');
  const stranger = await openWith(t, port, Buffer.from('PROXY TCP4 10.21.0.7 192.0.2.1 56324 8583\r\n'));
  t.ok(await stranger.hasClosed());
  const own = await openWith(t, port, V2_LOCAL);
  t.ok(await own.hasClosed(), 'the proxy itself is let in where it is listed');
  t.equal(tally.of('refused-address'), 2);
  t.equal(tally.of('opened'), 3);
  first.socket.destroy();
  t.ok(await until(() => listener.connections === 2));
  const again = await openWith(t, port, Buffer.concat([V2_IPV4, PING]));
  t.ok(await again.receives(PING), 'a place is free again');
});

t.test('who is not one of the proxies is refused, whatever it says', async (t) => {
  const { port, tally } = await behindProxy(t, { link: { proxies: ['127.0.0.2', '10.0.0.0/8', '::1'] } });
  const peer = await openWith(t, port, Buffer.concat([V2_IPV4, PING]));
  t.ok(await peer.hasClosed());
  t.equal(tally.of('refused-proxy'), 1);
  t.equal(tally.of('opened'), 0);
});

for (const [name, bytes] of Object.entries(MALFORMED)) {
  t.test(`${name} closes the connection, is counted, and hurts nobody else`, async (t) => {
    const { port, tally, listener } = await behindProxy(t);
    const neighbour = await openWith(t, port, V2_IPV4);
    t.ok(await neighbour.exchanges());
    const bad = await openWith(t, port, bytes);
    t.ok(await bad.hasClosed());
    t.equal(tally.of('proxy-error'), 1);
    t.equal(tally.of('opened'), 1, 'it never was a connection of the link');
    t.equal(listener.connections, 1);
    t.ok(await neighbour.exchanges());
  });
}

t.test(
  'a header that is over the link’s limit, or not whole when the peer ends, is cut and counted',
  async (t) => {
    const { port, tally } = await behindProxy(t, { limits: { proxyHeaderBytesMax: 30 } });
    t.ok(await (await openWith(t, port, V2_IPV4)).exchanges(), '28 bytes');
    t.ok(await (await openWith(t, port, V2_WITH_TLVS)).hasClosed(), '40 bytes');
    t.equal(tally.of('proxy-error'), 1);
    const half = await RawPeer.open(t, port);
    half.socket.end(V2_IPV4.subarray(0, 20));
    t.ok(await half.hasClosed());
    t.equal(tally.of('proxy-error'), 2);
    const reset = await openWith(t, port, V2_IPV4.subarray(0, 20));
    await reset.writePieces([V2_IPV4.subarray(20, 21)]);
    reset.socket.resetAndDestroy();
    t.ok(await until(() => tally.of('proxy-error') === 3));
  },
);

t.test('a bare connect, as of a health check, is no error', async (t) => {
  const { port, tally } = await behindProxy(t);
  const check = await RawPeer.open(t, port);
  check.socket.end();
  t.ok(await check.hasClosed());
  t.equal(tally.of('proxy-error'), 0);
  t.ok(await (await openWith(t, port, V2_IPV4)).exchanges());
});

t.test('a header must be complete in time; until then it holds a place, and no more', async (t) => {
  const clock = new VirtualClock();
  const { port, tally, listener } = await behindProxy(t, {
    clock,
    limits: { connectionsMax: 2, proxyHeaderMs: 3_000 },
  });
  const silent = await RawPeer.open(t, port);
  const slow = await openWith(t, port, V2_IPV4.subarray(0, 27));
  t.ok(await until(() => clock.delays.filter((delay) => delay === 3_000).length === 2));
  const third = await RawPeer.open(t, port);
  t.ok(await third.hasClosed(), 'places are few');
  t.equal(tally.of('refused-full'), 1);
  clock.advance(2_999);
  t.notOk(silent.closed || slow.closed);
  clock.advance(1);
  t.ok(await silent.hasClosed());
  t.ok(await slow.hasClosed());
  t.equal(tally.of('proxy-timeout'), 2);
  const next = await openWith(t, port, Buffer.concat([V2_IPV4, PING]));
  t.ok(await next.receives(PING), 'the places are free again');
  clock.advance(3_000);
  t.ok(await next.exchanges(), 'and a header that came is not timed out');
  t.equal(listener.connections, 1);
});

/** Puts a header before what its one client sends first, and sends both in the pieces that `cut` makes of them. */
async function relay(t: Test, port: number, cut: (wire: Buffer) => readonly Buffer[]): Promise<number> {
  const server = createServer((client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    t.teardown(() => upstream.destroy());
    client.once('data', async (hello: Buffer) => {
      client.pause();
      await new RawPeer(upstream).writePieces(cut(Buffer.concat([V2_IPV4, hello])));
      client.pipe(upstream);
    });
    upstream.pipe(client);
  });
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

t.test(
  'the header comes before TLS: in one segment with its hello, byte by byte, and cut about its end',
  async (t) => {
    const { port, remotes, tally } = await behindProxy(t, {
      link: { tls: SWITCH, allow: ['10.20.0.0/16'] },
    });
    const cutAt = (at: number) => (wire: Buffer) => [wire.subarray(0, at), wire.subarray(at)];
    for (const cut of [
      (wire: Buffer) => [wire],
      (wire: Buffer) => [...wire].map((byte) => Buffer.from([byte])),
      ...[12, 16, 27, 28, 29, 33].map(cutAt),
    ]) {
      const by = await relay(t, port, cut);
      const socket = connectTls({ port: by, host: '127.0.0.1', ca: certificate('ca.crt') });
      t.teardown(() => socket.destroy());
      await once(socket, 'secureConnect');
      const peer = new RawPeer(socket);
      t.ok(await peer.exchanges());
      t.ok(await peer.exchanges());
      t.equal(remotes.pop(), '10.20.0.7');
    }
    t.equal(tally.of('tls-error'), 0);
  },
);

t.test(
  'TLS without a header, and an address that is not listed, are refused before any handshake',
  async (t) => {
    const { port, tally } = await behindProxy(t, { link: { tls: SWITCH, allow: ['10.21.0.0/16'] } });
    const bare = connectTls({ port, host: '127.0.0.1', ca: certificate('ca.crt') });
    t.teardown(() => bare.destroy());
    await t.rejects(once(bare, 'secureConnect'));
    t.equal(tally.of('proxy-error'), 1);
    t.ok(await (await openWith(t, port, V2_IPV4)).hasClosed());
    t.equal(tally.of('refused-address'), 1);
    t.equal(tally.of('tls-error'), 0);
  },
);

t.test('draining does not wait for a header, nor does it lose an answer that is owed', async (t) => {
  const holder = new Holder();
  const { port, listener } = await behindProxy(t, { handlers: holder, limits: { proxyHeaderMs: 60_000 } });
  const silent = await RawPeer.open(t, port);
  const busy = await openWith(t, port, Buffer.concat([V2_IPV4, PING]));
  t.ok(await until(() => holder.held.length === 1));
  const drained = listener.drain(60_000);
  t.ok(await silent.hasClosed());
  t.ok(holder.answer());
  t.ok(await busy.receives(PING));
  busy.socket.end();
  await drained;
});

t.test('a recording shows the ends that the header tells', async (t) => {
  const seen: End[][] = [];
  const tap: LinkTap = {
    opened(local, remote) {
      seen.push([local, remote]);
      return { received() {}, sent() {}, closed() {} };
    },
  };
  const { port } = await behindProxy(t, { tap });
  const relayed = await openWith(t, port, V2_IPV4);
  t.ok(await relayed.exchanges());
  const own = await openWith(t, port, V2_LOCAL);
  t.ok(await own.exchanges());
  t.same(seen, [
    [
      { address: '192.0.2.1', port: 8_583 },
      { address: '10.20.0.7', port: 56_324 },
    ],
    [
      { address: '127.0.0.1', port },
      { address: '127.0.0.1', port: own.socket.localPort },
    ],
  ]);
});

t.test('proxies go with proxyProtocol, on a listening link, and name at least one', async (t) => {
  const link = { name: 'x', mode: 'listen', port: 0, framing: 'length2' };
  const unnamed = {
    path: ['proxies'],
    message: 'must be there where a listening link has proxyProtocol, and nowhere else',
  };
  for (const members of [
    { proxyProtocol: true },
    { proxies: ['10.0.0.1'] },
    { proxyProtocol: false, proxies: ['10.0.0.1'] },
    { ...PROXIED, mode: 'connect' },
  ])
    t.match(linkSchema.safeParse({ ...link, ...members }).error?.issues[0], unnamed);
  t.match(linkSchema.safeParse({ ...link, proxyProtocol: true, proxies: [] }).error?.issues[0]?.path, [
    'proxies',
  ]);
  t.match(
    linkSchema.safeParse({ ...link, proxyProtocol: true, proxies: ['balancer'] }).error?.issues[0]?.message,
    'an IP address, or a network as 10.1.0.0/16',
  );
  t.ok(linkSchema.safeParse({ ...link, ...PROXIED }).success);
  t.ok(linkSchema.safeParse({ ...link, proxyProtocol: false }).success);
});
