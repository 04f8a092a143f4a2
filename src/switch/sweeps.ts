/** Looks after what time brings: transactions past their deadline, PINs and cards past their expiry. */
import { safeText } from '../base/errors.js';
import { repeatedly } from '../base/repeating.js';
import type { SwitchContext } from './context.js';
import { recoverOverdue } from './recovery.js';

/** How often overdue transactions and expired PINs are looked for. */
const SWEEP_MS = 5_000;
const EXPIRY_SWEEP_MS = 600_000;

/** Returns how they end. */
export function startSweeps(context: SwitchContext): () => void {
  const { clock, store, calendar, log } = context;
  const report = (error: unknown): void => log.error({ error: safeText(error) }, 'sweep failed');
  const overdue = async (): Promise<void> => {
    await recoverOverdue(context).catch(report);
  };
  const expiry = async (): Promise<void> => {
    await store.expire(calendar.today()).catch(report);
    await store.expireCards(calendar.today()).catch(report);
  };
  const ends = [repeatedly(clock, SWEEP_MS, overdue), repeatedly(clock, EXPIRY_SWEEP_MS, expiry, SWEEP_MS)];
  return () => {
    for (const end of ends) end();
  };
}
