/** What bytes look like in which no ISO 8583 is found, for the one line that says so. */

/** Bytes looked at. */
const SEEN_BYTES = 256;
/** Share of printable characters that makes text. */
const TEXT_SHARE = 0.95;

export function lookOf(bytes: Buffer): string {
  if (bytes.length === 0) return 'no bytes of streams';
  if (bytes[0] === 0x16 && bytes[1] === 0x03)
    return 'a TLS handshake: what passes in it cannot be read from outside';
  const seen = bytes.toString('latin1', 0, SEEN_BYTES);
  if (/^(GET|PUT|POST|HEAD|OPTIONS|DELETE|PATCH|CONNECT) \S+ HTTP\/|^HTTP\/\d/.test(seen)) return 'HTTP';
  if (seen.startsWith('SSH-')) return 'SSH';
  const printable = seen.match(/[\x20-\x7e\r\n\t]/g)?.length ?? 0;
  if (printable >= TEXT_SHARE * seen.length) return 'other text';
  return 'bytes in which no framing and format of ISO 8583 is found';
}
