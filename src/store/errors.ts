/** What a store may fail with. All are safe to show. */
import { SafeError } from '../base/errors.js';

/** The disk is full: nothing was changed; reads and later verbs may succeed. */
export class StoreFull extends SafeError {
  override name = 'StoreFull';
}

/** The queue is at its limit: nothing was changed. */
export class StoreBusy extends SafeError {
  override name = 'StoreBusy';
}

/** An I/O error, or a broken database: nobody can say what stands. Never retried: stop selling, exit, recover. */
export class StoreBroken extends SafeError {
  override name = 'StoreBroken';
}

/** The database is newer than the program, or cannot be opened safely. */
export class StoreRefused extends SafeError {
  override name = 'StoreRefused';
}

/** This verb's values do not fit (a bug of the caller's): nothing was changed, its neighbours are unharmed. */
export class StoreInvalid extends SafeError {
  override name = 'StoreInvalid';
}
