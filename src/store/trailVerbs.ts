/** The audit trail: operators' actions and uses of keys, in the commit of what they tell, each chained to the one before. */

export interface TrailEntry {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly at: number;
  /** Which process: `switch`, `hub`, or the user of the operating system that ran a command. */
  readonly actor: string;
  /** The verb, or what was noted. */
  readonly action: string;
  /** JSON: names, numbers and reasons; never a secret. */
  readonly said: string;
  readonly hash: string;
}

/** Where the trail stands; number 0 where nothing was recorded. */
export type TrailHead = Pick<TrailEntry, 'number' | 'hash'>;

export interface TrailVerbs {
  /** What no other verb of the store tells. */
  note(action: string, said: Readonly<Record<string, string | number>>): Promise<void>;
  /** After this number, in order. */
  trail(after: number, limit: number): Promise<readonly TrailEntry[]>;
  trailHead(): Promise<TrailHead>;
}
