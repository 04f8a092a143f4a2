/**
 * The kill campaign: terminals sell, repeat and reverse over real sockets while the switch is killed with
 * SIGKILL at random moments and started again. The terminals keep their own books; at the end these are held
 * against the journal and the audit.
 *
 *   node dist/scripts/campaigns/kill.js --kills 300 [--terminals 32] [--run-ms 1500] [--seed N]
 *
 * With STORE=postgres in the environment the books are on a PostgreSQL of its own.
 *
 * Violations, each of which ends in exit code 1: a PIN in two answers with different keys; two answers to one
 * key with different PINs; books that the journal does not bear out (src/tools/books/fleetCheck.ts); an audit that is
 * not clean.
 */
import { parseArgs } from 'node:util';
import { Chance } from '../../src/base/chance.js';
import {
  baseConfig,
  freePort,
  installation,
  startSwitch,
  type TestSwitch,
} from '../../test/support/process.js';
import { isProgram, type Teardown, withTeardowns } from './campaign.js';
import { holdAgainstJournal, newBook, terminal } from './terminals.js';

export interface KillOptions {
  readonly kills: number;
  readonly terminals: number;
  readonly pins: number;
  readonly seed: number;
  /** Longest time that the switch runs between two kills, milliseconds. */
  readonly runMsMax: number;
  readonly log: (line: string) => void;
}

export interface KillReport {
  readonly kills: number;
  readonly approved: number;
  readonly unanswered: number;
  readonly repeatsAnswered: number;
  readonly reversed: number;
  readonly violations: readonly string[];
}

export async function killCampaign(options: KillOptions): Promise<KillReport> {
  return withTeardowns((t) => play(t, options));
}

async function play(t: Teardown, options: KillOptions): Promise<KillReport> {
  const chance = new Chance(options.seed);
  const random = () => chance.next();
  const folder = await installation(t);
  const port = await freePort();
  const config = baseConfig();
  config.links = (config.links as object[]).map((link) => ({ ...link, port }));
  let running: TestSwitch = await startSwitch(t, { folder, pins: { TALK10: options.pins }, config });
  const book = await newBook();
  let selling = true;
  const terminals = Array.from({ length: options.terminals }, () =>
    terminal(port, book, random, () => selling),
  );
  for (let kill = 1; kill <= options.kills && book.violations.length === 0; kill++) {
    await new Promise((resolve) => setTimeout(resolve, random() * options.runMsMax));
    await running.child.kill('SIGKILL');
    running = await running.restart();
    if (kill % 10 === 0 || kill === options.kills)
      options.log(`${kill} kills, ${book.soldBy.size} PINs sold`);
  }
  selling = false;
  await Promise.all(terminals);
  await running.child.kill('SIGTERM');
  await holdAgainstJournal(folder, book);
  return {
    kills: options.kills,
    approved: book.soldBy.size,
    unanswered: book.unanswered,
    repeatsAnswered: book.repeatsAnswered,
    reversed: book.reversed,
    violations: book.violations,
  };
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '300' },
      terminals: { type: 'string', default: '32' },
      'run-ms': { type: 'string', default: '1500' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const report = await killCampaign({
    kills: Number(values.kills),
    terminals: Number(values.terminals),
    pins: 800_000,
    seed: Number(values.seed),
    runMsMax: Number(values['run-ms']),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...report }, null, 2)}\n`);
  process.exit(report.violations.length === 0 ? 0 : 1);
}
