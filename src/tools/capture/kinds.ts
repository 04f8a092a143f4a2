/** Says what a file is that is no capture, by its first bytes: most often it has to be unpacked or converted. */

const KINDS: readonly (readonly [string, string])[] = [
  ['1f8b', 'a gzip file: unpack it first (gunzip)'],
  ['28b52ffd', 'a zstd file: unpack it first (unzstd)'],
  ['fd377a585a', 'an xz file: unpack it first (unxz)'],
  ['425a68', 'a bzip2 file: unpack it first (bunzip2)'],
  ['504b0304', 'a zip file: unpack it first (unzip)'],
  ['736e6f6f70000000', 'a snoop capture: convert it first (editcap -F pcapng)'],
  ['a1b2cd34', 'a modified pcap: convert it first (editcap -F pcapng)'],
  ['34cdb2a1', 'a modified pcap: convert it first (editcap -F pcapng)'],
  ['52545353', 'a Network Monitor capture: convert it first (editcap -F pcapng)'],
  ['474d4255', 'a Network Monitor capture: convert it first (editcap -F pcapng)'],
];

export function whatIs(first: Buffer): string {
  return knownKind(first) ?? `a file that begins with ${first.toString('hex', 0, 8)}`;
}

/** Undefined where the bytes are of no kind known, such as bytes taken from a stream. */
export function knownKind(first: Buffer): string | undefined {
  if (first.length === 0) return 'an empty file';
  const hex = first.toString('hex');
  return KINDS.find(([magic]) => hex.startsWith(magic))?.[1];
}
