/**
 * Character tables: EBCDIC both ways, hexadecimal digits.
 * Both EBCDIC pages map one to one onto Latin-1, so a text that goes in and out again is unchanged byte for byte.
 * Sources: IBM code pages 037 and 1047 (CDRA).
 */

/** Hex value of an ASCII character code, 255 for anything that is not a hex digit. */
export const HEX_VALUE: Uint8Array = hexValues();
/** ASCII codes of 0-9 A-F. */
export const HEX_CODE: Uint8Array = Uint8Array.from('0123456789ABCDEF', (digit) => digit.charCodeAt(0));

const CP037 =
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f' +
  '80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a' +
  '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac' +
  '2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22' +
  'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4' +
  'b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
  '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff' +
  '5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f';

/** Code page 1047 is 037 with six characters moved (Latin-1 code by EBCDIC code). */
const CP1047_MOVES: readonly (readonly [ebcdic: number, latin1: number])[] = [
  [0x5f, 0x5e],
  [0xad, 0x5b],
  [0xb0, 0xac],
  [0xba, 0xdd],
  [0xbb, 0xa8],
  [0xbd, 0x5d],
];

/** A one-to-one byte translation. */
export interface CharTable {
  /** Latin-1 code by wire byte. */
  readonly toLatin1: Uint8Array;
  /** Wire byte by Latin-1 code. */
  readonly fromLatin1: Uint8Array;
}

const cp037 = Uint8Array.from(Buffer.from(CP037, 'hex'));
export const EBCDIC_037: CharTable = table(cp037);
export const EBCDIC_1047: CharTable = table(moved(cp037));

function moved(page: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(page);
  for (const [ebcdic, latin1] of CP1047_MOVES) copy[ebcdic] = latin1;
  return copy;
}

function table(toLatin1: Uint8Array): CharTable {
  const fromLatin1 = new Uint8Array(256);
  toLatin1.forEach((latin1, wire) => {
    fromLatin1[latin1] = wire;
  });
  return { toLatin1, fromLatin1 };
}

function hexValues(): Uint8Array {
  const values = new Uint8Array(256).fill(255);
  for (const digit of '0123456789abcdefABCDEF') values[digit.charCodeAt(0)] = Number.parseInt(digit, 16);
  return values;
}
