import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { SyntheticTraffic } from '../../src/capture/recorder/syntheticTraffic.js';
import { run } from '../support/process.js';
import { exchanges, FRAMES } from '../tools/guess/traffic.js';

const folder = mkdtempSync(join(tmpdir(), 'guess-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Two connections of a terminal behind a TPDU, as a pcapng. */
function capture(): Buffer {
  const parts: Buffer[] = [];
  const traffic = new SyntheticTraffic((bytes) => parts.push(Buffer.from(bytes)));
  traffic.begin();
  const server = { address: '10.1.0.1', port: 7000 };
  for (const port of [40001, 40002]) {
    const connection = traffic.open({ address: '10.1.0.2', port }, server, 1);
    for (const { request, answer } of exchanges('iso87-bcd', 12)) {
      connection.data('to-server', FRAMES['length2, TPDU']?.(request) ?? request, 2);
      connection.data('to-client', FRAMES['length2, TPDU']?.(answer) ?? answer, 3);
    }
    connection.close(4, 'fin');
  }
  return Buffer.concat(parts);
}

t.test('a capture is told with reasons, and the files written are accepted by check', async (t) => {
  const out = join(folder, 'my-host');
  const { code, stdout } = await run(['guess', file('unknown.pcapng', capture()), '--out', out]);
  t.equal(code, 0);
  t.match(stdout, /^10\.1\.0\.1:7000: length2, TPDU; iso87-bcd$/m);
  t.match(stdout, /48 of 48 messages read to their end/);
  t.match(stdout, /100 % of the answers cite the STAN/);
  t.notMatch(stdout, /4761739001010119/);
  const check = await run(['check', join(out, 'format.json'), join(out, 'switch.yaml')]);
  t.equal(check.code, 0, check.stderr);
  const yaml = readFileSync(join(out, 'switch.yaml'), 'utf8');
  t.match(yaml, /port: 7000/);
  t.match(yaml, /tpduHex: "?6000030000"?/);
  t.notMatch(yaml, /4761739001010119/);
});

t.test('as JSON each server has its guesses, and a stream of one direction is taken as it is', async (t) => {
  const stream = Buffer.concat(
    exchanges('iso93-ascii', 12).map(({ request }) => FRAMES.hex4?.(request) ?? request),
  );
  const { code, stdout } = await run(['guess', '--json', file('stream.bin', stream)]);
  t.equal(code, 0);
  const [service] = JSON.parse(stdout).services;
  t.match(service.guesses[0], { framing: 'hex4', format: 'iso93-ascii', changes: [] });
});

t.test('what is no ISO 8583 ends in 1 and one line that says what it looks like', async (t) => {
  const cases: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /an empty file/],
    ['tls', Buffer.from('160303007a0200007603034f', 'hex'), /a TLS handshake/],
    ['http', Buffer.from('POST /api/v1 HTTP/1.1\r\nHost: x\r\n\r\n{}'), /HTTP/],
    [
      'noise',
      Buffer.from('c4ca4238a0b923820dcc509a6f75849bc81e728d9d4c2f636f067f89cc14862c', 'hex'),
      /no framing and format/,
    ],
    ['gzip', Buffer.from('1f8b080000000000', 'hex'), /gunzip/],
  ];
  for (const [name, content, line] of cases) {
    const { code, stdout, stderr } = await run(['guess', file(name, content)]);
    t.equal(code, 1, name);
    t.match(stderr, line, name);
    t.match(stderr, /^prepaid-switch: [^\n]+\n$/, `${name}: one line`);
    t.equal(stdout, '', name);
  }
  t.match(await run(['guess', join(folder, 'nonesuch')]), { code: 2, stderr: /^prepaid-switch: [^\n]+\n$/ });
});
