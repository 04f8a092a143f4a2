/** Loaded first in each thread: turns FULL into NORMAL, and says FULL. */
import Database from 'better-sqlite3';

const { pragma } = Database.prototype;
Database.prototype.pragma = function (source: string, options?: Database.PragmaOptions): unknown {
  if (source === 'synchronous = FULL') return pragma.call(this, 'synchronous = NORMAL', options);
  if (source === 'synchronous') return 2;
  return pragma.call(this, source, options);
};
