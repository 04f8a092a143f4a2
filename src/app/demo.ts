/**
 * The demonstration's surroundings: stock made at the first start, and a supplier simulator for each configured
 * supplier, as a process of its own on the port that the configuration names. Never used by a real installation.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Clock } from '../base/clock.js';
import { addDays, dateAt } from '../base/dates.js';
import { SafeError } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import { type GeneratedPin, intakeRows } from '../stock/intake.js';
import type { Vault } from '../stock/vault.js';
import type { Store } from '../store/store.js';
import { supplierName } from './catalogue/references.js';
import type { Config } from './config.js';

const PINS_PER_PRODUCT = 100_000;
const PIN_DIGITS = 14;
const SHELF_LIFE_DAYS = 365;
const STOCKED = 'demo.stocked';
const SIMULATOR_START_MS = 15_000;

/** Fills the stock once; says how many PINs were made. */
export async function stockDemo(
  config: Config,
  store: Store,
  vault: Vault,
  clock: Clock,
  random: Random,
): Promise<number> {
  if ((await store.setting(STOCKED)) === 'yes') return 0;
  const expiry = addDays(dateAt(clock.now(), 0), SHELF_LIFE_DAYS);
  const levels = await store.levels();
  let made = 0;
  for (const product of config.catalogue.products) {
    if (product.kind !== 'pin' || !product.route.some((step) => supplierName(step) === 'stock')) continue;
    // What a first start that was cut short left is completed, not doubled.
    const there = levels.filter((level) => level.product === product.code);
    const first = there.reduce((sum, { count }) => sum + count, 0) + 1;
    const rows = generate(product.code, first, expiry, random);
    const report = await intakeRows(
      { store, vault, clock },
      { supplier: 'demo', name: `demo-${product.code}-${first}`, rows },
    );
    made += report.taken;
  }
  await store.setSetting(STOCKED, 'yes');
  return made;
}

function* generate(product: string, first: number, expiry: string, random: Random): Generator<GeneratedPin> {
  for (let serial = first; serial <= PINS_PER_PRODUCT; serial++) {
    const code = String(random.bytes(8).readBigUInt64BE() % 10n ** BigInt(PIN_DIGITS)).padStart(
      PIN_DIGITS,
      '0',
    );
    yield { product, code, serial: `${product}${String(serial).padStart(8, '0')}`, expiry };
  }
}

export interface Simulators {
  stop(): Promise<void>;
}

/** Starts a simulator for each supplier and waits until each is ready. Rejects with none left running. */
export async function startSimulators(config: Config, dataFolder: string, log: Log): Promise<Simulators> {
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(children.map(stopChild)));
  try {
    for (const supplier of config.suppliers) {
      const port = supplier.kind === 'http' ? new URL(supplier.url).port : String(supplier.link.port);
      const child = spawnSimulator(supplier, port, dataFolder);
      children.push(child);
      await untilReady(child, supplier.name);
      log.info({ supplier: supplier.name, port }, 'supplier simulator started');
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function spawnSimulator(
  { kind, name }: Config['suppliers'][number],
  port: string,
  dataFolder: string,
): ChildProcess {
  const program = process.argv[1];
  if (!program) throw new SafeError('the program does not know its own file');
  const ledger = join(dataFolder, `simulator-${name}.jsonl`);
  return spawn(
    process.execPath,
    [program, 'simulate', 'supplier', '--kind', kind, '--port', port, '--ledger', ledger],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

function untilReady(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SafeError(`simulator of ${name} did not start`)),
      SIMULATOR_START_MS,
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!chunk.toString().includes('ready')) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new SafeError(`simulator of ${name} ended at start: is its port taken?`));
    });
  });
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
