/** The audit trail's verbs on the worker's side. */

import { TRAIL_START } from '../../trailHash.js';
import type { TrailEntry, TrailHead } from '../../trailVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import type { Said, Trail } from './trail.js';

export function note(trail: Trail): Handler {
  return (input) => {
    trail.append(input.text(), input.object<Said>());
  };
}

export function trailPage(db: Connection): Handler {
  const select = db.prepare<[number, number], TrailEntry>(
    'SELECT number, at, actor, action, said, hash FROM audit_trail WHERE number > ? ORDER BY number LIMIT ?',
  );
  return (input, out) => {
    out.push(select.all(input.number(), input.number()));
  };
}

export function trailHead(db: Connection): Handler {
  const select = db.prepare<[], TrailHead>('SELECT number, hash FROM audit_head WHERE id = 1');
  return (_, out) => {
    out.push(select.get() ?? ({ number: 0, hash: TRAIL_START } satisfies TrailHead));
  };
}
