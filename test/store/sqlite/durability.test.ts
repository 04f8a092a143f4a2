/** What only the embedded store can be asked: how it opens, what it refuses, and what a killed process leaves. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { openReader, openWriter } from '../../../src/store/sqlite/database.js';
import { openSqliteStore, STORE_LIMITS } from '../../../src/store/sqlite/index.js';
import { booksAreRight } from '../../contract/place.js';
import { APPROVED, chunkOf, intakeRows, saleEntry } from '../../contract/sample.js';
import { spawnNode } from '../../support/process.js';

const SELLER = fileURLToPath(new URL('./selling-process.js', import.meta.url));
const KILLS = 4;

t.test('commits are flushed in full on every open, of the writer and the reader', async (t) => {
  const file = join(t.testdir(), 'store.db');
  for (const round of ['new file', 'known file', 'known file again']) {
    for (const open of [openWriter, openReader]) {
      const db = open(file, STORE_LIMITS);
      t.equal(db.pragma('synchronous', { simple: true }), 2, `${round}: ${open.name}`);
      t.equal(db.pragma('journal_mode', { simple: true }), 'wal');
      db.close();
    }
  }
});

t.test('refuses a newer schema, another program’s file, what is no database, and no folder', async (t) => {
  const folder = t.testdir();
  const refused = async (name: string, reason: RegExp) => {
    const opened = openSqliteStore({ file: join(folder, name), clock: systemClock });
    await t.rejects(opened, { name: 'StoreRefused', message: reason });
  };
  const newer = join(folder, 'newer.db');
  const store = await openSqliteStore({ file: newer, clock: systemClock });
  await store.shutdown();
  const raw = new Database(newer);
  raw.pragma('user_version = 99');
  raw.close();
  await refused('newer.db', /schema version 99 is newer/);
  const other = new Database(join(folder, 'other.db'));
  other.exec('CREATE TABLE mine (id INTEGER)');
  other.close();
  await refused('other.db', /another program's/);
  writeFileSync(join(folder, 'text.db'), 'no database at all, but long enough to be asked'.repeat(99));
  await refused('text.db', /SQLITE_NOTADB/);
  await refused('none/store.db', /database/);
});

t.test(
  'what a killed process had answered stands, with the same PINs, and the books are right',
  async (t) => {
    const file = join(t.testdir(), 'store.db');
    const before = await openSqliteStore({ file, clock: systemClock });
    await before.takeIn(chunkOf(intakeRows(0, 20_000)));
    await before.shutdown();
    const answered = new Map<number, number>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const seller = spawnNode([SELLER, file, String(kill * 100_000)]);
      await killedUnderLoad(seller, answered);
    }
    const after = await openSqliteStore({ file, clock: systemClock });
    t.teardown(() => after.shutdown());
    let wrong = 0;
    const check = async ([n, pin]: [number, number]): Promise<void> => {
      const repeat = await after.sell({ entry: saleEntry(n), outcome: APPROVED, today: '20260301' });
      if (repeat.kind !== 'repeat' || repeat.transaction.pins[0]?.id !== pin) wrong += 1;
    };
    await Promise.all([...answered].map(check));
    t.ok(answered.size > KILLS * 50, `${answered.size} sales were answered`);
    t.equal(new Set(answered.values()).size, answered.size, 'no PIN in two answers');
    t.equal(wrong, 0, 'each answer is in the journal');
    await booksAreRight(t, after);
  },
);

/** Collects what the seller answers (`number pin` a line) and kills it amid that. */
async function killedUnderLoad(seller: ChildProcess, answered: Map<number, number>): Promise<void> {
  const exit = once(seller, 'exit');
  if (!seller.stdout) throw new Error('no output');
  const lines = createInterface({ input: seller.stdout });
  const ended = once(lines, 'close');
  let seen = 0;
  lines.on('line', (line) => {
    const [n = 0, pin = 0] = line.split(' ').map(Number);
    // A last line may have been cut by the kill.
    if (/^\d+ \d+ \.$/.test(line)) answered.set(n, pin);
    seen += 1;
    if (seen === 100) setTimeout(() => seller.kill('SIGKILL'), 5 + Math.random() * 60);
  });
  await exit;
  await ended;
}
