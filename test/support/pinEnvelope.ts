/**
 * Encrypted PINs opened as a terminal would: by what specs/profiles/README.md says alone, with HKDF (RFC 5869) put
 * together here of HMACs, and nothing of the program's own.
 */
import { createDecipheriv, createHmac } from 'node:crypto';
import type { IsoFields } from './iso.js';

/** What the request says of itself, and where in the answer the PIN stands. */
export interface Bound {
  readonly terminal: string;
  readonly stan: string;
  readonly date: string;
  readonly time: string;
  readonly item?: number;
  readonly pin?: number;
}

/** What a request says of itself. */
export function boundOf(fields: IsoFields, place: Pick<Bound, 'item' | 'pin'> = {}): Bound {
  const { 41: terminal = '', 11: stan = '', 13: date = '', 12: time = '' } = fields;
  return { terminal, stan, date, time, ...place };
}

function hmac(key: Buffer, data: Buffer | string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Extract with no salt, expand to at most one block. */
export function hkdf(key: Buffer, info: string, bytes: number): Buffer {
  const extracted = hmac(Buffer.alloc(32), key);
  return hmac(extracted, Buffer.concat([Buffer.from(info), Buffer.from([1])])).subarray(0, bytes);
}

export function keyOfTerminal(linkKey: string, terminal: string): Buffer {
  const key = Buffer.from(linkKey, 'hex');
  return hkdf(key, `prepaid-switch terminal ${terminal}`, key.length);
}

/** Throws where the key, or anything that it is bound to, is another. */
export function opened(key: Buffer, envelope: Buffer, bound: Bound): string {
  const { terminal, stan, date, time, item = 0, pin = 1 } = bound;
  const decipher = createDecipheriv(
    key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm',
    key,
    envelope.subarray(0, 12),
  );
  decipher.setAAD(
    Buffer.from(`prepaid-switch pin\x1f${terminal}\x1f${stan}\x1f${date}\x1f${time}\x1f${item}\x1f${pin}`),
  );
  decipher.setAuthTag(envelope.subarray(envelope.length - 16));
  const text = decipher.update(envelope.subarray(12, envelope.length - 16)).toString('latin1');
  decipher.final();
  return text;
}
