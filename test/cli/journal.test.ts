import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { JournalEntry, Store, StoredOutcome } from '../../src/store/store.js';
import { commandLine } from '../support/commandLine.js';
import { run, scratch } from '../support/process.js';

const RECEIVED_AT = Date.parse('2026-11-23T14:12:19.000Z');
const NEXT_AT = Date.parse('2026-11-23T14:20:00.000Z');
const SECRET = Buffer.from('sealed account');

function entry(stan: string, change: Partial<JournalEntry> = {}): JournalEntry {
  return {
    key: `20261123|${stan}|DEMO0001|DEMOMERCHANT001|000001|2|141219`,
    fingerprint: 'f'.repeat(32),
    acquirer: '000001',
    merchant: 'DEMOMERCHANT001',
    terminal: 'DEMO0001',
    messageClass: '2',
    stan,
    rrn: `6327${stan}14`,
    transmittedAt: '1123141219',
    localDate: '20261123',
    localTime: '141219',
    service: 'account-credit',
    product: 'TOPUP',
    quantity: 1,
    amount: 1500,
    currency: '840',
    account: SECRET,
    region: '',
    accountMark: 'mark',
    receivedAt: RECEIVED_AT,
    ...change,
  };
}

function outcome(reason: StoredOutcome['reason']): StoredOutcome {
  return {
    reason,
    approvalCode: 'AB12CD',
    balance: null,
    balanceCurrency: '',
    accountExpiry: '',
    supplierReason: '',
    receiptId: 0,
  };
}

/** Three transactions: one sold with a PIN of its supplier, one open, one to be reversed at its supplier. */
async function fill(store: Store): Promise<void> {
  const attempt = (reference: string) => ({
    supplier: 'acme',
    reference,
    deadlineAt: RECEIVED_AT + 30_000,
    doubt: 'reversal' as const,
  });
  const ids: number[] = [];
  for (const [at, stan] of ['000101', '000102', '000103'].entries()) {
    const opened = await store.open({ entry: entry(stan), ...attempt(`REF${at}`) });
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    ids.push(opened.id);
  }
  const batch = await store.addKeyBatch('k1', Buffer.alloc(8));
  const [sold = 0, , reversing = 0] = ids;
  const pin = {
    product: 'TOPUP',
    supplier: 'acme',
    batch,
    mark: 'm1',
    serial: 'SERIAL1',
    expiry: '20301231',
  };
  await store.close({
    id: sold,
    reference: 'REF0',
    state: 'approved',
    outcome: outcome('approved'),
    closedAt: RECEIVED_AT + 250,
    issued: [{ ...pin, sealed: Buffer.from('sealed PIN') }],
    forward: undefined,
  });
  await store.close({
    id: reversing,
    reference: 'REF2',
    state: 'reversing',
    outcome: outcome('late'),
    closedAt: RECEIVED_AT + 30_000,
    issued: [],
    forward: { kind: 'reversal', nextAt: NEXT_AT },
  });
}

t.test('the journal is read while the store is open elsewhere', async (t) => {
  const data = scratch(t);
  const store = await openSqliteStore({ file: join(data, 'switch.db'), clock: systemClock });
  await fill(store);

  await t.test('find tells a transaction by STAN, RRN or number, without PIN or account', async (t) => {
    const byStan = await run(['journal', 'find', '--stan', '101', '--data', data, '--json']);
    t.equal(byStan.code, 0);
    const { transactions } = JSON.parse(byStan.stdout);
    t.equal(transactions.length, 1);
    t.match(transactions[0], {
      state: 'approved',
      service: 'account-credit',
      product: 'TOPUP',
      amount: 1500,
      currency: '840',
      merchant: 'DEMOMERCHANT001',
      terminal: 'DEMO0001',
      acquirer: '000001',
      stan: '000101',
      rrn: '632700010114',
      localDate: '20261123',
      localTime: '141219',
      reason: 'approved',
      approvalCode: 'AB12CD',
      pins: [{ serial: 'SERIAL1', expiry: '20301231' }],
      supplier: 'acme',
      reference: 'REF0',
      receivedAt: '2026-11-23T14:12:19.000Z',
      closedAt: '2026-11-23T14:12:19.250Z',
    });
    t.notMatch(byStan.stdout, /sealed|mark/);
    for (const query of [
      ['--rrn', '632700010114'],
      ['--id', String(transactions[0].id)],
    ]) {
      t.equal(
        (await commandLine(['journal', 'find', ...query, '--data', data, '--json'])).stdout,
        byStan.stdout,
      );
    }
    const text = await commandLine(['journal', 'find', '--stan', '101', '--data', data]);
    t.match(text.stdout, /^pins +SERIAL1 \(expires 20301231\)$/m);
  });

  await t.test('doubtful tells what is open and what is due at suppliers', async (t) => {
    const { code, stdout } = await commandLine(['journal', 'doubtful', '--data', data, '--json']);
    t.equal(code, 0);
    const { open, forwardings } = JSON.parse(stdout);
    t.match(open, [
      { stan: '000102', state: 'pending', supplier: 'acme', reference: 'REF1', closedAt: null },
    ]);
    t.match(forwardings, [
      {
        kind: 'reversal',
        attempts: 0,
        nextAt: '2026-11-23T14:20:00.000Z',
        transaction: { stan: '000103', state: 'reversing', reference: 'REF2' },
      },
    ]);
    t.same([open.length, forwardings.length], [1, 1]);
    const text = await commandLine(['journal', 'doubtful', '--data', data]);
    t.match(text.stdout, /Outcome open:\n.*\n.*000102/);
    t.match(text.stdout, /Due at suppliers:\n.*\n.*000103 +reversal +acme +REF2 +0 /);
  });
  await store.shutdown();
});

t.test('what is not there is 1; no database, or no question, is 2', async (t) => {
  const data = scratch(t);
  const none = await commandLine(['journal', 'find', '--stan', '1', '--data', data]);
  t.equal(none.code, 2);
  t.match(none.stderr, /switch\.db: no database/);
  await (await openSqliteStore({ file: join(data, 'switch.db'), clock: systemClock })).shutdown();
  const unknown = await run(['journal', 'find', '--stan', '1', '--json'], {
    env: { PREPAID_SWITCH_DATA: data },
  });
  t.equal(unknown.code, 1);
  t.same(JSON.parse(unknown.stdout), { transactions: [] });
  const doubtful = await commandLine(['journal', 'doubtful', '--data', data]);
  t.match(doubtful, { code: 1, stdout: /Nothing is in doubt/ });
  t.equal((await commandLine(['journal', 'find', '--data', data])).code, 2);
});
