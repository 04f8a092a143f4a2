/** Who may call a hub, and who may not: codes, tokens, certificates, former enrolments, clocks. */
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { call, held, hex, invite, Peer, runHub, sha256 } from './peer.js';

t.test('a code enrols one switch, and the same switch again; nobody else', async (t) => {
  const hub = await runHub(t);
  const code = await invite(hub, 'north');
  const north = new Peer(hub, 'north');
  const first = await north.enrol(code);
  t.match(first, {
    status: 200,
    body: { network: /^[0-9a-f]{32}$/, name: 'north', epoch: 1, hubKey: /^.{43}$/ },
  });
  t.strictSame(await north.enrol(code), first, 'its answer may have been lost');
  const thief = await new Peer(hub, 'north').enrol(code);
  t.match(thief, { status: 403, body: { error: 'used', fatal: false } });
  t.match(await new Peer(hub, 'north').enrol(hex(8)), { status: 403, body: { error: 'unknown-code' } });
  const late = hex(8);
  const at = systemClock.now();
  const past = { codeSha256: sha256(late), expiresAt: at - 1, certificateSha256: '', at: at - 2 };
  await hub.store.invite({ name: 'late', ...past });
  t.match(await new Peer(hub, 'late').enrol(late), { status: 403, body: { error: 'expired' } });
  t.equal((await north.poll({ waitMs: 0 })).status, 200, 'the switch that enrolled is served');
});

t.test('the hub stays who it is when it starts again', async (t) => {
  const hub = await runHub(t);
  const north = await Peer.joined(hub, 'north');
  const south = await Peer.joined(hub, 'south');
  t.equal(north.network, south.network);
  t.equal(north.hubKey, south.hubKey);
  const stored = await Promise.all([hub.store.setting('hub.network'), hub.store.setting('hub.key')]);
  t.equal(stored[0], north.network);
  t.ok(Buffer.from(stored[1] ?? '', 'base64').length > 60, 'its private key is sealed');
});

t.test('without the token of an enrolled switch nothing is answered', async (t) => {
  const hub = await runHub(t);
  const north = await Peer.joined(hub, 'north');
  const paths = ['/v1/transfers?after=0', '/v1/catalogue/1', `/v1/portions/${'0'.repeat(64)}`];
  for (const path of paths) {
    for (const token of ['', hex(16), `${north.token}0`]) {
      t.match(
        await call(hub, path, { token }),
        { status: 401, body: { error: 'unauthorised', fatal: false } },
        path,
      );
    }
  }
  const long = { text: ' '.repeat(5_000_000) };
  t.match(await call(hub, '/v1/contact', { body: long }), { status: 401 }, 'before its body is looked at');
  for (const path of ['/v1/enrol', '/v1/nothing'])
    t.match(await call(hub, path, { body: long }), {
      status: 413,
      body: { detail: 'body: at most 4096 bytes' },
    });
  t.match(await call(hub, '/v1/nothing', { token: north.token }), { status: 404 });
});

t.test('a switch that was retired, or enrolled anew elsewhere, is told to stop selling', async (t) => {
  const hub = await runHub(t);
  const former = await Peer.joined(hub, 'north');
  const at = systemClock.now();
  await hub.store.retire({ name: 'north', by: 'ann', why: 'disk lost', at });
  hub.service.watch.wake();
  const retired = { status: 403, body: { error: 'retired', fatal: true, detail: /^north was retired/ } };
  t.match(await former.poll(), retired);
  t.match(await former.tell(), retired);
  t.match(await former.ask(), retired);
  for (const path of ['/v1/transfers?after=0', '/v1/catalogue/1', `/v1/portions/${'0'.repeat(64)}`])
    t.match(await former.call(path), retired);
  const anew = await Peer.joined(hub, 'north');
  t.equal(anew.epoch, 2);
  const claim = (text: string) => ({ token: former.token, headers: { 'x-switch': text } });
  const told = await call(hub, '/v1/transfers?after=0', claim('north 1'));
  t.match(told, { status: 403, body: { error: 'epoch', fatal: true } });
  t.match(await call(hub, '/v1/transfers?after=0', claim('north 2')), {
    status: 401,
    body: { fatal: false },
  });
  t.match(await call(hub, '/v1/transfers?after=0', claim('west 1')), { status: 401, body: { fatal: false } });
  const old = await anew.poll({ epoch: 1 });
  t.match(old, { status: 403, body: { error: 'epoch', fatal: true } }, 'its token in a former epoch');
});

