import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseIso, pinsOf } from '../support/iso.js';
import { run, scratch } from '../support/process.js';
import { answer, approving, startPeer } from './peer.js';

// Each run lasts a second and mostly waits.
t.jobs = 4;

const KEY = [11, 12, 13, 37] as const;

function keysOf(requests: readonly Buffer[]): string[] {
  return requests.map((frame) => {
    const { fields } = parseIso(frame);
    return KEY.map((de) => fields[de]).join('|');
  });
}

t.test('counts approvals, and every message is unlike every other, also of the next run', async (t) => {
  const peer = await startPeer(t, approving());
  const args = [
    'load',
    '--to',
    peer.to,
    '--connections',
    '4',
    '--in-flight',
    '3',
    '--seconds',
    '1',
    '--json',
  ];
  const first = await run(args);
  const second = await run(args);
  t.equal(first.code, 0);
  const one = JSON.parse(first.stdout);
  const two = JSON.parse(second.stdout);
  t.ok(one.sales > 50, `${one.sales} sales`);
  t.match(one, { declined: 0, errors: 0, p50Ms: Number, p99Ms: Number, perSecond: Number });
  t.ok(one.p50Ms <= one.p99Ms);
  t.equal(peer.requests.length, one.sales + two.sales, 'each message was answered');
  t.equal(new Set(keysOf(peer.requests)).size, peer.requests.length);
  const { mti, fields } = parseIso(peer.requests[0] ?? Buffer.alloc(0));
  t.equal(mti, '0200');
  t.match(fields, { 3: '280000', 41: 'DEMO0001', 42: 'DEMOMERCHANT001', 48: 'PR006TALK10', 49: '840' });
});

t.test('counts declines by DE39, whatever stands before it in the answer', async (t) => {
  let asked = 0;
  const peer = await startPeer(t, (frame) => {
    asked += 1;
    const request = parseIso(frame);
    if (asked % 3 === 0) return answer(request, '84');
    return answer(request, '00', asked % 2 === 0 ? { 38: 'A12345' } : { 2: '4'.repeat(13 + (asked % 5)) });
  });
  const { stdout } = await run(['load', '--to', peer.to, '--connections', '2', '--seconds', '1', '--json']);
  const { sales, declined, declinedBy, errors } = JSON.parse(stdout);
  t.equal(sales + declined, peer.requests.length);
  t.equal(errors, 0);
  t.same(declinedBy, { 84: Math.floor(asked / 3) });
});

t.test('answers out of order are matched by STAN; what fits nothing is an error', async (t) => {
  const held: Buffer[] = [];
  const peer = await startPeer(t, (frame, socket) => {
    const request = parseIso(frame);
    held.push(answer(request, '00'));
    if (held.length < 4) return undefined;
    for (const body of held.splice(0).reverse()) {
      const header = Buffer.alloc(2);
      header.writeUInt16BE(body.length);
      socket.write(Buffer.concat([header, body]));
    }
    return peer.requests.length === 4
      ? answer({ ...request, fields: { ...request.fields, 11: '000000' } }, '00')
      : undefined;
  });
  const args = ['--connections', '1', '--in-flight', '4', '--seconds', '1', '--timeout', '1'];
  const { stdout } = await run(['load', '--to', peer.to, ...args, '--json']);
  const { sales, errors } = JSON.parse(stdout);
  t.equal(sales + errors - 1, peer.requests.length, 'each was answered, or given up at the end');
  t.ok(errors >= 1 && errors <= 4, `${errors} errors`);
});

t.test('a broken connection loses what was in flight and is made again', async (t) => {
  const approve = approving();
  const peer = await startPeer(t, (frame, socket) => {
    if (peer.requests.length !== 20) return approve(frame, socket);
    socket.destroy();
    return undefined;
  });
  const { stdout, code } = await run([
    'load',
    '--to',
    peer.to,
    '--connections',
    '2',
    '--seconds',
    '1',
    '--json',
  ]);
  const { sales, errors, reconnects } = JSON.parse(stdout);
  t.equal(code, 0);
  t.same({ errors, reconnects }, { errors: 1, reconnects: 1 });
  t.equal(sales + errors, peer.requests.length);
  t.ok(sales > 20);
});

