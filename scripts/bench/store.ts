/**
 * The store alone: durable single-PIN sales a second with 1, 16, 128 and 1,024 callers in flight, what they cost
 * in CPU, and intake before them. `--callers N` for one shape, `--seconds N`, `--folder` for the disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';
import { APPROVED, chunkOf, intakeRows, saleEntry } from '../../test/contract/sample.js';

const CHUNK = 5_000;
const OUTCOME = { ...APPROVED, approvalCode: '123456', receiptId: 1 };

async function stock(store: Store, count: number): Promise<number> {
  let spent = 0;
  for (let from = 0; from < count; from += CHUNK) {
    const rows = intakeRows(from, CHUNK);
    const start = performance.now();
    await store.takeIn(chunkOf(rows, { progress: from + CHUNK }));
    spent += performance.now() - start;
  }
  return count / (spent / 1000);
}

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** Of all threads, the bench's own included. */
  readonly cpuMicros: number;
}

async function sell(store: Store, callers: number, seconds: number, first: number): Promise<Figures> {
  const latencies: number[] = [];
  let next = first;
  const start = performance.now();
  const end = start + seconds * 1000;
  const before = process.cpuUsage();
  const caller = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      const result = await store.sell({ entry: saleEntry(next++), outcome: OUTCOME, today: '20260301' });
      if (result.kind !== 'sold') throw new Error(result.kind);
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const spent = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  latencies.sort((one, other) => one - other);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    perSecond: latencies.length / (spent / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    maxMs: at(1 - 1 / latencies.length),
    cpuMicros: (user + system) / latencies.length,
  };
}

export async function benchStore(shapes: readonly number[], seconds: number, folder: string): Promise<void> {
  const place = mkdtempSync(join(folder, 'prepaid-switch-bench-'));
  try {
    const store = await openSqliteStore({ file: join(place, 'store.db'), clock: systemClock });
    const pins = Math.ceil((shapes.length * seconds * 100_000) / CHUNK) * CHUNK;
    const rate = await stock(store, pins);
    process.stdout.write(`intake          ${Math.round(rate).toLocaleString('en')} PINs/s, ${pins} PINs\n`);
    for (const callers of shapes) {
      const first = (await store.find({ limit: 1 }))[0]?.id ?? 0;
      const { perSecond, p50Ms, p99Ms, p999Ms, maxMs, cpuMicros } = await sell(
        store,
        callers,
        seconds,
        first,
      );
      process.stdout.write(
        `${String(callers).padStart(5)} in flight ${Math.round(perSecond).toLocaleString('en').padStart(8)} sales/s` +
          `  p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms  p99.9 ${p999Ms.toFixed(1)}  max ${maxMs.toFixed(1)} ms` +
          `  CPU ${cpuMicros.toFixed(1)} µs a sale, all threads\n`,
      );
    }
    const started = performance.now();
    const { faults, byCustody } = await store.audit();
    const audited = Math.round(performance.now() - started);
    process.stdout.write(`audit           ${audited} ms, ${byCustody.sold} sold, faults: ${faults.length}\n`);
    await store.shutdown();
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { callers: { type: 'string' }, seconds: { type: 'string' }, folder: { type: 'string' } },
});
const shapes = values.callers ? [Number(values.callers)] : [1, 16, 128, 1024];
await benchStore(shapes, Number(values.seconds ?? 3), values.folder ?? tmpdir());
