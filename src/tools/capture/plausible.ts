/** Whether bytes begin as an ISO 8583 message does, by its MTI in ASCII, EBCDIC or BCD; knows no format. */

/** MTI of two bytes and a bitmap of eight. */
export const MESSAGE_BYTES_MIN = 10;
const ASCII_ZERO = 0x30;
const EBCDIC_ZERO = 0xf0;

export function looksLikeMessage(body: Buffer): boolean {
  if (body.length < MESSAGE_BYTES_MIN) return false;
  const first = body[0] as number;
  const zero = first >= EBCDIC_ZERO ? EBCDIC_ZERO : first >= ASCII_ZERO && first <= 0x39 ? ASCII_ZERO : -1;
  if (zero >= 0) {
    const digits = [0, 1, 2, 3].map((at) => (body[at] as number) - zero);
    if (isMti(digits as [number, number, number, number])) return true;
  }
  const second = body[1] as number;
  return isMti([first >> 4, first & 0xf, second >> 4, second & 0xf]);
}

/** Version 0 to 2, or a private one; classes 1 to 9; functions and origins as published. */
function isMti([version, kind, action, origin]: readonly [number, number, number, number]): boolean {
  const isVersion = (version >= 0 && version <= 2) || version === 8 || version === 9;
  return isVersion && kind >= 1 && kind <= 9 && action >= 0 && action <= 9 && origin >= 0 && origin <= 5;
}
