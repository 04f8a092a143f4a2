/** What terminals can do beyond a sale, over the web API: T8 with A10, A12, A13, P2 and T4. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { z } from 'zod';
import { orderFor, started } from '../support/accounts.js';
import type { TestSwitch } from '../support/process.js';

const TOKEN = 'a-token-of-a-shop-for-tests';
const shop = {
  name: 'shop',
  tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
  merchant: 'DEMOMERCHANT001',
  terminals: ['DEMO0001'],
};
const OTHER_TOKEN = 'a-token-of-another-shop-for-tests';
const other = {
  ...{ name: 'other', tokenSha256: createHash('sha256').update(OTHER_TOKEN).digest('hex') },
  ...{ merchant: 'OTHERMERCHANT01', terminals: ['OTHER001'] },
};
const api = { port: 0, clients: [shop, other] };

interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, each looked at by its test
  readonly body: any;
}

let serial = 0;
const newKey = (): string => `service-${process.pid}-${String(++serial)}`;

async function fetched(url: string, options: RequestInit, token = TOKEN): Promise<Answered> {
  const headers = { ...options.headers, authorization: `Bearer ${token}` };
  const answer = await fetch(url, { ...options, headers });
  return { status: answer.status, body: await answer.json() };
}

function asker({ ports }: TestSwitch) {
  const at = (path: string): string => `http://127.0.0.1:${ports.api}${path}`;
  return {
    get: (path: string, token?: string) => fetched(at(path), {}, token),
    post: (path: string, body: unknown, key = newKey(), token?: string) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      return fetched(at(path), { method: 'POST', headers, body: JSON.stringify(body) }, token);
    },
  };
}

t.test('T8: the services of terminals, over HTTP', async (t) => {
  const { supplier, running } = await started(t, { pins: { CARD10: 3 }, config: { api } });
  const { get, post } = asker(running);
  const document = (await get('/openapi.json')).body;
  const { Answer, Listing, Problem } = document.components.schemas as Record<
    string,
    Parameters<typeof z.fromJSONSchema>[0]
  >;
  const is = (schema: typeof Answer, { body }: Answered): boolean =>
    z.fromJSONSchema(schema ?? {}).safeParse(body).success;

  t.test('P2: providers, their products, regions and rates are listed', async (t) => {
    const providers = await get('/v1/providers');
    t.match(providers, { status: 200, body: { items: [{ provider: 'TALKCO', name: 'Talk' }] } });
    const products = await get('/v1/providers/CARDCO/products');
    t.same(products.body.items, [
      { product: 'CARD10', name: 'Card 10', amount: 1_000, currency: '840' },
      { product: 'CARD20', name: 'Card 20', amount: 2_000, currency: '840' },
    ]);
    t.match((await get('/v1/providers/TALKCO/products')).body.items[0], {
      ...{ product: 'TALK', amountMin: 100, amountMax: 10_000, amountStep: 100 },
    });
    const regions = await get('/v1/providers/REGCO/regions');
    t.same(regions.body, {
      items: [
        { region: 'NORTH', name: 'North' },
        { region: 'SOUTH', name: 'South' },
      ],
    });
    t.same((await get('/v1/providers/REGCO/regions?page=SOUTH')).body.items.length, 1);
    t.same((await get('/v1/providers/REGCO/rates')).body, { items: [] });
    for (const one of [providers, products, regions]) t.ok(is(Listing, one), 'as the document has it');
    const nobody = await get('/v1/providers/NOBODY/products');
    t.match(nobody, { status: 404, body: { error: 'not-found' } });
    t.ok(is(Problem, nobody));
    t.match(await get('/v1/providers?colour=red'), { status: 400, body: { field: 'colour' } });
    t.match(await get('/v1/providers', 'a-token-of-nobody-at-all'), { status: 401 });
  });

  t.test('A13: an account alone, or by reference, is credited as last time', async (t) => {
    const account = '6660007001';
    const first = await post('/v1/account-credits', { account, amount: 700, region: 'NORTH' });
    t.match(first.body, { result: 'approved', amount: 700, accountReference: /^[0-9A-Z]+$/ });
    const reference = first.body.accountReference as string;
    const key = newKey();
    const again = await post('/v1/account-credits', { account }, key);
    t.match(again.body, { result: 'approved', amount: 700 });
    t.match(await orderFor(supplier, account), { region: 'NORTH', amount: 700 });
    t.same(await post('/v1/account-credits', { account }, key), again, 'the same key, the same answer');
    t.match((await post('/v1/account-credits', { account, amount: 800 }, key)).status, 409);
    const by = await post('/v1/account-credits', { reference, amount: 300 });
    t.match(by.body, { result: 'approved', amount: 300 });
    t.match(await orderFor(supplier, account), { region: 'NORTH', amount: 300 });
    t.match((await post('/v1/account-inquiries', { reference })).body, { result: 'approved' });
    const stolen = await post('/v1/account-credits', { reference }, newKey(), OTHER_TOKEN);
    t.match(stolen.body, { result: 'declined', reason: 'invalid-account' });
    const unsaid = await post('/v1/account-credits', { account: '6660007002', amount: 500 });
    t.match(unsaid.body, { result: 'declined', reason: 'invalid-region' }, 'A10');
    t.match(await post('/v1/account-credits', { amount: 500 }), { status: 400, body: { field: 'account' } });
    for (const one of [first, again, by, unsaid]) t.ok(is(Answer, one), 'as the document has it');
    t.notOk(running.child.output().includes(account), 'the account is not logged');
  });

  t.test('a PIN by provider and value, and the word for a provider where no number tells it', async (t) => {
    const sold = await post('/v1/pin-sales', { provider: 'CARDCO', amount: 1_000 });
    t.match(sold.body, { result: 'approved', pins: [{ serial: /^SCARD10/ }] });
    t.match(await post('/v1/pin-sales', { amount: 1_000 }), { status: 400, body: { field: 'product' } });
    const told = await post('/v1/account-credits', {
      account: '3330007001',
      amount: 500,
      provider: 'NEARCO',
    });
    t.equal(told.body.result, 'approved');
    t.equal((await orderFor(supplier, '3330007001'))?.product, 'NEAR', 'A2');
  });

  t.test('A12: a PIN in place of a credit is in the answer, and its reversal takes it back', async (t) => {
    const key = newKey();
    const told = await post('/v1/account-credits', { account: '8880007001', amount: 1_000 }, key);
    t.match(told.body, { result: 'approved', amount: 1_000, pins: [{ pin: /^\d+$/, serial: /^SCARD10/ }] });
    t.ok(is(Answer, told));
    t.same(
      (await post('/v1/account-credits', { account: '8880007001', amount: 1_000 }, key)).body,
      told.body,
    );
    t.equal((await post('/v1/reversals', { transaction: key })).body.result, 'approved');
    t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1 }, ok: true });
  });

  t.test('T4: a batch has a result for each item, and a reversal may name some', async (t) => {
    const key = newKey();
    const items = [
      { product: 'CARD10' },
      { account: '5550007001', amount: 700 },
      { product: 'CARD20' },
      { account: '6660007009', amount: 700 },
    ];
    const told = await post('/v1/batches', { items }, key);
    t.match(told, {
      status: 200,
      body: {
        result: 'partial',
        items: [
          { item: 1, result: 'approved', pins: [{ serial: /^SCARD10/ }] },
          { item: 2, result: 'approved', balance: { currency: '840' } },
          { item: 3, result: 'declined', reason: 'out-of-stock' },
          { item: 4, result: 'declined', reason: 'invalid-region' },
        ],
      },
    });
    t.ok(is(Answer, told), 'as the document has it');
    t.same((await post('/v1/batches', { items }, key)).body, told.body, 'a repeat tells the same');
    t.match((await post('/v1/batches', { items: items.slice(0, 1) }, key)).status, 409);
    const undone = await post('/v1/reversals', { transaction: key, items: [1] });
    t.equal(undone.body.result, 'approved');
    t.match(await orderFor(supplier, '5550007001'), { state: 'credited' }, 'the other one stands');
    t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 2 }, ok: true });
    t.match(await post('/v1/batches', { items: [] }), { status: 400, body: { field: 'items' } });
    const many = Array.from({ length: 21 }, () => ({ product: 'CARD10' }));
    t.match(await post('/v1/batches', { items: many }), { status: 400, body: { field: 'items' } });
  });

  t.test(
    'the OpenAPI document is whole: what it names is there, and each operation is described',
    async (t) => {
      const text = JSON.stringify(document);
      const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
      t.ok(names.length > 0 && names.every((name) => name && name in document.components.schemas));
      const ids = new Set<string>();
      const paths = Object.entries(document.paths as Record<string, Record<string, Described>>);
      for (const [path, methods] of paths) {
        for (const [method, one] of Object.entries(methods)) {
          t.ok(['get', 'post'].includes(method) && one.summary && one.responses['200'], path);
          t.notOk(ids.has(one.operationId), one.operationId);
          ids.add(one.operationId);
          const inPath = one.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
          const meant = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
          t.same(inPath, meant, `${path} has its parameters`);
          t.equal('requestBody' in one, method === 'post');
        }
      }
    },
  );
});

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}
