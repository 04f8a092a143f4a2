/** Parcels made and read step by step with node:crypto, as the format is written down, without the program's own code. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Raw, base64url. */
  readonly texts: { readonly publicKey: string; readonly privateKey: string };
}

export function newPair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  return { privateKey, publicKey, texts: { publicKey: x, privateKey: d } };
}

export interface Names {
  readonly network: string;
  readonly name: string;
  readonly epoch: number;
  readonly number: bigint;
}

/** HKDF-SHA256 of RFC 5869, for one block. */
function hkdf(secret: Buffer, salt: Buffer, info: Buffer): Buffer {
  const extracted = createHmac('sha256', salt).update(secret).digest();
  return createHmac('sha256', extracted)
    .update(info)
    .update(Buffer.from([1]))
    .digest();
}

function raw(key: string): Buffer {
  return Buffer.from(key, 'base64url');
}

function keyOf(first: Buffer, second: Buffer, keys: readonly string[], names: Names): Buffer {
  const { network, name, epoch, number } = names;
  const info = Buffer.from(`prepaid-switch parcel 1\0${network}\0${name}\0${epoch}\0${number}\0`);
  return hkdf(Buffer.concat([first, second]), Buffer.concat(keys.map(raw)), info);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

export const bytesOf = { u16, u32, text };

export function sealBy(hub: Pair, to: Pair, names: Names, body: Buffer): Buffer {
  const ephemeral = newPair();
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(names.number);
  const nonce = randomBytes(12);
  const head = Buffer.concat([
    Buffer.from('50535031', 'hex'),
    u32(names.epoch),
    number,
    raw(ephemeral.texts.publicKey),
    nonce,
  ]);
  const key = keyOf(
    diffieHellman({ privateKey: ephemeral.privateKey, publicKey: to.publicKey }),
    diffieHellman({ privateKey: hub.privateKey, publicKey: to.publicKey }),
    [ephemeral.texts.publicKey, to.texts.publicKey, hub.texts.publicKey],
    names,
  );
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(head);
  const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
  return Buffer.concat([head, sealed, cipher.getAuthTag()]);
}

export function openBy(to: Pair, hub: Pair, names: Names, parcel: Buffer): Buffer {
  const head = parcel.subarray(0, 60);
  const ephemeral = generatedFrom(head.subarray(16, 48));
  const key = keyOf(
    diffieHellman({ privateKey: to.privateKey, publicKey: ephemeral }),
    diffieHellman({ privateKey: to.privateKey, publicKey: hub.publicKey }),
    [head.subarray(16, 48).toString('base64url'), to.texts.publicKey, hub.texts.publicKey],
    names,
  );
  const decipher = createDecipheriv('aes-256-gcm', key, head.subarray(48, 60));
  decipher.setAAD(head);
  decipher.setAuthTag(parcel.subarray(parcel.length - 16));
  return Buffer.concat([decipher.update(parcel.subarray(60, parcel.length - 16)), decipher.final()]);
}

function generatedFrom(bytes: Buffer): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') },
    format: 'jwk',
  });
}
