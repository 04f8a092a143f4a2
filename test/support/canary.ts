/**
 * Every journey is a canary: what its batches and its terminals' messages hold that must stay secret is known here, and a
 * switch's log and database are searched for it when the switch ends.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const known = new Set<string>();
/** Of those, what no database may hold; accounts a catalogue may list on purpose. */
const neverStored = new Set<string>();
/** More are not kept: campaigns have hundreds of thousands. */
const KNOWN_MAX = 50_000;
/** Shorter digits stand in times and numbers too. */
const LENGTH_MIN = 8;
/** Fields of a message: PAN, track 2, accounts. */
const SECRET_FIELDS = [2, 35, 102, 103];
const CARD_FIELDS = [2, 35];
/** Looked for in a database, byte by byte. */
const SAMPLED = 30;

export function keepSecret(text: string, mayBeStored = false): void {
  if (text.length < LENGTH_MIN || known.size >= KNOWN_MAX) return;
  known.add(text);
  if (!mayBeStored) neverStored.add(text);
}

export function keepSecrets(fields: Readonly<Record<number, string>>): void {
  for (const de of SECRET_FIELDS) keepSecret(fields[de] ?? '', !CARD_FIELDS.includes(de));
}

/** Throws where a log tells a secret: a whole run of digits, or of track characters, is one. */
export function refuseLeaks(log: string): void {
  for (const [run] of log.matchAll(/[0-9=D]{8,}/g))
    if (known.has(run))
      throw new Error(`a log tells a secret: ${run.slice(0, 4)}…, ${run.length} characters`);
}

/** The same of a data folder's database. */
export function refuseStored(folder: string): void {
  for (const name of ['switch.db', 'switch.db-wal']) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    const bytes = readFileSync(file);
    for (const secret of [...neverStored].slice(-SAMPLED))
      if (bytes.includes(secret)) throw new Error(`${name} holds a secret: ${secret.slice(0, 4)}…`);
  }
}
