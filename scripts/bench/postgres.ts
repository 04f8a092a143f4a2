/**
 * Bench by name: durable PIN sales of two switch processes on one PostgreSQL, beside pgbench on the same server, in turns,
 * with the same claim and insert written as one statement (64 clients, prepared), and beside a switch on SQLite. pgbench
 * comes from Debian's postgresql package; the server is the one of the tests, with fsync as it is by default.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBenchServer } from './postgresServer.js';
import { type BenchSwitch, benchFolder, load, startBenchSwitch, startBenchSwitchOn } from './servers.js';

const PINS = 250_000;
/** SQLite sells more in the same time. */
const PINS_EMBEDDED = 700_000;
const ROUNDS = 3;
const SECONDS = 5;
const CLIENTS = 64;
const IN_FLIGHT = 4;

/** As sales.ts has it, one sale at a time, each in its own transaction. */
const SCRIPT = `\\set a random(1, 1000000000)
\\set b random(1, 1000000000)
WITH claimed AS (SELECT id FROM pin WHERE product = 'TALK10' AND custody = 'stock' AND expiry >= '20260101'
    ORDER BY expiry, id LIMIT 1 FOR UPDATE SKIP LOCKED),
  sale AS (SELECT nextval('journal_id_seq') AS id, claimed.id AS pin FROM claimed),
  entered AS (INSERT INTO journal (id, state, key, fingerprint, acquirer, merchant, terminal, message_class, stan, rrn,
    transmitted_at, local_date, local_time, service, product, quantity, amount, currency, region, account_mark, received_at,
    reason, approval_code, balance_currency, account_expiry, supplier_reason, receipt_id, supplier, reference, deadline_at,
    doubt, closed_at, original_id, pins)
    SELECT id, 'approved', 'pgbench|' || :a || '|' || :b, 'd1f0c5e4a3b2918070605040', '000001', 'MERCHANT0000001',
    'TERM0001', '2', '000001', '', '0301120000', '20260301', '120000', 'pin-sale', 'TALK10', 1, 1000, '840', '', '',
    1772366400000, 'approved', '123456', '', '', '', 0, '', '', 0, '', 1772366400000, 0, pin::text FROM sale),
  sold AS (UPDATE pin SET custody = 'sold', sold_in = sale.id FROM sale WHERE pin.id = sale.pin RETURNING pin.id, sealed)
  SELECT * FROM sold;
`;

export async function benchPostgres(): Promise<Record<string, number>> {
  const pgbench = pgbenchPath();
  const server = await startBenchServer();
  const { folder, url } = server;
  const switches: BenchSwitch[] = [];
  try {
    process.stdout.write(`taking in ${PINS + PINS_EMBEDDED} PINs ...\n`);
    const first = await benchFolder(PINS, url);
    const second = await benchFolder(0, url);
    copyFileSync(join(first, 'keys.json'), join(second, 'keys.json'));
    for (const each of [first, second]) switches.push(await startBenchSwitchOn(each));
    const embedded = await startBenchSwitch(PINS_EMBEDDED);
    switches.push(embedded);
    const script = join(folder, 'sale.sql');
    writeFileSync(script, SCRIPT);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const rate = ratesOf(execFileSync(pgbench, benchArgs(script, url), { encoding: 'utf8' }));
      const both = await Promise.all(
        switches.slice(0, 2).map(({ port }) => load(port, CLIENTS / 2, IN_FLIGHT, SECONDS, [])),
      );
      const two = both.reduce((sum, { perSecond }) => sum + perSecond, 0);
      const alone = await load(embedded.port, CLIENTS, IN_FLIGHT, SECONDS, []);
      rounds.push({ rate, two, sqlite: alone.perSecond });
      process.stdout.write(
        `pgbench ${rate.toFixed(0)}/s, two switches ${two.toFixed(0)}/s, SQLite ${alone.perSecond}/s\n`,
      );
    }
    const figures = {
      'postgres.pgbench.perSecond': median(rounds.map(({ rate }) => rate)),
      'postgres.sales.perSecond': median(rounds.map(({ two }) => two)),
      'postgres.sales.ofPgbench': median(rounds.map(({ rate, two }) => two / rate)),
      'postgres.sales.ofSqlite': median(rounds.map(({ sqlite, two }) => two / sqlite)),
    };
    console.table(figures);
    return figures;
  } finally {
    for (const each of switches) await each.stop();
    await server.stop();
  }
}

function benchArgs(script: string, url: string): string[] {
  const { hostname, port, username, pathname } = new URL(url);
  return [
    '-n',
    '-h',
    hostname,
    '-p',
    port,
    '-U',
    username,
    '-M',
    'prepared',
    '-f',
    script,
    '-c',
    String(CLIENTS),
    '-j',
    '2',
    '-T',
    String(SECONDS),
    pathname.slice(1),
  ];
}

function ratesOf(output: string): number {
  return Number(/tps = ([\d.]+)/.exec(output)?.[1] ?? 0);
}

function pgbenchPath(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  const found = versions
    .map((version) => join(root, version, 'bin/pgbench'))
    .find((path) => existsSync(path));
  if (!found) throw new Error('pgbench is not installed (Debian: apt-get install postgresql)');
  return found;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
