/**
 * Sealed files: bytes that anybody can write for the holder of one X25519 key, and nobody else can read, the writer
 * included once it has ended.
 *
 *     header   'PSSEALED', version 1, public half of the file's own X25519 key (32 bytes)
 *     chunk    4 bytes big-endian length n (highest bit: the last chunk), n bytes of ciphertext, 16 bytes of tag
 *
 * The key is HKDF-SHA256 of the X25519 secret of the file's key and the receiver's; salt: both public keys. Chunk i is
 * AES-256-GCM under the nonce `i` (11 bytes) and 1 for the last chunk, 0 for others; the header is additional data.
 * So a chunk changed, moved or missing is told, and so is an end that was cut off; what stands before can be read.
 * Maximums: 1 MiB a chunk; the reader holds one chunk.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { SafeError } from '../base/errors.js';
import type { Random } from '../base/random.js';

const MAGIC = Buffer.from('PSSEALED');
const VERSION = 1;
export const SEALED_KEY_BYTES = 32;
const HEADER_BYTES = MAGIC.length + 1 + SEALED_KEY_BYTES;
const LENGTH_BYTES = 4;
const TAG_BYTES = 16;
const LAST = 0x8000_0000;
const CHUNK_BYTES_MAX = 1_048_576;
const CIPHER = 'aes-256-gcm';
const INFO = 'prepaid-switch sealed file 1';
/** RFC 8410: what stands before the 32 bytes of an X25519 key. */
const PRIVATE_DER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_DER = Buffer.from('302a300506032b656e032100', 'hex');
const NOTHING = Buffer.alloc(0);

export class SealedError extends SafeError {
  override name = 'SealedError';
}

export interface SealingKey {
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
}

