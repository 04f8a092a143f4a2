/** A store of two threads, one that writes and one that reads, whatever the engine. */
import type { Clock } from '../../base/clock.js';
import type { StoreBroken } from '../errors.js';
import type { Store } from '../store.js';
import { Channel } from './crossing/channel.js';
import { SqlStore } from './crossing/client.js';
import { workerThread } from './crossing/workerThread.js';
import { STORE_LIMITS, type StoreLimits } from './limits.js';

export interface SqlStoreOptions {
  readonly clock: Clock;
  readonly limits?: Partial<StoreLimits>;
  /** This process serves: others on the same books know by it that they are not alone. */
  readonly serves?: boolean;
  /** Who acts, for the audit trail: `switch`, `hub`, a user. */
  readonly actor?: string;
  /** Called once, where nobody can say what stands: stop selling, exit, recover. */
  readonly onBroken?: (error: StoreBroken) => void;
}

/** Programs of an engine's two threads. */
export interface Threads {
  readonly writer: URL;
  readonly reader: URL;
}

export interface WorkerStart {
  readonly actor: string;
  readonly serves: boolean;
  readonly limits: StoreLimits;
}

/** Threads begin with WorkerStart and `place`. Rejects with StoreRefused where the database cannot be used safely. */
export async function openSqlStore(
  threads: Threads,
  place: object,
  options: SqlStoreOptions,
): Promise<Store> {
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
  const start = {
    ...place,
    limits,
    serves: options.serves ?? false,
    actor: options.actor ?? '',
  } satisfies WorkerStart;
  const common = { clock: options.clock, limits, onBroken };
  const writer = new Channel(workerThread(threads.writer, start), {
    ...common,
    onCheckpoint: () => channels[1]?.checkpoint(),
  });
  channels.push(writer);
  const reader = new Channel(workerThread(threads.reader, start), {
    ...common,
    onCheckpoint: () => writer.checkpoint(),
  });
  channels.push(reader);
  try {
    // The reader comes second: the writer makes the tables.
    await writer.open();
    await reader.open();
  } catch (error) {
    await Promise.all([writer.abandon(), reader.abandon()]);
    throw error;
  }
  return new SqlStore(writer, reader, options.clock, limits);
}
