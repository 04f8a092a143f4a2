/**
 * `prepaid-switch hub recover`: ends what began when the hub's books were found older than a switch's. Every active
 * switch must have told what it holds; PINs that were out and that nobody claims are quarantined.
 */
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { NotSo, print, printJson } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';

export function register(hub: Command): void {
  withData(hub.command('recover').description('after a backup was put back: goes on allocating'))
    .requiredOption('--by <name>', 'who decides')
    .requiredOption('--why <text>', 'the reason, kept with the decision')
    .action(recover);
}

async function recover(options: DataOptions & { by: string; why: string }): Promise<void> {
  const { by, why } = options;
  const pins = await withStore(options, async (store) => {
    if ((await store.behind()) === '') throw new NotSo("the hub's books are not old: nothing to recover");
    const recovered = await store.recover(by, why, systemClock.now());
    if (recovered !== undefined) return recovered;
    const silent = (await store.switches()).filter(({ state, restated }) => state === 'active' && !restated);
    const names = silent.map(({ name }) => name).join(', ');
    throw new NotSo(`not yet told what they hold: ${names}; wait for them, or retire those that are lost`);
  });
  if (options.json) printJson({ quarantined: pins });
  else print(`${pins} PINs quarantined that nobody claims; allocation goes on`);
}
