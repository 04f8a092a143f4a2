/** Whether an audit trail is as it was written. */
import { TRAIL_START, trailHash } from './trailHash.js';
import type { TrailHead, TrailVerbs } from './trailVerbs.js';

/** Entries read at once. */
const PORTION = 1_000;

export interface TrailCheck {
  readonly entries: number;
  readonly head: TrailHead;
  /** The first thing that is wrong, in words; undefined where nothing is. */
  readonly fault: string | undefined;
}

/** `noted`: a head that was noted earlier, elsewhere: that entry has to be there with that hash. */
export async function checkTrail(store: TrailVerbs, noted?: TrailHead): Promise<TrailCheck> {
  const head = await store.trailHead();
  let last: TrailHead = { number: 0, hash: TRAIL_START };
  let meets = noted === undefined || noted.number === 0;
  const result = (fault?: string): TrailCheck => ({ entries: last.number, head, fault });
  for (;;) {
    const entries = await store.trail(last.number, PORTION);
    for (const entry of entries) {
      const number = last.number + 1;
      if (entry.number !== number) return result(`entry ${number} is missing`);
      if (entry.hash !== trailHash(last.hash, entry))
        return result(`entry ${number} is not as it was written, or what stands before it is not`);
      if (number === noted?.number) {
        if (entry.hash !== noted.hash) return result(`entry ${number} has another hash than was noted`);
        meets = true;
      }
      last = { number, hash: entry.hash };
    }
    if (entries.length === 0) break;
  }
  if (last.number < head.number)
    return result(`entry ${last.number + 1} is missing, the trail's head is ${head.number}`);
  if (last.hash !== head.hash) return result(`the head is another one than entry ${last.number}`);
  return result(meets ? undefined : `entry ${noted?.number} was noted, and is missing`);
}
