/**
 * Bad input, all of it at one switch, while a terminal beside it sells without a pause (issue "Bad input"). Each
 * bad peer gets what the design says: an answer with 30 where the message type can be read, else a closed socket,
 * and always a counter. Every sale of the good terminal is answered 00, memory stays flat, the stock adds up.
 */
import t, { type Test } from 'tap';
import {
  eventCount,
  metricsOf,
  RawPeer,
  residentBytes,
  type Seller,
  startSeller,
} from '../support/attack.js';
import { Client, framed, identity, saleOf } from '../support/client.js';
import { buildIso, buildTlv, parseIso } from '../support/iso.js';
import { baseConfig, startSwitch } from '../support/process.js';
import { eventually } from '../support/supplier.js';

const [link] = baseConfig().links as Record<string, unknown>[];
const UNREAD_MAX = 65_536;
const FRAME_MS = 1_500;
const PER_ADDRESS_MAX = 400;
const STOCK = 30_000;
const MEBIBYTE = 1_048_576;

const running = await startSwitch(t, {
  pins: { TALK10: STOCK },
  config: {
    links: [
      {
        ...link,
        limits: {
          frameMs: FRAME_MS,
          unreadBytesMax: UNREAD_MAX,
          connectionsPerAddressMax: PER_ADDRESS_MAX,
          framesInFlightMax: 64,
        },
      },
      { ...link, name: 'idle', limits: { idleMs: 1_000 } },
    ],
  },
});
const port = running.ports.ascii ?? 0;
const admin = running.ports.admin ?? 0;
const seller: Seller = await startSeller(port);

/** The frame's answer on a connection of its own; the connection must still be usable behind it. */
async function answerTo(t: Test, body: Buffer): Promise<ReturnType<typeof parseIso> | undefined> {
  const client = await Client.open(port);
  client.send(body);
  const echo = client.ask('0800', identity({ 70: '301' }));
  const answer = await client.take((frame) => parseIso(frame).mti !== '0810', 400);
  t.equal((await echo)?.fields[39], '00', 'the connection serves on');
  await client.close();
  return answer && parseIso(answer);
}

async function counted(t: Test, event: string, before: number, by = 1): Promise<void> {
  t.ok(
    await eventually(async () => (await eventCount(admin, event)) >= before + by, 10_000),
    `${event} is counted`,
  );
}

const sale = (): Buffer => buildIso('0200', saleOf('TALK10', 1000));

t.test('messages that break off, run over, or hold what their fields may not', async (t) => {
  const before = await eventCount(admin, 'format-error');
  const whole = sale();
  const text = whole.toString('latin1');
  const bad: Record<string, Buffer> = {
    'cut in the last field': whole.subarray(0, -2),
    'cut in the first field': whole.subarray(0, 25),
    'cut in the bitmap': whole.subarray(0, 10),
    'cut behind the message type': whole.subarray(0, 4),
    'bytes left over': Buffer.concat([whole, Buffer.from('xyz')]),
    'a bitmap that is not hexadecimal': Buffer.from(`0200ZZ${text.slice(6)}`, 'latin1'),
    'a bitmap that tells of fields that are not there': Buffer.from(
      `0200FFFFFFFFFFFFFFFF${text.slice(20)}`,
      'latin1',
    ),
    'a bitmap that tells of none': Buffer.from(`02000000000000000000${text.slice(20)}`, 'latin1'),
    'letters in DE4': buildIso('0200', saleOf('TALK10', 1000, { 4: '00000000X000' })),
    'letters in DE11': buildIso('0200', saleOf('TALK10', 1000, { 11: '12E4.6' })),
    'letters in the length of DE32': Buffer.from(text.replace('06000001', '0X000001'), 'latin1'),
    'a DE32 over its maximum': Buffer.from(text.replace('06000001', '99000001'), 'latin1'),
  };
  let faults = 0;
  for (const [what, body] of Object.entries(bad)) {
    const answer = await answerTo(t, body);
    t.equal(answer?.mti, '0210', what);
    t.equal(answer?.fields[39], '30', what);
    t.notOk(answer?.fields[63], what);
    faults += 1;
  }
  await counted(t, 'format-error', before, faults);
});

t.test('a DE48 that is no TLV makes no request: 30', async (t) => {
  for (const value of [
    'PR',
    'PR0',
    'PR006TALK1',
    'PR999TALK10',
    'PRxxxTALK10',
    `${buildTlv([['PR', 'TALK10']])}Q`,
  ]) {
    const answer = await answerTo(t, buildIso('0200', saleOf('TALK10', 1000, { 48: value })));
    t.equal(answer?.mti, '0210', value);
    t.equal(answer?.fields[39], '30', value);
  }
});

