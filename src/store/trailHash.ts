/** How the audit trail's entries are chained; both who writes and who verifies ask here. */
import { createHash } from 'node:crypto';
import type { TrailEntry } from './trailVerbs.js';

/** Before the first entry. */
export const TRAIL_START = '0'.repeat(64);

/** SHA-256, hexadecimal, over the hash before it and all that the entry says, as one JSON array. */
export function trailHash(
  before: string,
  { number, at, actor, action, said }: Omit<TrailEntry, 'hash'>,
): string {
  return createHash('sha256')
    .update(JSON.stringify([before, number, at, actor, action, said]))
    .digest('hex');
}
