/**
 * The failing disk campaign: terminals sell PINs and credits through a real switch while calls on its files fail with I/O
 * errors, as a read-only or a full disk (disk/shim.c), some of them or all, for a while. A sale is approved only once it is
 * in the journal; where nothing can be written no new one is; when the disk is whole again the switch sells on, or has ended
 * itself with a line that says why, and its next start does. At the end terminals' books, supplier's ledger, journal and
 * audit agree, and repeats of approved sales are told the same PINs.
 *
 *   node dist/scripts/campaigns/disk-faults.js [--rounds 100] [--terminals 12] [--hold-ms 1500] [--lie] [--seed N]
 *
 * Exit code 1 where any of this does not hold. With --lie the disk of the last round answers what it does not do, and it is
 * 1 where that is not seen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Chance } from '../../src/base/chance.js';
import {
  baseConfig,
  freePort,
  installation,
  startSwitch,
  type TestSwitch,
} from '../../test/support/process.js';
import { creditConfig, startSupplier } from '../../test/support/supplier.js';
import { isProgram, type Teardown, withTeardowns } from './campaign.js';
import { Fleet } from './disk/fleet.js';
import { drawFault, faultText, Orders } from './disk/orders.js';
import { playRound, type RoundTally } from './disk/round.js';
import { hasCompiler } from './preload.js';
import { holdAgainstJournal } from './terminals.js';

export interface DiskFaultOptions {
  readonly rounds: number;
  readonly terminals: number;
  readonly pins: number;
  /** Longest time that a fault stays, milliseconds. */
  readonly holdMsMax: number;
  /** A last round on a disk that answers what it does not do. */
  readonly lies: boolean;
  readonly seed: number;
  readonly log: (line: string) => void;
}

export interface DiskFaultReport extends RoundTally {
  readonly approved: number;
  readonly refused: number;
  readonly unanswered: number;
  readonly credits: number;
  readonly repeatsHeld: number;
  readonly violations: readonly string[];
}

const REPEATS = 200;
const LIE = { error: 'lie', calls: 'all', files: 'log', each: 1, skip: 0 } as const;
const LIE_MS = 300;

export async function diskFaultCampaign(options: DiskFaultOptions): Promise<DiskFaultReport> {
  return withTeardowns((t) => play(t, options));
}

async function play(t: Teardown, options: DiskFaultOptions): Promise<DiskFaultReport> {
  const chance = new Chance(options.seed);
  const violations: string[] = [];
  const tally = { ended: 0, livedOn: 0, startsOnFault: 0, startsRefused: 0, failedCalls: 0 };
  const folder = await installation(t);
  const orders = ordersFor(t, folder);
  const port = await freePort();
  const supplier = await startSupplier(t, 'http');
  const config = configOf(port, supplier.port, folder);
  let running = await startSwitch(t, { folder, pins: { TALK10: options.pins }, config, env: orders.env });
  const fleet = await Fleet.open(port, violations);
  fleet.start(options.terminals, () => chance.next());
  const place = { orders, fleet, violations, tally, chance, holdMsMax: options.holdMsMax };
  for (let round = 1; round <= options.rounds && violations.length === 0; round += 1) {
    await sleep(options.holdMsMax * 0.3 * chance.next());
    const fault = drawFault(chance);
    running = await playRound(place, running, fault);
    options.log(`${round}: ${faultText(fault)}; ${fleet.book.soldBy.size} sold, ${tally.ended} ends`);
  }
  if (options.lies) running = await lie(orders, running);
  await fleet.stop();
  const repeatsHeld = await fleet.holdRepeats(REPEATS);
  fleet.holdCredits(await supplier.ledger());
  await running.child.kill('SIGTERM');
  await holdAgainstJournal(folder, fleet.book);
  return {
    ...tally,
    approved: fleet.book.soldBy.size,
    refused: fleet.refused,
    unanswered: fleet.book.unanswered,
    credits: fleet.credits.length,
    repeatsHeld,
    violations,
  };
}

/** Outside of the disk that fails. */
function ordersFor(t: Teardown, root: string): Orders {
  const folder = mkdtempSync(join(tmpdir(), 'prepaid-switch-orders-'));
  const orders = new Orders(folder, root);
  t.teardown(() => {
    orders.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return orders;
}

function configOf(port: number, supplierPort: number, folder: string): Record<string, unknown> {
  const record = { folder: join(folder, 'recordings'), freeBytesMin: 0, rotateBytes: 65_536, filesMax: 3 };
  const links = (baseConfig().links as object[]).map((link) => ({ ...link, port, record }));
  return { ...creditConfig({ http: supplierPort }), links, times: { saleMs: 1_000, forwardWaitsMs: [100] } };
}

/** For a moment; then the process dies, so that only what was really written is left. */
async function lie(orders: Orders, running: TestSwitch): Promise<TestSwitch> {
  orders.fail(LIE);
  await sleep(LIE_MS);
  await running.child.kill();
  orders.heal();
  return running.restart();
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '100' },
      terminals: { type: 'string', default: '12' },
      'hold-ms': { type: 'string', default: '1500' },
      lie: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  if (!hasCompiler()) {
    process.stderr.write('disk-faults campaign: needs Linux and a C compiler (cc)\n');
    process.exit(2);
  }
  const seed = Number(values.seed);
  const report = await diskFaultCampaign({
    rounds: Number(values.rounds),
    terminals: Number(values.terminals),
    pins: 800_000,
    holdMsMax: Number(values['hold-ms']),
    lies: values.lie,
    seed,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed, ...report }, null, 2)}\n`);
  process.exit(report.violations.length > 0 === values.lie ? 0 : 1);
}
