/** IP addresses as text: IPv4 with dots, IPv6 as RFC 5952 has it (lower case, the longest run of zeros left out). */

export function addressText(buffer: Buffer, at: number, bytes: number): string {
  if (bytes === 4) return `${buffer[at]}.${buffer[at + 1]}.${buffer[at + 2]}.${buffer[at + 3]}`;
  const words = Array.from({ length: 8 }, (_, index) => buffer.readUInt16BE(at + 2 * index));
  const { from, length } = longestZeros(words);
  const text = (some: number[]): string => some.map((word) => word.toString(16)).join(':');
  if (length < 2) return text(words);
  return `${text(words.slice(0, from))}::${text(words.slice(from + length))}`;
}

function longestZeros(words: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < words.length; from += 1) {
    let length = 0;
    while (words[from + length] === 0) length += 1;
    if (length > best.length) best = { from, length };
  }
  return best;
}
