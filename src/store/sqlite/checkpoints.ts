/**
 * Moves the write-ahead log into the file, never inside a commit that somebody awaits: after so many verbs, and
 * when it is quiet. The reading thread moves the bulk while sales go on; what came in meanwhile, a few pages, the
 * writer moves between two groups, after which the log begins again from its start. A checkpoint that fails
 * for want of space is no loss: the log holds everything, and the next one tries again.
 */
import type { Connection } from './database.js';
import { faultOf } from './faults.js';

const PASSIVE = 'PRAGMA wal_checkpoint(PASSIVE)';

export interface CheckpointLimits {
  readonly checkpointVerbs: number;
  readonly checkpointIdleMs: number;
}

export class Checkpoints {
  readonly #passive;
  readonly #limits: CheckpointLimits;
  readonly #ask: () => void;
  #asked = false;
  #verbs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `ask` has the bulk moved; bulkMoved() is to be called after it. */
  constructor(db: Connection, limits: CheckpointLimits, ask: () => void) {
    this.#passive = db.prepare(PASSIVE);
    this.#limits = limits;
    this.#ask = ask;
  }

  committed(verbs: number): void {
    this.#verbs += verbs;
    if (this.#verbs >= this.#limits.checkpointVerbs) this.#run();
    else if (!this.#timer) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.#verbs > 0) this.#run();
      }, this.#limits.checkpointIdleMs);
      this.#timer.unref();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#verbs = 0;
    this.#ask();
  }

  /** Between groups. */
  bulkMoved(): void {
    this.#asked = false;
    attempt(() => this.#passive.get());
  }
}

/** In the reading thread: twice, since the second run has only to move what came in during the first. */
export function moveBulk(db: Connection): void {
  attempt(() => {
    db.pragma('wal_checkpoint(PASSIVE)');
    db.pragma('wal_checkpoint(PASSIVE)');
  });
}

function attempt(checkpoint: () => void): void {
  try {
    checkpoint();
  } catch (error) {
    if (faultOf(error) === 'broken') throw error;
  }
}
