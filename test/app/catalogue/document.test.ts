/** A catalogue file that is wrong, in whatever way, is one line that names file and path, says what is allowed, and quotes nothing. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCatalogue } from '../../../src/app/catalogue/document.js';
import { CatalogueError } from '../../../src/app/catalogue/references.js';
import { scratch } from '../../support/process.js';

const ACCOUNT = '5550001234';

const WHOLE = {
  providers: [
    {
      code: 'TALKCO',
      name: 'Talk Company',
      regions: [{ code: 'N', name: 'North' }],
      rates: ['0.10 a minute'],
      ranges: [{ prefix: '555', product: 'TOPUP' }],
    },
  ],
  accounts: { TALKCO: ACCOUNT },
  products: [
    {
      kind: 'pin',
      code: 'TALK10',
      name: 'Talk 10',
      provider: 'TALKCO',
      currency: '840',
      price: 1000,
      route: ['stock'],
      receipt: 'voucher',
    },
    {
      kind: 'credit',
      code: 'TOPUP',
      name: 'Top-up',
      provider: 'TALKCO',
      currency: '840',
      amountMin: 100,
      amountMax: 9900,
      amountStep: 100,
      route: [{ supplier: 'A', weight: 1 }],
      receipt: ['{product}'],
    },
    {
      kind: 'card',
      code: 'CARD10',
      name: 'Card 10',
      provider: 'TALKCO',
      currency: '840',
      price: 1000,
      credit: 'TOPUP',
      pin: 'TALK10',
    },
  ],
  receipts: { voucher: ['{product}', 'Serial {serial}'] },
  merchants: [
    {
      id: 'SHOP',
      name: 'Shop',
      group: 'G',
      limits: { day: { count: 5, amount: 100 } },
      account: { mode: 'prepaid', currency: '840' },
    },
  ],
  terminals: [{ id: 'T1', merchant: 'SHOP', services: ['pin-sale'] }],
  commissions: [{ group: 'G', product: 'TALK10', basisPoints: 100, fixed: 1, rounding: 'down' }],
  promotions: [{ code: 'P', products: ['TOPUP'], count: 3, line: 'One more' }],
};

const WRONG = [null, [], {}, true, -1, 1.5, 1e300, '', 'x'.repeat(5_000), 'Жук', 'a\nb', [{}], [1], { a: 1 }];

/** Every member, however deep. */
function* pathsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, key]);
}

function changed(path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(WHOLE) as unknown as Record<string, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) ?? ''] = value;
  return copy;
}

/** The one line; undefined where the file was read. */
function faultOf(file: string): string | undefined {
  try {
    readCatalogue(file);
    return undefined;
  } catch (error) {
    if (error instanceof CatalogueError) return error.message;
    throw error;
  }
}

t.test(
  'every member in turn is of a wrong type, out of bounds, or in letters that no field holds',
  async (t) => {
    const file = join(scratch(t), 'catalogue.json');
    writeFileSync(file, JSON.stringify(WHOLE));
    t.equal(faultOf(file), undefined, 'right as it stands');
    let refused = 0;
    for (const path of pathsOf(WHOLE)) {
      for (const value of WRONG) {
        writeFileSync(file, JSON.stringify(changed(path, value)));
        const line = faultOf(file);
        if (line === undefined) continue;
        refused += 1;
        const isClear = line.startsWith(`${file}: `) && !/\n|Invalid input/.test(line) && line.length < 600;
        if (!isClear || line.includes(ACCOUNT)) t.fail(`${path.join('.')}: ${line.slice(0, 600)}`);
      }
    }
    t.ok(refused > 500, `${refused} were refused`);
  },
);

t.test('an export as JSON is a file to import', async (t) => {
  const file = join(scratch(t), 'export.json');
  writeFileSync(file, JSON.stringify({ revision: 4, catalogue: WHOLE }));
  t.match(readCatalogue(file), { merchants: [{ id: 'SHOP' }] });
  writeFileSync(file, JSON.stringify({ revision: 4, catalogue: { ...WHOLE, terminals: 1 } }));
  t.match(faultOf(file), `${file}: catalogue.terminals: must be of type array`);
});

t.test('what answers tell in a sale can be told: in Latin letters, in twelve digits', async (t) => {
  const file = join(scratch(t), 'catalogue.json');
  for (const [path, value, allowed] of [
    ['receipts.voucher.0', 'Серия {serial}', 'Latin letters'],
    ['receipts.voucher.0', 'one\ntwo', 'Latin letters'],
    ['products.1.receipt.0', '領収書', 'must be'],
    ['providers.0.rates.0', '10 ₽', 'Latin letters'],
    ['promotions.0.line', 'Ещё', 'Latin letters'],
    ['products.0.price', 1_000_000_000_000, 'at most 999999999999'],
  ] as const) {
    writeFileSync(file, JSON.stringify(changed(path.split('.'), value)));
    t.match(faultOf(file), allowed, path);
  }
});

t.test('a PIN that is made for an account comes from a supplier, never from stock', async (t) => {
  const file = join(scratch(t), 'catalogue.json');
  writeFileSync(file, JSON.stringify(changed(['products', '0', 'forAccount'], true)));
  t.match(faultOf(file), /products\.TALK10\.route: stock has PINs of no account/);
  writeFileSync(file, JSON.stringify(changed(['products', '0', 'forAccount'], false)));
  t.equal(faultOf(file), undefined);
});

t.test('files that are none, that are too large, or that would be, are one line too', async (t) => {
  const folder = scratch(t);
  const laughs = Array.from({ length: 40 }, (_, at) => `x${at + 1}: &x${at + 1} [*x${at}, *x${at}]`);
  const bad: Record<string, string | Buffer> = {
    'laughs.yaml': `x0: &x0 [a, b]\n${laughs.join('\n')}\nproviders: *x40\n`,
    'deep.yaml': `providers: ${'['.repeat(20_000)}`,
    'deep.json': `{"providers":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    'bytes.yaml': Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
    'list.yaml': '- a\n- b\n',
    'two.yaml': 'providers: []\n---\nproviders: []\n',
    'twice.yaml': 'providers: []\nproviders: []\n',
    'tag.yaml': `accounts: !!js/function '${ACCOUNT}'\n`,
    'cut.json': `{"accounts":{"TALKCO":"${ACCOUNT}`,
    'word.json': `{"accounts":{"TALKCO":${ACCOUNT}x}}`,
    'proto.json': '{"__proto__":{"providers":[]}}',
  };
  for (const [name, text] of Object.entries(bad)) {
    const file = join(folder, name);
    writeFileSync(file, text);
    const line = faultOf(file) ?? '';
    t.ok(line.startsWith(`${file}: `) && !line.includes('\n') && !line.includes(ACCOUNT), `${name}: ${line}`);
  }
  for (const [name, bytes] of [
    ['large.yaml', 33_554_433],
    ['large.json', 268_435_457],
  ] as const) {
    const file = join(folder, name);
    writeFileSync(file, '');
    truncateSync(file, bytes);
    t.match(faultOf(file), `must be at most ${bytes - 1} bytes`, name);
  }
});
