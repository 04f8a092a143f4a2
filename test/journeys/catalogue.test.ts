/**
 * The catalogue over real sockets and real processes: P2 (a terminal is told what there is, and buys of it), P12 (a
 * receipt's template changes centrally, in a running switch). Imports are whole or not at all, also where the process
 * is killed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../../src/base/root.js';
import { Client, identity, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { buildTlv, type IsoFields, type IsoMessage, parseTlv, pinsOf } from '../support/iso.js';
import { baseConfig, scratch, spawnNode, startSwitch, type TestSwitch } from '../support/process.js';
import { eventually } from '../support/supplier.js';

type Members = Record<string, unknown>;
interface Document extends Members {
  products: Members[];
  terminals: Members[];
}

const PIN = { kind: 'pin', provider: 'TALKCO', currency: '840', route: ['stock'] };
const CATALOGUE = {
  providers: [
    {
      code: 'TALKCO',
      name: 'Talk Company',
      regions: [
        { code: 'N', name: 'North' },
        { code: 'S', name: 'South' },
      ],
      rates: ['All networks 0.10 a minute'],
    },
    // So many that their names do not fit one answer.
    ...Array.from({ length: 40 }, (_, n) => ({ code: `MORE${n}`, name: `Another provider of talk ${n}` })),
  ],
  products: [
    { ...PIN, code: 'TALK10', name: 'Talk 10', price: 1000, receipt: ['{product}', 'Serial {serial}'] },
    { ...PIN, code: 'TALK20', name: 'Talk 20', price: 2000, regions: ['S'], rates: ['Nights free'] },
    { ...PIN, code: 'TALK30', name: 'Talk 30', price: 3000, unit: 'minutes', value: 60 },
    ...Array.from({ length: 40 }, (_, n) => ({
      ...PIN,
      code: `PIN${n}`,
      provider: `MORE${n}`,
      name: 'A PIN',
      price: 100,
    })),
  ],
};

const [link] = baseConfig().links as Members[];
const LINKS = [link, { ...link, name: 'pos', profile: 'pos-bcd' }];

function inquiry(entries: [string, string][], overrides: IsoFields = {}): IsoFields {
  return identity({ 3: '360000', 48: buildTlv(entries), ...overrides });
}

function told(answer: IsoMessage | undefined): [string, string][] {
  return parseTlv(answer?.fields[63] ?? '');
}

/** The values of one tag, over all pages. */
async function allOf(t: Test, client: Client, tag: string, entries: [string, string][]): Promise<string[]> {
  const found: string[] = [];
  let page: [string, string][] = [];
  for (let pages = 1; pages < 20; pages += 1) {
    const answer = await client.ask('0100', inquiry([...entries, ...page]));
    t.equal(answer?.fields[39], '00');
    t.ok((answer?.fields[63] ?? '').length <= 999);
    const items = told(answer);
    found.push(...items.filter(([name]) => name === tag).map(([, value]) => value));
    const next = items.find(([name]) => name === 'NX');
    if (!next) return found;
    page = [['PG', next[1]]];
  }
  throw new Error('pages without end');
}

async function opened(t: Test, running: TestSwitch, name = 'ascii'): Promise<Client> {
  const client = await Client.open(running.ports[name] ?? 0);
  t.teardown(() => client.close());
  return client;
}

function saved(folder: string, name: string, document: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, stringify(document));
  return file;
}

async function exported(running: TestSwitch, ...options: string[]): Promise<Document> {
  const { stdout } = await commandLine(['catalogue', 'export', '--data', running.folder, ...options]);
  return parse(stdout) as Document;
}

const receiptOf = (answer: IsoMessage | undefined): string[] =>
  told(answer)
    .filter(([tag]) => tag === 'RL')
    .map(([, line]) => line);

