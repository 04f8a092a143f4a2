/**
 * Moves the write-ahead log into the file between groups, never inside a commit that somebody awaits: after so
 * many verbs, and when it is quiet. A checkpoint that fails for want of space is no loss: the log holds
 * everything, and the next one tries again.
 */
import type { Connection } from './database.js';
import { faultOf } from './faults.js';

export interface CheckpointLimits {
  readonly checkpointVerbs: number;
  readonly checkpointIdleMs: number;
}

export class Checkpoints {
  readonly #passive;
  readonly #limits: CheckpointLimits;
  #verbs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Connection, limits: CheckpointLimits) {
    this.#passive = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#limits = limits;
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
    this.#verbs = 0;
    try {
      this.#passive.get();
    } catch (error) {
      if (faultOf(error) === 'broken') throw error;
    }
  }
}
