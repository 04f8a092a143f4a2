/** Value cards over the web API: T8 with A6 to A9. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { ACCOUNT, cardConfig, cardNumber, takeInCards } from '../support/cards.js';
import { scratch, startSwitch } from '../support/process.js';
import { startSupplier } from '../support/supplier.js';

const TOKEN = 'a-token-of-a-shop-with-cards';
const shop = {
  name: 'shop',
  tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
  merchant: 'DEMOMERCHANT001',
  terminals: ['DEMO0001', 'DEMO0002'],
};

t.test('T8, A6 to A9: a card is made ready, paid, redeemed once and told again, over HTTP', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const folder = scratch(t);
  await takeInCards(folder);
  const config = { ...cardConfig(supplier.port), api: { port: 0, clients: [shop] } };
  const running = await startSwitch(t, { folder, config, pins: { TALK10: 2 } });
  let serial = 100;
  const post = async (path: string, body: Record<string, unknown>, key = `card-step-${++serial}`) => {
    const answer = await fetch(`http://127.0.0.1:${running.ports.api}/v1/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const declined = (reason: string) => ({ status: 200, body: { result: 'declined', reason } });
  const approved = { status: 200, body: { result: 'approved' } };
  const [plain, withPin] = [cardNumber(1), cardNumber(21)];

  t.match(await post('cards/activations', { card: plain }), declined('card-not-preauthorised'));
  t.match(await post('cards/preauthorisations', { card: plain }, 'ready-0001'), approved);
  t.match(
    await post('cards/activations', { card: plain, terminal: 'DEMO0002' }),
    declined('card-other-terminal'),
  );
  t.match(await post('cards/redemptions', { card: plain, account: ACCOUNT }), declined('card-inactive'));
  t.match(await post('cards/activations', { card: plain, amount: 1000, currency: '840' }), approved);

  const first = await post('cards/redemptions', { card: plain, account: ACCOUNT }, 'redeem-0001');
  t.match(first, { status: 200, body: { result: 'approved', balance: { currency: '840' } } });
  t.same(
    await post('cards/redemptions', { card: plain, account: ACCOUNT }, 'redeem-0001'),
    first,
    'the same key',
  );
  const again = await post('cards/redemptions', { card: plain, account: ACCOUNT });
  t.match(again, { body: { result: 'approved', approvalCode: first.body.approvalCode } }, 'and another');
  t.match(await post('cards/redemptions', { card: plain, account: '5559999999' }), declined('card-redeemed'));
  t.equal((await supplier.ledger()).filter(({ state }) => state === 'credited').length, 1);
  t.match(await post('cards/redemptions', { card: plain, account: '5559999999' }, 'redeem-0001'), {
    status: 409,
  });

  t.match(await post('cards/preauthorisations', { card: withPin }), approved);
  const paid = await post('cards/activations', { card: withPin }, 'payment-21');
  t.match(paid.body.pins, [{ pin: /^\d{10,}$/ }], 'its PIN is delivered');
  t.match(await post('reversals', { transaction: 'payment-21' }), approved);
  t.match(await running.json('stock', 'levels'), { TALK10: { stock: 1, quarantined: 1 } });

  t.match(await post('cards/losses', { card: cardNumber(2) }), approved);
  t.match(await post('cards/preauthorisations', { card: cardNumber(2) }), declined('card-lost'));
  t.match(await post('cards/deactivations', { card: cardNumber(3) }, 'taken-out-3'), approved);
  t.match(await post('cards/activations', { card: 'abc' }), { status: 400, body: { field: 'card' } });
  t.match(await post('cards/redemptions', { card: plain }), { status: 400, body: { field: 'account' } });
  t.match(await running.json('stock', 'audit'), { ok: true });
  t.notOk(running.child.output().includes(plain), 'no card number in the log');
});
