import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Clock } from '../../src/base/clock.js';
import type { BadRow } from '../../src/stock/batchFile.js';
import { INTAKE_PACE, intakeFile, intakeRows } from '../../src/stock/intake.js';
import type { IntakeChunk, Store } from '../../src/store/store.js';
import { booksOf, openStock, type Stock, saleOf, TODAY } from './stock.js';

const CHUNK = INTAKE_PACE.beside.chunkRows;

/** Midnight of the day on which these tests sell. */
const clock: Clock = { now: () => Date.parse('2026-03-01T00:00:00Z'), after: () => () => {}, soon: () => {} };

function rowOf(n: number, product = 'TALK10', expiry = '2027-12-31'): string {
  return `${product},${10_000_000 + n},S${n},${expiry}`;
}

function batch(stock: Stock, rows: readonly string[], name = 'batch'): string {
  const file = join(stock.folder, `${name}.csv`);
  writeFileSync(file, `product,pin,serial,expiry\n${rows.join('\n')}\n`);
  return file;
}

function rows(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, n) => rowOf(first + n));
}

function depsOf({ store, vault }: Pick<Stock, 'store' | 'vault'>) {
  return { store, vault, clock };
}

async function inStock(store: Store): Promise<number> {
  const levels = await store.levels();
  return levels.filter(({ custody }) => custody === 'stock').reduce((sum, { count }) => sum + count, 0);
}

async function booksRight(t: Test, store: Store, takenIn: number): Promise<void> {
  t.strictSame(await booksOf(store), { takenIn, accounted: takenIn, faults: [] });
}

/** A store that ends, as a killed process does, in the middle of its n-th chunk or right behind it. */
function endingStore(store: Store, n: number, stored: boolean): Store {
  let chunks = 0;
  const takeIn = async (chunk: IntakeChunk) => {
    chunks += 1;
    if (chunks > n) throw new Error('gone');
    if (chunks < n || stored) await store.takeIn(chunk);
    if (chunks === n) throw new Error('gone');
    return { taken: chunk.rows.length, known: [] };
  };
  return new Proxy(store, {
    get: (target, name) =>
      name === 'takeIn'
        ? takeIn
        : typeof Reflect.get(target, name) === 'function'
          ? Reflect.get(target, name).bind(target)
          : Reflect.get(target, name),
  });
}

t.test('a PIN taken in is sold and opened, and lies nowhere in clear', async (t) => {
  const stock = await openStock(t);
  const file = batch(stock, [rowOf(1)]);
  const report = await intakeFile(depsOf(stock), file, { supplier: 'acme' });
  t.strictSame(report, { taken: 1, refused: 0, resumedAfter: 0 });
  const sold = await stock.store.sell(saleOf(1));
  if (sold.kind !== 'sold' || !sold.pins[0]) return t.fail(sold.kind);
  t.match(sold.pins[0], { serial: 'S1', expiry: '20271231' });
  t.equal(stock.vault.openPin(sold.pins[0], 'TALK10'), '10000001');
  const onDisk = readdirSync(stock.folder).filter((name) => name.startsWith('switch.db'));
  const bytes = Buffer.concat(onDisk.map((name) => readFileSync(join(stock.folder, name))));
  t.ok(bytes.includes('S1'), 'the serial is found on disk');
  t.notOk(bytes.includes('10000001'), 'the PIN is not');
  await booksRight(t, stock.store, 1);
});

t.test('refused rows are told in the order of the file, each with its reason, and no PIN', async (t) => {
  const stock = await openStock(t);
  const deps = depsOf(stock);
  await intakeFile(deps, batch(stock, [rowOf(3)], 'before'), { supplier: 'acme' });
  const refused: BadRow[] = [];
  const file = batch(stock, [
    rowOf(1),
    rowOf(2, 'TALK10', '2026-02-28'),
    rowOf(3),
    rowOf(4, 'TALK99'),
    rowOf(1, 'TALK20'),
    'nonsense',
    rowOf(5, 'TALK20', '2026-03-01'),
    rowOf(6, 'TALK10', '2026-13-01'),
  ]);
  const report = await intakeFile(deps, file, {
    supplier: 'acme',
    products: new Map(['TALK10', 'TALK20'].map((code) => [code, code])),
    onRefused: (row) => refused.push(row),
  });
  t.strictSame(report, { taken: 2, refused: 6, resumedAfter: 0 });
  t.strictSame(refused, [
    { line: 3, reason: 'expired' },
    { line: 4, reason: 'PIN already known' },
    { line: 5, reason: 'product: not one of the configuration' },
    { line: 6, reason: 'PIN already known' },
    { line: 7, reason: '1 fields, expected 4' },
    { line: 9, reason: 'expiry: expected a date, YYYY-MM-DD' },
  ]);
  await booksRight(t, stock.store, 3);
});

