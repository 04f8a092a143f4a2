/**
 * Latencies counted in logarithmic buckets: exact below 64 microseconds, within 1.6 % above, up to 71 minutes.
 * Maximum: 1,728 counters, whatever is recorded.
 */
const SUB = 64;
const SUB_BITS = 6;
const OCTAVES = 32 - SUB_BITS;
const LARGEST = 2 ** 32 - 1;

export class Histogram {
  readonly #counts = new Float64Array(SUB * (OCTAVES + 1));
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Records one latency in milliseconds. */
  add(milliseconds: number): void {
    const micros = Math.min(LARGEST, Math.max(0, Math.round(milliseconds * 1000)));
    const at = bucketOf(micros);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
  }

  /** Milliseconds that the given share (0 to 1) of all latencies does not pass; null where there are none. */
  quantile(share: number): number | null {
    if (this.#total === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (let at = 0; at < this.#counts.length; at += 1) {
      seen += this.#counts[at] ?? 0;
      if (seen >= rank) return upperMicros(at) / 1000;
    }
    return null;
  }
}

function bucketOf(micros: number): number {
  if (micros < SUB) return micros;
  const octave = 31 - Math.clz32(micros) - SUB_BITS + 1;
  return octave * SUB + ((micros >>> (octave - 1)) & (SUB - 1));
}

/** The largest value that falls into a bucket. */
function upperMicros(at: number): number {
  if (at < SUB) return at;
  const octave = Math.floor(at / SUB);
  return (SUB + (at % SUB) + 1) * 2 ** (octave - 1) - 1;
}
