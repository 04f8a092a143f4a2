/** `prepaid-switch hub confirm`: somebody says that a hub's books are the latest, though not every switch was heard yet. */
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { print, printJson } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';

export function register(hub: Command): void {
  withData(
    hub.command('confirm').description('these books are the latest: give, whoever has not been heard yet'),
  )
    .requiredOption('--by <name>', 'who decides')
    .requiredOption('--why <text>', 'the reason, kept with the decision')
    .action(confirm);
}

async function confirm(options: DataOptions & { by: string; why: string }): Promise<void> {
  const { CONFIRMED, CONFIRMED_BY } = await import('../hub/server/settings.js');
  const { by, why } = options;
  const at = systemClock.now();
  await withStore(options, async (store) => {
    await store.setSetting(CONFIRMED_BY, JSON.stringify({ by, why, at }));
    await store.setSetting(CONFIRMED, String(at));
  });
  if (options.json) printJson({ confirmedAt: new Date(at).toISOString() });
  else print('confirmed: a running hub gives from its next contact on');
}