t.test(
  'a batch from memory, once: what it came to is told again, and each product has our name',
  async (t) => {
    const stock = await openStock(t);
    const text = `product,pin,serial,expiry\n${[rowOf(1, 'T-10'), rowOf(2, 'T-10'), rowOf(3, 'T-99')].join('\n')}\n`;
    const source = { name: 'delivery', bytes: Buffer.from(text) };
    const options = { supplier: 'acme', products: new Map([['T-10', 'TALK10']]), once: true };
    const first = await intakeFile(depsOf(stock), source, options);
    t.strictSame(first, { taken: 2, refused: 1, resumedAfter: 0 });
    const batches = (await stock.store.keyBatches()).length;
    const again = await intakeFile(depsOf(await stock.again()), source, options);
    t.strictSame(again, { taken: 2, refused: 1, resumedAfter: 4 });
    t.equal((await stock.store.keyBatches()).length, batches, 'not read again');
    t.match(await stock.store.levels(), [{ product: 'TALK10', count: 2 }]);
    await booksRight(t, stock.store, 2);
  },
);

t.test('the same file again takes nothing, and tells every row as known', async (t) => {
  const stock = await openStock(t);
  const file = batch(stock, rows(CHUNK + 3));
  await intakeFile(depsOf(stock), file, { supplier: 'acme' });
  for (let pass = 2; pass <= 3; pass++) {
    const reasons = new Set<string>();
    const report = await intakeFile(depsOf(await stock.again()), file, {
      supplier: 'acme',
      onRefused: ({ reason }) => reasons.add(reason),
    });
    t.strictSame(report, { taken: 0, refused: CHUNK + 3, resumedAfter: 0 });
    t.strictSame([...reasons], ['PIN already known']);
  }
  await booksRight(t, stock.store, CHUNK + 3);
});

t.test('a sold PIN is not taken in again', async (t) => {
  const stock = await openStock(t);
  await intakeFile(depsOf(stock), batch(stock, [rowOf(1)]), { supplier: 'acme' });
  t.equal((await stock.store.sell(saleOf(1))).kind, 'sold');
  const again = batch(stock, [rowOf(1), rowOf(2)], 'again');
  t.match(await intakeFile(depsOf(stock), again, { supplier: 'acme' }), { taken: 1, refused: 1 });
});

t.test('the same PIN of another supplier is another PIN, and a file is read whole for each', async (t) => {
  const stock = await openStock(t);
  const file = batch(stock, rows(2 * CHUNK));
  const ending = { ...depsOf(stock), store: endingStore(stock.store, 1, true) };
  await t.rejects(intakeFile(ending, file, { supplier: 'acme' }), { message: 'gone' });
  const other = await intakeFile(depsOf(stock), file, { supplier: 'other' });
  t.strictSame(other, { taken: 2 * CHUNK, refused: 0, resumedAfter: 0 });
  const rest = await intakeFile(depsOf(stock), file, { supplier: 'acme' });
  t.strictSame(rest, { taken: 2 * CHUNK, refused: 0, resumedAfter: CHUNK + 1 });
  await booksRight(t, stock.store, 4 * CHUNK);
});

