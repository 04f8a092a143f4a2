/** PROXY headers, read whole, byte by byte, and cut at every offset. Expected bytes come from the specification. */
import t from 'tap';
import { ProxyHeaderError, readProxyHeader } from '../../src/transport/proxyHeader.js';
import {
  MALFORMED,
  V1_IPV4,
  V1_IPV6,
  V1_LONGEST,
  V1_UNKNOWN,
  V2_IPV4,
  V2_IPV6,
  V2_LOCAL,
  V2_LOCAL_WITH_BLOCK,
  V2_MAPPED,
  V2_WITH_TLVS,
  V2_WITHOUT_ADDRESS,
} from '../support/proxyHeaders.js';

const BYTES_MAX = 4_096;
const IPV4 = {
  remote: { address: '10.20.0.7', port: 56_324 },
  local: { address: '192.0.2.1', port: 8_583 },
};
const IPV6 = {
  remote: { address: '2001:db8::7', port: 56_324 },
  local: { address: '2001:db8::1', port: 8_583 },
};

const READ: readonly (readonly [name: string, header: Buffer, relayed: object | undefined])[] = [
  ['version 2, IPv4', V2_IPV4, IPV4],
  ['version 2, IPv6', V2_IPV6, IPV6],
  ['version 2, IPv4 as IPv6', V2_MAPPED, IPV4],
  ['version 2 with TLVs', V2_WITH_TLVS, IPV4],
  ['version 2, LOCAL', V2_LOCAL, undefined],
  ['version 2, LOCAL with a block', V2_LOCAL_WITH_BLOCK, undefined],
  ...V2_WITHOUT_ADDRESS.map(
    (header) => [`kind ${header.subarray(13, 14).toString('hex')}`, header, undefined] as const,
  ),
  ['version 1, IPv4', V1_IPV4, IPV4],
  ['version 1, IPv6', V1_IPV6, IPV6],
  ['version 1, unknown', V1_UNKNOWN, undefined],
  ['version 1, the longest line', V1_LONGEST, undefined],
];

for (const [name, header, relayed] of READ) {
  t.test(`${name}: read at its last byte, not before, and nothing behind it is taken`, async (t) => {
    for (let bytes = 0; bytes < header.length; bytes++)
      t.equal(readProxyHeader(header.subarray(0, bytes), BYTES_MAX), undefined, `${bytes} bytes`);
    t.same(readProxyHeader(header, BYTES_MAX), { bytes: header.length, relayed });
    const followed = Buffer.concat([header, Buffer.from('0800PROXY \r\n')]);
    t.same(readProxyHeader(followed, BYTES_MAX), { bytes: header.length, relayed });
  });
}

for (const [name, bytes] of Object.entries(MALFORMED)) {
  t.test(`${name} is refused, however it is cut`, async (t) => {
    t.throws(() => readProxyHeader(bytes, BYTES_MAX), ProxyHeaderError);
    let end = 0;
    t.throws(() => {
      for (end = 1; end <= bytes.length; end++) {
        const header = readProxyHeader(bytes.subarray(0, end), BYTES_MAX);
        if (header) t.fail(`taken for a header of ${header.bytes} bytes`);
      }
    }, ProxyHeaderError);
  });
}

t.test('a reason names what is wrong and quotes nothing of a line', async (t) => {
  const reason = (name: string): unknown => {
    try {
      return readProxyHeader(MALFORMED[name] ?? Buffer.alloc(0), BYTES_MAX);
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.equal(reason('a frame without a header'), 'no PROXY header');
  t.equal(reason('version 3'), 'PROXY header: version and command 0x31');
  t.equal(reason('a family that is none'), 'PROXY header: family and transport 0x41');
  t.equal(reason('more bytes than are allowed'), 'PROXY header of 65551 bytes: at most 4096');
  t.equal(reason('a line without its last word'), 'PROXY line that is none');
  t.equal(reason('a line without an end'), 'PROXY line without an end in 107 bytes');
});