t.test('--books tells every message and the hash of every PIN, and no PIN', async (t) => {
  const approve = approving();
  const told = new Map<string, string>();
  const peer = await startPeer(t, (frame, socket) => {
    const request = parseIso(frame);
    if (peer.requests.length % 5 === 0) return answer(request, '84');
    const body = approve(frame, socket) ?? Buffer.alloc(0);
    told.set(request.fields[37] ?? '', pinsOf(parseIso(body))[0] ?? '');
    return body;
  });
  const books = join(scratch(t), 'books.tsv');
  await run(['load', '--to', peer.to, '--connections', '2', '--seconds', '1', '--json', '--books', books]);
  const text = readFileSync(books, 'utf8');
  const lines = text.trimEnd().split('\n');
  const of = (kind: string): string[][] =>
    lines.filter((one) => one[0] === kind).map((one) => one.split('\t'));
  const sent = of('S').map(([, , , date, time, stan, rrn]) => [stan, time, date, rrn].join('|'));
  t.same(sent.sort(), keysOf(peer.requests).sort());
  t.equal(of('A').length, told.size);
  for (const [, , terminal, , , , rrn = '', hashes] of of('A')) {
    t.equal(terminal, 'DEMO0001');
    t.equal(
      hashes,
      createHash('sha256')
        .update(told.get(rrn) ?? '')
        .digest('hex'),
    );
  }
  t.ok(of('D').length > 0);
  t.ok(of('D').every((one) => one[7] === '84'));
  t.notMatch(text, /\t1000000000\d{4}/);
});

t.test('--echo takes the request itself for the answer', async (t) => {
  const peer = await startPeer(t, (frame) => frame);
  const { stdout } = await run([
    'load',
    '--to',
    peer.to,
    '--connections',
    '1',
    '--seconds',
    '1',
    '--echo',
    '--json',
  ]);
  const { sales, errors } = JSON.parse(stdout);
  t.same({ sales, errors }, { sales: peer.requests.length, errors: 0 });
});

t.test('--bcd patches packed STANs and answers behind a TPDU', async (t) => {
  const stans = new Set<string>();
  const peer = await startPeer(t, (frame) => {
    // TPDU 5, MTI 2, bitmaps 16, DE3 3, DE4 6, DE7 5
    stans.add(frame.subarray(37, 40).toString('hex'));
    return frame;
  });
  const args = [
    '--bcd',
    '--connections',
    '1',
    '--seconds',
    '1',
    '--echo',
    '--json',
    '--account',
    '5551234567',
  ];
  const { stdout } = await run(['load', '--to', peer.to, ...args, '--amount', '100', '--currency', '840']);
  const { sales, errors } = JSON.parse(stdout);
  t.equal(errors, 0);
  t.ok(sales > 20);
  t.equal(stans.size, peer.requests.length);
  t.equal(peer.requests[0]?.subarray(0, 5).toString('hex'), '6000010002');
});

t.test('nobody there is 1, nothing approved is 1, nonsense is 2', async (t) => {
  const nobody = await run(['load', '--to', '127.0.0.1:1', '--seconds', '1', '--json']);
  t.equal(nobody.code, 1);
  t.match(nobody.stderr, /^prepaid-switch: 127\.0\.0\.1:1: ECONNREFUSED\n$/);
  const peer = await startPeer(t, (frame) => answer(parseIso(frame), '96'));
  const refused = await run(['load', '--to', peer.to, '--connections', '1', '--seconds', '1', '--json']);
  t.equal(refused.code, 1);
  t.equal(JSON.parse(refused.stdout).sales, 0);
  t.equal((await run(['load', '--connections', '0'])).code, 2);
});
