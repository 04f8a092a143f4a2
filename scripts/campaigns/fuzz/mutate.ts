/** Byte mutation: what line noise, broken terminals and people who try make of a frame. */
import type { Chance } from '../../../src/base/chance.js';

/** Bytes that mean something to some format: digits, spaces, zero, the ends of ranges, TLV and length prefixes. */
const TELLING = [
  0x00, 0x01, 0x09, 0x0f, 0x10, 0x1f, 0x20, 0x30, 0x39, 0x40, 0x7f, 0x80, 0x99, 0x9f, 0xc0, 0xf0, 0xf9, 0xff,
];
const STRETCH_MAX = 16;
const CHANGES_MAX = 4;

type Mutation = (bytes: Buffer, chance: Chance, others: readonly Buffer[]) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // One bit, one byte, one that means something.
  (bytes, chance) => changed(bytes, chance, (byte) => byte ^ (1 << chance.pick(8))),
  (bytes, chance) => changed(bytes, chance, () => chance.pick(256)),
  (bytes, chance) => changed(bytes, chance, () => TELLING[chance.pick(TELLING.length)] ?? 0),
  // One more or one fewer: lengths are counted.
  (bytes, chance) => changed(bytes, chance, (byte) => byte + (chance.next() < 0.5 ? 1 : -1)),
  // In the bitmap: fields that are there and not, and the other way.
  (bytes, chance) => changed(bytes, chance, (byte) => byte ^ (1 << chance.pick(8)), 4, 32),
  (bytes, chance) => spliced(bytes, chance, random(chance)),
  (bytes, chance) => removed(bytes, chance),
  (bytes, chance) => bytes.subarray(0, chance.pick(bytes.length + 1)),
  (bytes, chance) => {
    const from = chance.pick(bytes.length + 1);
    return spliced(bytes, chance, bytes.subarray(from, from + chance.pick(STRETCH_MAX)));
  },
  (bytes, chance, others) => {
    const other = others[chance.pick(others.length)] ?? bytes;
    return Buffer.concat([
      bytes.subarray(0, chance.pick(bytes.length + 1)),
      other.subarray(chance.pick(other.length + 1)),
    ]);
  },
];

/** At least one change, mostly few. */
export function mutated(bytes: Buffer, chance: Chance, others: readonly Buffer[]): Buffer {
  let result = Buffer.from(bytes);
  const changes = 1 + Math.floor(CHANGES_MAX * chance.next() ** 3);
  for (let left = changes; left > 0; left -= 1) {
    const mutation = MUTATIONS[chance.pick(MUTATIONS.length)] as Mutation;
    result = Buffer.from(mutation(result, chance, others));
  }
  return result;
}

function changed(
  bytes: Buffer,
  chance: Chance,
  to: (byte: number) => number,
  from = 0,
  within = bytes.length,
): Buffer {
  if (bytes.length === 0) return bytes;
  const at = Math.min(bytes.length - 1, from + chance.pick(Math.max(1, within)));
  bytes[at] = to(bytes[at] ?? 0) & 0xff;
  return bytes;
}

function random(chance: Chance): Buffer {
  return Buffer.from(Array.from({ length: chance.pick(STRETCH_MAX) }, () => chance.pick(256)));
}

function spliced(bytes: Buffer, chance: Chance, put: Buffer): Buffer {
  const at = chance.pick(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]);
}

function removed(bytes: Buffer, chance: Chance): Buffer {
  const at = chance.pick(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + chance.pick(STRETCH_MAX))]);
}
