/** Commits that are lost on their way, in any order, on the real verbs: what anybody is told is what stands. */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { StoreBusy } from '../../../src/store/errors.js';
import { Channel, type FarSide } from '../../../src/store/sql/crossing/channel.js';
import { SqlStore } from '../../../src/store/sql/crossing/client.js';
import type { Engine } from '../../../src/store/sql/engine.js';
import { CommitLost } from '../../../src/store/sql/inDoubt.js';
import { STORE_LIMITS } from '../../../src/store/sql/limits.js';
import { MIGRATIONS } from '../../../src/store/sql/migrations/index.js';
import type { Incoming } from '../../../src/store/sql/thread.js';
import { writing } from '../../../src/store/sql/writing.js';
import { sqliteEngine } from '../../../src/store/sqlite/engine.js';
import { APPROVED, chunkOf, intakeRows, saleEntry } from '../../contract/sample.js';

const PINS = 40;
/** What becomes of a commit: done; lost, and it stands or not, which is found out at the n-th question. */
type Fate = { readonly lost: boolean; readonly stands: boolean; readonly questions: number };

function doubtfulEngine(db: Database.Database, fates: readonly Fate[]) {
  const engine = sqliteEngine(db);
  let next = 0;
  let left = 0;
  let stood: boolean | undefined;
  const doubtful: Engine = {
    ...engine,
    begin() {
      if (stood !== undefined) throw new Error('a group was begun while another is in doubt');
      engine.begin();
    },
    commit() {
      const fate = fates[next++];
      if (!fate?.lost) return engine.commit();
      if (fate.stands) engine.commit();
      else engine.rollback();
      stood = fate.stands;
      left = fate.questions;
      throw new CommitLost();
    },
    stands() {
      if (left-- > 0) return undefined;
      const stands = stood;
      stood = undefined;
      return stands;
    },
  };
  return doubtful;
}

/** The writer in this thread: a turn of the program for each message. */
function inThread(engine: Engine): FarSide {
  let tell: Parameters<FarSide['listen']>[0] = () => {};
  let now = 0;
  const port = { postMessage: (message: Parameters<typeof tell>[0]) => tell(message), close() {} };
  const serve = writing(port, engine, STORE_LIMITS, {
    actor: 'test',
    now: () => now,
    received: () => undefined,
    elapsedMs: () => now++,
    close() {},
  });
  return {
    post(message) {
      if (message === 'open') setImmediate(() => tell({ kind: 'ready', text: '' }));
      else setImmediate(() => serve(message as Incoming));
    },
    listen(message) {
      tell = message;
    },
    terminate: async () => {},
  };
}

/** Keeps the program alive, as timers of the system's clock do not. */
function soon(_delayMs: number, task: () => void): () => void {
  const immediate = setImmediate(task);
  return () => clearImmediate(immediate);
}

const fate = fc.record({ lost: fc.boolean(), stands: fc.boolean(), questions: fc.nat(3) });

t.test('whatever is lost on its way, each is told what stands, and nothing is sold twice', async (t) => {
  let doubts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { minLength: 1, maxLength: 12 }),
      fc.array(fc.array(fc.nat(7), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 10 }),
      async (fates, waves) => {
        const db = new Database(':memory:');
        for (const migration of MIGRATIONS) db.exec(migration);
        // The first commit takes the stock in.
        const engine = doubtfulEngine(db, [{ lost: false, stands: true, questions: 0 }, ...fates]);
        const clock = { ...systemClock, after: soon };
        const channel = new Channel(inThread(engine), {
          clock,
          limits: STORE_LIMITS,
          onBroken: () => {},
          onCheckpoint: () => {},
        });
        await channel.open();
        const store = new SqlStore(channel, channel, systemClock, STORE_LIMITS);
        await store.takeIn(chunkOf(intakeRows(0, PINS), { progress: PINS }));
        const told = new Map<number, number>();
        const sell = async (n: number): Promise<void> => {
          try {
            const result = await store.sell({ entry: saleEntry(n), outcome: APPROVED, today: '20260301' });
            if (result.kind !== 'sold' && result.kind !== 'repeat') throw new Error(result.kind);
            const [pin] = result.kind === 'sold' ? result.pins : result.transaction.pins;
            if (!pin || (told.get(n) ?? pin.id) !== pin.id) throw new Error('another PIN');
            told.set(n, pin.id);
          } catch (error) {
            if (!(error instanceof StoreBusy)) throw error;
            doubts += 1;
            const stands = db.prepare('SELECT 1 FROM journal WHERE key = ?').get(saleEntry(n).key);
            if (stands && !told.has(n))
              throw new Error('refused, though its sale stands and nobody was told');
          }
        };
        const all: Promise<void>[] = [];
        for (const wave of waves) {
          for (const n of wave) all.push(sell(n));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(all);
        const sold = db.prepare('SELECT count(*) FROM pin WHERE sold_in IS NOT NULL').pluck().get();
        const rows = db.prepare("SELECT count(*) FROM journal WHERE state = 'approved'").pluck().get();
        if (sold !== rows || sold !== told.size)
          throw new Error(`${sold} sold, ${rows} in the journal, ${told.size} told`);
        db.close();
      },
    ),
    { numRuns: 80 },
  );
  t.ok(doubts > 20, 'some were told to come later');
});
