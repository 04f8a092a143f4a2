/** A listening link on real sockets: what is on the wire, who is let in, what happens when it drains. */
import { connect } from 'node:net';
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { type LinkOptions, linkSchema, listen } from '../../src/transport/index.js';
import { echo, framed, Holder, pause, RawPeer, serve, Tally, until, VirtualClock } from './peer.js';

t.test('several messages in a segment are answered, and so is one sent byte by byte', async (t) => {
  const { port, tally } = await serve(t);
  const peer = await RawPeer.open(t, port);
  const three = Buffer.concat(['one', 'two', 'three'].map(framed));
  peer.write(three);
  t.ok(await peer.receives(three));
  await peer.writePieces([...three].map((byte) => Buffer.from([byte])));
  t.ok(await peer.receives(three));
  t.equal(tally.of('frames-in'), 6);
  t.equal(tally.of('frames-out'), 6);
});

t.test('answers go out in any order, each with the header of its own request turned round', async (t) => {
  const holder = new Holder();
  const { port } = await serve(t, {
    handlers: holder,
    link: { framing: { kind: 'length2', tpdu: 'swap', headerBytes: 6 } },
  });
  const peer = await RawPeer.open(t, port);
  peer.write(Buffer.from('000d6000010002aabbccddeeff3031', 'hex'));
  peer.write(Buffer.from('000d60000300041122334455663233', 'hex'));
  t.ok(await until(() => holder.held.length === 2));
  t.ok(holder.answer(1));
  t.ok(holder.answer(0));
  t.ok(
    await peer.receives(
      Buffer.from('000d60000400031122334455663233' + '000d6000020001aabbccddeeff3031', 'hex'),
    ),
  );
});

t.test('an empty frame is answered with one, between messages too', async (t) => {
  const { port, tally } = await serve(t, { link: { framing: 'ascii' } });
  const peer = await RawPeer.open(t, port);
  peer.write('0000' + '0003abc' + '0000');
  t.ok(await peer.receives(Buffer.from('0000' + '0003abc' + '0000')));
  t.equal(tally.of('keep-alives'), 2);
  t.equal(tally.of('frames-in'), 1);
});

t.test('where nothing was heard an empty frame goes out, and its answer is not answered', async (t) => {
  const clock = new VirtualClock();
  const { port, tally, listener } = await serve(t, {
    clock,
    link: { keepAliveMs: 30_000 },
    limits: { idleMs: 600_000 },
  });
  const peer = await RawPeer.open(t, port);
  t.ok(await until(() => listener.connections === 1));
  clock.advance(29_000);
  t.equal(peer.received.length, 0, 'not before its time');
  clock.advance(3_000);
  t.ok(await peer.receives(Buffer.from('0000', 'hex')));
  clock.advance(120_000);
  t.equal(peer.received.length, 0, 'one at a time');
  peer.write(Buffer.from('0000', 'hex'));
  t.ok(await until(() => tally.of('keep-alives') === 1));
  peer.write(Buffer.concat([Buffer.from('0000', 'hex'), framed('one')]));
  t.ok(await peer.receives(Buffer.concat([Buffer.from('0000', 'hex'), framed('one')])), "the peer's own is");
  clock.advance(32_000);
  t.ok(await peer.receives(Buffer.from('0000', 'hex')));
});

t.test('framing none asks its measure where a message ends', async (t) => {
  const measure = (buffer: Buffer): number | undefined => {
    const end = buffer.indexOf(0x0a);
    return end < 0 ? undefined : end + 1;
  };
  const { port, tally } = await serve(t, {
    link: { framing: 'none' },
    measure,
    limits: { frameBytesMax: 50 },
  });
  const peer = await RawPeer.open(t, port);
  const lines = Buffer.from('one\ntwo\nthree\n');
  peer.write(lines);
  t.ok(await peer.receives(lines));
  await peer.writePieces([...lines].map((byte) => Buffer.from([byte])));
  t.ok(await peer.receives(lines));
  peer.write(Buffer.alloc(51, 0x41));
  t.ok(await peer.hasClosed());
  t.equal(tally.of('oversize'), 1);
});