export function makeSealingKey(random: Random): SealingKey {
  const privateKey = random.bytes(SEALED_KEY_BYTES);
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

export function publicKeyOf(privateKey: Buffer): Buffer {
  return rawPublic(createPublicKey(privateObject(privateKey)));
}

/** Whether files can be sealed for its holder: a point of small order would give every file the same, known key. */
export function isPublicKey(key: Buffer): boolean {
  try {
    return agree(Buffer.alloc(SEALED_KEY_BYTES, 1), key).length > 0;
  } catch {
    return false;
  }
}

/** Whether a file that begins so is sealed. */
export function isSealed(start: Buffer): boolean {
  return start.length >= MAGIC.length && start.subarray(0, MAGIC.length).equals(MAGIC);
}

/** Writes one sealed file. */
export class Sealer {
  /** The file's first bytes. */
  readonly header: Buffer;
  readonly #key: Buffer;
  #chunks = 0;

  /** `publicKey`: the receiver's. Throws SealedError where it is none. */
  constructor(publicKey: Buffer, random: Random) {
    const own = makeSealingKey(random);
    this.header = Buffer.concat([MAGIC, Buffer.from([VERSION]), own.publicKey]);
    this.#key = sharedKey(own.privateKey, publicKey, own.publicKey, publicKey);
  }

  /** The bytes of the next chunks; with `last`, nothing may follow. */
  seal(bytes: Buffer, last = false): Buffer {
    const parts: Buffer[] = [];
    let at = 0;
    do {
      const end = Math.min(at + CHUNK_BYTES_MAX, bytes.length);
      parts.push(...this.#chunk(bytes.subarray(at, end), last && end === bytes.length));
      at = end;
    } while (at < bytes.length);
    return Buffer.concat(parts);
  }

  #chunk(bytes: Buffer, last: boolean): Buffer[] {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(bytes.length + (last ? LAST : 0));
    const cipher = createCipheriv(CIPHER, this.#key, nonceOf(this.#chunks, last), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(this.header);
    this.#chunks += 1;
    return [length, cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
  }
}

/** Reads one sealed file, given in pieces of any size. */
export class Unsealer {
  readonly #privateKey: Buffer;
  #key: Buffer | undefined;
  #header: Buffer = NOTHING;
  #held: Buffer = NOTHING;
  /** The offset in the file of what is held. */
  #offset = 0;
  #chunks = 0;
  #ended = false;

  constructor(privateKey: Buffer) {
    this.#privateKey = privateKey;
  }

  /** Bytes of the file that have been opened: what stands behind was cut off, or is still being written. */
  get offset(): number {
    return this.#offset;
  }

  /** The last chunk was read: the file is whole. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What these bytes complete, in clear. Throws SealedError with the offset: what was given before is right. */
  push(bytes: Buffer): Buffer {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#key === undefined) {
      if (this.#held.length < HEADER_BYTES) return NOTHING;
      this.#open(this.#take(HEADER_BYTES));
    }
    const clear: Buffer[] = [];
    for (;;) {
      const one = this.#next();
      if (one === undefined) break;
      clear.push(one);
    }
    // What is held for long must not hold the piece that it came in.
    if (this.#held.length > 0) this.#held = Buffer.from(this.#held);
    return clear.length === 1 ? (clear[0] as Buffer) : Buffer.concat(clear);
  }

  #open(header: Buffer): void {
    if (!isSealed(header)) throw new SealedError('not a sealed file: it does not begin with PSSEALED');
    if (header[MAGIC.length] !== VERSION)
      throw new SealedError(`sealed file of version ${header[MAGIC.length]}: only ${VERSION} is known`);
    const filePublic = header.subarray(MAGIC.length + 1);
    this.#header = Buffer.from(header);
    this.#key = sharedKey(this.#privateKey, filePublic, filePublic, publicKeyOf(this.#privateKey));
  }

  #next(): Buffer | undefined {
    if (this.#ended && this.#held.length > 0) throw this.#fault('bytes behind the last chunk');
    if (this.#held.length < LENGTH_BYTES) return undefined;
    const written = this.#held.readUInt32BE(0);
    const last = written >= LAST;
    const length = last ? written - LAST : written;
    if (length > CHUNK_BYTES_MAX)
      throw this.#fault(`a chunk of ${length} bytes, at most ${CHUNK_BYTES_MAX} are allowed`);
    const total = LENGTH_BYTES + length + TAG_BYTES;
    if (this.#held.length < total) return undefined;
    const clear = this.#decipher(this.#held.subarray(LENGTH_BYTES, total), length, last);
    this.#take(total);
    this.#chunks += 1;
    this.#ended = last;
    return clear;
  }

  #decipher(chunk: Buffer, length: number, last: boolean): Buffer {
    const nonce = nonceOf(this.#chunks, last);
    const decipher = createDecipheriv(CIPHER, this.#key as Buffer, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.#header);
    decipher.setAuthTag(chunk.subarray(length));
    try {
      return Buffer.concat([decipher.update(chunk.subarray(0, length)), decipher.final()]);
    } catch {
      const why = this.#chunks === 0 ? 'sealed for another key, or changed' : 'changed since it was written';
      throw this.#fault(`chunk ${this.#chunks + 1}: ${why}`);
    }
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    this.#offset += bytes;
    return taken;
  }

  #fault(what: string): SealedError {
    return new SealedError(`sealed file, offset ${this.#offset}: ${what}`);
  }
}

/** A key from its text: 64 hexadecimal digits; empty lines, and lines that begin with #, are passed over. */
export function sealingKeyOf(text: string): Buffer {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length !== 1 || !/^[0-9A-Fa-f]{64}$/.test(lines[0] ?? ''))
    throw new SealedError('not a capture key: 64 hexadecimal digits in one line');
  return Buffer.from(lines[0] ?? '', 'hex');
}

/** The bytes of the chunk's number, most significant first, and whether it is the last. */
function nonceOf(chunk: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(chunk), 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function sharedKey(privateKey: Buffer, peer: Buffer, filePublic: Buffer, receiverPublic: Buffer): Buffer {
  const secret = agree(privateKey, peer);
  const salt = Buffer.concat([filePublic, receiverPublic]);
  return Buffer.from(hkdfSync('sha256', secret, salt, INFO, 32));
}

/** OpenSSL refuses points that give a secret of zeros. */
function agree(privateKey: Buffer, peer: Buffer): Buffer {
  try {
    return diffieHellman({ privateKey: privateObject(privateKey), publicKey: publicObject(peer) });
  } catch (cause) {
    throw new SealedError('not an X25519 public key', { cause });
  }
}

function privateObject(raw: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_DER, raw]), format: 'der', type: 'pkcs8' });
}

function publicObject(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_DER, raw]), format: 'der', type: 'spki' });
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_DER.length);
}
