/**
 * Message authentication codes of 8 bytes, and how a key travels under a key-encrypting key:
 *   retail        ISO 9797-1 algorithm 3 with DES and padding method 1 (ANSI X9.19); keys of 16 bytes; keys
 *                 travel in triple DES, ECB; check value: zeros encrypted, 3 bytes
 *   cmac          AES-CMAC (RFC 4493), its first 8 bytes; keys of 16 or 32 bytes; keys travel by AES key wrap
 *                 (RFC 3394); check value: zeros encrypted, 3 bytes
 *   hmac-sha256   RFC 2104, its first 8 bytes; keys of 16 to 64 bytes; keys travel by AES key wrap; check value:
 *                 the HMAC of nothing, 3 bytes
 * The ciphers are OpenSSL's; only what OpenSSL under Node does not offer is put together here.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export const MAC_BYTES = 8;
const CHECK_BYTES = 3;
const DES_BLOCK = 8;
const AES_BLOCK = 16;
/** RFC 3394, 2.2.3.1. */
const WRAP_IV = Buffer.alloc(8, 0xa6);

export const MAC_ALGORITHMS = ['retail', 'cmac', 'hmac-sha256'] as const;
export type MacAlgorithm = (typeof MAC_ALGORITHMS)[number];

interface Algorithm {
  readonly keyBytes: readonly number[];
  readonly kekBytes: readonly number[];
  mac(key: Buffer, data: Buffer): Buffer;
  /** Throws where the block was not wrapped under this key. */
  unwrap(kek: Buffer, block: Buffer): Buffer;
  check(key: Buffer): Buffer;
}

export const ALGORITHMS: Readonly<Record<MacAlgorithm, Algorithm>> = {
  retail: {
    keyBytes: [16],
    kekBytes: [16, 24],
    mac: retailMac,
    unwrap: (kek, block) => ecb('des-ede3', threeKeys(kek), block, createDecipheriv),
    check: (key) => ecb('des-ede3', threeKeys(key), Buffer.alloc(DES_BLOCK), createCipheriv).subarray(0, 3),
  },
  cmac: {
    keyBytes: [16, 32],
    kekBytes: [16, 32],
    mac: (key, data) => aesCmac(key, data).subarray(0, MAC_BYTES),
    unwrap: aesUnwrap,
    check: (key) => aesBlock(key, Buffer.alloc(AES_BLOCK)).subarray(0, CHECK_BYTES),
  },
  'hmac-sha256': {
    keyBytes: Array.from({ length: 7 }, (_, at) => 16 + 8 * at),
    kekBytes: [16, 32],
    mac: (key, data) => createHmac('sha256', key).update(data).digest().subarray(0, MAC_BYTES),
    unwrap: aesUnwrap,
    check: (key) => createHmac('sha256', key).digest().subarray(0, CHECK_BYTES),
  },
};

/** Single DES is triple DES under one key three times; the last block goes through two keys. */
function retailMac(key: Buffer, data: Buffer): Buffer {
  const first = key.subarray(0, DES_BLOCK);
  const padded = Buffer.alloc(Math.max(1, Math.ceil(data.length / DES_BLOCK)) * DES_BLOCK);
  data.copy(padded);
  const last = padded.length - DES_BLOCK;
  const chain = Buffer.concat([
    Buffer.alloc(DES_BLOCK),
    cbc(Buffer.concat([first, first, first]), padded, last),
  ]);
  const cipher = createCipheriv('des-ede3-cbc', threeKeys(key), chain.subarray(-DES_BLOCK));
  cipher.setAutoPadding(false);
  return cipher.update(padded.subarray(last));
}

function cbc(key: Buffer, data: Buffer, end: number): Buffer {
  const cipher = createCipheriv('des-ede3-cbc', key, Buffer.alloc(DES_BLOCK));
  cipher.setAutoPadding(false);
  return cipher.update(data.subarray(0, end));
}

function threeKeys(key: Buffer): Buffer {
  return key.length === 24 ? key : Buffer.concat([key, key.subarray(0, DES_BLOCK)]);
}

function ecb(
  name: string,
  key: Buffer,
  data: Buffer,
  make: typeof createCipheriv | typeof createDecipheriv,
): Buffer {
  const cipher = make(name, key, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

function aesBlock(key: Buffer, block: Buffer): Buffer {
  return ecb(`aes-${key.length * 8}-ecb`, key, block, createCipheriv);
}

/** RFC 4493, 2.3 and 2.4. */
function aesCmac(key: Buffer, data: Buffer): Buffer {
  const whole = data.length > 0 && data.length % AES_BLOCK === 0;
  const blocks = Math.max(1, Math.ceil(data.length / AES_BLOCK));
  const padded = Buffer.alloc(blocks * AES_BLOCK);
  data.copy(padded);
  if (!whole) padded[data.length] = 0x80;
  const once = doubled(aesBlock(key, Buffer.alloc(AES_BLOCK)));
  const mask = whole ? once : doubled(once);
  const last = padded.subarray(-AES_BLOCK);
  for (let at = 0; at < AES_BLOCK; at++) last[at] = (last[at] ?? 0) ^ (mask[at] ?? 0);
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(AES_BLOCK));
  cipher.setAutoPadding(false);
  return cipher.update(padded).subarray(-AES_BLOCK);
}

/** Times x in GF(2^128). */
function doubled(block: Buffer): Buffer {
  const out = Buffer.alloc(AES_BLOCK);
  for (let at = 0; at < AES_BLOCK; at++)
    out[at] = (((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7)) & 0xff;
  if ((block[0] ?? 0) & 0x80) out[AES_BLOCK - 1] = (out[AES_BLOCK - 1] ?? 0) ^ 0x87;
  return out;
}

function aesUnwrap(kek: Buffer, block: Buffer): Buffer {
  const decipher = createDecipheriv(`aes${kek.length * 8}-wrap`, kek, WRAP_IV);
  return Buffer.concat([decipher.update(block), decipher.final()]);
}
