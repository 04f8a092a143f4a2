/** Link layers and IP: the same traffic through every link, both IP versions, with options, extensions and fragments. */
import t from 'tap';
import { told } from '../support/captured.js';
import { Conversation, timed } from '../support/conversation.js';
import {
  CLIENT,
  CLIENT6,
  FLAG,
  ipv4,
  ipv6,
  LINKS,
  type LinkName,
  pcap,
  SERVER,
  SERVER6,
  tcp,
  u16be,
  u32be,
} from '../support/packets.js';

const LINES = ['open 1', '1 > ask', '1 < answer', 'close 1 fin'];

function exchange(six = false): Buffer[] {
  const talk = six ? new Conversation(CLIENT6, SERVER6) : new Conversation();
  return talk.handshake().data('>', 'ask').data('<', 'answer').fin().packets;
}

for (const link of Object.keys(LINKS) as LinkName[]) {
  t.test(`link ${link}`, async (t) => {
    const linkType = LINKS[link].type;
    if (link !== 'ipv6') t.same(told(pcap(timed(exchange(), link), { linkType })).lines, LINES, 'IPv4');
    if (link !== 'ipv4') {
      const { lines, connections } = told(pcap(timed(exchange(true), link), { linkType }));
      t.same(lines, LINES, 'IPv6');
      t.same(connections[0]?.client, { address: '2001:db8::1', port: 40_000 });
      t.same(connections[0]?.server, { address: '2001:db8:0:1::2', port: 8_583 });
    }
  });
}

function raw(...packets: Buffer[]): Buffer {
  return pcap(timed(packets, 'raw'), { linkType: 101 });
}

const SEGMENT = tcp({
  from: CLIENT,
  to: SERVER,
  seq: 7,
  flags: FLAG.ack,
  data: Buffer.from('abcdefghijklmnopqrstuvwxyz'),
});
const SEGMENT6 = tcp({
  from: CLIENT6,
  to: SERVER6,
  seq: 7,
  flags: FLAG.ack,
  data: Buffer.from('abcdefghijklmnopqrstuvwxyz'),
});
const READ = ['open 1', '1 > abcdefghijklmnopqrstuvwxyz', 'close 1 end'];

t.test('IPv4 and TCP options are passed over', async (t) => {
  const options = Buffer.from('01010101', 'hex');
  const segment = tcp({
    from: CLIENT,
    to: SERVER,
    seq: 1,
    flags: FLAG.ack,
    options,
    data: Buffer.from('abc'),
  });
  t.same(told(raw(ipv4(CLIENT, SERVER, segment, { options }))).lines, ['open 1', '1 > abc', 'close 1 end']);
});

t.test('what Ethernet pads a short packet with is no data', async (t) => {
  const packet = Buffer.concat([
    new Conversation().at('>', 1, FLAG.ack, Buffer.from('a')),
    Buffer.alloc(5, 0x2e),
  ]);
  t.same(told(pcap(timed([packet]))).lines, ['open 1', '1 > a', 'close 1 end']);
});

t.test('an IPv4 length of zero, left to the network card, is that of the packet', async (t) => {
  t.same(told(raw(ipv4(CLIENT, SERVER, SEGMENT, { total: 0 }))).lines, READ);
});

t.test(
  'IPv6 extension headers are passed over: hop by hop, routing, destination, authentication',
  async (t) => {
    const extensions = [
      [0, Buffer.concat([Buffer.from([0]), Buffer.alloc(6)])],
      [43, Buffer.concat([Buffer.from([1]), Buffer.alloc(14)])],
      [51, Buffer.concat([Buffer.from([4]), Buffer.alloc(22)])],
      [60, Buffer.concat([Buffer.from([0]), Buffer.alloc(6)])],
    ] as const;
    t.same(told(raw(ipv6(CLIENT6, SERVER6, SEGMENT6, extensions))).lines, READ);
  },
);

/** Pieces of 16 bytes as IPv4 fragments. */
function fragments4(segment: Buffer, id = 77): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < segment.length; at += 16) {
    const more = at + 16 < segment.length ? 0x2000 : 0;
    pieces.push(ipv4(CLIENT, SERVER, segment.subarray(at, at + 16), { id, fragmentWord: more | (at / 8) }));
  }
  return pieces;
}