t.test('a measure that says nothing useful closes the connection and no more', async (t) => {
  for (const measure of [() => 0, () => -1, () => Number.NaN]) {
    const { port, tally } = await serve(t, { link: { framing: 'none' }, measure });
    const peer = await RawPeer.open(t, port);
    peer.write('x');
    t.ok(await peer.hasClosed());
    t.equal(tally.of('framing-error'), 1);
  }
});

t.test('a message that the framing cannot write is not sent, and the connection lives on', async (t) => {
  const sent: boolean[] = [];
  const { port, tally } = await serve(t, {
    handlers: {
      onFrame(frame, connection) {
        connection.begin();
        if (frame.body.toString() === 'big') sent.push(connection.reply(frame, Buffer.alloc(65_536)));
        else sent.push(connection.reply(frame, frame.body));
      },
    },
  });
  const peer = await RawPeer.open(t, port);
  peer.write(framed('big'));
  t.ok(await peer.exchanges());
  t.same(sent, [false, true]);
  t.equal(tally.of('unsendable'), 1);
});

t.test('only listed addresses and networks get in', async (t) => {
  const allowed = await serve(t, { link: { allow: ['10.0.0.1', '127.0.0.0/8'] } });
  t.ok(await (await RawPeer.open(t, allowed.port)).exchanges());
  const refused = await serve(t, { link: { allow: ['10.0.0.0/8', '127.0.0.2', 'fd00::/8'] } });
  const stranger = await RawPeer.open(t, refused.port);
  t.ok(await stranger.hasClosed());
  t.equal(refused.tally.of('refused-address'), 1);
  t.equal(refused.tally.of('opened'), 0);
  const friend = connect({ port: refused.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  t.teardown(() => friend.destroy());
  t.ok(await new RawPeer(friend).exchanges());
});

t.test('an IPv4 peer of an IPv6 socket is known by its IPv4 address', async (t) => {
  let remote = '';
  const listening = serve(t, {
    link: { host: '::', allow: ['127.0.0.1'] },
    handlers: {
      ...echo,
      onOpen(connection) {
        remote = connection.remote;
      },
    },
  });
  const served = await listening.catch(() => undefined);
  if (!served) return t.pass('no IPv6 here');
  t.ok(await (await RawPeer.open(t, served.port)).exchanges());
  t.equal(remote, '127.0.0.1');
});

t.test('an entry that is no address stops the start with the allowed form', async (t) => {
  const link = { name: 'x', mode: 'listen', port: 0, framing: 'length2' };
  for (const entry of ['10.0.0.0/33', 'localhost', '10.0.0', 'fd00::/129', '10.0.0.1/', ''])
    t.match(
      linkSchema.safeParse({ ...link, allow: [entry] }).error?.issues[0],
      { path: ['allow', 0], message: 'an IP address, or a network as 10.1.0.0/16' },
      entry,
    );
  const unchecked: LinkOptions = { ...linkSchema.parse(link), allow: ['nowhere'] };
  await t.rejects(listen(unchecked, echo, { clock: systemClock, counters: new Tally() }), {
    message: 'allow: "nowhere" is no address or network',
  });
});

t.test(
  'over the number of connections, of all or of one address, the next is refused until one closes',
  async (t) => {
    for (const limit of ['connectionsMax', 'connectionsPerAddressMax']) {
      const { port, tally, listener } = await serve(t, { limits: { [limit]: 2 } });
      const first = await RawPeer.open(t, port);
      const second = await RawPeer.open(t, port);
      t.ok(await second.exchanges());
      const third = await RawPeer.open(t, port);
      t.ok(await third.hasClosed());
      t.equal(tally.of('refused-full'), 1, limit);
      t.ok(await first.exchanges(), 'those inside go on');
      first.socket.destroy();
      t.ok(await until(() => listener.connections === 1));
      t.ok(await (await RawPeer.open(t, port)).exchanges(), 'and a place is free again');
    }
  },
);

t.test('an address that is taken is an error that names link and address', async (t) => {
  const { port } = await serve(t);
  await t.rejects(serve(t, { link: { port } }), {
    name: 'SafeError',
    message: `link terminals: cannot listen on 127.0.0.1:${port} (Error EADDRINUSE)`,
  });
});

t.test('draining: what is under way is answered, nothing new is taken, then all is closed', async (t) => {
  const holder = new Holder();
  const { port, listener, tally, reasons } = await serve(t, { handlers: holder });
  const busy = await RawPeer.open(t, port);
  const idle = await RawPeer.open(t, port);
  busy.write(Buffer.concat([framed('one'), framed('two')]));
  t.ok(await until(() => holder.held.length === 2));
  const drained = listener.drain(60_000);
  t.equal(listener.drain(1), drained, 'draining twice is draining once');
  t.ok(await until(() => idle.ended), 'the idle one is let go at once');
  idle.socket.end();
  await t.rejects(RawPeer.open(t, port), { code: 'ECONNREFUSED' });
  busy.write(framed('too late'));
  await pause(50);
  t.equal(holder.held.length, 2, 'no new frame is handed over');
  t.ok(holder.answer());
  t.ok(holder.answer());
  t.ok(await until(() => busy.ended));
  t.ok(await busy.receives(Buffer.concat([framed('one'), framed('two')])));
  busy.socket.end();
  await drained;
  t.equal(tally.of('drain-close'), 0);
  t.same(reasons, ['drained', 'drained']);
});

t.test('draining does not wait for a peer that does not close, nor for one that keeps sending', async (t) => {
  const { port, listener, tally } = await serve(t, { limits: { lingerMs: 100 } });
  const silent = await RawPeer.open(t, port);
  const talking = await RawPeer.open(t, port);
  t.ok(await silent.exchanges());
  const talk = setInterval(() => talking.write(framed(Buffer.alloc(4_000))), 1);
  t.teardown(() => clearInterval(talk));
  t.ok(await until(() => talking.received.length > 0));
  await listener.drain(60_000);
  t.equal(tally.of('linger-close'), 2);
  t.ok(await talking.hasClosed());
});

t.test('draining cuts those whose answers do not come in time', async (t) => {
  const clock = new VirtualClock();
  const holder = new Holder();
  const { port, listener, tally } = await serve(t, { handlers: holder, clock });
  const peer = await RawPeer.open(t, port);
  peer.write(framed('never answered'));
  t.ok(await until(() => holder.held.length === 1));
  const drained = listener.drain(5_000);
  clock.advance(5_000);
  await drained;
  t.equal(tally.of('drain-close'), 1);
  t.ok(await peer.hasClosed());
  t.notOk(holder.answer(), 'an answer after that is refused, and nothing breaks');
});

t.test('closing cuts everybody at once', async (t) => {
  const clock = new VirtualClock();
  const holder = new Holder();
  const { port, listener, reasons } = await serve(t, { handlers: holder, clock });
  const peer = await RawPeer.open(t, port);
  peer.write(framed('never answered'));
  t.ok(await until(() => holder.held.length === 1));
  await listener.close();
  t.ok(await peer.hasClosed());
  t.same(reasons, ['closed']);
});

t.test('done() without begin() closes that connection, as a fault of ours', async (t) => {
  const { port, tally } = await serve(t, { handlers: { onFrame: (_, connection) => connection.done() } });
  const peer = await RawPeer.open(t, port);
  peer.write(framed('x'));
  t.ok(await peer.hasClosed());
  t.equal(tally.of('handler-error'), 1);
});

t.test('what is sent in one turn goes out in one write', async (t) => {
  const { port } = await serve(t, {
    handlers: {
      onFrame(frame, connection) {
        for (let i = 0; i < 500; i++) connection.send(frame.body);
      },
    },
  });
  const peer = await RawPeer.open(t, port);
  let chunks = 0;
  peer.socket.on('data', () => {
    chunks += 1;
  });
  peer.write(framed('0800'));
  t.ok(await peer.receives(Buffer.concat(Array.from({ length: 500 }, () => framed('0800')))));
  t.ok(chunks < 20, `${chunks} reads for 500 frames`);
});
