/** A full disk, a lock held by another process, a full queue, a broken file: each its own error, and what goes on after. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import type { Store } from '../../../src/store/store.js';
import { booksAreRight } from '../../contract/place.js';
import { APPROVED, chunkOf, intakeRows, saleEntry } from '../../contract/sample.js';

const sale = (n: number) => ({ entry: saleEntry(n), outcome: APPROVED, today: '20260301' });

/** Sells until the disk is full; what was sold by then. */
async function untilFull(store: Store): Promise<number> {
  for (let from = 1; ; from += 100) {
    const group = Array.from({ length: 100 }, (_, index) => store.sell(sale(from + index)));
    const results = await Promise.allSettled(group);
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length === 0) continue;
    if (failed.some(({ reason }) => reason.name !== 'StoreFull')) throw failed[0]?.reason;
    return from + results.findIndex(({ status }) => status === 'rejected');
  }
}

async function fullDisk(t: Test, store: Store): Promise<void> {
  await store.takeIn(chunkOf(intakeRows(0, 4_000)));
  const sold = await untilFull(store);
  t.ok(sold > 100, `${sold} sold before`);
  const known = await store.sell(sale(1));
  t.equal(known.kind, 'repeat', 'a repeat still gets its answer');
  t.ok((await store.levels()).length > 0, 'reads go on');
  await t.rejects(
    store.takeIn(chunkOf(intakeRows(10_000, 4_000), { intake: 'batch-2' })),
    { name: 'StoreFull' },
    'an intake is refused as a whole',
  );
  await booksAreRight(t, store);
}

t.test('a full database declines with StoreFull, changes nothing, and goes on', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock, limits: { pagesMax: 200 } });
  t.teardown(() => store.shutdown());
  await fullDisk(t, store);
});

t.test('a full disk the same, and selling goes on when there is space again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'prepaid-switch-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder);
    t.pass('no small disk can be mounted here');
    return;
  }
  const store = await openSqliteStore({ file: join(folder, 'store.db'), clock: systemClock });
  t.teardown(async () => {
    await store.shutdown();
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(3 << 20));
  await fullDisk(t, store);
  rmSync(ballast);
  t.equal((await store.sell(sale(900_000))).kind, 'sold');
  await booksAreRight(t, store);
});

t.test('a lock held by another process for too long is StoreBusy; then it goes on', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock, limits: { busyMs: 50 } });
  t.teardown(() => store.shutdown());
  await store.takeIn(chunkOf(intakeRows(0, 10)));
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  await t.rejects(store.sell(sale(1)), { name: 'StoreBusy' });
  other.exec('COMMIT');
  other.close();
  t.equal((await store.sell(sale(1))).kind, 'sold');
});

t.test('one verb more than may wait is StoreBusy, and changes nothing', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const store = await openSqliteStore({ file, clock: systemClock, limits: { queueMax: 10 } });
  t.teardown(() => store.shutdown());
  await store.takeIn(chunkOf(intakeRows(0, 50)));
  const results = await Promise.allSettled(Array.from({ length: 15 }, (_, n) => store.sell(sale(n))));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));
  t.strictSame(refused, Array(5).fill('StoreBusy'));
  t.match(await store.audit(), { byCustody: { sold: 10 } });
});

t.test('a broken file fails every verb, tells once, and is not tried again', async (t) => {
  const file = join(t.testdir(), 'store.db');
  const before = await openSqliteStore({ file, clock: systemClock });
  await before.takeIn(chunkOf(intakeRows(0, 5_000)));
  await before.shutdown();
  const handle = openSync(file, 'r+');
  const half = fstatSync(handle).size / 2;
  writeSync(handle, Buffer.alloc(half, 0xa5), 0, half, half);
  closeSync(handle);
  const told: string[] = [];
  const onBroken = (error: Error) => told.push(error.name);
  const store = await openSqliteStore({ file, clock: systemClock, onBroken });
  const verbs = [store.audit(), store.audit()].map((verb) => t.rejects(verb, { name: 'StoreBroken' }));
  await Promise.all(verbs);
  await t.rejects(store.audit(), { name: 'StoreBroken' });
  await t.rejects(store.sell(sale(1)), { name: 'StoreBroken' }, 'nor does the other worker go on');
  t.strictSame(told, ['StoreBroken']);
  await store.shutdown();
});
