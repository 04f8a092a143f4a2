/**
 * Sealed files: opened by an independent reading of the format as its file documents it, and by nobody without the
 * key; every change and every cut is told, and what stands before it is read.
 */
import { createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import type { Random } from '../../src/base/random.js';
import {
  isPublicKey,
  isSealed,
  makeSealingKey,
  publicKeyOf,
  SealedError,
  Sealer,
  sealingKeyOf,
  Unsealer,
} from '../../src/capture/sealed.js';

/** Counts on: no secret hangs on it here. */
function counting(): Random {
  let at = 0;
  return {
    bytes: (length) => {
      at += 1;
      return Buffer.from(Array.from({ length }, (_, byte) => (at * 7 + byte) & 255));
    },
    int: () => 0,
  };
}

const random = counting();
const receiver = makeSealingKey(random);

function seal(pieces: readonly Buffer[], whole = true): Buffer {
  const sealer = new Sealer(receiver.publicKey, random);
  const chunks = pieces.map((piece, at) => sealer.seal(piece, whole && at === pieces.length - 1));
  return Buffer.concat([sealer.header, ...chunks]);
}

/** Written from the description, with JWK keys instead of DER. */
function openIndependently(file: Buffer): Buffer {
  const filePublic = file.subarray(9, 41);
  const okp = (x: Buffer, d?: Buffer) => ({
    kty: 'OKP',
    crv: 'X25519',
    x: x.toString('base64url'),
    ...(d ? { d: d.toString('base64url') } : {}),
  });
  const secret = diffieHellman({
    privateKey: createPrivateKey({ key: okp(receiver.publicKey, receiver.privateKey), format: 'jwk' }),
    publicKey: createPublicKey({ key: okp(filePublic), format: 'jwk' }),
  });
  const salt = Buffer.concat([filePublic, receiver.publicKey]);
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'prepaid-switch sealed file 1', 32));
  const clear: Buffer[] = [];
  let chunk = 0;
  for (let at = 41; at < file.length; chunk += 1) {
    const last = (file[at] ?? 0) >> 7;
    const length = file.readUInt32BE(at) & 0x7fffffff;
    const nonce = Buffer.from(`${chunk.toString(16).padStart(22, '0')}0${last}`, 'hex');
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(file.subarray(0, 41));
    decipher.setAuthTag(file.subarray(at + 4 + length, at + 20 + length));
    clear.push(decipher.update(file.subarray(at + 4, at + 4 + length)), decipher.final());
    at += 20 + length;
  }
  return Buffer.concat(clear);
}

interface Opened {
  readonly clear: Buffer;
  readonly fault: string | undefined;
  readonly ended: boolean;
  readonly offset: number;
}

function open(file: Buffer, pieceBytes = file.length, key = receiver.privateKey): Opened {
  const unsealer = new Unsealer(key);
  const clear: Buffer[] = [];
  let fault: string | undefined;
  try {
    for (let at = 0; at < file.length; at += pieceBytes)
      clear.push(unsealer.push(file.subarray(at, at + pieceBytes)));
  } catch (error) {
    if (!(error instanceof SealedError)) throw error;
    fault = error.message;
  }
  return { clear: Buffer.concat(clear), fault, ended: unsealer.ended, offset: unsealer.offset };
}

t.test('a public key is that of RFC 7748 for its private one', async (t) => {
  // Section 5.2: the scalar 9 and the base point 9, once.
  const nine = Buffer.from(`09${'00'.repeat(31)}`, 'hex');
  const expected = '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079';
  t.equal(publicKeyOf(nine).toString('hex'), expected);
});

t.test('what is sealed reads as its file says it is written', async (t) => {
  const pieces = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(1_048_577, 0x42), Buffer.from('end')];
  const file = seal(pieces);
  t.ok(openIndependently(file).equals(Buffer.concat(pieces)));
  t.ok(isSealed(file));
  t.notOk(isSealed(Buffer.from('PSSEALE')));
  t.notOk(file.includes('first'), 'nothing in clear');
});

t.test('a file given in pieces of any size is read whole, and its end is known', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 400 }),
      (pieces, pieceBytes) => {
        const file = seal(pieces.map((piece) => Buffer.from(piece)));
        const opened = open(file, pieceBytes);
        return (
          opened.fault === undefined &&
          opened.ended &&
          opened.clear.equals(Buffer.concat(pieces)) &&
          opened.offset === file.length
        );
      },
    ),
    { numRuns: 30 },
  );
});