t.test(
  'message types: unknown ones are refused with 12, answers are never answered, none is counted',
  async (t) => {
    for (const mti of ['0300', '0620', '0100', '0202']) {
      const answer = await answerTo(t, buildIso(mti, saleOf('TALK10', 1000)));
      t.equal(answer?.fields[39], '12', mti);
    }
    const answers = await eventCount(admin, 'unexpected-answer');
    for (const mti of ['0210', '0410', '0810', '9999']) {
      t.equal(await answerTo(t, buildIso(mti, saleOf('TALK10', 1000))), undefined, mti);
    }
    await counted(t, 'unexpected-answer', answers, 4);
    const faults = await eventCount(admin, 'format-error');
    for (const garbage of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001',
      'x',
      '0210ZZZZ',
    ]) {
      t.equal(await answerTo(t, Buffer.from(garbage, 'latin1')), undefined, 'garbage');
    }
    await counted(t, 'format-error', faults, 4);
  },
);

t.test(
  'frames over the limit, and length headers read wrongly, close their socket and say why',
  async (t) => {
    const before = await eventCount(admin, 'oversize');
    for (const bytes of [
      Buffer.from([0xff, 0xff]),
      Buffer.from(`0123${sale().toString('latin1')}`, 'latin1'),
    ]) {
      const peer = await RawPeer.open(port);
      await peer.write(bytes);
      t.ok(await eventually(async () => peer.closed, 10_000), 'closed');
      t.equal(peer.received.length, 0);
    }
    await counted(t, 'oversize', before, 2);
    t.ok(
      await eventually(async () => /12337 bytes.*ASCII/.test(running.child.output())),
      'a length of ASCII digits is named as such',
    );
  },
);

t.test('a peer that is gone inside a frame is counted', async (t) => {
  const before = await eventCount(admin, 'truncated');
  const peer = await RawPeer.open(port);
  await peer.write(framed(sale()).subarray(0, 40));
  peer.socket.end();
  await counted(t, 'truncated', before);
});

