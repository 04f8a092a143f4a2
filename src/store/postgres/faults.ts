/** Sorts what the server may refuse with, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import { SafeError } from '../../base/errors.js';
import { BooksWrong } from '../sql/booksWrong.js';
import type { Fault } from '../sql/engine.js';
import { LOST } from './question.js';

/** Its code alone: the server's message may quote values. */
export class PostgresError extends Error {
  override name = 'PostgresError';

  constructor(readonly code: string) {
    super(code);
  }
}

/** Values that do not fit, or break a rule of the schema: the verb's own fault. */
const OWN = /^2[23]/;
const FULL = '53100';
/** Nothing stands, and it may go later: too few resources or connections, deadlock, waited too long for a lock. */
const LATER = /^(53|40|55P03)/;
/** So is what ends a connection: shutting down or starting, read-only as a standby is, none (08, and the system's codes). */
const ENDING = /^(57P|25006|08|E[A-Z]{4,})/;

export function faultOf(error: unknown): Fault {
  if (error instanceof BooksWrong) return 'broken';
  if (!(error instanceof PostgresError)) return 'invalid';
  const { code } = error;
  if (code === FULL) return 'full';
  if (OWN.test(code)) return 'invalid';
  return isLost(error) || LATER.test(code) ? 'busy' : 'broken';
}

/** Whether the connection is gone, or going, so that nobody was told how the transaction ended; or of no more use, its
 *  server having become a standby. */
export function isLost(error: unknown): boolean {
  return error instanceof PostgresError && (error.code === LOST || ENDING.test(error.code));
}

/** Safe to show. */
export function faultText(error: unknown): string {
  if (error instanceof SafeError) return error.message;
  if (error instanceof PostgresError) return `PostgreSQL ${error.code}`;
  return error instanceof Error ? error.name : 'unknown error';
}
