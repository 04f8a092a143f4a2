/** The HTTP supplier simulator's ledger, seen from outside: a process that is killed and started again. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Peer } from '../../supply/peer.js';

const folder = mkdtempSync(join(tmpdir(), 'supplier-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function body(reference: string, account: string, changes: object = {}) {
  return {
    reference,
    service: 'account-credit',
    product: 'TOPUP',
    account,
    amount: 500,
    currency: '840',
    quantity: 1,
    validUntil: new Date(Date.now() + 60_000).toISOString(),
    ...changes,
  };
}

async function post(peer: Peer, path: string, content: object): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(`${peer.url}${path}`, { method: 'POST', body: JSON.stringify(content) });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

t.test('orders, reversals and balances outlive a kill, and a line cut short is dropped', async (t) => {
  const file = join(folder, 'ledger.jsonl');
  const first = await Peer.start('--kind', 'http', '--ledger', file);
  const [, told] = await post(first, '/v1/orders', body('A1', '55501'));
  await post(first, '/v1/orders', body('A2', '55501', { amount: 700 }));
  await post(first, '/v1/orders/A2/reversal', {});
  await post(first, '/v1/orders/A3/reversal', {});
  t.match(told, { status: 'approved', balance: { amount: 500 } });
  await first.kill('SIGKILL');
  appendFileSync(file, '{"event":"order","entry":{"refer');

  const second = await Peer.start('--kind', 'http', '--ledger', file);
  t.teardown(() => second.kill());
  t.same(await post(second, '/v1/orders', body('A1', '55501')), [200, told], 'the first result again');
  t.match(await second.entry('A1'), { state: 'credited', credits: 1, asked: 2 });
  t.match(await second.entry('A2'), { state: 'reversed', credits: 1, reversals: 1 });
  t.match(await post(second, '/v1/orders', body('A3', '55501')), [409, { status: 'reversed' }]);
  t.same((await second.ledger()).balances, { 55501: 500 });
  t.ok(
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .every((line) => JSON.parse(line)),
  );
});

t.test('the same reference at once ten times credits once', async (t) => {
  const peer = await Peer.start('--kind', 'http', '--ledger', join(folder, 'at-once.jsonl'));
  t.teardown(() => peer.kill());
  const order = body('B1', '55502');
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(peer, '/v1/orders', order)));
  t.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  t.match(await peer.entry('B1'), { credits: 1, asked: 10 });
  t.same((await peer.ledger()).balances, { 55502: 500 });
  const [status, said] = await post(peer, '/v1/orders', { ...order, amount: 600 });
  t.match(
    [status, said],
    [422, { status: 'refused', reason: 'duplicate' }],
    'the same reference, other content',
  );
  t.match(await peer.entry('B1'), { credits: 1, amount: 500 });
});

t.test('an order past its validity is refused', async (t) => {
  const peer = await Peer.start('--kind', 'http');
  t.teardown(() => peer.kill());
  const late = body('C1', '55503', { validUntil: new Date(Date.now() - 1_000).toISOString() });
  t.match(await post(peer, '/v1/orders', late), [422, { reason: 'expired' }]);
  t.equal(await peer.entry('C1'), undefined);
});

t.test('a script with an unknown behaviour is refused with the words allowed', async (t) => {
  const peer = await Peer.start('--kind', 'http');
  t.teardown(() => peer.kill());
  await t.rejects(peer.script('explode'), { message: /one of approve, delay, drop/ });
});
