/**
 * Switches that are worse than the real one, each in one way: a checker that does not find them proves nothing. They are
 * made from outside; the program knows no such thing.
 */
import type { ServiceRequest } from '../../src/domain/request.js';
import type { SimulatedDatabase } from './database.js';

export const MUTANTS = [
  'answer before commit',
  'sale in two commits',
  'no tombstone',
  'repeat keyed by socket',
] as const;
export type Mutant = (typeof MUTANTS)[number];

/** `later` runs a task a moment later, whoever lives then. */
export function spoil(
  database: SimulatedDatabase,
  mutant: Mutant | undefined,
  later: (task: () => void) => void,
): void {
  database.instead = undefined;
  if (mutant === 'answer before commit') answerFirst(database, later);
  else if (mutant === 'sale in two commits') sellTwice(database);
  else if (mutant === 'no tombstone')
    database.instead = (commit) => {
      database.raw.exec('DELETE FROM tombstone');
      commit();
    };
}

function answerFirst(database: SimulatedDatabase, later: (task: () => void) => void): void {
  let waiting: (() => void) | undefined;
  database.instead = (commit) => {
    waiting = commit;
    later(() => {
      const its = waiting;
      waiting = undefined;
      if (its && database.isOpen) its();
    });
  };
}

/** First the transaction, and then its PIN. */
function sellTwice(database: SimulatedDatabase): void {
  const { raw } = database;
  let last = 0;
  database.instead = (commit) => {
    const sold = raw
      .prepare<[number], { id: number; sold_in: number; product: string }>(
        "SELECT id, sold_in, product FROM pin WHERE custody = 'sold' AND sold_in > ?",
      )
      .all(last);
    last = raw.prepare<[], number>('SELECT coalesce(max(id), 0) FROM journal').pluck().get() ?? 0;
    if (sold.length === 0) return commit();
    for (const { id, product } of sold) moveBack(id, product);
    commit();
    database.inGroup(() => {
      for (const { id, sold_in, product } of sold) moveOn(id, sold_in, product);
    });
    commit();
  };
  const level = raw.prepare<[number, string, string]>(
    'UPDATE level SET count = count + ? WHERE product = ? AND custody = ?',
  );
  const pin = raw.prepare<[string, number | null, number]>(
    'UPDATE pin SET custody = ?, sold_in = ? WHERE id = ?',
  );
  function moveBack(id: number, product: string): void {
    pin.run('stock', null, id);
    level.run(1, product, 'stock');
    level.run(-1, product, 'sold');
  }
  function moveOn(id: number, soldIn: number, product: string): void {
    pin.run('sold', soldIn, id);
    level.run(-1, product, 'stock');
    level.run(1, product, 'sold');
  }
}

/** A request as a switch sees it that tells transactions apart by their connections. */
export function asSeen(request: ServiceRequest, socket: number, mutant: Mutant | undefined): ServiceRequest {
  if (mutant !== 'repeat keyed by socket' || request.kind === 'reversal') return request;
  const localTime = `12${String(socket % 10_000).padStart(4, '0')}`;
  return { ...request, identity: { ...request.identity, localTime } } as ServiceRequest;
}
