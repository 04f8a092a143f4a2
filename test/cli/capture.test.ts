/** `prepaid-switch capture list|frames|export`: what is printed, how it ends, and that nothing sensitive shows. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readStreams } from '../../src/tools/capture/traffic.js';
import { captureFixtures, FOLDER } from '../support/captureFixtures.js';
import { Conversation, timed } from '../support/conversation.js';
import { CLIENT, pcap, SERVER } from '../support/packets.js';
import { childEnvironment, MAIN, run } from '../support/process.js';

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const VLAN = join(FOLDER, 'ascii-vlan.pcap');
const TROUBLES = join(FOLDER, 'troubles.pcap');
const BCD = join(FOLDER, 'bcd-any-nano.pcap');
const frames = captureFixtures().find(({ name }) => name === 'ascii-vlan.pcap')?.frames ?? [];
/** Of the packed sale. */
const PAN = '6304950506020190123';

t.test('list tells every connection, and what could not be read with its offset', async (t) => {
  const { code, stdout, stderr } = await run(['capture', 'list', TROUBLES]);
  t.equal(code, 0);
  t.match(
    stdout.split('\n')[1],
    /^ +1 +0\.\d+ +249 +59 +0 {2}end {2}guess +2025-11-26T05:00:00\.000000Z +10\.0\.0\.1:40000 > 10\.0\.0\.2:8583$/,
  );
  t.match(stdout.split('\n')[2], / 42 {2}rst {2}syn /);
  t.match(stdout, /^\d+ packets, \d+ TCP, 2 IP fragments$/m);
  t.equal(stderr, '');
  const damaged = await run(['capture', 'list', join(FOLDER, 'damaged.pcap'), '--json']);
  const told = JSON.parse(damaged.stdout) as { connections: { missingBytes: number }[]; faults: number };
  t.match(told, { connections: [{ missingBytes: 59, closed: 'fin', serverKnownBy: 'syn' }], faults: 2 });
  t.match(
    damaged.stderr,
    /^offset 321: pcap: a packet of 4294967295 bytes, at most 262144; 119 bytes passed over$/m,
  );
});

t.test('frames shows each frame; with a format what it is, masked unless asked for in clear', async (t) => {
  const plain = await run(['capture', 'frames', VLAN]);
  t.equal(plain.code, 0);
  t.match(plain.stdout, /^1 2025-11-26T05:00:00\.030000Z @1 > 55 bytes$/m);
  const args = ['capture', 'frames', BCD, '--tpdu', '--format', 'iso87-bcd', '--json'];
  const masked = await run(args);
  t.notMatch(masked.stdout, new RegExp(PAN));
  t.match(masked.stdout, /"header":"6000030000".*"mti":"0200"/);
  t.match((await run([...args, '--clear'])).stdout, new RegExp(PAN));
  const one = await run([
    'capture',
    'frames',
    TROUBLES,
    '--format',
    'iso87-ascii',
    '--connection',
    '2',
    '--limit',
    '2',
  ]);
  t.match(one.stdout, /^4 .* @2 > 148 bytes 0200 3=280000/m);
  t.equal(one.stdout.split('\n').filter((line) => /^\d/.test(line)).length, 2);
});

