/** The vendor simulator, seen from outside: a process that is killed and started again, and issues no PIN twice. */
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../support/process.js';
import { startVendor, type TestVendor } from '../../support/vendor.js';

interface Told {
  readonly state: string;
  readonly deliveries: readonly { readonly id: string; readonly count: number; readonly sha256: string }[];
}

async function order(vendor: TestVendor, reference: string, quantity: number): Promise<[number, unknown]> {
  const body = JSON.stringify({ reference, product: 'T-10', quantity });
  const answer = await fetch(`${vendor.url}/orders`, { method: 'POST', body });
  return [answer.status, await answer.json()];
}

async function look(vendor: TestVendor, reference: string): Promise<Told> {
  return (await (await fetch(`${vendor.url}/orders/${reference}`)).json()) as Told;
}

async function batch(vendor: TestVendor, reference: string, id: string): Promise<string> {
  return (await fetch(`${vendor.url}/orders/${reference}/deliveries/${id}`)).text();
}

function codesOf(csv: string): string[] {
  return csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[1] ?? '');
}

t.test('orders, and the PINs issued for them, outlive a kill; a line cut short is dropped', async (t) => {
  const file = join(t.testdir(), 'ledger.jsonl');
  const first = await startVendor(t, '--ledger', file, '--parts', '2');
  t.strictSame(await order(first, 'A1', 10), [201, { reference: 'A1', state: 'accepted' }]);
  t.strictSame(await order(first, 'A1', 10), [201, { reference: 'A1', state: 'accepted' }]);
  t.match(await order(first, 'A1', 11), [409]);
  const told = await look(first, 'A1');
  t.match(told, { state: 'complete', deliveries: [{ id: 'D1', count: 5 }, { id: 'D2' }] });
  const csv = await batch(first, 'A1', 'D1');
  t.equal(createHash('sha256').update(csv).digest('hex'), told.deliveries[0]?.sha256);
  await first.child.kill();
  appendFileSync(file, '{"event":"order","refer');

  const second = await startVendor(t, '--ledger', file);
  t.strictSame(await look(second, 'A1'), told);
  t.equal(await batch(second, 'A1', 'D1'), csv);
  await order(second, 'A2', 40);
  await look(second, 'A2');
  const codes = [...codesOf(csv), ...codesOf(await batch(second, 'A1', 'D2'))];
  codes.push(...codesOf(await batch(second, 'A2', 'D1')));
  t.equal(new Set(codes).size, 50, 'each PIN once');
  t.match(await second.ledger(), { orders: [{ asked: 3 }, { asked: 1 }], pins: 50 });
  const ledger = readFileSync(file, 'utf8');
  t.ok(codes.every((code) => ledger.includes(code)));
  t.notMatch(
    JSON.stringify(await second.ledger()),
    new RegExp(codes[0] ?? '-'),
    'none over the control port',
  );
});

t.test('nonsense and strangers are turned away', async (t) => {
  const vendor = await startVendor(t, '--token', 'right');
  t.match(await order(vendor, 'A1', 1), [401]);
  const headers = { authorization: 'Bearer right' };
  for (const body of ['', '[]', '{"reference":', '{"reference":"A","product":"T","quantity":0}']) {
    const answer = await fetch(`${vendor.url}/orders`, { method: 'POST', body, headers });
    t.equal(answer.status, 400);
  }
  t.equal((await fetch(`${vendor.url}/orders/NOBODY`, { headers })).status, 404);
  t.equal((await fetch(`${vendor.url}/orders/%E0%A4%A`, { headers })).status, 400);
  t.match(await vendor.ledger(), { orders: [], pins: 0 });
  await t.rejects(vendor.plan({ parts: 0 }));
  await t.rejects(vendor.behave('nothing-of-the-kind'));
});

t.test('what it can be made to do is listed', async (t) => {
  const listed = await run(['simulate', 'vendor', '--behaviours']);
  t.match(listed, { code: 0, stdout: /checksum +sends a batch that is not that of its checksum/ });
});
