/** TLS and mutual TLS: who gets in, who does not, and that neither handshakes nor closing hang. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import {
  type Connector,
  connect,
  type LinkOptions,
  linkSchema,
  tlsSchema,
} from '../../src/transport/index.js';
import { certificate, echo, framed, Holder, pause, RawPeer, serve, Tally, until } from './peer.js';

const CA = certificate('ca.crt');
const SWITCH = { cert: certificate('switch.crt'), key: certificate('switch.key') };
const ACQUIRER = { cert: certificate('acquirer.crt'), key: certificate('acquirer.key') };
const STRANGER = { cert: certificate('stranger.crt'), key: certificate('stranger.key') };

async function openTls(t: Test, port: number, options: ConnectionOptions = {}): Promise<RawPeer> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: CA, ...options });
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  return new RawPeer(socket);
}

function dial(
  t: Test,
  port: number,
  tls: Readonly<Record<string, unknown>>,
  more: Partial<LinkOptions> = {},
) {
  const tally = new Tally();
  const options = linkSchema.parse({
    name: 'acquirer',
    mode: 'connect',
    port,
    framing: 'length2',
    tls,
    limits: { reconnectFirstMs: 20, reconnectMaxMs: 20 },
    ...more,
  });
  const connector: Connector = connect(options, echo, {
    clock: systemClock,
    random: systemRandom,
    counters: tally,
  });
  t.teardown(() => connector.close());
  return { connector, tally };
}

t.test('messages pass over TLS, byte by byte too', async (t) => {
  const { port, listener, reasons } = await serve(t, { link: { tls: SWITCH } });
  const peer = await openTls(t, port);
  t.ok(await peer.exchanges());
  await peer.writePieces([...framed('0800')].map((byte) => Buffer.from([byte])));
  t.ok(await peer.receives(framed('0800')));
  peer.socket.end();
  t.ok(await until(() => listener.connections === 0));
  t.same(reasons, ['peer closed']);
});

t.test('nothing older than TLS 1.2 is spoken, and 1.3 alone where the link says so', async (t) => {
  const old = await serve(t, { link: { tls: SWITCH } });
  const ciphers = 'DEFAULT@SECLEVEL=0';
  await t.rejects(openTls(t, old.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers }));
  t.ok(await until(() => old.tally.of('tls-error') === 1));
  t.ok(await (await openTls(t, old.port, { maxVersion: 'TLSv1.2' })).exchanges());
  const modern = await serve(t, { link: { tls: { ...SWITCH, minVersion: 'TLSv1.3' } } });
  await t.rejects(openTls(t, modern.port, { maxVersion: 'TLSv1.2' }));
  t.ok(await (await openTls(t, modern.port)).exchanges());
});

t.test('mutual: only a certificate of the configured authority gets in', async (t) => {
  const { port, tally, listener } = await serve(t, { link: { tls: { ...SWITCH, ca: CA, mutual: true } } });
  const friend = await openTls(t, port, ACQUIRER);
  t.ok(await friend.exchanges());
  for (const [who, options] of [
    ['a stranger', STRANGER],
    ['nobody', {}],
  ] as const) {
    const before = tally.of('tls-error');
    // With TLS 1.3 the client believes that it is in, until the server's refusal arrives.
    const peer = await openTls(t, port, options).catch(() => undefined);
    if (peer) t.ok(await peer.hasClosed(), who);
    t.ok(await until(() => tally.of('tls-error') === before + 1), `${who} is counted`);
  }
  t.equal(listener.connections, 1);
  t.ok(await friend.exchanges(), 'and the one inside goes on');
});

t.test('a connecting link trusts only its authority, and the name that it was told', async (t) => {
  const { port } = await serve(t, { link: { tls: { ...SWITCH, ca: CA, mutual: true } } });
  const byAddress = dial(t, port, { ca: CA, ...ACQUIRER });
  t.equal(await byAddress.connector.whenUp(), true, 'the certificate bears the address');
  const byName = dial(t, port, { ca: CA, ...ACQUIRER, servername: 'switch.test' });
  t.equal(await byName.connector.whenUp(), true, 'or the name');
  for (const [why, tls] of [
    ['another name', { ca: CA, ...ACQUIRER, servername: 'other.test' }],
    ['another authority', { ca: certificate('other-ca.crt'), ...ACQUIRER }],
    ['no authority of its own', ACQUIRER],
  ] as const) {
    const { connector, tally } = dial(t, port, tls);
    t.ok(await until(() => tally.of('connect-failed') >= 2), why);
    t.equal(connector.state, 'down');
    t.equal(tally.of('opened'), 0);
    t.notOk(connector.send(Buffer.from('secret')));
  }
});

t.test('two links of ours exchange over mutual TLS, and draining either ends both', async (t) => {
  const { port, listener } = await serve(t, { link: { tls: { ...SWITCH, ca: CA, mutual: true } } });
  const { connector } = dial(t, port, { ca: CA, ...ACQUIRER });
  await connector.whenUp();
  t.ok(await until(() => listener.connections === 1));
  await connector.drain(60_000);
  t.ok(await until(() => listener.connections === 0));
  const second = dial(t, port, { ca: CA, ...ACQUIRER });
  await second.connector.whenUp();
  t.ok(await until(() => listener.connections === 1));
  await listener.drain(60_000);
  t.ok(await until(() => second.connector.state === 'down'));
});

t.test(
  'who does not shake hands is dropped in time, and a place is never given away for nothing',
  async (t) => {
    const { port, tally, listener } = await serve(t, {
      link: { tls: SWITCH },
      limits: { handshakeMs: 150, connectionsMax: 2 },
    });
    const friend = await openTls(t, port);
    const silent = await RawPeer.open(t, port);
    await pause(20);
    const third = await RawPeer.open(t, port);
    t.ok(await third.hasClosed(), 'a handshake takes a place too');
    t.equal(tally.of('refused-full'), 1);
    t.ok(await silent.hasClosed());
    t.equal(tally.of('handshake-timeout'), 1);
    t.equal(listener.connections, 1);
    t.ok(await friend.exchanges());
    t.ok(await (await openTls(t, port)).exchanges(), 'the place is free again');
  },
);

t.test('an address that is not listed is refused before any handshake', async (t) => {
  const { port, tally } = await serve(t, { link: { tls: SWITCH, allow: ['10.0.0.1'] } });
  await t.rejects(openTls(t, port));
  t.equal(tally.of('refused-address'), 1);
  t.equal(tally.of('tls-error'), 0);
});

t.test('a peer that speaks no TLS is counted and dropped', async (t) => {
  const { port, tally } = await serve(t, { link: { tls: SWITCH } });
  const plain = await RawPeer.open(t, port);
  plain.write(framed('0800 in clear text'));
  t.ok(await plain.hasClosed());
  t.ok(await until(() => tally.of('tls-error') === 1));
  const gone = connectTcp(port, '127.0.0.1', () => gone.resetAndDestroy());
  gone.on('error', () => {});
  t.ok(await (await openTls(t, port)).exchanges(), 'and one that resets in the handshake hurts nobody');
});

t.test('closing does not hang on a handshake, nor on a TLS peer that does not close its side', async (t) => {
  const holder = new Holder();
  const { port, listener } = await serve(t, {
    link: { tls: SWITCH },
    handlers: holder,
    limits: { lingerMs: 100 },
  });
  await RawPeer.open(t, port);
  const stubborn = await openTls(t, port, { allowHalfOpen: true } as ConnectionOptions);
  stubborn.write(framed('last'));
  t.ok(await until(() => holder.held.length === 1));
  const drained = listener.drain(60_000);
  t.ok(holder.answer());
  t.ok(await stubborn.receives(framed('last')), 'what is owed goes out before the end');
  await drained;
});

t.test('closing cuts TLS peers at once', async (t) => {
  const { port, listener } = await serve(t, { link: { tls: SWITCH } });
  const peers: RawPeer[] = [];
  for (let i = 0; i < 3; i++) peers.push(await openTls(t, port));
  t.ok(await until(() => listener.connections === 3));
  await listener.close();
  for (const peer of peers) t.ok(await peer.hasClosed());
});

t.test('a TLS client that never reads its answers is closed', async (t) => {
  const { port, tally, listener } = await serve(t, {
    link: { tls: SWITCH },
    limits: { unreadBytesMax: 100_000 },
  });
  const peer = await openTls(t, port);
  (peer.socket as TLSSocket).pause();
  const many = Buffer.concat(Array.from({ length: 100 }, () => framed(Buffer.alloc(8_000, 0x41))));
  for (let i = 0; i < 100 && tally.of('unread-close') === 0 && !peer.closed; i++) {
    peer.write(many);
    await pause(5);
  }
  t.ok(await until(() => tally.of('unread-close') === 1 && listener.connections === 0));
});

t.test('wrong TLS settings stop the start with what is missing', async (t) => {
  t.match(tlsSchema.safeParse({ cert: 'x' }).error?.issues[0], { path: ['key'] });
  t.match(tlsSchema.safeParse({ ...SWITCH, mutual: true }).error?.issues[0], { path: ['ca'] });
  t.match(tlsSchema.safeParse({ ...SWITCH, minVersion: 'TLSv1' }).success, false);
  await t.rejects(serve(t, { link: { tls: {} } }), { message: 'tls: a listening link needs cert and key' });
  await t.rejects(serve(t, { link: { tls: { cert: '/nowhere.crt', key: '/nowhere.key' } } }), {
    message: 'tls: /nowhere.crt: cannot be read (Error ENOENT)',
  });
  await t.rejects(serve(t, { link: { tls: { ...SWITCH, key: SWITCH.cert } } }), {
    message: /^tls: certificate or key cannot be used/,
  });
  t.throws(() => dial(t, 1, { ca: '/nowhere.crt' }), { message: /^tls: \/nowhere.crt: cannot be read/ });
});
