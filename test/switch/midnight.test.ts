/** Repeats across midnight of terminals that tell neither date nor time, on the real store. */
import { join } from 'node:path';
import t from 'tap';
import type { Clock } from '../../src/base/clock.js';
import type { Identity } from '../../src/domain/request.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { Calendar } from '../../src/switch/calendar.js';
import type { AtSupplier } from '../../src/switch/context.js';
import { transactionKey } from '../../src/switch/keys.js';
import { keepsDay } from '../../src/switch/midnight.js';
import { entryOf, REFUSED } from '../contract/sample.js';

const POLICY = { key: ['acquirer', 'merchant', 'terminal', 'stan', 'localDate', 'localTime'] } as const;
const MIDNIGHT = Date.UTC(2026, 10, 24);

const bare: Identity = {
  acquirer: '000001',
  merchant: 'SHOP',
  terminal: 'T1',
  messageClass: '2',
  stan: '000007',
  rrn: '',
  localDate: '',
  localTime: '',
  transmittedAt: '',
  content: '',
  contentIsSensitive: false,
};

t.test(
  'a repeat after midnight has the key of its original, and another message has its own day',
  async (t) => {
    let now = MIDNIGHT - 5_000;
    const clock: Clock = { now: () => now, after: () => () => {}, soon: setImmediate };
    const calendar = new Calendar(clock, 0);
    const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock });
    const atSuppliers = new Map<string, AtSupplier>();
    t.teardown(() => store.shutdown());
    const keyOf = async (identity: Identity): Promise<string> =>
      transactionKey(
        await keepsDay({ store, calendar, clock, atSuppliers }, POLICY, identity),
        POLICY,
        calendar,
      ).key;
    for (const identity of [bare, { ...bare, terminal: 'T2', rrn: 'R00000000007' }]) {
      now = MIDNIGHT - 5_000;
      const key = await keyOf(identity);
      const { acquirer, merchant, terminal, messageClass, stan, rrn } = identity;
      const said = { acquirer, merchant, terminal, messageClass, stan, rrn };
      await store.decline(
        { ...entryOf({ ...said, localDate: '20261123', localTime: '', receivedAt: now }), key },
        REFUSED,
      );
      now = MIDNIGHT + 20_000;
      t.equal(await keyOf(identity), key);
      t.match(await keyOf({ ...identity, stan: '000008', rrn: '' }), /^20261124/);
      t.match(await keyOf({ ...identity, terminal: 'T3' }), /^20261124/);
      now = MIDNIGHT + 7_200_000;
      t.match(await keyOf(identity), /^20261124/, 'hours later it is a new one');
    }
    // What waits for the hub is in no journal yet.
    now = MIDNIGHT - 5_000;
    const waiting = { ...bare, terminal: 'T4' };
    const key = await keyOf(waiting);
    const { acquirer, merchant, terminal, messageClass, stan, rrn } = waiting;
    const said = { acquirer, merchant, terminal, messageClass, stan, rrn };
    const entry = { ...entryOf({ ...said, localDate: '20261123', localTime: '', receivedAt: now }), key };
    atSuppliers.set(key, { entry, answer: Promise.resolve(undefined) });
    now = MIDNIGHT + 5_000;
    t.equal(await keyOf(waiting), key);
    t.match(await keyOf({ ...waiting, stan: '000008' }), /^20261124/);
  },
);

t.test(
  'where the RRN names it, an advice after midnight under a new STAN and time has the same key',
  async (t) => {
    const policy = { key: ['acquirer', 'terminal', 'rrn', 'localDate'] } as const;
    let now = MIDNIGHT - 5_000;
    const clock: Clock = { now: () => now, after: () => () => {}, soon: setImmediate };
    const calendar = new Calendar(clock, 0);
    const store = await openSqliteStore({ file: join(t.testdir(), 'store.db'), clock });
    const atSuppliers = new Map<string, AtSupplier>();
    t.teardown(() => store.shutdown());
    const keyOf = async (identity: Identity): Promise<string> =>
      transactionKey(
        await keepsDay({ store, calendar, clock, atSuppliers }, policy, identity),
        policy,
        calendar,
      ).key;
    const payment = { ...bare, rrn: 'R00000000007', localTime: '235955' };
    const key = await keyOf(payment);
    const { acquirer, merchant, terminal, messageClass, stan, rrn, localTime } = payment;
    const said = { acquirer, merchant, terminal, messageClass, stan, rrn, localTime };
    await store.decline({ ...entryOf({ ...said, localDate: '20261123', receivedAt: now }), key }, REFUSED);
    now = MIDNIGHT + 20_000;
    t.equal(await keyOf({ ...payment, stan: '000009', localTime: '000020' }), key);
    t.match(await keyOf({ ...payment, rrn: 'R00000000008' }), /^20261124/);
  },
);
