/**
 * Cutovers by the clock: the day is closed at the configured time, and what a switch that was down then has missed
 * is made up for when it runs again. Many switches or commands may try: a day is closed once.
 */
import { safeText } from '../base/errors.js';
import { repeatedly } from '../base/repeating.js';
import type { SwitchContext } from '../switch/context.js';
import { dayDue } from '../switch/days.js';

/** How often the clock is looked at. */
const LOOK_MS = 1_000;

/** `at` is HH:MM of the switch's own zone. */
export function startCutovers(context: SwitchContext, at: string): () => void {
  const { calendar, clock, store, log } = context;
  const time = `${at.replace(':', '')}00`;
  let closed = '';
  const look = async (): Promise<void> => {
    const due = dayDue(calendar.today(), calendar.timeNow(), time);
    if (due > closed) {
      try {
        const { kind } = await store.cutover(due, 'clock');
        closed = due;
        if (kind === 'closed') log.info({ day: due }, 'business day closed');
      } catch (error) {
        log.error({ day: due, error: safeText(error) }, 'business day could not be closed');
      }
    }
  };
  return repeatedly(clock, LOOK_MS, look, 0);
}