t.test('a byte now and then: in time it is served, too slowly it is closed', async (t) => {
  const before = await eventCount(admin, 'slow-close');
  const frame = framed(buildIso('0800', identity({ 70: '301' })));
  const steady = await RawPeer.open(port);
  for (const byte of frame) await steady.write(Buffer.from([byte]));
  t.ok(await eventually(async () => steady.received.length > 2, 10_000), 'one byte at a time is served');
  const slow = await RawPeer.open(port);
  const begun = Date.now();
  for (const byte of frame) {
    if (slow.closed) break;
    await slow.write(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  t.ok(slow.closed, 'closed before its message was whole');
  t.ok(Date.now() - begun >= FRAME_MS, 'and not before its time');
  t.equal(slow.received.length, 0);
  await counted(t, 'slow-close', before);
  steady.destroy();
});

t.test('a flood of garbage frames: all counted, none answered, memory flat', async (t) => {
  const count = 20_000;
  const before = await eventCount(admin, 'format-error');
  const garbage = Buffer.concat(
    Array.from({ length: count }, () => framed(Buffer.from('garbage that is no message'))),
  );
  const resident = residentBytes(running.child.process.pid);
  const peer = await RawPeer.open(port);
  await peer.write(garbage);
  await counted(t, 'format-error', before, count);
  t.equal(peer.received.length, 0);
  t.ok(residentBytes(running.child.process.pid) - resident < 64 * MEBIBYTE, 'memory');
  t.ok(
    await eventually(async () => /"more":\d{4,}/.test(running.child.output())),
    'the log says how many it left out',
  );
  const lines = running.child
    .output()
    .split('\n')
    .filter((line) => line.includes('could not be read')).length;
  t.ok(lines < 200, `and holds few of them (${lines})`);
  peer.destroy();
});

t.test('a flood of echo requests from a peer that reads nothing ends in a closed socket', async (t) => {
  const before = await eventCount(admin, 'unread-close');
  const resident = residentBytes(running.child.process.pid);
  const echo = framed(buildIso('0800', identity({ 70: '301' })));
  const thousand = Buffer.concat(Array.from({ length: 1_000 }, () => echo));
  const peer = await RawPeer.open(port, true);
  for (let sent = 0; sent < 200 && !peer.closed; sent++) await peer.write(thousand);
  await counted(t, 'unread-close', before);
  t.ok(residentBytes(running.child.process.pid) - resident < 64 * MEBIBYTE, 'memory');
  peer.destroy();
});

t.test(
  '10,000 sales from a peer that never reads: its answers stop, its PINs are accounted for',
  async (t) => {
    const resident = residentBytes(running.child.process.pid);
    const peer = await RawPeer.open(port, true);
    for (let batch = 0; batch < 100 && !peer.closed; batch++) {
      await peer.write(Buffer.concat(Array.from({ length: 100 }, () => framed(sale()))));
    }
    const sold = async (): Promise<number> =>
      (await metricsOf(admin)).get('prepaid_switch_requests_total{service="pin-sale",reason="approved"}') ??
      0;
    let last = -1;
    await eventually(async () => {
      const now = await sold();
      const quiet = now - last < 50;
      last = now;
      return quiet;
    });
    t.ok(residentBytes(running.child.process.pid) - resident < 96 * MEBIBYTE, 'memory');
    peer.destroy();
  },
);

t.test('half-open sockets: hundreds that send nothing, or half a frame', async (t) => {
  const slow = await eventCount(admin, 'slow-close');
  const peers = await Promise.all(Array.from({ length: 300 }, () => RawPeer.open(port)));
  const half = peers.slice(150);
  await Promise.all(half.map((peer, at) => peer.write(framed(sale()).subarray(0, 1 + (at % 60)))));
  t.ok(await eventually(async () => half.every(({ closed }) => closed), 15_000), 'half a frame: closed');
  await counted(t, 'slow-close', slow, 150);
  t.notOk(
    peers.slice(0, 150).some(({ closed }) => closed),
    'silent ones stay until they are idle too long',
  );
  for (const peer of peers) peer.destroy();
  const idle = await Promise.all(Array.from({ length: 50 }, () => RawPeer.open(running.ports.idle ?? 0)));
  t.ok(await eventually(async () => idle.every(({ closed }) => closed), 15_000), 'idle too long: closed');
  t.equal(await eventCount(admin, 'idle-close', 'idle'), 50);
});

t.test(
  'connections over the maximum of one address are refused, and there is room again later',
  async (t) => {
    const before = await eventCount(admin, 'refused-full');
    const peers = await Promise.all(Array.from({ length: PER_ADDRESS_MAX + 50 }, () => RawPeer.open(port)));
    await counted(t, 'refused-full', before, 50);
    t.ok(await eventually(async () => peers.filter(({ closed }) => closed).length >= 50, 10_000));
    for (const peer of peers) peer.destroy();
    t.ok(
      await eventually(async () => {
        const client = await Client.open(port);
        const answer = await client.ask('0800', identity({ 70: '301' }), 1_000);
        await client.close();
        return answer?.fields[39] === '00';
      }),
      'room again',
    );
  },
);

t.test('after all of it: the good terminal sold throughout, and every PIN is accounted for', async (t) => {
  await seller.stop();
  t.ok(seller.answers.length > 100, `${seller.answers.length} sales beside all this`);
  t.same(
    seller.answers.filter((answer) => answer?.fields[39] !== '00'),
    [],
    'each was answered 00',
  );
  t.ok(seller.slowestMs < 10_000, `the slowest took ${seller.slowestMs} ms`);
  const metrics = await metricsOf(admin);
  t.notOk(
    [...metrics.keys()].some((name) => /internal-error|handler-error/.test(name)),
    'no fault of ours',
  );
  t.match(await running.json('stock', 'audit'), { takenIn: STOCK, accounted: STOCK, ok: true });
  t.equal(await running.child.kill('SIGTERM'), 0);
});

t.test('a log that nobody reads holds up no sale; what it lost is told when it is read again', async (t) => {
  const { child, ports } = await startSwitch(t, {
    pins: { TALK10: 10 },
    config: { limits: { linkLogLinesPerSecondMax: 1_000_000 } },
  });
  const peer = await RawPeer.open(ports.ascii ?? 0);
  child.process.stdout?.pause();
  const garbage = Buffer.concat(Array.from({ length: 40_000 }, () => framed(Buffer.from('garbage'))));
  await peer.write(garbage);
  t.ok(await eventually(async () => (await eventCount(ports.admin ?? 0, 'format-error')) === 40_000));
  const client = await Client.open(ports.ascii ?? 0);
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00');
  child.process.stdout?.resume();
  t.ok(await eventually(async () => /log lines dropped/.test(child.output())));
  await client.close();
  peer.destroy();
});
