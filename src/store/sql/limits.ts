/** Every limit of the embedded store, with its unit. */
export const STORE_LIMITS = {
  /** Verbs that wait for the writer or the reader; one more is StoreBusy. */
  queueMax: 20_000,
  /** Verbs in one commit at most; how many are best is found while it runs (groupSize.ts). */
  batchMax: 512,
  /** Verbs that go over before the turn of the event loop ends, so that the writer begins while others are read. */
  messageMax: 32,
  /** PINs a product that wait in memory for sale. */
  windowMax: 512,
  /**
   * How late an original may come after its reversal and still meet the tombstone, milliseconds: a week, also where the
   * clock was set ten days on in between.
   */
  tombstoneMs: 17 * 86_400_000,
  /** Citations of reversals without original that are held in memory; past that, each opening asks the table. */
  tombstonesMax: 100_000,
  /** Ledger accounts, and subjects of sales limits, that wait in memory. */
  accountsMax: 50_000,
  /** How long a commit waits for another process's, milliseconds. */
  busyMs: 10_000,
  /** Page cache of each connection, KiB. */
  cacheKib: 65_536,
  /** Verbs between two checkpoints under load: bounds the write-ahead log (about 1 KB a sale). */
  checkpointVerbs: 16_384,
  /** Quiet time after which what the log holds is checkpointed, milliseconds. */
  checkpointIdleMs: 500,
  /** PINs that one commit of `expire` moves. */
  expireMax: 2_000,
  /** Pages of 8 KiB that the file may have; 0 for no limit but the disk's. */
  pagesMax: 0,
} as const;

export type StoreLimits = { readonly [Name in keyof typeof STORE_LIMITS]: number };
