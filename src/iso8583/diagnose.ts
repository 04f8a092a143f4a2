/**
 * Says what bytes that are no message of this format look like, for the error's hint: most such cases are a header
 * left in the frame, another coding, or another protocol altogether.
 */
type MtiCoding = 'ascii' | 'ebcdic' | 'bcd';

/** A hint, or undefined when the bytes begin like a message of the format. */
export function hintOf(frame: Buffer, mti: MtiCoding): string | undefined {
  if (frame.length < 4 || beginsWell(frame, mti)) return undefined;
  return headerHint(frame) ?? protocolHint(frame) ?? codingHint(frame, mti) ?? textHint(frame);
}

/** An MTI whose class is 1 to 8 and whose origin 0 to 5, in the format's coding. */
function beginsWell(frame: Buffer, mti: MtiCoding): boolean {
  return mtiLooksRight(digitsAt(frame, 0, mti));
}

function mtiLooksRight(digits: string | undefined): boolean {
  return digits !== undefined && /^[0-9][1-8][0-9][0-5]$/.test(digits);
}

function digitsAt(frame: Buffer, offset: number, coding: MtiCoding): string | undefined {
  const bytes = frame.subarray(offset, offset + (coding === 'bcd' ? 2 : 4));
  if (coding === 'bcd') return /^\d{4}$/.test(bytes.toString('hex')) ? bytes.toString('hex') : undefined;
  const zero = coding === 'ascii' ? 0x30 : 0xf0;
  const digits = [...bytes].map((byte) => byte - zero);
  return digits.length === 4 && digits.every((digit) => digit >= 0 && digit <= 9)
    ? digits.join('')
    : undefined;
}

function headerHint(frame: Buffer): string | undefined {
  const two = frame.readUInt16BE(0);
  const rest = frame.length - 2;
  if (two === rest) return 'the first two bytes look like a 2-byte length header';
  if (two === frame.length) return 'the first two bytes look like a 2-byte length header that counts itself';
  if (frame.readUInt16LE(0) === rest) return 'the first two bytes look like a little-endian length header';
  if (frame.toString('hex', 0, 2) === String(rest).padStart(4, '0')) {
    return 'the first two bytes look like a packed decimal length header';
  }
  const text = frame.toString('latin1', 0, 4);
  if (/^\d{4}$/.test(text) && Number(text) === frame.length - 4) {
    return 'the first four bytes look like a length header of decimal digits';
  }
  if (/^[0-9A-Fa-f]{4}$/.test(text) && Number.parseInt(text, 16) === frame.length - 4) {
    return 'the first four bytes look like a length header of hexadecimal digits';
  }
  if (text.startsWith('ISO')) return "the bytes look like a text header that begins with 'ISO'";
  if (frame[0] === 0x60 && frame.length > 9) return 'the first five bytes look like a TPDU';
  return undefined;
}

function codingHint(frame: Buffer, mti: MtiCoding): string | undefined {
  const names = { ascii: 'ASCII', ebcdic: 'EBCDIC', bcd: 'packed decimal' } as const;
  for (const coding of ['ascii', 'ebcdic', 'bcd'] as const) {
    if (coding !== mti && mtiLooksRight(digitsAt(frame, 0, coding))) {
      return `the first bytes look like a message type in ${names[coding]}`;
    }
  }
  return undefined;
}

function protocolHint(frame: Buffer): string | undefined {
  if (frame[0] === 0x16 && frame[1] === 3) return 'the bytes look like a TLS handshake';
  const text = frame.toString('latin1', 0, 8);
  if (/^(GET|PUT|POST|HEAD|OPTIONS|CONNECT) /.test(text)) return 'the bytes look like an HTTP request';
  return undefined;
}

function textHint(frame: Buffer): string | undefined {
  const printable = /^[\x20-\x7e\r\n\t]+$/.test(frame.toString('latin1', 0, 8));
  return printable ? 'the bytes look like other text' : undefined;
}
