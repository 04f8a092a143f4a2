/**
 * What operators do on an installation, from its first file on, in one process, which a shim records; says after each step
 * how far the trace has come.
 *
 *   node dist/scripts/campaigns/power/operate.js ROOT SCRATCH TRACE whole|short
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openStoreOf } from '../../../src/app/store.js';
import { systemClock } from '../../../src/base/clock.js';
import { APPROVED, saleEntry } from '../../../test/contract/sample.js';
import { commandLine } from '../../../test/support/commandLine.js';
import { batchFile } from '../../../test/support/process.js';
import { ARCHIVE, ELSEWHERE, EXPORTED, OLD_KEY, OLD_SALES, PINS, type Step } from './steps.js';

const [root = '', scratch = '', trace = '', extent = ''] = process.argv.slice(2);
const data = join(root, 'data');
const LONG_AGO = Date.UTC(2025, 2, 1, 12);
const DAY_MS = 86_400_000;

process.env.PREPAID_SWITCH_PASSPHRASE = 'correct horse';

async function call(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await commandLine([...args, '--json']);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').pop() ?? '{}') as Record<string, unknown>;
}

function done(step: Step): void {
  process.stdout.write(`${JSON.stringify({ step, at: statSync(trace).size })}\n`);
}

/** On three days, a file of the archive each. */
async function sellLongAgo(): Promise<void> {
  const store = await openStoreOf({ dataFolder: data, clock: { ...systemClock, now: () => LONG_AGO } });
  const sales = Array.from({ length: OLD_SALES }, (_, n) => {
    const receivedAt = LONG_AGO + Math.floor((n * 3) / OLD_SALES) * DAY_MS;
    const entry = { ...saleEntry(n), key: `${OLD_KEY}${n}`, receivedAt };
    return store.sell({ entry, outcome: APPROVED, today: '20250301' });
  });
  for (const { kind } of await Promise.all(sales)) if (kind !== 'sold') throw new Error(kind);
  await store.shutdown();
}

const inData = ['--data', data];
const intake = (expiry: string) =>
  call('stock', 'intake', batchFile(scratch, 'TALK10', PINS, expiry), ...inData);

async function makeKey(name: 'ann' | 'bob'): Promise<string> {
  const { publicKey } = await call('operator', 'key', '--to', join(root, `${name}.pem`));
  done(`key of ${name}`);
  return String(publicKey);
}

async function exportSome(ann: string): Promise<void> {
  await call('operator', 'add', 'ann', ann, ...inData);
  await call('operator', 'add', 'bob', await makeKey('bob'), ...inData);
  await intake('2099-12-31');
  done('second intake');
  await call(
    ...['stock', 'export', 'request', '--product', 'TALK10', '--count', String(EXPORTED)],
    ...['--by', 'ann', '--why', 'campaign', ...inData],
  );
  for (const name of ['ann', 'bob'])
    await call('stock', 'export', 'approve', '1', '--key', join(root, `${name}.pem`), ...inData);
  await call('stock', 'export', 'take', '1', '--to', join(root, 'pins.csv'), ...inData);
  done('exported');
}

const ann = await makeKey('ann');
await intake('2098-12-31');
done('first intake');
await call('keys', 'rotate', ...inData);
done('rotated');
if (extent === 'whole') await exportSome(ann);
await sellLongAgo();
done('old sales');
// Beside the data folder: the database's own syncs do not put its name on disk.
await call('journal', 'prune', '--keep', '400d', '--to', join(root, ARCHIVE), ...inData);
done('pruned');
await call('capture', 'key', join(root, 'capture.key'));
done('recording key');
// Nothing listens there: that the books are there is remembered all the same.
process.env.PREPAID_SWITCH__store = ELSEWHERE;
await commandLine(['stock', 'audit', '--data', join(root, 'other')]);
done('elsewhere');
