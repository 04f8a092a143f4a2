/**
 * How many verbs one commit should hold. Small groups let the calling thread and the writer work side by side: one
 * answers a group while the other commits the next. But each group pays for its commit, and how much that is only
 * the disk knows. So a group is as large as makes its commit about a quarter of its time: 64 verbs where a commit
 * takes a fraction of a millisecond, `batchMax` where it takes five.
 */

const MIN = 64;
/** Verbs' time to a commit's time. */
const SHARE = 3;
/** Weight of the latest group in the running means. */
const LATEST = 0.05;

export class GroupSize {
  readonly #batchMax: number;
  #verbMs = 0;
  #commitMs = 0;
  #max: number;

  constructor(batchMax: number) {
    this.#batchMax = batchMax;
    this.#max = Math.min(MIN, batchMax);
  }

  /** Verbs that the next group may hold. */
  get max(): number {
    return this.#max;
  }

  /** A group of `verbs` took this long, and its commit. A heavy verb (`takeIn`) says nothing of others. */
  learn(verbs: number, verbsMs: number, commitMs: number): void {
    if (commitMs === 0 || verbs > this.#batchMax) return;
    this.#verbMs = mean(this.#verbMs, verbsMs / verbs);
    this.#commitMs = mean(this.#commitMs, commitMs);
    const wanted = Math.ceil((SHARE * this.#commitMs) / Math.max(this.#verbMs, Number.EPSILON));
    this.#max = Math.min(this.#batchMax, Math.max(MIN, wanted));
  }
}

function mean(old: number, latest: number): number {
  return old === 0 ? latest : old + LATEST * (latest - old);
}
