import fc from 'fast-check';
import t from 'tap';
import type { Clock } from '../../src/base/clock.js';
import type { Identity } from '../../src/domain/request.js';
import { Calendar } from '../../src/switch/calendar.js';
import { type KeyPolicy, transactionKey } from '../../src/switch/keys.js';

const POLICY: KeyPolicy = { key: ['acquirer', 'merchant', 'terminal', 'stan', 'localDate', 'localTime'] };

function calendarAt(now: number): Calendar {
  const clock: Clock = { now: () => now, after: () => () => {}, soon: () => {} };
  return new Calendar(clock, 0);
}

const noon = calendarAt(Date.UTC(2026, 10, 23, 12, 0, 0));

const sale: Identity = {
  acquirer: '000001',
  merchant: 'SHOP',
  terminal: 'T1',
  messageClass: '2',
  stan: '000007',
  rrn: 'R00000000007',
  localDate: '1123',
  localTime: '115959',
  transmittedAt: '1123115959',
  content: '',
  contentIsSensitive: false,
};

const keyOf = (identity: Identity, calendar = noon, policy = POLICY): string =>
  transactionKey(identity, policy, calendar).key;

t.test('a resend with another transmission time has the same key', async (t) => {
  t.equal(keyOf({ ...sale, transmittedAt: '1123120505' }), keyOf(sale));
});

t.test('another STAN, day, time, terminal, merchant, acquirer or class is another transaction', async (t) => {
  const others: Partial<Identity>[] = [
    { stan: '000008' },
    { localDate: '1122' },
    { localTime: '115958' },
    { terminal: 'T2' },
    { merchant: 'SHOP2' },
    { acquirer: '000002' },
    { messageClass: '4' },
  ];
  for (const other of others) t.not(keyOf({ ...sale, ...other }), keyOf(sale), JSON.stringify(other));
});

t.test('the key begins with date, STAN and terminal, so that one index finds all three', async (t) => {
  t.ok(keyOf(sale).startsWith('20261123|000007|T1|'));
});

t.test('a repeat on the other side of midnight or New Year has the same key', async (t) => {
  const before = calendarAt(Date.UTC(2026, 11, 31, 23, 59, 59));
  const after = calendarAt(Date.UTC(2027, 0, 1, 0, 0, 9));
  const late = { ...sale, localDate: '1231', localTime: '235958' };
  t.equal(keyOf(late, after), keyOf(late, before));
  t.equal(
    keyOf({ ...late, localDate: '' }, after),
    keyOf({ ...late, localDate: '' }, before),
    'by its time alone',
  );
});

t.test('a date that there is not is the day on which the time was nearest', async (t) => {
  const [before, after] = [Date.UTC(2026, 10, 23, 23, 59, 50), Date.UTC(2026, 10, 24, 0, 0, 20)].map(
    calendarAt,
  );
  for (const localDate of ['0000', '1399', '']) {
    const late = { ...sale, localDate, localTime: '235948' };
    t.equal(keyOf(late, after), keyOf(late, before), `a repeat after midnight, date "${localDate}"`);
  }
});

t.test('where date or time are missing the RRN tells transactions apart', async (t) => {
  const bare = { ...sale, localDate: '', localTime: '' };
  t.not(keyOf(bare), keyOf({ ...bare, rrn: 'R00000000008' }));
  t.equal(keyOf(bare), keyOf({ ...bare }));
});

t.test('a profile may leave a part out of the key', async (t) => {
  const policy: KeyPolicy = { key: ['terminal', 'stan', 'localDate', 'localTime'] };
  t.equal(keyOf({ ...sale, merchant: 'OTHER' }, noon, policy), keyOf(sale, noon, policy));
});

t.test('no two different identities share a key, whatever separators they hold', async () => {
  const text = fc.string({ unit: fc.constantFrom('|', '\\', 'A', '1'), maxLength: 4 });
  const identity = fc.record({ stan: text, terminal: text, merchant: text, acquirer: text });
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      return same === (keyOf({ ...sale, ...one }) === keyOf({ ...sale, ...other }));
    }),
    { numRuns: 2_000 },
  );
});

t.test('a name without a date is the same transaction on any day, and never meets a dated one', async (t) => {
  const policy: KeyPolicy = { key: ['acquirer', 'merchant', 'terminal'], undated: true };
  const order: Identity = { ...sale, stan: '', rrn: 'order-1', localDate: '', localTime: '' };
  const years = [0, 1, 400, 4_000].map((days) => calendarAt(Date.UTC(2026, 10, 23 + days, 23, 59)));
  t.equal(new Set(years.map((calendar) => keyOf(order, calendar, policy))).size, 1);
  t.not(keyOf({ ...order, rrn: 'order-2' }, noon, policy), keyOf(order, noon, policy));
  t.not(keyOf(order, noon, { ...policy, undated: false }), keyOf(order, noon, policy));
  t.equal(transactionKey(order, policy, noon).localDate, '20261123', 'the journal still has its day');
});

t.test(
  'where the RRN is named, it counts beside date and time; without the STAN, another one is no other',
  async (t) => {
    const both = { key: [...POLICY.key, 'rrn'] } as const;
    t.not(keyOf({ ...sale, rrn: 'R8' }, noon, both), keyOf(sale, noon, both));
    t.not(keyOf({ ...sale, stan: '000008' }, noon, both), keyOf(sale, noon, both));
    t.equal(keyOf({ ...sale, rrn: 'R8' }), keyOf(sale), 'by default it does not');
    const alone = { key: ['acquirer', 'terminal', 'rrn', 'localDate'] } as const;
    t.equal(keyOf({ ...sale, stan: '000008', localTime: '120001' }, noon, alone), keyOf(sale, noon, alone));
    for (const other of [{ rrn: 'R8' }, { localDate: '1122' }, { terminal: 'T2' }, { messageClass: '4' }])
      t.not(keyOf({ ...sale, ...other }, noon, alone), keyOf(sale, noon, alone), JSON.stringify(other));
  },
);
