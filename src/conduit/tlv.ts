/** The TLVs of answers: tag 2 characters, length 3 digits. */
import type { SoldPin } from '../domain/outcome.js';

/** Characters of a field with a 3-digit length. */
export const FIELD_MAX = 999;
/** Tag and length of an entry. */
export const TLV_HEAD = 5;

/** Characters of a PIN's code: no intake and no supplier brings a longer one. */
export const PIN_MAX = 64;

/** PINs in one sale at most: so many codes of PIN_MAX characters fit into one answer field (answers.ts). */
export const QUANTITY_MAX = 10;

/** Tag and value of a TLV. */
export type Entry = readonly [tag: string, value: string];

export function lengthOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [, value]) => sum + TLV_HEAD + value.length, 0);
}

export function pinEntries(pins: readonly SoldPin[]): Entry[] {
  return pins.flatMap(({ code, serial, expiry }): Entry[] => [
    ['PN', code],
    ['SN', serial],
    ['EX', expiry],
  ]);
}