for (const stored of [false, true]) {
  t.test(
    `ended ${stored ? 'behind' : 'before'} any commit, it goes on where it stood, and no PIN enters twice`,
    async (t) => {
      const stock = await openStock(t);
      // A bad row and a known one in each chunk: they are counted once, whichever run met them.
      const lines = rows(4 * CHUNK - 2).map((row, n) =>
        n % CHUNK === 7 ? 'bad' : n % CHUNK === 9 ? rowOf(1) : row,
      );
      const file = batch(stock, lines);
      const expected = { taken: lines.length - 8, refused: 8 };
      const told: number[] = [];
      const options = { supplier: 'acme', onRefused: ({ line }: BadRow) => told.push(line) };
      for (let n = 1; n <= 3; n++) {
        const { store, vault } = await stock.again();
        const ending = { store: endingStore(store, 1, stored), vault, clock };
        await t.rejects(intakeFile(ending, file, options), { message: 'gone' });
        t.equal(await inStock(stock.store), stored ? n * (CHUNK - 2) : 0);
      }
      const report = await intakeFile(depsOf(await stock.again()), file, options);
      t.strictSame(report, { ...expected, resumedAfter: stored ? 3 * CHUNK + 1 : 0 });
      t.equal(await inStock(stock.store), expected.taken);
      await booksRight(t, stock.store, expected.taken);
      if (!stored) t.equal(told.length, 8, 'rows are told when their chunk is stored');
    },
  );
}

t.test('two intakes of one file at once take each PIN once', async (t) => {
  const stock = await openStock(t);
  const file = batch(stock, rows(3 * CHUNK));
  const other = await stock.again();
  const options = { supplier: 'acme' };
  const [one, two] = await Promise.all([
    intakeFile(depsOf(stock), file, options),
    intakeFile(depsOf(other), file, options),
  ]);
  t.equal(one.taken + two.taken, 3 * CHUNK);
  await booksRight(t, stock.store, 3 * CHUNK);
});

t.test('progress goes from chunk to chunk up to the last line', async (t) => {
  const stock = await openStock(t);
  const seen: (readonly [number, number])[] = [];
  const lines = 2 * CHUNK + 11;
  const file = batch(stock, rows(lines - 1));
  await intakeFile(depsOf(stock), file, {
    supplier: 'acme',
    onProgress: (done, total) => seen.push([done, total]),
  });
  t.strictSame(seen, [
    [CHUNK + 1, lines],
    [2 * CHUNK + 1, lines],
    [lines, lines],
  ]);
});

t.test('a file of bad rows alone is stored in chunks too', async (t) => {
  const stock = await openStock(t);
  const file = batch(
    stock,
    Array.from({ length: 2 * CHUNK }, () => 'bad'),
  );
  const ending = { ...depsOf(stock), store: endingStore(stock.store, 1, true) };
  await t.rejects(intakeFile(ending, file, { supplier: 'acme' }));
  const report = await intakeFile(depsOf(stock), file, { supplier: 'acme' });
  t.strictSame(report, { taken: 0, refused: 2 * CHUNK, resumedAfter: CHUNK + 1 });
});

t.test('a file that is no batch changes nothing', async (t) => {
  const stock = await openStock(t);
  const before = (await stock.store.keyBatches()).length;
  const file = join(stock.folder, 'other.csv');
  writeFileSync(file, 'a,b\n1,2\n');
  await t.rejects(intakeFile(depsOf(stock), file, { supplier: 'acme' }), { name: 'BatchError' });
  t.equal((await stock.store.keyBatches()).length, before);
});

t.test('PINs that a program makes enter like those of a file', async (t) => {
  const stock = await openStock(t);
  const count = 2 * INTAKE_PACE.alone.chunkRows + 5;
  function* made() {
    for (let n = 0; n < count; n++) {
      yield { product: 'TALK10', code: String(10_000_000 + n), serial: `S${n}`, expiry: '20271231' };
    }
  }
  const source = { supplier: 'demo', name: 'demo-TALK10' };
  t.match(await intakeRows(depsOf(stock), { ...source, rows: made() }), { taken: count, refused: 0 });
  t.match(await intakeRows(depsOf(stock), { ...source, rows: made() }), { taken: 0, refused: count });
  await booksRight(t, stock.store, count);
});

t.test('soonest expiry is sold first, whatever the order of the file', async (t) => {
  const stock = await openStock(t);
  const file = batch(stock, [
    rowOf(1, 'TALK10', '2028-01-01'),
    rowOf(2, 'TALK10', '2026-06-30'),
    rowOf(3, 'TALK10', '2027-01-01'),
  ]);
  await intakeFile(depsOf(stock), file, { supplier: 'acme' });
  const serials: string[] = [];
  for (let n = 1; n <= 3; n++) {
    const sold = await stock.store.sell({ ...saleOf(n), today: TODAY });
    if (sold.kind === 'sold') serials.push(...sold.pins.map(({ serial }) => serial));
  }
  t.strictSame(serials, ['S2', 'S3', 'S1']);
});
