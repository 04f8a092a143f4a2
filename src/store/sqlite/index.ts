/**
 * The embedded store: SQLite in worker threads, durable group commit. A process opens one store on a file; another
 * process may open its own on the same file (an intake beside the running switch): its commits are seen, and each
 * waits at most `busyMs` for the other's. Keep such a neighbour's commits short: 1,000 PINs a chunk.
 */
import type { Clock } from '../../base/clock.js';
import type { StoreBroken } from '../errors.js';
import type { Store } from '../store.js';
import { Channel } from './channel.js';
import { SqliteStore } from './client.js';
import { STORE_LIMITS, type StoreLimits } from './limits.js';

export { claim } from './claim.js';
export { STORE_LIMITS, type StoreLimits } from './limits.js';

export interface SqliteStoreOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly limits?: Partial<StoreLimits>;
  /** Called once, where nobody can say what stands: stop selling, exit, recover. */
  readonly onBroken?: (error: StoreBroken) => void;
}

/** Rejects with StoreRefused where the file cannot be opened safely, is another program's, or newer. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const limits: StoreLimits = { ...STORE_LIMITS, ...options.limits };
  let broken = false;
  const channels: Channel[] = [];
  const onBroken = (error: StoreBroken): void => {
    if (broken) return;
    broken = true;
    // Neither thread goes on alone.
    for (const channel of channels) channel.fail('broken');
    options.onBroken?.(error);
  };
  const writer = new Channel({ role: 'writer', file: options.file, limits }, onBroken, () =>
    channels[1]?.checkpoint(),
  );
  channels.push(writer);
  const reader = new Channel({ role: 'reader', file: options.file, limits }, onBroken, () =>
    writer.checkpoint(),
  );
  channels.push(reader);
  try {
    // The reader comes second: the writer makes the file and its tables.
    await writer.open();
    await reader.open();
  } catch (error) {
    await Promise.all([writer.abandon(), reader.abandon()]);
    throw error;
  }
  return new SqliteStore(writer, reader, options.clock, limits);
}
