/**
 * MAC algorithms against published vectors: RFC 4493 section 4, RFC 4231 (truncated), RFC 3394 section 4; the retail
 * MAC against its definition (ISO 9797-1 algorithm 3), put together here of single blocks.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { LinkMac } from '../../src/conduit/mac.js';
import { ALGORITHMS, MAC_ALGORITHMS, type MacAlgorithm } from '../../src/conduit/macAlgorithms.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { VirtualClock } from '../transport/peer.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

t.test('AES-CMAC as in RFC 4493', async (t) => {
  const key = bytes('2b7e151628aed2a6abf7158809cf4f3c');
  const data = bytes(
    '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710',
  );
  for (const [length, mac] of [
    [0, 'bb1d6929e9593728'],
    [16, '070a16b46b4d4144'],
    [40, 'dfa66747de9ae630'],
    [64, '51f0bebf7e3b9d92'],
  ] as const)
    t.equal(ALGORITHMS.cmac.mac(key, data.subarray(0, length)).toString('hex'), mac, `${length} bytes`);
});

t.test('HMAC-SHA-256 as in RFC 4231, its first eight bytes', async (t) => {
  const { mac } = ALGORITHMS['hmac-sha256'];
  t.equal(mac(Buffer.alloc(20, 0x0b), Buffer.from('Hi There')).toString('hex'), 'b0344c61d8db3853');
});

t.test('keys are unwrapped as in RFC 3394, and a changed block is none', async (t) => {
  const kek = bytes('000102030405060708090a0b0c0d0e0f');
  const block = bytes('1fa68b0a8112b447 aef34bd8fb5a7b82 9d3e862371d2cfe5');
  t.equal(ALGORITHMS.cmac.unwrap(kek, block).toString('hex'), '00112233445566778899aabbccddeeff');
  block[3] = 0;
  t.throws(() => ALGORITHMS.cmac.unwrap(kek, block));
});

/** One block through single DES, which is triple DES under one key. */
function des(key: Buffer, block: Buffer, make: typeof createCipheriv | typeof createDecipheriv): Buffer {
  const cipher = make('des-ede3', Buffer.concat([key, key, key]), null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

t.test('the retail MAC is DES in chain, the last block through both keys', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      (keyBytes, dataBytes) => {
        const key = Buffer.from(keyBytes);
        const [left, right] = [key.subarray(0, 8), key.subarray(8)];
        let chain: Buffer = Buffer.alloc(8);
        for (let at = 0; at < dataBytes.length; at += 8) {
          const block = Buffer.alloc(8);
          Buffer.from(dataBytes).copy(block, 0, at, at + 8);
          chain = des(left, Buffer.from(block.map((byte, i) => byte ^ (chain[i] ?? 0))), createCipheriv);
        }
        const expected = des(left, des(right, chain, createDecipheriv), createCipheriv);
        return ALGORITHMS.retail.mac(key, Buffer.from(dataBytes)).equals(expected);
      },
    ),
  );
  // The known value of "Now is the time for all " under 0123456789abcdef alone (FIPS 113 style): both halves equal.
  const single = bytes('0123456789abcdef 0123456789abcdef');
  t.equal(
    ALGORITHMS.retail.mac(single, Buffer.from('7654321 Now is the time for ')).toString('hex'),
    'f1d30f6849312ca4',
  );
});

const codec = loadFormat('iso87-ascii');
const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);

/** This format writes binary data as hexadecimal text. */
function hexOf(algorithm: MacAlgorithm, key: Buffer, frame: Buffer): string {
  return ALGORITHMS[algorithm].mac(key, frame.subarray(0, -16)).toString('hex');
}

function signed(mac: LinkMac, fields: Record<number, string>): Buffer {
  const [de, zeros] = mac.placeholder(Object.keys(fields).map(Number));
  return mac.sign(codec.build('0800', { ...fields, [de]: zeros }));
}

