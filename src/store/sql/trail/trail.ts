/** Appends to the audit trail, in whatever commit is under way. */
import { TRAIL_START, trailHash } from '../../trailHash.js';
import type { TrailHead } from '../../trailVerbs.js';
import type { Connection } from '../engine.js';

/** Who writes, and what time it is there. */
export interface Author {
  readonly actor: string;
  now(): number;
}

/** No longer than this, characters, in one member of what is said. */
const SAID_MAX = 500;

export type Said = Readonly<Record<string, string | number>>;

export class Trail {
  readonly #author: Author;
  readonly #head;
  readonly #insert;
  readonly #move;

  constructor(db: Connection, author: Author) {
    this.#author = author;
    this.#head = db.prepare<[], TrailHead>('SELECT number, hash FROM audit_head WHERE id = 1');
    this.#insert = db.prepare<[number, number, string, string, string, string]>(
      'INSERT INTO audit_trail (number, at, actor, action, said, hash) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#move = db.prepare<[number, string]>(
      `INSERT INTO audit_head (id, number, hash) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash`,
    );
  }

  append(action: string, said: Said): void {
    const before = this.#head.get() ?? { number: 0, hash: TRAIL_START };
    const entry = {
      number: before.number + 1,
      at: this.#author.now(),
      actor: this.#author.actor,
      action,
      said: JSON.stringify(said, (_, value: unknown) =>
        typeof value === 'string' ? value.slice(0, SAID_MAX) : value,
      ),
    };
    const hash = trailHash(before.hash, entry);
    this.#insert.run(entry.number, entry.at, entry.actor, action, entry.said, hash);
    this.#move.run(entry.number, hash);
  }
}