t.test('a message that cannot be read is told beside what was read of it', async (t) => {
  const list = join(folder, 'short.txt');
  writeFileSync(list, `${Buffer.from('0800822000000000000004000000000000001126').toString('hex')}\n`);
  const { code, stdout } = await run(['capture', 'frames', list, '--format', 'iso87-ascii']);
  t.equal(code, 0);
  t.match(stdout, /0800 \(field 7 at byte \d+: expected/);
});

t.test('export as a hex list, which reads as the capture did', async (t) => {
  const list = join(folder, 'messages.txt');
  const { code } = await run(['capture', 'export', VLAN, '--hex', list, '--framing', 'length2']);
  t.equal(code, 0);
  t.equal(statSync(list).mode & 0o777, 0o600, 'for its owner alone');
  const lines = readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('@'));
  t.same(
    lines.map((line) => line.replace(/^@(\d+) \S+ (.)/, '$1 $2')),
    frames,
  );
  t.match(lines[0], /^@1 2025-11-26T05:00:00\.030000Z > /);
  const again = await run(['capture', 'export', VLAN, '--hex', list, '--framing', 'length2']);
  t.match(again, { code: 2, stderr: /is there already/ });
  const wire = await run(['capture', 'export', VLAN, '--hex', '-']);
  t.match(wire.stdout, /^#framed\n# @1: 10\.0\.0\.1:40000 > 10\.0\.0\.2:8583\n@1 \S+ > 0037/);
});

t.test('export as a pcapng of chosen connections, whose streams are those of the capture', async (t) => {
  const file = join(folder, 'chosen.pcapng');
  const { code, stdout } = await run([
    'capture',
    'export',
    TROUBLES,
    '--pcapng',
    file,
    '--connection',
    '2,3',
    '--json',
  ]);
  t.equal(code, 0);
  t.match(JSON.parse(stdout), { connections: 2 });
  const streams = (path: string, id: number): string =>
    [...readStreams(path)]
      .map((event) => {
        if (event.kind === 'bytes' && event.connection.id === id) return event.bytes.toString('hex');
        return event.kind === 'gap' && event.connection.id === id ? `(${event.bytes})` : '';
      })
      .join('');
  t.equal(streams(file, 1), streams(TROUBLES, 2), 'with its gap');
  t.equal(streams(file, 2), streams(TROUBLES, 3));
});

t.test('export of one direction as it is', async (t) => {
  const file = join(folder, 'raw.bin');
  const args = ['--raw', file, '--connection', '1', '--direction', 'to-server'];
  t.equal((await run(['capture', 'export', VLAN, ...args])).code, 0);
  const sent = frames.filter((frame) => frame.startsWith('1 >')).map((frame) => frame.slice(4));
  const read = readFileSync(file).toString('hex');
  for (const hex of sent) t.ok(read.includes(hex));
  t.match(await run(['capture', 'export', VLAN, '--raw', file]), {
    code: 2,
    stderr: /--raw needs --connection/,
  });
  t.match(await run(['capture', 'export', VLAN]), { code: 2, stderr: /one of --hex, --pcapng and --raw/ });
});

t.test(
  'what is no capture, or is not there, ends with one line and code 2; a capture without TCP with 1',
  async (t) => {
    const other = join(folder, 'other');
    writeFileSync(other, Buffer.from('1f8b080000000000', 'hex'));
    const refused = await run(['capture', 'list', other]);
    t.match(refused, {
      code: 2,
      stderr: /^prepaid-switch: .*: a gzip file: unpack it first \(gunzip\);.*\n$/,
    });
    t.equal(refused.stderr.split('\n').length, 2);
    t.match(await run(['capture', 'frames', join(folder, 'none')]), { code: 2, stderr: /ENOENT/ });
    t.match(await run(['capture', 'list', folder]), { code: 2, stderr: /EISDIR/ });
    writeFileSync(other, pcap([]));
    t.match(await run(['capture', 'list', other]), { code: 1, stdout: /no TCP connection/ });
  },
);

t.test('a capture comes by standard input too, as tcpdump -w - gives it', async (t) => {
  const { packets } = new Conversation().handshake().data('>', 'abc').fin();
  const args = [MAIN, 'capture', 'list', '-', '--json'];
  const { status, stdout } = spawnSync(process.execPath, args, {
    input: pcap(timed(packets)),
    env: childEnvironment(),
    encoding: 'utf8',
  });
  t.equal(status, 0);
  t.match(JSON.parse(stdout), { connections: [{ toServerBytes: 3 }] });
});

t.test('a file that grows while it is read is read on, and what is half written is told', async (t) => {
  const path = join(folder, 'growing.pcap');
  const conversation = new Conversation(CLIENT, SERVER).handshake();
  for (let nth = 0; nth < 40; nth += 1) conversation.data('>', Buffer.alloc(60_000 + nth, 0x30));
  const whole = pcap(timed(conversation.packets));
  writeFileSync(path, whole.subarray(0, 1_500_000));
  let bytes = 0;
  let grown = false;
  const faults: string[] = [];
  for (const event of readStreams(path)) {
    if (event.kind === 'bytes') bytes += event.bytes.length;
    if (event.kind === 'fault') faults.push(event.why);
    if (event.kind !== 'bytes' || grown) continue;
    grown = true;
    appendFileSync(path, whole.subarray(1_500_000, whole.length - 100));
  }
  t.equal(bytes, 39 * 60_000 + (38 * 39) / 2, 'all but the last segment');
  t.match(faults, [/ends inside a packet \(cut, or still being written\)/]);
});
