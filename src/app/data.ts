/** Where an installation's data lies: one folder, named by option, by PREPAID_SWITCH_DATA, or ./data. */
import { join, resolve } from 'node:path';

export function dataFolder(option: string | undefined): string {
  return resolve(option ?? process.env.PREPAID_SWITCH_DATA ?? 'data');
}

export function databaseFile(folder: string): string {
  return join(folder, 'switch.db');
}

/** Locked by the switch that serves from the folder. */
export function claimFile(folder: string): string {
  return join(folder, 'serving.lock');
}

export function keyFile(folder: string): string {
  return join(folder, 'keys.json');
}
