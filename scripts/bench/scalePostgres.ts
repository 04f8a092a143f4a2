/**
 * As scale.ts, on PostgreSQL: two switches, each on a database of its own on one server, one of them all but empty, take
 * turns. A million PINs and journal rows; `--long` ten million, some 15 GB of disk.
 * Any size: `node dist/scripts/bench/scalePostgres.js --rows 200000 --pins 30000 --seconds 1`.
 */
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { startBenchServer } from './postgresServer.js';
import { compare, DAYS, EXPIRIES, ROWS, ROWS_A_COMMIT, SHAPES, type Size, sizeOf } from './scale.js';
import { type BenchSwitch, benchFolder, load, startBenchSwitchOn } from './servers.js';

/** Fewer are sold here in the same time than on SQLite. */
const TAKEN_IN = 300_000;

export async function benchScalePostgres({
  rows = ROWS,
  pins = TAKEN_IN,
  seconds,
}: Size): Promise<Record<string, number>> {
  const server = await startBenchServer();
  const switches: BenchSwitch[] = [];
  try {
    const urls = await Promise.all(['small', 'large'].map((name) => databaseOf(server.url, name)));
    for (const url of urls) switches.push(await startBenchSwitchOn(await benchFolder(pins, url)));
    const [small, large] = switches as [BenchSwitch, BenchSwitch];
    await load(large.port, 1, 1, 1, []);
    const gigabytes = await fill(urls[1] ?? '', rows);
    const figures: Record<string, number> = {
      'scalePostgres.rows': rows,
      'scalePostgres.gigabytes': gigabytes,
    };
    for (const shape of SHAPES) {
      const told = await compare(small, large, shape, seconds);
      for (const [name, value] of Object.entries(told)) {
        figures[name.replace('scale.', 'scalePostgres.')] = value;
      }
    }
    return figures;
  } finally {
    for (const each of switches) await each.stop();
    await server.stop();
  }
}

async function databaseOf(server: string, name: string): Promise<string> {
  const client = new pg.Client(server);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** GiB that the database then has. */
async function fill(url: string, rows: number): Promise<number> {
  const start = performance.now();
  const client = new pg.Client(url);
  await client.connect();
  const copies = [
    await copier(client, 'journal', "state = 'approved'", {
      key: 'made.day || substr(old.key, 9, 1) || made.stan || substr(old.key, 16)',
      stan: 'made.stan',
      rrn: "'R' || lpad(n::text, 11, '0')",
      local_date: 'made.day',
      pins: 'NULL',
    }),
    await copier(client, 'pin', "custody = 'stock'", {
      mark: 'substr(md5(random()::text || n), 1, 22)',
      expiry:
        "'2090' || lpad((1 + made.part / 28)::text, 2, '0') || lpad((1 + made.part % 28)::text, 2, '0')",
    }),
  ];
  for (let from = 0; from < rows; from += ROWS_A_COMMIT) {
    const to = Math.min(rows, from + ROWS_A_COMMIT);
    for (const copy of copies) await client.query(copy, [from, to - 1, rows]);
    process.stdout.write(`\r${to} of ${rows} rows`);
  }
  await client.query("UPDATE level SET count = count + $1 WHERE custody = 'stock'", [rows]);
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT');
  const { rows: sizes } = await client.query('SELECT pg_database_size(current_database()) AS bytes');
  await client.end();
  const gigabytes = Number(sizes[0].bytes) / 2 ** 30;
  const took = Math.round((performance.now() - start) / 1000);
  process.stdout.write(`\n${rows} PINs and journal rows: ${gigabytes.toFixed(1)} GiB, made in ${took} s\n`);
  return gigabytes;
}

/** Copies one row of `table` as rows $1 to $2 of $3, with these columns' values in place of its own. */
async function copier(
  client: pg.Client,
  table: string,
  where: string,
  changed: Readonly<Record<string, string>>,
): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1 AND table_schema = $2',
    [table, 'public'],
  );
  const columns = rows.map(({ name }) => name).filter((name) => name !== 'id');
  return `INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${columns.map((name) => changed[name] ?? `old.${name}`).join(', ')}
    FROM (SELECT n, lpad((n % 1000000)::text, 6, '0') AS stan, n / ($3::bigint / ${EXPIRIES} + 1) AS part,
        to_char(date '2025-06-01' + (n / ($3::bigint / ${DAYS} + 1))::int, 'YYYYMMDD') AS day
      FROM generate_series($1::bigint, $2::bigint) AS n) AS made,
    (SELECT * FROM ${table} WHERE ${where} LIMIT 1) AS old`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await benchScalePostgres(sizeOf(process.argv));
}
