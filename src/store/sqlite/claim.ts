/**
 * One switch at a time sells from a data folder: a second one would take what the first is working on for left
 * over, and undo it. The claim is an SQLite lock on a file of its own: the system lets it go with the process,
 * however that ends. Commands that only add or read beside a running switch claim nothing.
 */
import Database from 'better-sqlite3';
import { StoreRefused } from '../errors.js';
import { faultOf, faultText } from './faults.js';

/** How long a claim waits for a process that is just ending, milliseconds. */
const CLAIM_MS = 2_000;

/** Throws StoreRefused where another process holds it. Returns how it is let go. */
export function claim(file: string): () => void {
  const db = new Database(file, { timeout: CLAIM_MS });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    const held = faultOf(error) === 'busy';
    throw new StoreRefused(
      held ? `${file}: another switch is running on it` : `${file}: ${faultText(error)}`,
    );
  }
  return () => db.close();
}
