/**
 * An independent judge: tshark reads frames that this codec builds. Its dissector knows 1987 and 1993 in ASCII and
 * packed, behind a 2-byte length; it takes DE53 as n8 and track 2 as binary, and has no DE49 in packed digits, so those
 * are left out; behind binary data it shows a character too many.
 * Runs where tshark is installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type Fields, loadFormat } from '../../src/iso8583/index.js';

const PORT = 8583;
const installed = spawnSync('tshark', ['--version']).status === 0;
const skip = installed ? false : 'tshark is not installed';

/** A capture file (microseconds, raw IPv4) with one TCP segment for each frame behind its length. */
function pcap(frames: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(101, 20);
  let sequence = 1;
  const packets = frames.map((frame, index) => {
    const payload = Buffer.concat([Buffer.from([frame.length >> 8, frame.length & 255]), frame]);
    const packet = Buffer.concat([ipv4(payload.length), tcp(sequence), payload]);
    sequence += payload.length;
    const record = Buffer.alloc(16);
    record.writeUInt32LE(index + 1, 0);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...packets]);
}

function ipv4(payloadBytes: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(40 + payloadBytes, 2);
  header[8] = 64;
  header[9] = 6;
  header.writeUInt32BE(0x7f000001, 12);
  header.writeUInt32BE(0x7f000001, 16);
  return header;
}

function tcp(sequence: number): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(40000, 0);
  header.writeUInt16BE(PORT, 2);
  header.writeUInt32BE(sequence, 4);
  header[12] = 0x50;
  header[13] = 0x18;
  header.writeUInt16BE(65535, 14);
  return header;
}

interface Judged {
  readonly mti: string;
  readonly fields: ReadonlyMap<number, string>;
  readonly malformed: boolean;
}

function judge(frames: readonly Buffer[], charset: 'ascii' | 'bcd', binary: 'ascii' | 'bin'): Judged[] {
  const file = join(mkdtempSync(join(tmpdir(), 'tshark-')), 'frames.pcap');
  writeFileSync(file, pcap(frames));
  const options = [`iso8583.tcp.port:${PORT}`, 'iso8583.len_endian:bigendian', `iso8583.charset:${charset}`];
  const args = ['-n', '-r', file, '-T', 'json', '--no-duplicate-keys'];
  for (const option of [...options, `iso8583.binencode:${binary}`]) args.push('-o', option);
  const packets: unknown = JSON.parse(
    execFileSync('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );
  return (packets as { _source: { layers: Record<string, unknown> } }[]).map(({ _source }) => {
    const text = JSON.stringify(_source.layers);
    const fields = new Map<number, string>();
    for (const [, de, value] of text.matchAll(/"iso8583\.bit(\d+)":"([^"]*)"/g))
      fields.set(Number(de), value ?? '');
    const mti = /"iso8583\.mti":"([^"]*)"/.exec(text)?.[1] ?? '';
    return { mti, fields, malformed: /_ws\.malformed|_ws\.expert|DATA IS MISSING/i.test(text) };
  });
}

const SALE: Fields = {
  2: '4761739001010119',
  3: '280000',
  4: '000000001000',
  7: '1123134502',
  11: '000123',
  32: '000001',
  37: '432713000123',
  41: 'DEMO0001',
  42: 'DEMOMERCHANT001',
  48: 'PR006TALK10QT0011',
  52: '0123456789ABCDEF',
  102: '5551234567',
};
const REVERSAL: Fields = {
  3: '280000',
  11: '000124',
  41: 'DEMO0001',
  90: '0200' + '000123' + '1123134502' + '00000000001' + '00000000000',
};
const V1993: Fields = { 3: '280000', 11: '000125', 12: '251123134502', 24: '200', 39: '000', 41: 'DEMO0001' };

const cases = [
  ['iso87-ascii', 'ascii', 'ascii', ['0200', SALE], ['0420', REVERSAL]],
  ['iso87-ascii-binary-bitmap', 'ascii', 'bin', ['0200', SALE], ['0420', REVERSAL]],
  ['iso87-bcd', 'bcd', 'bin', ['0200', SALE], ['0420', REVERSAL]],
  ['iso93-ascii', 'ascii', 'ascii', ['1200', V1993]],
  ['iso93-bcd', 'bcd', 'bin', ['1200', V1993]],
] as const;

for (const [name, charset, binary, ...messages] of cases) {
  t.test(`tshark reads what ${name} builds`, { skip }, async (t) => {
    const codec = loadFormat(name);
    const frames = messages.map(([mti, fields]) => codec.build(mti, fields));
    const judged = judge(frames, charset, binary);
    t.equal(judged.length, frames.length);
    messages.forEach(([mti, fields], index) => {
      const seen = judged[index];
      t.equal(seen?.malformed, false, 'no malformed mark');
      t.equal(seen?.mti, mti);
      t.same(
        [...(seen?.fields.keys() ?? [])].filter((de) => de !== 1).sort((a, b) => a - b),
        Object.keys(fields).map(Number),
      );
      for (const [de, value] of Object.entries(fields)) {
        const text = seen?.fields.get(Number(de)) ?? '';
        t.equal(de === '52' ? text.slice(0, 16) : text, value, de);
      }
    });
  });
}
