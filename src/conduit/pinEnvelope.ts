/**
 * A PIN under the key of the terminal that it goes to, as an answer carries it:
 *   terminal key   HKDF-SHA256 (RFC 5869) of the link's key, no salt, info "prepaid-switch terminal " and the terminal
 *                  (DE41, without padding), as long as the link's key: 16 or 32 bytes
 *   envelope       nonce 12, ciphertext as long as the PIN, tag 16, of AES-GCM (NIST SP 800-38D) under the terminal key
 *   bound to       "prepaid-switch pin", terminal, STAN, local date, local time, item, PIN: joined by bytes 1F
 *   nonce          the first 12 bytes of HMAC-SHA256, under HKDF-SHA256 of the link's key with info "prepaid-switch
 *                  nonce" (32 bytes), over what it is bound to, 1F and the PIN
 * No randomness: a repeat gets the same bytes, and no two PINs share a nonce under one key, since the nonce is made of
 * the PIN too. Only the switch can make one; who opens an envelope finds it in there.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { gcmOpened, gcmSealed, NONCE_BYTES, TAG_BYTES } from '../base/gcm.js';

export const PIN_KEY_BYTES: readonly number[] = [16, 32];
export const PIN_CODINGS = ['base64', 'hex'] as const;
export type PinCoding = (typeof PIN_CODINGS)[number];

const NONCE_KEY_BYTES = 32;
const HASH = 'sha256';
const SEPARATOR = '\u001f';

/** What a message says of itself, as it was sent, without padding; '' for what it does not. */
export interface PinMessage {
  readonly terminal: string;
  readonly stan: string;
  readonly localDate: string;
  readonly localTime: string;
}

export interface PinPlace {
  /** Of a batch: the item's number; 0 where there are no items. */
  readonly item: number;
  /** From 1, within its item. */
  readonly pin: number;
}

/** Of the link's key (PIN_KEY_BYTES). */
export function terminalKey(linkKey: Buffer, terminal: string): Buffer {
  return derived(linkKey, `prepaid-switch terminal ${terminal}`, linkKey.length);
}

/** A PIN of this message's answer into its envelope. */
export type PinSealer = (message: PinMessage) => (code: string, place: PinPlace) => Buffer;

export function pinSealer(linkKey: Buffer): PinSealer {
  const nonceKey = derived(linkKey, 'prepaid-switch nonce', NONCE_KEY_BYTES);
  return (message) => {
    const key = terminalKey(linkKey, message.terminal);
    return (code, place) => {
      const bound = boundTo(message, place);
      const nonce = createHmac(HASH, nonceKey)
        .update(bound)
        .update(`${SEPARATOR}${code}`, 'latin1')
        .digest()
        .subarray(0, NONCE_BYTES);
      return gcmSealed(key, nonce, Buffer.from(code, 'latin1'), bound);
    };
  };
}

/** The PIN; undefined where this key, message or place is not the envelope's. */
export function openPin(
  key: Buffer,
  message: PinMessage,
  place: PinPlace,
  envelope: Buffer,
): string | undefined {
  // No PIN is empty.
  return gcmOpened(key, envelope, 0, boundTo(message, place))?.toString('latin1') || undefined;
}

/** Characters of the envelope of a PIN of so many. */
export function envelopeLength(coding: PinCoding, characters: number): number {
  const bytes = NONCE_BYTES + characters + TAG_BYTES;
  return coding === 'hex' ? 2 * bytes : 4 * Math.ceil(bytes / 3);
}

/** Base64 with padding, or upper-case hexadecimal. */
export function envelopeText(coding: PinCoding, envelope: Buffer): string {
  return coding === 'hex' ? envelope.toString('hex').toUpperCase() : envelope.toString('base64');
}

function boundTo({ terminal, stan, localDate, localTime }: PinMessage, { item, pin }: PinPlace): Buffer {
  const parts = ['prepaid-switch pin', terminal, stan, localDate, localTime, item, pin];
  return Buffer.from(parts.join(SEPARATOR), 'latin1');
}

function derived(linkKey: Buffer, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync(HASH, linkKey, '', Buffer.from(info, 'latin1'), bytes));
}
