/** Sorts what a statement may fail with: full, busy, the verb's own fault, or broken (everything else of SQLite). */
import Database from 'better-sqlite3';
import { SafeError } from '../../base/errors.js';
import { BooksWrong } from '../sql/booksWrong.js';
import type { Fault } from '../sql/engine.js';

/** Codes of a verb whose values do not fit; its neighbours are unharmed. */
const OWN = /^SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG)/;

export function faultOf(error: unknown): Fault {
  if (error instanceof BooksWrong) return 'broken';
  if (!(error instanceof Database.SqliteError)) return 'invalid';
  if (error.code === 'SQLITE_FULL') return 'full';
  if (error.code.startsWith('SQLITE_BUSY')) return 'busy';
  return OWN.test(error.code) ? 'invalid' : 'broken';
}

/** Safe to show: SQLite's code, or the class of anything else; never its message, which may quote values. */
export function faultText(error: unknown): string {
  if (error instanceof SafeError) return error.message;
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof Error ? error.name : 'unknown error';
}
