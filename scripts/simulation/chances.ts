/** Randomness for a process, from its history's chance. */
import type { Chance } from '../../src/base/chance.js';
import type { Random } from '../../src/base/random.js';

const WORD = 2 ** 32;

export function randomOf(chance: Chance): Random {
  return {
    bytes(length) {
      const bytes = Buffer.alloc(length + 3);
      for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(chance.pick(WORD), at);
      return bytes.subarray(0, length);
    },
    int: (limit) => chance.pick(limit),
  };
}
