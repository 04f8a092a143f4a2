/** The web API over real sockets, from a real process: T8, and what repeats, reversals and crashes mean there. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { packageRoot } from '../../src/base/root.js';
import { commandLine } from '../support/commandLine.js';
import { startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, startSupplier } from '../support/supplier.js';

const TOKEN = 'a-token-of-a-shop-for-tests';
const client = {
  name: 'shop',
  tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
  merchant: 'DEMOMERCHANT001',
  terminals: ['DEMO0001', 'GONE0001'],
};
const api = { port: 0, clients: [client] };

interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, each looked at by its test
  readonly body: any;
}

let serial = 0;
const newKey = (): string => `order-${process.pid}-${String(++serial)}`;

async function ask(
  { ports }: Pick<TestSwitch, 'ports'>,
  path: string,
  body: unknown,
  { key = newKey(), token = TOKEN }: { key?: string; token?: string } = {},
): Promise<Answered> {
  const answer = await fetch(`http://127.0.0.1:${ports.api}/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(key === '' ? {} : { 'idempotency-key': key }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

t.test('T8: a PIN is sold and delivered in the answer, and stands in the journal by its key', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 5 }, config: { api } });
  const key = newKey();
  const sold = await ask(running, 'pin-sales', { product: 'TALK10', quantity: 2, amount: 2000 }, { key });
  t.equal(sold.status, 200);
  t.match(sold.body, { result: 'approved', reason: 'approved', approvalCode: /^[0-9A-Z]{6}$/ });
  t.equal(new Set(sold.body.pins.map(({ pin }: { pin: string }) => pin)).size, 2);
  t.match(sold.body.pins[0], { pin: /^\d+$/, serial: 'STALK100', expiry: '20991231' });
  t.same(sold.body.receipt[0], 'Talk 10');
  const found = JSON.stringify(await running.json('journal', 'find', '--rrn', key));
  for (const part of ['DEMOMERCHANT001', 'DEMO0001', 'STALK100', 'approved'])
    t.ok(found.includes(part), part);
  t.notOk(found.includes(sold.body.pins[0].pin), 'the journal does not tell the PIN');
  t.notOk(running.child.output().includes(sold.body.pins[0].pin), 'nor does the log');
  t.notOk(running.child.output().includes(TOKEN));
});

t.test('T8: the same key is answered with the same PIN, with another body it is refused', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 5 }, config: { api } });
  const key = newKey();
  const all = await Promise.all(
    Array.from({ length: 20 }, () => ask(running, 'pin-sales', { product: 'TALK10' }, { key })),
  );
  for (const one of all) t.same(one, all[0]);
  const other = await ask(running, 'pin-sales', { product: 'TALK10', quantity: 2 }, { key });
  t.match(other, { status: 409, body: { error: 'key-reused', field: 'Idempotency-Key' } });
  t.match(await running.json('stock', 'audit'), { byCustody: { sold: 1 }, ok: true });
});

t.test('T8: a process that dies right after the sale leaves the PIN to the repeat', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 2 }, config: { api }, crashAt: 'after:sell' });
  const key = newKey();
  await t.rejects(ask(running, 'pin-sales', { product: 'TALK10' }, { key }), 'no answer');
  const again = await running.restart();
  const told = await ask(again, 'pin-sales', { product: 'TALK10' }, { key });
  t.match(told, { status: 200, body: { result: 'approved', pins: [{ serial: 'STALK100' }] } });
  t.match(await again.json('stock', 'audit'), { byCustody: { sold: 1, stock: 1 }, ok: true });
});

t.test('T8: a reversal quarantines the PIN once, and the sale is not told again', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 2 }, config: { api } });
  const key = newKey();
  await ask(running, 'pin-sales', { product: 'TALK10' }, { key });
  const undo = newKey();
  for (const times of [1, 2]) {
    const undone = await ask(running, 'reversals', { transaction: key }, { key: undo });
    t.match(undone, { status: 200, body: { result: 'approved' } }, `asked ${times} times`);
  }
  const repeat = await ask(running, 'pin-sales', { product: 'TALK10' }, { key });
  t.match(repeat, { status: 200, body: { result: 'declined', reason: 'reversed' } });
  t.notOk(repeat.body.pins);
  const unknown = await ask(running, 'reversals', { transaction: 'never-there' });
  t.match(unknown.body, { result: 'declined', reason: 'original-not-found' });
  t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1, stock: 1 }, ok: true });
});

t.test('T8: an account is credited once at its supplier, and its balance told', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, { config: { ...creditConfig({ http: supplier.port }), api } });
  const account = '5550001234';
  const key = newKey();
  const [credited, repeat] = await Promise.all([
    ask(running, 'account-credits', { account, amount: 2500 }, { key }),
    ask(running, 'account-credits', { account, amount: 2500 }, { key }),
  ]);
  t.match(credited, { status: 200, body: { result: 'approved', balance: { currency: '840' } } });
  t.same(repeat, credited);
  t.equal((await supplier.ledger()).length, 1);
  const inquired = await ask(running, 'account-inquiries', { account }, { key: '' });
  t.match(inquired, { status: 200, body: { result: 'approved', balance: credited.body.balance } });
  const refused = await ask(running, 'account-credits', { account, amount: 2550 });
  t.match(refused, { status: 200, body: { result: 'declined', reason: 'invalid-amount' } });
  t.notOk(running.child.output().includes(account), 'the account is not logged');
});

t.test('T8: who may not ask, or asks amiss, is told where, and nothing changes', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 1 }, config: { api } });
  const sale = { product: 'TALK10' };
  const cases: readonly [string, Answered, object][] = [
    ['token', await ask(running, 'pin-sales', sale, { token: 'not-a-known-token-at-all' }), { status: 401 }],
    [
      'key',
      await ask(running, 'pin-sales', sale, { key: '' }),
      { status: 400, body: { field: 'Idempotency-Key' } },
    ],
    [
      'member',
      await ask(running, 'pin-sales', { ...sale, colour: 'red' }),
      { status: 400, body: { field: 'colour' } },
    ],
    [
      'amount',
      await ask(running, 'pin-sales', { ...sale, amount: 10.5 }),
      { status: 400, body: { field: 'amount' } },
    ],
    [
      'count',
      await ask(running, 'pin-sales', { ...sale, quantity: 11 }),
      { status: 400, body: { field: 'quantity' } },
    ],
    [
      'account',
      await ask(running, 'account-credits', { account: '55x', amount: 1 }),
      { status: 400, body: { field: 'account' } },
    ],
    ['JSON', await ask(running, 'pin-sales', '{"product":'), { status: 400, body: { field: 'body' } }],
    ['size', await ask(running, 'pin-sales', { product: 'x'.repeat(20_000) }), { status: 413 }],
    [
      'other terminal',
      await ask(running, 'pin-sales', { ...sale, terminal: 'OTHER' }),
      { status: 403, body: { field: 'terminal' } },
    ],
    ['terminal gone', await ask(running, 'pin-sales', { ...sale, terminal: 'GONE0001' }), { status: 403 }],
    ['path', await ask(running, 'nothing', sale), { status: 404 }],
  ];
  for (const [name, answered, expected] of cases) t.match(answered, expected, name);
  t.match(await running.json('stock', 'audit'), { byCustody: { stock: 1, sold: 0 }, ok: true });
});

t.test('a caller that sends a byte a second is cut off, and others are served meanwhile', async (t) => {
  const limits = { requestMs: 1_000 };
  const began = Date.now();
  const running = await startSwitch(t, { pins: { TALK10: 3 }, config: { api: { ...api, limits } } });
  const slow = connect(running.ports.api ?? 0, '127.0.0.1');
  const closed = new Promise((resolve) => slow.once('close', resolve));
  slow.on('error', () => undefined);
  slow.on('data', () => undefined);
  slow.write('POST /v1/pin-sales HTTP/1.1\r\nhost: x\r\n');
  const trickle = setInterval(() => slow.write('a'), 300);
  t.teardown(() => clearInterval(trickle));
  t.equal((await ask(running, 'pin-sales', { product: 'TALK10' })).status, 200);
  await closed;
  t.ok(Date.now() - began < 20_000, 'long before Node looks of its own accord');
  t.equal((await ask(running, 'pin-sales', { product: 'TALK10' })).status, 200);
});

t.test('T8: over mutual TLS the certificate says who calls', async (t) => {
  const certs = join(packageRoot(), 'test/transport/certs');
  const file = (name: string): Buffer => readFileSync(join(certs, name));
  const shown = await commandLine(['--version']);
  t.equal(shown.code, 0);
  const pem = file('acquirer.crt').toString();
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const { tokenSha256: _, ...byCertificate } = client;
  const tls = {
    cert: join(certs, 'switch.crt'),
    key: join(certs, 'switch.key'),
    ca: join(certs, 'ca.crt'),
    mutual: true,
  };
  const certificateSha256 = createHash('sha256').update(der).digest('hex');
  const config = { api: { port: 0, tls, clients: [{ ...byCertificate, certificateSha256 }] } };
  const running = await startSwitch(t, { pins: { TALK10: 1 }, config });
  const post = (name: string): Promise<number | string> =>
    new Promise((resolve) => {
      const sent = httpsRequest(
        {
          host: '127.0.0.1',
          port: running.ports.api,
          path: '/v1/pin-sales',
          method: 'POST',
          ca: file('ca.crt'),
          cert: file(`${name}.crt`),
          key: file(`${name}.key`),
          checkServerIdentity: () => undefined,
          headers: { 'content-type': 'application/json', 'idempotency-key': newKey() },
        },
        (answer) => resolve(answer.resume().statusCode ?? 0),
      );
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      sent.end('{"product":"TALK10"}');
    });
  t.equal(await post('acquirer'), 200);
  t.equal(await post('switch'), 401, 'a certificate of the same authority that is nobody’s');
  t.type(await post('stranger'), 'string', 'another authority’s: no connection');
});

t.test('T8: the OpenAPI document describes what is answered', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 1 }, config: { api } });
  const document = (await (await fetch(`http://127.0.0.1:${running.ports.api}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, { post: { requestBody: unknown } }>;
    components: { schemas: Record<string, Parameters<typeof z.fromJSONSchema>[0]> };
  };
  t.equal(document.openapi, '3.1.0');
  t.same(Object.keys(document.paths), [
    '/v1/pin-sales',
    '/v1/account-credits',
    '/v1/account-inquiries',
    '/v1/batches',
    '/v1/cards/preauthorisations',
    '/v1/cards/activations',
    '/v1/cards/redemptions',
    '/v1/cards/deactivations',
    '/v1/cards/losses',
    '/v1/reversals',
    '/v1/providers',
    '/v1/providers/{provider}/products',
    '/v1/providers/{provider}/regions',
    '/v1/providers/{provider}/rates',
  ]);
  const { Answer = {}, Problem = {} } = document.components.schemas;
  const sold = await ask(running, 'pin-sales', { product: 'TALK10' });
  t.ok(z.fromJSONSchema(Answer).safeParse(sold.body).success, 'an approval is an Answer');
  const gone = await ask(running, 'pin-sales', { product: 'TALK10' });
  t.match(gone.body, { result: 'declined', reason: 'out-of-stock' });
  t.ok(z.fromJSONSchema(Answer).safeParse(gone.body).success, 'so is a decline');
  const amiss = await ask(running, 'pin-sales', {});
  t.ok(z.fromJSONSchema(Problem).safeParse(amiss.body).success, 'a fault is a Problem');
  t.notOk(z.fromJSONSchema(Answer).safeParse(amiss.body).success);
  t.same(JSON.parse((await commandLine(['api', 'openapi'])).stdout), document, 'the command prints the same');
});

t.test('api token makes a token whose digest admits it', async (t) => {
  const made = JSON.parse((await commandLine(['api', 'token', '--json'])).stdout) as Record<string, string>;
  const { token = '', tokenSha256 } = made;
  const running = await startSwitch(t, {
    pins: { TALK10: 1 },
    config: { api: { port: 0, clients: [{ ...client, tokenSha256 }] } },
  });
  t.equal((await ask(running, 'pin-sales', { product: 'TALK10' }, { token })).status, 200);
  t.equal((await ask(running, 'pin-sales', { product: 'TALK10' })).status, 401);
});
