/**
 * What is to be told stands on disk, but the store could not be read for it (its queue is full, or the disk). That
 * nothing was done may not be answered then: nothing is, and a repeat or a reversal finds what stands.
 */
import { SafeError } from '../base/errors.js';
import { StoreBusy, StoreFull } from '../store/errors.js';

export class Unread extends SafeError {
  override name = 'Unread';
}

/** For a read that follows a commit of the same request. */
export async function readAfterCommit<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof StoreFull || error instanceof StoreBusy)
      throw new Unread('what stands was not read');
    throw error;
  }
}
