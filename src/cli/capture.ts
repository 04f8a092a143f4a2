/** `prepaid-switch capture`: captured traffic, and the keys of encrypted recordings. */
import type { Command } from 'commander';
import { register as registerKey } from './captureKey.js';

export function register(program: Command): void {
  const capture = program.command('capture').description('captured traffic, and keys for recordings of it');
  registerKey(capture);
}