t.test('a poll that is held is refused at once when its switch is retired', async (t) => {
  const hub = await runHub(t);
  const north = await Peer.joined(hub, 'north');
  const beside = await hub.beside();
  const polled = north.poll();
  await held(hub);
  const began = Date.now();
  await beside.retire({ name: 'north', by: 'ann', why: 'stolen', at: systemClock.now() });
  t.match(await polled, { status: 403, body: { error: 'retired', fatal: true } });
  t.ok(Date.now() - began < 20_000, 'long before its time, by the decision of another process');
});

t.test('a restored copy and a second copy of a switch are refused for good', async (t) => {
  const hub = await runHub(t);
  const north = await Peer.joined(hub, 'north');
  const south = await Peer.joined(hub, 'south');
  for (const peer of [north, south]) t.equal((await peer.tell()).status, 200);
  const { contact, link } = north;
  await north.tell();
  await north.tell();
  const stale = await Object.assign(north, { contact, link }).tell();
  t.match(stale, { status: 403, body: { error: 'stale', fatal: true } });
  t.match(await north.poll(), { status: 403, body: { fatal: true } });
  const forked = await south.tell([], { link: hex(16) });
  t.match(forked, { status: 403, body: { error: 'forked', fatal: true } });
  t.match(await south.ask(), { status: 403, body: { fatal: true } });
});

t.test('a contact whose clock is far off is refused, and changes nothing', async (t) => {
  const hub = await runHub(t);
  const north = await Peer.joined(hub, 'north');
  const ahead = await north.tell([], { now: Date.now() + 3_600_000 });
  t.match(ahead, {
    status: 409,
    body: { error: 'clock', fatal: false, detail: /3600 s ahead of the hub's; at most 300 s/ },
  });
  const behind = await north.tell([], { now: Date.now() - 3_600_000 });
  t.match(behind, { status: 409, body: { error: 'clock', detail: /3600 s behind the hub's/ } });
  t.equal((await hub.store.switches())[0]?.contact, 1);
  t.equal((await north.tell([], { now: Date.now() + 200_000 })).status, 200);
});

t.test('a wrong body is told by its field, and a long one is not read', async (t) => {
  const hub = await runHub(t, { settings: { limits: { bodyBytesMax: 5_000 } } });
  const north = await Peer.joined(hub, 'north');
  const detail = async (path: string, body: unknown) => (await north.call(path, body)).body.detail;
  t.equal(await detail('/v1/poll', { epoch: 1 }), 'transfer: must be of type number');
  t.match(await detail('/v1/ask', { kind: 'gift' }), /^kind: /);
  t.match(await detail('/v1/poll', '{"epoch":'), /^body: not JSON$/);
  t.match(await detail('/v1/poll', { poll: 1 }), /^epoch: must be of type number$/);
  const changes = [{ kind: 'pin', id: 1, mark: '', custody: 'stock' }];
  t.match(await north.tell(changes as never), { status: 400, body: { detail: /^changes\.0\.mark: / } });
  const transfers = await north.call('/v1/transfers?after=x');
  t.match(transfers, {
    status: 400,
    body: { error: 'bad-request', detail: 'after: must be a whole number' },
  });
  const long = await north.call('/v1/contact', 'x'.repeat(5_001));
  t.match(long, {
    status: 413,
    body: { error: 'bad-request', detail: 'body: at most 5000 bytes', fatal: false },
  });
  t.match(await call(hub, '/v1/enrol', { body: { code: 'short' } }), {
    status: 400,
    body: { detail: /^code: / },
  });
});
