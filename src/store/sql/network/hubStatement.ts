/** A switch's statement of its stock, held against what the hub's books say it has. */
import type { StockStatement } from '../../memberVerbs.js';
import type { Connection } from '../engine.js';

interface Line {
  readonly product: string;
  readonly custody: string;
  readonly count: number;
  readonly sum: number;
}

/** Lines that differ, told by name; the others by their number. */
const TOLD_MAX = 5;

export class Statements {
  readonly #held;

  constructor(db: Connection) {
    this.#held = db.prepare<[number], Line>(
      "SELECT product, custody, count, sum FROM holding WHERE holder = ? AND count <> 0 AND custody <> 'transit'",
    );
  }

  /** One line of what differs; '' where nothing does. What was returned is the hub's, and no part of it. */
  difference(holder: number, { lines }: StockStatement): string {
    const here = new Map<string, Line>();
    for (const line of this.#held.all(holder)) here.set(`${line.product} ${line.custody}`, line);
    const differing: string[] = [];
    for (const { product, custody, count, sum } of lines) {
      if (custody === 'returned' || count === 0) continue;
      const key = `${product} ${custody === 'stock' ? 'away' : custody}`;
      const line = here.get(key);
      here.delete(key);
      if (line?.count !== count) differing.push(`${key}: here ${line?.count ?? 0}, there ${count}`);
      else if (line.sum !== sum) differing.push(`${key}: ${count}, but other PINs`);
    }
    for (const [key, { count }] of here) differing.push(`${key}: here ${count}, there 0`);
    const more = differing.length - TOLD_MAX;
    return differing.slice(0, TOLD_MAX).join('; ') + (more > 0 ? `; and ${more} more` : '');
  }
}
