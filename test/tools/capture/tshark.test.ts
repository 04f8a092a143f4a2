/**
 * An independent judge: the streams that are read of a capture are those that tshark follows, for every link type and
 * the troubles of TCP. Runs where tshark is installed. One pcapng of as many interfaces as there are links, since
 * tshark takes long to start; five connections a link and IP version.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readStreams } from '../../../src/tools/capture/traffic.js';
import { Conversation, timed } from '../../support/conversation.js';
import {
  CLIENT,
  CLIENT6,
  enhancedBlock,
  FLAG,
  interfaceBlock,
  LINKS,
  type LinkName,
  SERVER,
  SERVER6,
  sectionBlock,
} from '../../support/packets.js';

const folder = mkdtempSync(join(tmpdir(), 'tshark-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Bytes that differ from each other wherever they are taken from. */
function content(bytes: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7 + seed * 31 + (at >> 8)) & 0xff));
}

/** Five connections: plain, doubled, turned round, overlapping, wrapping. */
function traffic(six: boolean, link: number): Buffer[] {
  const plain = open(0);
  exchange(plain);
  const doubled = open(1);
  exchange(doubled);
  const twice = doubled.packets.flatMap((packet) => [packet, packet]);
  const turned = open(2);
  exchange(turned);
  const [a, b, c, d, e, f, ...rest] = turned.packets as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const overlapping = open(3);
  const at = overlapping.next('>');
  const sent = content(400, 3);
  for (const [from, to] of [
    [0, 100],
    [50, 150],
    [200, 300],
    [140, 210],
    [290, 400],
  ] as const)
    overlapping.packets.push(overlapping.at('>', at + from, FLAG.psh | FLAG.ack, sent.subarray(from, to)));
  const wrapping = open(4, 0xffff_ff80);
  exchange(wrapping);
  return [
    ...plain.packets,
    ...twice,
    ...[a, b, c, f, e, d, ...rest],
    ...overlapping.packets,
    ...wrapping.packets,
  ];

  function open(nth: number, first = 1_000 * nth): Conversation {
    const [client, server] = six ? [CLIENT6, SERVER6] : [CLIENT, SERVER];
    const address = Buffer.from(client.address);
    address[address.length - 2] = link;
    const own = { address, port: 40_000 + nth };
    return new Conversation(own, server, { client: first, server: first }).handshake();
  }
}

function exchange(conversation: Conversation): void {
  for (let nth = 0; nth < 3; nth += 1) conversation.data('>', content(150, nth));
  for (let nth = 0; nth < 3; nth += 1)
    conversation.data('<', content(120, nth + 7)).data('>', content(60, nth));
  conversation.fin();
}

/** Both directions of each connection as tshark follows them: hexadecimal by "connection >" and "connection <". */
function followed(file: string, connections: number): Map<string, string> {
  const follow = Array.from({ length: connections }, (_, at) => ['-z', `follow,tcp,raw,${at}`]).flat();
  const text = execFileSync('tshark', ['-r', file, '-q', ...follow], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const streams = new Map<string, string>();
  for (const part of text.split(/^Follow: tcp,raw$/m).slice(1)) {
    const id = Number(/tcp\.stream eq (\d+)/.exec(part)?.[1]) + 1;
    for (const [, tab, hex] of part.matchAll(/^(\t?)([0-9a-f]+)$/gm)) {
      const key = `${id} ${tab === '' ? '>' : '<'}`;
      streams.set(key, (streams.get(key) ?? '') + hex);
    }
  }
  return streams;
}

function ours(file: string): Map<string, string> {
  const streams = new Map<string, string>();
  for (const event of readStreams(file)) {
    if (event.kind === 'gap' || event.kind === 'fault') throw new Error(`${event.kind} at ${event.offset}`);
    if (event.kind !== 'bytes') continue;
    const key = `${event.connection.id} ${event.direction === 'to-server' ? '>' : '<'}`;
    streams.set(key, (streams.get(key) ?? '') + event.bytes.toString('hex'));
  }
  return streams;
}

/** The older numbers of raw IP stand for other links in tshark. */
const NAMES = (Object.keys(LINKS) as LinkName[]).filter((link) => link !== 'rawOld' && link !== 'rawBsd');

/** Each link in both IP versions, where it has them; nanoseconds. */
function everyLink(): { readonly file: Buffer; readonly kinds: readonly string[] } {
  const kinds: string[] = [];
  const blocks: Buffer[] = [];
  for (const [id, link] of NAMES.entries()) {
    for (const six of [false, true]) {
      if ((link === 'ipv4' && six) || (link === 'ipv6' && !six)) continue;
      kinds.push(`${link}, IPv${six ? 6 : 4}`);
      for (const { bytes, seconds, fraction = 0 } of timed(traffic(six, id), link)) {
        const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * 1_000n;
        blocks.push(enhancedBlock(bytes, nanos, { id }));
      }
    }
  }
  const options = [[9, Buffer.from([9])]] as const;
  const interfaces = NAMES.map((link) => interfaceBlock(LINKS[link].type, true, options));
  return { file: Buffer.concat([sectionBlock(), ...interfaces, ...blocks]), kinds };
}

const skip = spawnSync('tshark', ['--version']).status === 0 ? false : 'tshark is not installed';
const CONNECTIONS = 5;

t.test('the streams of every link type are those that tshark follows', { skip }, async (t) => {
  const { file, kinds } = everyLink();
  const path = join(folder, 'links.pcapng');
  writeFileSync(path, file);
  const expected = followed(path, CONNECTIONS * kinds.length);
  const read = ours(path);
  // One of the five has nothing from its server.
  t.equal(expected.size, (2 * CONNECTIONS - 1) * kinds.length, 'tshark follows all of them');
  for (const [at, kind] of kinds.entries()) {
    const keys = Array.from({ length: CONNECTIONS }, (_, nth) => CONNECTIONS * at + nth + 1);
    const of = (streams: Map<string, string>): unknown =>
      keys.map((id) => [streams.get(`${id} >`), streams.get(`${id} <`)]);
    t.same(of(read), of(expected), kind);
  }
  t.equal(read.size, expected.size);
});