t.test(
  'the code stands in DE64, or in DE128 beside fields of the second bitmap; one changed byte is found',
  async (t) => {
    for (const algorithm of MAC_ALGORITHMS) {
      const key = Buffer.alloc(16, 7);
      const mac = new LinkMac(algorithm, [key], codec, new VirtualClock());
      for (const [fields, de] of [
        [{ 11: '000001' }, 64],
        [{ 11: '000001', 70: '301' }, 128],
      ] as const) {
        const frame = signed(mac, fields);
        t.equal(codec.parse(frame).has(de), true);
        t.ok(mac.isAuthentic(codec.parse(frame)), `${algorithm} ${de}`);
        t.equal(frame.subarray(-16).toString('latin1').toLowerCase(), hexOf(algorithm, key, frame));
        const changed = Buffer.from(frame);
        const at = codec.parse(frame).offset(11) ?? 0;
        changed[at] = 0x39;
        t.notOk(mac.isAuthentic(codec.parse(changed)));
      }
      t.notOk(mac.isAuthentic(codec.parse(codec.build('0800', { 11: '000001' }))), 'none at all');
    }
  },
);

t.test(
  'after an exchange both keys count until the peer has used the new one, and a minute longer',
  async (t) => {
    const clock = new VirtualClock();
    const ours = new LinkMac('hmac-sha256', [OLD], codec, clock);
    const [before, after] = [OLD, NEW].map((key) => new LinkMac('hmac-sha256', [key], codec, clock));
    const from = (peer: LinkMac | undefined) => codec.parse(signed(peer as LinkMac, { 11: '000001' }));
    ours.exchange(NEW);
    clock.advance(3_600_000);
    t.ok(ours.isAuthentic(from(before)), 'the peer may not have heard of it');
    t.ok(before?.isAuthentic(codec.parse(signed(ours, { 11: '1' }))), 'what we begin is under the old one');
    const request = from(before);
    t.ok(ours.isAuthentic(from(after)));
    t.ok(after?.isAuthentic(codec.parse(signed(ours, { 11: '1' }))), 'now under the new one');
    t.ok(ours.isAuthentic(request));
    const answer = ours.sign(codec.build('0810', { 39: '00', 64: Buffer.alloc(8) }), request);
    t.ok(before?.isAuthentic(codec.parse(answer)), 'an answer is under the key of its request');
    clock.advance(60_001);
    t.notOk(ours.isAuthentic(from(before)));
    t.ok(ours.isAuthentic(from(after)));
  },
);

t.test('what stands behind the code is not covered by it: such a message is refused', async (t) => {
  const mac = new LinkMac('hmac-sha256', [OLD], codec, new VirtualClock());
  const frame = codec.build('0200', { 11: '000001', 64: Buffer.alloc(8), 102: '5550001234' });
  const at = codec.parse(frame).offset(64) ?? 0;
  const code = ALGORITHMS['hmac-sha256'].mac(OLD, frame.subarray(0, at)).toString('hex');
  frame.write(code.toUpperCase(), at, 'latin1');
  t.notOk(mac.isAuthentic(codec.parse(frame)));
});

t.test(
  'a second exchange before the peer has used the first key leaves it the key that it uses',
  async (t) => {
    const clock = new VirtualClock();
    const ours = new LinkMac('hmac-sha256', [OLD], codec, clock);
    const from = (key: Buffer) =>
      codec.parse(signed(new LinkMac('hmac-sha256', [key], codec, clock), { 11: '000001' }));
    ours.exchange(Buffer.alloc(32, 9));
    t.same(ours.withNew(NEW), [NEW, OLD], 'what is kept on disk');
    ours.exchange(NEW);
    t.ok(ours.isAuthentic(from(OLD)), 'neither answer may have arrived');
    t.ok(ours.isAuthentic(from(NEW)));
    t.notOk(ours.isAuthentic(from(Buffer.alloc(32, 9))));
  },
);
