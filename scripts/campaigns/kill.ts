/**
 * The kill campaign: terminals sell, repeat and reverse over real sockets while the switch is killed with
 * SIGKILL at random moments and started again. The terminals keep their own books; at the end these are held
 * against the journal and the audit.
 *
 *   node dist/scripts/campaigns/kill.js --kills 200 [--terminals 32] [--run-ms 1500] [--seed N]
 *
 * Violations, each of which ends in exit code 1: a PIN in two answers with different keys; two answers to one
 * key with different PINs; an approved answer that the journal does not know with that PIN; an audit that is
 * not clean.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { Client, identity, reversalOf, saleOf } from '../../test/support/client.js';
import { type IsoMessage, parseTlv } from '../../test/support/iso.js';
import { baseConfig, freePort, startSwitch, type TestSwitch } from '../../test/support/process.js';

const ANSWER_MS = 3_000;
const REVERSED_SHARE = 0.1;
const REPEATED_SHARE = 0.1;

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

interface Book {
  /** Serial by STAN and RRN of the request: what its terminal was told. */
  readonly soldBy: Map<
    string,
    { readonly pin: string; readonly serial: string; readonly rrn: string; readonly stan: string }
  >;
  /** The request that was answered with a PIN. */
  readonly ownerOf: Map<string, string>;
  readonly violations: string[];
  unanswered: number;
  repeatsAnswered: number;
  reversed: number;
}

/** Mulberry32: a seed is one sequence. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function enter(book: Book, request: Record<number, string>, answer: IsoMessage): void {
  if (answer.fields[39] !== '00') return;
  const entries = new Map(parseTlv(answer.fields[63] ?? ''));
  const key = `${request[11]}|${request[12]}|${request[13]}|${request[37]}`;
  const pin = entries.get('PN') ?? '';
  const serial = entries.get('SN') ?? '';
  const known = book.soldBy.get(key);
  if (known && known.pin !== pin)
    book.violations.push(`STAN ${request[11]} was told two PINs: ${known.serial}, ${serial}`);
  const owner = book.ownerOf.get(pin);
  if (owner !== undefined && owner !== key)
    book.violations.push(`PIN of serial ${serial} in two answers: ${owner} and ${key}`);
  book.soldBy.set(key, { pin, serial, rrn: request[37] ?? '', stan: request[11] ?? '' });
  book.ownerOf.set(pin, key);
}

/** One terminal: sells on and on; what was not answered it sends again, as terminals do, until it is. */
async function terminal(
  port: number,
  book: Book,
  random: () => number,
  running: () => boolean,
): Promise<void> {
  let client: Client | undefined;
  const connected = async (): Promise<Client> => {
    while (!client || client.closed) {
      client = await Client.open(port).catch(() => undefined);
      if (!client) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return client;
  };
  const askUntilAnswered = async (
    mti: string,
    repeatMti: string,
    fields: Record<number, string>,
  ): Promise<IsoMessage> => {
    let answer = await (await connected()).ask(mti, fields, ANSWER_MS);
    while (!answer) {
      book.unanswered += 1;
      answer = await (await connected()).ask(repeatMti, fields, ANSWER_MS);
      if (answer) book.repeatsAnswered += 1;
    }
    return answer;
  };
  while (running()) {
    const request = saleOf('TALK10', 1000, {
      37: `K${Math.floor(random() * 36 ** 8)
        .toString(36)
        .padStart(11, '0')}`,
    });
    enter(book, request, await askUntilAnswered('0200', '0201', request));
    if (random() < REPEATED_SHARE) enter(book, request, await askUntilAnswered('0201', '0201', request));
    if (random() < REVERSED_SHARE) {
      const answer = await askUntilAnswered(
        '0420',
        '0421',
        reversalOf(request, { ...pick(identity(), [7, 11, 12, 13]) }),
      );
      if (answer.fields[39] === '00') book.reversed += 1;
      else book.violations.push(`reversal of STAN ${request[11]} answered ${answer.fields[39]}`);
    }
  }
  await client?.close();
}

function pick(fields: Record<number, string>, numbers: readonly number[]): Record<number, string> {
  return Object.fromEntries(numbers.map((n) => [n, fields[n] ?? '']));
}

export async function killCampaign(options: KillOptions): Promise<KillReport> {
  const random = seeded(options.seed);
  const teardowns: (() => unknown)[] = [];
  const t = { teardown: (task: () => unknown) => void teardowns.push(task) };
  const folder = mkdtempSync(join(tmpdir(), 'prepaid-switch-kill-'));
  const port = await freePort();
  const config = baseConfig();
  config.links = (config.links as object[]).map((link) => ({ ...link, port }));
  let running: TestSwitch = await startSwitch(t, { folder, pins: { TALK10: options.pins }, config });
  const book: Book = {
    soldBy: new Map(),
    ownerOf: new Map(),
    violations: [],
    unanswered: 0,
    repeatsAnswered: 0,
    reversed: 0,
  };
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
  for (const task of teardowns) await task();
  rmSync(folder, { recursive: true, force: true });
  return {
    kills: options.kills,
    approved: book.soldBy.size,
    unanswered: book.unanswered,
    repeatsAnswered: book.repeatsAnswered,
    reversed: book.reversed,
    violations: book.violations,
  };
}

async function holdAgainstJournal(folder: string, book: Book): Promise<void> {
  const store = await openSqliteStore({ file: join(folder, 'switch.db'), clock: systemClock });
  for (const [key, { serial, rrn, stan }] of book.soldBy) {
    const found = await store.find({ rrn, limit: 10 });
    const known = found.some(
      (one) =>
        one.stan === stan &&
        one.outcome?.reason === 'approved' &&
        one.pins.some((pin) => pin.serial === serial),
    );
    if (!known)
      book.violations.push(`the journal does not know the approval of ${key} with serial ${serial}`);
  }
  const audit = await store.audit();
  const accounted = Object.values(audit.byCustody).reduce((sum, count) => sum + count, 0);
  if (accounted !== audit.takenIn)
    book.violations.push(`audit: ${audit.takenIn} taken in, ${accounted} accounted for`);
  book.violations.push(...audit.faults.map((fault) => `audit: ${fault}`));
  await store.shutdown();
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop() ?? '-')) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
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
