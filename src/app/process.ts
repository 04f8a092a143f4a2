/**
 * How a process that serves ends. SIGTERM and SIGINT drain and end with 0; a second one ends at once. Where the store
 * breaks it ends with 70, to recover from the journal.
 */
import type { Logger } from 'pino';
import { safeText } from '../base/errors.js';

/** Exit code after an I/O error of the store (EX_SOFTWARE of sysexits.h). */
const BROKEN_EXIT = 70;
/** How long the last lines may take to be written, milliseconds. */
const BROKEN_LOG_MS = 2_000;

export function endOnSignal(running: { stop(): Promise<void> }, after: () => Promise<void>): void {
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) process.exit(1);
    ending = true;
    await running.stop();
    await after();
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
}

export function endBroken(log: Logger, error: unknown): void {
  log.fatal({ error: safeText(error) }, 'the store is broken: ending, to recover from the journal');
  // A log that nobody reads does not keep a broken process alive.
  setTimeout(() => process.exit(BROKEN_EXIT), BROKEN_LOG_MS);
  log.flush(() => process.exit(BROKEN_EXIT));
}

export function storeLimits(queueMax: number | undefined): { queueMax?: number } {
  return queueMax === undefined ? {} : { queueMax };
}
