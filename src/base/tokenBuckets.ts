/**
 * Token buckets by name: each holds at most `burst` tokens and gains `perSecond`. Nothing is kept of a name longer than it
 * is among the `namesMax` that were seen last; one that comes back finds its bucket full.
 */
import type { Clock } from './clock.js';

export interface BucketRate {
  /** Tokens. */
  readonly perSecond: number;
  readonly burst: number;
  /** Buckets in memory. */
  readonly namesMax: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  readonly #rate: BucketRate;
  readonly #clock: Pick<Clock, 'now'>;
  /** The one that was used longest ago is the first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: BucketRate, clock: Pick<Clock, 'now'>) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Takes a token; false where there is none. */
  take(name: string): boolean {
    const bucket = this.#filled(name);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Takes a token whether there is one or not; milliseconds until it would have been there. */
  charge(name: string): number {
    const bucket = this.#filled(name);
    bucket.tokens -= 1;
    return bucket.tokens >= 0 ? 0 : Math.ceil((-bucket.tokens * 1_000) / this.#rate.perSecond);
  }

  #filled(name: string): Bucket {
    const { perSecond, burst, namesMax } = this.#rate;
    const now = this.#clock.now();
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: now };
    // A clock that was set back gives nothing and takes nothing.
    const gained = (Math.max(0, now - bucket.at) * perSecond) / 1_000;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.at = now;
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > namesMax) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
