/**
 * Streams written as packets: byte for byte what the specifications of pcapng, IP and TCP say, read here by hand; and
 * followed by tshark, where it is there, with every checksum checked.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SyntheticTraffic } from '../../../src/capture/recorder/syntheticTraffic.js';
import { scratch } from '../../support/process.js';

const V4 = {
  client: { address: '10.1.2.3', port: 40_001 },
  server: { address: '::ffff:10.9.8.7', port: 8_583 },
};
const V6 = {
  client: { address: 'fe80::1:2%eth0', port: 40_002 },
  server: { address: '192.0.2.1', port: 8_583 },
};
/** 2026-11-26T05:00:00.123456Z */
const AT_US = 1_795_669_200_123_456;
const MTU_AND_MORE = Buffer.alloc(40_000, 'ab');

function written(fill: (traffic: SyntheticTraffic) => void): Buffer {
  const blocks: Buffer[] = [];
  const traffic = new SyntheticTraffic((bytes) => blocks.push(bytes));
  fill(traffic);
  return Buffer.concat(blocks);
}

function conversations(): Buffer {
  return written((traffic) => {
    traffic.begin('ascii');
    const first = traffic.open(V4.client, V4.server, AT_US);
    first.data('to-server', Buffer.from('0200 request'), AT_US + 1_000);
    const second = traffic.open(V6.client, V6.server, AT_US + 1_500);
    first.data('to-client', Buffer.from('0210'), AT_US + 2_000);
    second.data('to-client', MTU_AND_MORE, AT_US + 2_500);
    first.data('to-client', Buffer.from(' answer'), AT_US + 3_000);
    first.close(AT_US + 4_000, 'fin');
    second.close(AT_US + 5_000, 'rst');
    // The same ports again.
    const third = traffic.open(V4.client, V4.server, AT_US + 6_000);
    third.data('to-server', Buffer.from('once more'), AT_US + 7_000);
  });
}

t.test(
  'a file begins with its section and interface, and a packet is one of the specification',
  async (t) => {
    const file = written((traffic) => {
      traffic.begin();
      const connection = traffic.open(V4.client, V4.server, AT_US);
      connection.data('to-server', Buffer.from('hi!'), AT_US);
    });
    const section = '0a0d0d0a34000000' + '4d3c2b1a01000000ffffffffffffffff';
    const application = `04000e00${Buffer.from('prepaid-switch').toString('hex')}00000000000034000000`;
    t.equal(file.subarray(0, 52).toString('hex'), section + application);
    t.equal(
      file.subarray(52, 84).toString('hex'),
      '0100000020000000' + '6500000000000000' + '0900010006000000' + '00000000' + '20000000',
    );
    const syn = file.subarray(84, 84 + 72);
    const time = AT_US.toString(16).padStart(16, '0');
    const little = (hex: string): string => Buffer.from(hex, 'hex').reverse().toString('hex');
    t.equal(
      syn.subarray(0, 28).toString('hex'),
      `060000004800000000000000${little(time.slice(0, 8))}${little(time.slice(8))}2800000028000000`,
    );
    t.equal(
      syn.subarray(28, 48).toString('hex'),
      `45000028000040004006${ipChecksum(syn, 28)}0a0102030a090807`,
    );
    t.equal(syn.subarray(48, 52).toString('hex'), '9c412187', 'ports');
    t.equal(syn.subarray(60, 62).toString('hex'), '5002', 'SYN');
    t.equal(syn.subarray(68, 72).toString('hex'), '48000000');
    const data = file.subarray(84 + 3 * 72);
    t.equal(data.length, 32 + 43 + 1 + 0);
    t.equal(data.subarray(28 + 40, 28 + 44).toString('latin1'), 'hi!\0', 'padded to four bytes');
    t.equal(data.readUInt32BE(28 + 24), (syn.readUInt32BE(28 + 24) + 1) >>> 0, 'the byte after SYN');
  },
);

/** RFC 1071, over the header without its checksum. */
function ipChecksum(bytes: Buffer, at: number): string {
  let sum = 0;
  for (let i = 0; i < 20; i += 2) if (i !== 10) sum += bytes.readUInt16BE(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return (~sum & 0xffff).toString(16).padStart(4, '0');
}

t.test(
  'bytes that are not known leave their place in the sequence, and the next packet says so',
  async (t) => {
    const file = written((traffic) => {
      traffic.begin();
      const connection = traffic.open(V4.client, V4.server, AT_US);
      connection.data('to-client', Buffer.from('before'), AT_US);
      connection.gap('to-client', 1_000);
      connection.gap('to-client', 24);
      connection.data('to-client', Buffer.from('behind'), AT_US);
      connection.data('to-client', Buffer.from('then'), AT_US);
    });
    t.equal(file.toString('latin1').split('1024 bytes before this were not recorded').length, 2, 'once');
    const before = file.indexOf('before') - 40;
    const behind = file.indexOf('behind') - 40;
    t.equal(file.readUInt32BE(behind + 24), (file.readUInt32BE(before + 24) + 6 + 1_024) >>> 0);
  },
);

t.test('tshark follows each stream, and finds no packet wrong', async (t) => {
  if (spawnSync('tshark', ['--version']).status !== 0) {
    t.pass('no tshark here', { skip: 'no tshark here' });
    return;
  }
  const file = join(scratch(t), 'made-up.pcapng');
  writeFileSync(file, conversations());
  const tshark = (...args: string[]): string[] =>
    spawnSync('tshark', ['-r', file, ...args], { encoding: 'utf8' }).stdout.split('\n');
  const follow = [0, 1, 2].flatMap((stream) => ['-z', `follow,tcp,raw,${stream}`]);
  const streams: string[][] = [];
  for (const text of tshark('-q', ...follow)
    .join('\n')
    .split('Filter: tcp.stream eq ')
    .slice(1)) {
    const [number, ...lines] = text.split('\n');
    streams[Number(number)] = lines.filter((line) => /^\t?[0-9a-f]+$/.test(line));
  }
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  t.same(streams[0], [hex('0200 request'), `\t${hex('0210')}`, `\t${hex(' answer')}`]);
  t.equal(streams[1]?.map((line) => line.trim()).join(''), MTU_AND_MORE.toString('hex'));
  t.same(streams[2], [hex('once more')], 'ports used again are a stream of their own');
  const fields = ['ip.checksum.status', 'tcp.checksum.status', 'tcp.analysis.flags', '_ws.malformed'];
  const rows = tshark(
    ...['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-T', 'fields'],
    ...['frame.time_epoch', 'tcp.analysis.reused_ports', ...fields].flatMap((name) => ['-e', name]),
  ).map((line) => line.split('\t'));
  t.equal(rows.length - 1, 3 * 3 + 3 + 1 + 3 + 3 + 1);
  for (const [at, [, reused, ip, tcp, flags, malformed]] of rows.slice(0, -1).entries()) {
    // 1 is good; IPv6 has no checksum of its own.
    if (!['', '1'].includes(ip ?? '') || tcp !== '1' || malformed) t.fail(`packet ${at + 1} is wrong`);
    if (flags && !reused) t.fail(`packet ${at + 1}: ${flags}`);
  }
  t.equal(rows[3]?.[0], '1795669200.124456000');
});