t.test('a file cut anywhere is read up to its last whole chunk, and never taken for whole', async (t) => {
  const pieces = [Buffer.from('one'), Buffer.from('two two'), Buffer.from('three')];
  const file = seal(pieces);
  const ends = [41 + 23, 41 + 23 + 27];
  for (let cut = 0; cut < file.length; cut += 1) {
    const opened = open(file.subarray(0, cut));
    const expected = pieces.slice(0, ends.filter((end) => end <= cut).length);
    if (opened.ended || opened.fault !== undefined || !opened.clear.equals(Buffer.concat(expected)))
      t.fail(`cut at ${cut}: ${opened.fault}`);
  }
  t.pass('every cut');
});

t.test('a byte changed anywhere is told with an offset, or leaves the file without its end', async (t) => {
  const file = seal([Buffer.from('one'), Buffer.from('two two'), Buffer.from('three')]);
  for (let at = 0; at < file.length; at += 1) {
    for (const bit of at < 45 ? [1, 0x80] : [at & 1 ? 1 : 0x80]) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ bit;
      const opened = open(changed);
      // The length of a chunk may be made longer than the file: then its end never comes.
      if (opened.ended || (opened.fault === undefined && opened.offset === file.length))
        t.fail(`changed at ${at}: not noticed`);
      if (!Buffer.from('onetwo twothree').subarray(0, opened.clear.length).equals(opened.clear))
        t.fail(`changed at ${at}: read ${opened.clear.toString()}`);
    }
  }
  t.match(open(Buffer.concat([file, Buffer.alloc(4)])).fault, /offset 116: bytes behind the last chunk/);
  const swapped = Buffer.concat([file.subarray(0, 41), file.subarray(64, 91), file.subarray(41, 64)]);
  t.match(open(swapped).fault, /offset 41: chunk 1: sealed for another key, or changed/);
});

t.test('what is no sealed file, or for another key, or of a crafted length, is one clear line', async (t) => {
  const file = seal([Buffer.from('secret')]);
  t.match(open(Buffer.alloc(64)).fault, /does not begin with PSSEALED/);
  const newer = Buffer.from(file);
  newer[8] = 2;
  t.match(open(newer).fault, /version 2: only 1 is known/);
  const stranger = makeSealingKey(random).privateKey;
  t.match(open(file, file.length, stranger).fault, /offset 41: chunk 1: sealed for another key, or changed/);
  const long = Buffer.concat([file.subarray(0, 41), Buffer.from('7fffffff', 'hex')]);
  t.match(open(long).fault, /offset 41: a chunk of 2147483647 bytes/);
  const zeros = Buffer.from(file);
  zeros.fill(0, 9, 41);
  t.match(open(zeros).fault, /not an X25519 public key/);
  t.throws(() => new Sealer(Buffer.alloc(32), random), /not an X25519 public key/);
});

t.test('a key file is one line of hexadecimal digits among comments', async (t) => {
  const hex = receiver.privateKey.toString('hex');
  t.ok(sealingKeyOf(`# for ann\n\n  ${hex}  \n`).equals(receiver.privateKey));
  for (const text of ['', '# nothing', hex.slice(2), `${hex}\n${hex}`, `${hex}zz`])
    t.throws(() => sealingKeyOf(text), /not a capture key/);
});

t.test('whatever stands behind the last chunk is told, be it a single byte', async (t) => {
  const { privateKey, publicKey } = makeSealingKey(counting());
  const sealer = new Sealer(publicKey, counting());
  const file = Buffer.concat([sealer.header, sealer.seal(Buffer.from('all'), true)]);
  for (const more of [1, 3, 4, 100])
    t.throws(() => {
      const unsealer = new Unsealer(privateKey);
      unsealer.push(file);
      unsealer.push(Buffer.alloc(more));
    }, /offset 64: bytes behind the last chunk/);
});

t.test('points of small order, under which anybody could read, are no public keys', async (t) => {
  t.ok(isPublicKey(makeSealingKey(counting()).publicKey));
  const orderEight = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';
  for (const hex of ['00'.repeat(32), `01${'00'.repeat(31)}`, orderEight])
    t.notOk(isPublicKey(Buffer.from(hex, 'hex')), hex);
});
