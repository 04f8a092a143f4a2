/**
 * Randomness, handed in everywhere so that a seed can replay a history.
 * `int` and `jitter` are for spreading and naming, never for secrets; `bytes` is for nonces and keys.
 */
import { randomBytes, randomInt } from 'node:crypto';

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(length: number): Buffer;
  /** A whole number from 0 up to, not including, `limit` (at most 2^48 - 1). */
  int(limit: number): number;
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  int: (limit) => randomInt(limit),
};
