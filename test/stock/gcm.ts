/**
 * AES-256-GCM from the block cipher up (NIST SP 800-38D), for 12-byte nonces: reads what the vault wrote without
 * the mode of operation that the vault uses. Slow, and for tests only.
 */
import { createCipheriv } from 'node:crypto';

const R = 0xe1n << 120n;

function block(key: Buffer, bytes: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

function number(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
}

function multiply(x: bigint, y: bigint): bigint {
  let z = 0n;
  let v = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) z ^= v;
    v = v & 1n ? (v >> 1n) ^ R : v >> 1n;
  }
  return z;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16)]);
}

function ghash(h: bigint, data: Buffer, text: Buffer): bigint {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(data.length) * 8n, 0);
  lengths.writeBigUInt64BE(BigInt(text.length) * 8n, 8);
  const all = Buffer.concat([padded(data), padded(text), lengths]);
  let y = 0n;
  for (let at = 0; at < all.length; at += 16) y = multiply(y ^ number(all.subarray(at, at + 16)), h);
  return y;
}

function counted(key: Buffer, nonce: Buffer, text: Buffer): Buffer {
  const out = Buffer.from(text);
  for (let at = 0; at < text.length; at += 16) {
    const counter = Buffer.concat([nonce, Buffer.alloc(4)]);
    counter.writeUInt32BE(2 + at / 16, 12);
    const stream = block(key, counter);
    for (let i = at; i < Math.min(at + 16, text.length); i++) out[i] = (text[i] ?? 0) ^ (stream[i - at] ?? 0);
  }
  return out;
}

function tagOf(key: Buffer, nonce: Buffer, data: Buffer, ciphertext: Buffer): Buffer {
  const h = number(block(key, Buffer.alloc(16)));
  const mask = number(block(key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])])));
  return bytesOf(ghash(h, data, ciphertext) ^ mask);
}

/** nonce 12 | ciphertext | tag 16. */
export function gcmSeal(key: Buffer, nonce: Buffer, data: Buffer, clear: Buffer): Buffer {
  const ciphertext = counted(key, nonce, clear);
  return Buffer.concat([nonce, ciphertext, tagOf(key, nonce, data, ciphertext)]);
}

/** Undefined where the tag is not that of nonce, data and ciphertext. */
export function gcmOpen(key: Buffer, data: Buffer, sealed: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(sealed);
  const nonce = bytes.subarray(0, 12);
  const ciphertext = bytes.subarray(12, -16);
  if (!tagOf(key, nonce, data, ciphertext).equals(bytes.subarray(-16))) return undefined;
  return counted(key, nonce, ciphertext);
}
