/** The audit trail's verbs on the calling side. */
import type { TrailEntry, TrailHead, TrailVerbs } from '../../trailVerbs.js';
import { Caller, nothing, whole } from '../crossing/caller.js';

export class TrailStore extends Caller implements TrailVerbs {
  note(action: string, said: Readonly<Record<string, string | number>>): Promise<void> {
    return this.write('note', (out) => out.push(action, { ...said }), nothing);
  }

  trail(after: number, limit: number): Promise<readonly TrailEntry[]> {
    return this.read('trail', (out) => out.push(after, limit), whole<TrailEntry[]>);
  }

  trailHead(): Promise<TrailHead> {
    return this.read('trailHead', nothing, whole<TrailHead>);
  }
}
