/** Opens books that a power cut left with the program's own opening, and says what is wrong with them. */
import { audit } from '../../../src/store/sql/audit.js';
import { Cursor, type Flat } from '../../../src/store/sql/crossing/flat.js';
import { STORE_LIMITS } from '../../../src/store/sql/limits.js';
import { type Connection, defineMarkSum, openWriter } from '../../../src/store/sqlite/database.js';
import { connectionOf } from '../../../src/store/sqlite/engine.js';
import type { Audit } from '../../../src/store/store.js';

/** `look`: at what only its caller knows, once the audit is right. In words; undefined where nothing is wrong. */
export function faultOfBooks(
  file: string,
  look: (db: Connection, audit: Audit) => string | undefined,
): string | undefined {
  let db: Connection;
  try {
    db = openWriter(file, STORE_LIMITS);
  } catch (error) {
    return `does not open: ${String(error)}`;
  }
  try {
    const integrity = db.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') return `integrity: ${String(integrity)}`;
    const found = auditOf(db);
    return faultOfAudit(found) ?? look(db, found);
  } catch (error) {
    return `cannot be read: ${String(error)}`;
  } finally {
    db.close();
  }
}

function auditOf(db: Connection): Audit {
  defineMarkSum(db);
  const out: Flat = [];
  audit(connectionOf(db))(new Cursor([], 0), out);
  return out[0] as Audit;
}

export function faultOfAudit({ takenIn, byCustody, faults }: Audit): string | undefined {
  const accounted = Object.values(byCustody).reduce((sum, count) => sum + count, 0);
  if (faults.length > 0) return `audit: ${faults.join('; ')}`;
  return takenIn === accounted ? undefined : `audit: ${takenIn} taken in, ${accounted} accounted for`;
}
