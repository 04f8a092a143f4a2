/**
 * Bench of size: what a sale costs with millions of PINs in stock and as many rows in the journal, beside what it
 * costs on a database that is all but empty; the two switches take turns in one run. The rows are copies of real ones,
 * made in SQL with keys, RRNs and marks of their own, so that every index is as deep as it would be; the PINs open like
 * any. A million of each; `--long` ten million, which fill some 10 GB of disk, for a quarter of an hour.
 * Any size: `node dist/scripts/bench/scale.js --rows 200000 --pins 30000 --seconds 1`.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { type BenchSwitch, load, startBenchSwitch, startBenchSwitchOn } from './servers.js';

export const ROWS = 1_000_000;
export const ROWS_LONG = 10_000_000;
/** What a sale on the large database may cost, on the small one being 1. */
const COST_AIM = 1.25;
export const ROWS_A_COMMIT = 500_000;
/** The journal's rows are this many days'. */
export const DAYS = 400;
/** PINs taken in for real, as many as can be sold meanwhile: those of the empty database, and the others' models. */
const TAKEN_IN = 600_000;
export const EXPIRIES = 100;
const ROUNDS = 3;
const SECONDS = 3;
export const SHAPES = [
  { connections: 16, inFlight: 1 },
  { connections: 128, inFlight: 1 },
] as const;

export interface Size {
  readonly rows?: number;
  readonly pins?: number;
  /** Of each round. */
  readonly seconds?: number;
}

export async function benchScale({
  rows = ROWS,
  pins = TAKEN_IN,
  seconds = SECONDS,
}: Size): Promise<Record<string, number>> {
  const small = await startBenchSwitch(pins);
  const first = await startBenchSwitch(pins);
  await load(first.port, 1, 1, 1, []);
  await first.stop('keep');
  const fillSeconds = fill(join(first.folder, 'switch.db'), rows);
  const large = await startBenchSwitchOn(first.folder);
  const gigabytes = statSync(join(first.folder, 'switch.db')).size / 2 ** 30;
  process.stdout.write(
    `${rows} PINs and ${rows} journal rows: ${gigabytes.toFixed(1)} GiB, made in ${fillSeconds} s\n`,
  );
  const figures: Record<string, number> = { 'scale.rows': rows, 'scale.gigabytes': gigabytes };
  try {
    for (const shape of SHAPES) Object.assign(figures, await compare(small, large, shape, seconds));
  } finally {
    await small.stop();
    await large.stop();
  }
  return figures;
}

export async function compare(
  small: BenchSwitch,
  large: BenchSwitch,
  { connections, inFlight }: (typeof SHAPES)[number],
  seconds = SECONDS,
): Promise<Record<string, number>> {
  const shape = `${connections}x${inFlight}`;
  for (const running of [small, large]) await load(running.port, connections, inFlight, seconds, []);
  const pairs: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const turn = (running: BenchSwitch) => rate(running, connections, inFlight, seconds);
    pairs.push([await turn(small), await turn(large)]);
  }
  const [empty = 0, full = 0] = [0, 1].map((at) => median(pairs.map((pair) => pair[at] ?? 0)));
  const cost = median(pairs.map(([one, other]) => one / other));
  const line = `${shape.padEnd(8)} empty ${empty.toFixed(0)}/s, full ${full.toFixed(0)}/s`;
  process.stdout.write(`${line}: a sale costs ${cost.toFixed(2)} times as much, ${COST_AIM} is the aim\n`);
  return {
    [`scale.${shape}.emptyPerSecond`]: empty,
    [`scale.${shape}.fullPerSecond`]: full,
    [`scale.${shape}.cost`]: cost,
  };
}

async function rate(
  { port }: BenchSwitch,
  connections: number,
  inFlight: number,
  seconds: number,
): Promise<number> {
  const { perSecond, declined, errors } = await load(port, connections, inFlight, seconds, []);
  if (declined + errors > 0) throw new Error(`${declined} sales declined, ${errors} failed`);
  return perSecond;
}

/** Seconds that it took. */
function fill(file: string, rows: number): number {
  const start = performance.now();
  const db = new Database(file);
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -1500000');
  const journal = copier(db, 'journal', "state = 'approved'", {
    key: `made.day || substr(old.key, 9, 1) || made.stan || substr(old.key, 16)`,
    stan: 'made.stan',
    rrn: `printf('R%011d', n)`,
    local_date: 'made.day',
    pins: 'NULL',
  });
  const pin = copier(db, 'pin', "custody = 'stock'", {
    mark: `substr(hex(randomblob(11)), 1, 22)`,
    expiry: `printf('2090%02d%02d', 1 + n / (@rows / ${EXPIRIES} + 1) / 28, 1 + n / (@rows / ${EXPIRIES} + 1) % 28)`,
  });
  for (let from = 0; from < rows; from += ROWS_A_COMMIT) {
    const to = Math.min(rows, from + ROWS_A_COMMIT);
    db.exec('BEGIN');
    for (const copy of [journal, pin]) copy.run({ from, to, rows });
    db.exec('COMMIT');
    process.stdout.write(`\r${to} of ${rows} rows`);
  }
  process.stdout.write('\n');
  db.prepare("UPDATE level SET count = count + ? WHERE custody = 'stock'").run(rows);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  return Math.round((performance.now() - start) / 1000);
}

/** Copies one row of `table` as rows `from` to `to`, with these columns' values in place of its own. */
function copier(
  db: Database.Database,
  table: string,
  where: string,
  changed: Readonly<Record<string, string>>,
) {
  const columns = db
    .prepare<[], { name: string }>(`SELECT name FROM pragma_table_info('${table}')`)
    .all()
    .map(({ name }) => name)
    .filter((name) => name !== 'id');
  const values = columns.map((name) => changed[name] ?? `old.${name}`);
  return db.prepare(`
    WITH RECURSIVE counter (n) AS (SELECT @from UNION ALL SELECT n + 1 FROM counter WHERE n + 1 < @to)
    INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${values.join(', ')}
    FROM (SELECT n, printf('%06d', n % 1000000) AS stan,
                 strftime('%Y%m%d', '2025-06-01', (n / (@rows / ${DAYS} + 1)) || ' days') AS day FROM counter) AS made,
         (SELECT * FROM ${table} WHERE ${where} LIMIT 1) AS old`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** --rows, --pins and --seconds. */
export function sizeOf(args: readonly string[]): Size {
  const size: Record<string, number> = {};
  for (const name of ['rows', 'pins', 'seconds']) {
    const at = args.indexOf(`--${name}`);
    if (at >= 0) size[name] = Number(args[at + 1]);
  }
  return size;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchScale(sizeOf(process.argv));
