/** `prepaid-switch capture`: captured traffic, and the keys of encrypted recordings. */
import type { Command } from 'commander';
import { register as registerExport } from './captureExport.js';
import { register as registerFrames } from './captureFrames.js';
import { register as registerKey } from './captureKey.js';
import { register as registerList } from './captureList.js';

export function register(program: Command): void {
  const capture = program.command('capture').description('captured traffic, and keys for recordings of it');
  registerList(capture);
  registerFrames(capture);
  registerExport(capture);
  registerKey(capture);
}