function fragments6(segment: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < segment.length; at += 16) {
    const word = at | (at + 16 < segment.length ? 1 : 0);
    const header = Buffer.concat([Buffer.from([0]), u16be(word), u32be(99)]);
    pieces.push(ipv6(CLIENT6, SERVER6, segment.subarray(at, at + 16), [[44, header]]));
  }
  return pieces;
}

t.test('fragments make a datagram: in order, turned round, doubled, overlapping', async (t) => {
  for (const pieces of [fragments4(SEGMENT), fragments6(SEGMENT6)]) {
    t.same(told(raw(...pieces)).lines, READ, 'in order');
    t.same(told(raw(...[...pieces].reverse())).lines, READ, 'last first');
    t.same(told(raw(...pieces.slice(0, 2), ...pieces)).lines.slice(0, 2), READ.slice(0, 2), 'doubled');
  }
  const [first, second, third] = fragments4(SEGMENT) as [Buffer, Buffer, Buffer];
  const long = ipv4(CLIENT, SERVER, SEGMENT.subarray(8, 32), { id: 77, fragmentWord: 0x2001 });
  t.same(told(raw(third, first, long)).lines, READ, 'overlapping');
  t.equal(told(raw(first, second, third)).counts.fragments, 3);
});

t.test('an IPv6 fragment that is the only one is read as it is', async (t) => {
  const header = Buffer.concat([Buffer.from([0]), u16be(0), u32be(99)]);
  t.same(told(raw(ipv6(CLIENT6, SERVER6, SEGMENT6, [[44, header]]))).lines, READ);
});

t.test('fragments of which some are missing are told at the end, with their bytes', async (t) => {
  const pieces = fragments4(SEGMENT);
  t.same(told(raw(...pieces.slice(0, -1))).lines, ['fault a datagram of which fragments are missing, 32']);
});

t.test('many unfinished datagrams: the oldest goes', async (t) => {
  const openings = Array.from({ length: 257 }, (_, id) => fragments4(SEGMENT, id)[0] as Buffer);
  const { lines, offsets } = told(raw(...openings));
  t.equal(lines.length, 257);
  t.equal(offsets[0], 24, 'the first one, told when the 257th comes');
});

t.test('a fragment beyond 64 KiB is refused', async (t) => {
  const piece = ipv4(CLIENT, SERVER, Buffer.alloc(64), { fragmentWord: 0x1fff });
  t.same(told(raw(piece)).lines, ['fault a fragment beyond 65535 bytes, 64']);
});

t.test('what is no TCP is counted: ARP, UDP over both versions, ICMP', async (t) => {
  const udp = ipv4(CLIENT, SERVER, Buffer.alloc(8), { protocol: 17 });
  const arp = Buffer.concat([Buffer.alloc(12), u16be(0x0806), Buffer.alloc(28)]);
  const icmp6 = ipv6(CLIENT6, SERVER6, Buffer.alloc(8));
  icmp6[6] = 58;
  const packets = [udp, icmp6].map((bytes) => ({ bytes: LINKS.ethernet.wrap(bytes), seconds: 1 }));
  const { lines, counts } = told(pcap([...packets, { bytes: arp, seconds: 1 }]));
  t.same(lines, []);
  t.match(counts, { packets: 3, tcp: 0, otherIp: 2, notIp: 1 });
});

t.test('packets cut before their headers end are told, and are no crash', async (t) => {
  for (const [link, whole] of [
    ['ethernet', ipv4(CLIENT, SERVER, SEGMENT)],
    ['qinq', ipv4(CLIENT, SERVER, SEGMENT)],
    ['cooked2', ipv6(CLIENT6, SERVER6, SEGMENT6)],
    ['null', ipv4(CLIENT, SERVER, SEGMENT)],
  ] as const) {
    const bytes = LINKS[link].wrap(whole);
    const headers = bytes.length - 26;
    for (let cut = 0; cut < headers; cut += 1) {
      const file = pcap([{ bytes: bytes.subarray(0, cut), seconds: 1, original: bytes.length }], {
        linkType: LINKS[link].type,
      });
      const { lines } = told(file);
      if (lines.length !== 1 || !/cut/.test(lines[0] ?? '')) t.fail(`${link} cut to ${cut}: ${lines}`);
    }
    t.pass(`${link}: every cut is told`);
  }
});