t.test('the catalogue of a running switch', async (t) => {
  const running = await startSwitch(t, {
    pins: { TALK10: 400, TALK20: 20 },
    config: { links: LINKS, catalogue: CATALOGUE },
  });
  const command = (...args: string[]) => commandLine(['catalogue', ...args, '--data', running.folder]);

  for (const name of ['ascii', 'pos']) {
    t.test(`P2: over ${name}, a terminal lists providers, values, regions and rates, and buys`, async (t) => {
      const client = await opened(t, running, name);
      const providers = CATALOGUE.providers.map(({ code }) => code);
      t.same(await allOf(t, client, 'PV', [['CQ', 'PRV']]), providers, 'over several pages, each once');
      const values = await client.ask(
        '0100',
        inquiry([
          ['CQ', 'VAL'],
          ['PV', 'TALKCO'],
        ]),
      );
      t.same(told(values), [
        ...[
          ['PR', 'TALK10'],
          ['NM', 'Talk 10'],
          ['AM', '1000'],
          ['CU', '840'],
        ],
        ...[
          ['PR', 'TALK20'],
          ['NM', 'Talk 20'],
          ['AM', '2000'],
          ['CU', '840'],
        ],
        ...[
          ['PR', 'TALK30'],
          ['NM', 'Talk 30'],
          ['AM', '3000'],
          ['CU', '840'],
          ['UN', 'minutes'],
          ['VL', '60'],
        ],
      ]);
      const regions = inquiry([
        ['CQ', 'REG'],
        ['PV', 'TALKCO'],
      ]);
      t.same(told(await client.ask('0200', regions)), [
        ...[
          ['RG', 'N'],
          ['NM', 'North'],
        ],
        ...[
          ['RG', 'S'],
          ['NM', 'South'],
        ],
      ]);
      const rates = inquiry([
        ['CQ', 'RAT'],
        ['PR', 'TALK20'],
      ]);
      t.same(told(await client.ask('0100', rates)), [
        ['RT', 'Nights free'],
        ['RT', 'All networks 0.10 a minute'],
      ]);
      const wish = saleOf('', 2000, {
        48: buildTlv([
          ['PV', 'TALKCO'],
          ['RG', 'S'],
        ]),
      });
      const sold = await client.ask('0200', wish);
      t.equal(sold?.fields[39], '00');
      t.equal(pinsOf(sold ?? { mti: '', fields: {} }).length, 1, 'bought by provider, value and region');
      t.same((await client.ask('0201', wish))?.fields, sold?.fields, 'a repeat is answered the same');
      for (const [entries, code] of [
        [[['CQ', 'XXX']], '30'],
        [
          [
            ['CQ', 'VAL'],
            ['PV', 'NOBODY'],
          ],
          '15',
        ],
        [
          [
            ['CQ', 'PRV'],
            ['PG', 'GONE'],
          ],
          '15',
        ],
      ] as [[string, string][], string][]) {
        t.equal((await client.ask('0100', inquiry(entries)))?.fields[39], code, JSON.stringify(entries));
      }
      t.equal((await client.ask('0100', inquiry([['CQ', 'PRV']], { 41: 'STRANGER' })))?.fields[39], '58');
    });
  }

  t.test('terminal, merchant and product are disabled and enabled again, by single values', async (t) => {
    const client = await opened(t, running);
    const answered = (code: string): Promise<boolean> =>
      eventually(async () => (await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39] === code);
    const terminal = 'terminals.DEMO0001.enabled';
    const merchant = 'merchants.DEMOMERCHANT001.enabled';
    const product = 'products.TALK10.enabled';
    for (const [assignments, code] of [
      [[`${terminal}=false`], '58'],
      [[`${terminal}=true`, `${merchant}=false`], '03'],
      [[`${merchant}=true`, `${product}=false`], '15'],
      [[`${product}=true`], '00'],
    ] as const) {
      t.equal((await command('set', ...assignments)).code, 0);
      t.ok(await answered(code), `${assignments}: ${code}`);
    }
  });

  t.test('what is exported imports to the same; the same again is no new revision', async (t) => {
    const { revision } = await running.json('catalogue', 'set', 'products.TALK20.name=Talk twenty');
    const file = saved(running.folder, 'same.yaml', await exported(running));
    t.match(await running.json('catalogue', 'import', file), { revision, changed: false });
    const older = saved(running.folder, 'older.yaml', await exported(running, '--revision', '1'));
    t.equal((await command('diff', older)).code, 1);
    const refused = await command('import', older, '--expect-revision', '1');
    t.equal(refused.code, 1);
    t.match(refused.stderr, new RegExp(`the last revision is ${revision}; nothing was changed`));
    t.match(await running.json('catalogue', 'import', older, '--expect-revision', String(revision)), {
      revision: Number(revision) + 1,
    });
    t.equal((await command('diff', '1', String(Number(revision) + 1))).code, 0, 'as it was at first');
  });

  t.test('a bad file is one line with file and path, and changes nothing', async (t) => {
    const before = await running.json('catalogue', 'list');
    const good = await exported(running);
    const [first = {}] = good.products;
    const bad = [
      [
        'broken reference',
        { ...good, terminals: [{ id: 'T', merchant: 'NOBODY' }] },
        /terminals\.T\.merchant/,
      ],
      [
        'wrong type',
        { ...good, products: [{ ...first, price: 'ten' }] },
        /products\.0\.price: must be of type/,
      ],
      ['the same code twice', { ...good, products: [first, first] }, /products: "TALK10" stands twice/],
      [
        'no such supplier',
        { ...good, products: [{ ...first, route: ['moon'] }] },
        /TALK10\.route: "moon" is none/,
      ],
      ['unknown member', { ...good, colour: 'red' }, /colour: unknown name; must be one of 'providers'/],
    ] as const;
    const files = bad.map(([, document], at) => saved(running.folder, `bad-${at}.yaml`, document));
    const results = await Promise.all(files.map((file) => command('import', file)));
    for (const [at, [what, , says]] of bad.entries()) {
      const { code, stderr } = results[at] ?? {};
      t.equal(code, 2, what);
      t.match(stderr, new RegExp(`^prepaid-switch: ${files[at]}: `), what);
      t.match(stderr, says, what);
      t.equal(stderr?.trim().split('\n').length, 1, what);
    }
    t.same(await running.json('catalogue', 'list'), before);
  });

  t.test(
    'P12: a template changed centrally is on the next receipt, and no sale is lost meanwhile',
    async (t) => {
      const client = await opened(t, running);
      const sold = saleOf('TALK10', 1000);
      const first = await client.ask('0200', sold);
      t.match(receiptOf(first), ['Talk 10', /^Serial /]);
      const document = await exported(running);
      const [talk10, ...others] = document.products;
      const lines = ['{product}', 'No {serial}', 'Thank you'];
      // And many terminals: a revision that takes a while to build.
      const more = Array.from({ length: 10_000 }, (_, n) => ({ id: `T${n}`, merchant: 'DEMOMERCHANT001' }));
      const changed = {
        ...document,
        products: [{ ...talk10, receipt: lines }, ...others],
        terminals: [...document.terminals, ...more],
      };
      const file = join(running.folder, 'next.json');
      writeFileSync(file, JSON.stringify(changed));
      let isOver = false;
      let slowest = 0;
      const codes = new Set<string | undefined>();
      const selling = (async () => {
        const other = await opened(t, running);
        while (!isOver) {
          const start = performance.now();
          codes.add((await other.ask('0200', saleOf('TALK10', 1000)))?.fields[39]);
          slowest = Math.max(slowest, performance.now() - start);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      t.equal((await command('import', file, '--by', 'ann')).code, 0);
      t.ok(
        await eventually(async () =>
          receiptOf(await client.ask('0200', saleOf('TALK10', 1000))).includes('Thank you'),
        ),
      );
      isOver = true;
      await selling;
      t.same([...codes], ['00'], 'every sale meanwhile was approved');
      t.ok(slowest < 2_000, `and none waited long: ${Math.round(slowest)} ms`);
      t.same((await client.ask('0201', sold))?.fields, first?.fields, 'what was sold keeps its receipt');
      const { revisions } = (await running.json('catalogue', 'list')) as { revisions: Members[] };
      t.match(revisions[0], { by: 'ann', digest: /^[0-9a-f]{64}$/, at: /^\d{4}-/ });
      t.match(revisions.at(-1), { revision: 1, by: 'configuration' });
      const [last = '', before = ''] = revisions.map(({ revision }) => String(revision));
      const metrics = await (await fetch(`http://127.0.0.1:${running.ports.admin}/metrics`)).text();
      t.match(metrics, new RegExp(`prepaid_switch_catalogue_revision ${last}\n`));
      t.match(await running.json('catalogue', 'diff', before, last), {
        differences: [
          { kind: 'changed', part: 'products', code: 'TALK10' },
          ...more.map(() => ({ kind: 'added' })),
        ],
      });
    },
  );
});

t.test("the configuration's catalogue counts until another is imported, and the start says so", async (t) => {
  const folder = scratch(t);
  const startWith = async (name: string): Promise<TestSwitch> => {
    const { catalogue } = baseConfig() as { catalogue: Document };
    const products = catalogue.products.map((product) => ({ ...product, name }));
    return startSwitch(t, { folder, config: { catalogue: { ...catalogue, products } } });
  };
  const nameOf = async (running: TestSwitch): Promise<unknown> => {
    const client = await Client.open(running.ports.ascii ?? 0);
    const answer = await client.ask(
      '0100',
      inquiry([
        ['CQ', 'VAL'],
        ['PV', 'TALKCO'],
      ]),
    );
    await client.close();
    await running.child.kill();
    return told(answer).find(([tag]) => tag === 'NM')?.[1];
  };
  t.equal(await nameOf(await startWith('first')), 'first');
  const edited = await startWith('edited');
  t.equal(await nameOf(edited), 'edited', 'edited, it is taken up at the next start');
  await edited.json('catalogue', 'set', 'products.TALK10.name=imported', '--by', 'ann');
  const third = await startWith('again');
  t.match(third.child.output(), /"revision":3,"by":"ann".*the imported catalogue counts/);
  t.equal(await nameOf(third), 'imported');
  const file = saved(folder, 'third.yaml', { ...baseConfig(), catalogue: { providers: [] } });
  t.match(await edited.json('catalogue', 'import', file), { revision: 4 }, 'a configuration is a file too');
});

t.test('an import that is killed before its commit changed nothing, after it all', async (t) => {
  const folder = scratch(t);
  const { catalogue } = baseConfig() as { catalogue: Document };
  const command = (...args: string[]) => commandLine(['catalogue', ...args, '--data', folder, '--json']);
  t.equal((await command('import', saved(folder, 'empty.yaml', {}))).code, 0);
  const file = saved(folder, 'catalogue.yaml', catalogue);
  const program = join(packageRoot(), 'dist/test/support/crashing-import.js');
  for (const [at, revision] of [
    ['before:addRevision', 1],
    ['after:addRevision', 2],
  ] as const) {
    const child = spawnNode([program, file, folder], { env: { CRASH_AT: at } });
    const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
    t.equal(signal, 'SIGKILL', at);
    const { stdout } = await command('list');
    t.match(JSON.parse(stdout), { revisions: [{ revision }] }, at);
  }
  const running = await startSwitch(t, { folder, pins: { TALK10: 1 } });
  const client = await opened(t, running);
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00', 'and a switch starts on it');
});

t.test('a switch killed while it takes up a revision starts with it', async (t) => {
  const pins = { TALK10: 2 };
  const first = await startSwitch(t, { pins });
  await first.child.kill();
  const { folder } = first;
  const running = await startSwitch(t, { folder, crashAt: 'after:internReceipt' });
  await commandLine(['catalogue', 'set', 'products.TALK10.receipt=["New {serial}"]', '--data', folder]);
  t.equal(await running.child.exited, null, 'killed when the new template was on disk');
  const client = await opened(t, await running.restart());
  t.match(receiptOf(await client.ask('0200', saleOf('TALK10', 1000))), [/^New STALK10/]);
});

t.test('a first start killed over its catalogue takes it up at the next', async (t) => {
  const folder = scratch(t);
  await t.rejects(startSwitch(t, { folder, crashAt: 'before:addRevision' }), /ended with null/);
  const running = await startSwitch(t, { folder });
  t.match(await running.json('catalogue', 'list'), { revisions: [{ revision: 1 }] });
});
