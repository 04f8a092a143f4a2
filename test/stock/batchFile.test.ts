import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { BATCH_LIMITS, type BadRow, type BatchRow, rowsOf, summarise } from '../../src/stock/batchFile.js';
import { scratch } from '../support/process.js';

const HEADER = 'product,pin,serial,expiry';

function write(t: Test, contents: string | Buffer): string {
  const file = join(scratch(t), 'batch.csv');
  writeFileSync(file, contents);
  return file;
}

async function read(file: string, after = 0): Promise<(BatchRow | BadRow)[]> {
  const rows: (BatchRow | BadRow)[] = [];
  for await (const some of rowsOf(file, after)) rows.push(...some);
  return rows;
}

const FIRST = { line: 2, product: 'TALK10', code: '12345678', serial: 'S1', expiry: '20271231' };
const SECOND = { line: 3, product: 'TALK20', code: 'AB-CD-EF', serial: 'S 2', expiry: '20280229' };

t.test(
  'rows are the same with LF or CRLF, a byte order mark, quotes, and no end of line at the end',
  async (t) => {
    const plain = `${HEADER}\nTALK10,12345678,S1,2027-12-31\nTALK20,AB-CD-EF,S 2,2028-02-29\n`;
    const forms = [
      plain,
      plain.slice(0, -1),
      plain.replaceAll('\n', '\r\n'),
      `\ufeff${plain}`,
      `\ufeff${plain.replaceAll('\n', '\r\n').slice(0, -2)}`,
      plain.replaceAll(',', ' , '),
      plain.replaceAll(/[^,\n]+/g, '"$&"'),
      plain.replace('product,', 'Product,'),
    ];
    for (const form of forms) t.strictSame(await read(write(t, form)), [FIRST, SECOND], JSON.stringify(form));
  },
);

t.test('quoted fields may hold commas and doubled quotes', async (t) => {
  const file = write(t, `${HEADER}\n"Talk, ""10""","1,2""3","S,1",2027-12-31\n`);
  const row = { line: 2, product: 'Talk, "10"', code: '1,2"3', serial: 'S,1', expiry: '20271231' };
  t.strictSame(await read(file), [row]);
});

t.test('a summary names the file by its contents and counts its lines', async (t) => {
  for (const [contents, lines] of [
    [HEADER, 1],
    [`${HEADER}\n`, 1],
    [`${HEADER}\na,b,c,d`, 2],
    [`${HEADER}\n\n\n`, 3],
  ] as const) {
    const hash = createHash('sha256').update(contents).digest('hex');
    t.strictSame(await summarise(write(t, contents)), { hash, lines });
  }
});

t.test('a file that is no batch is refused with one line that names it', async (t) => {
  const folder = scratch(t);
  mkdirSync(join(folder, 'folder'));
  const cases: readonly (readonly [string, Buffer | string])[] = [
    ['empty', ''],
    ['a row first', 'TALK10,12345678,S1,2027-12-31\n'],
    ['other columns', 'pin,product,serial,expiry\n'],
    ['UTF-16', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le')],
    ['a header and more', `${HEADER},price\n`],
    ['one endless line', 'x'.repeat(1_000_000)],
  ];
  for (const [what, contents] of cases) {
    const file = write(t, contents);
    await t.rejects(summarise(file), { message: `${file}: line 1: expected the header "${HEADER}"` }, what);
  }
  const missing = join(folder, 'missing.csv');
  await t.rejects(summarise(missing), { message: `${missing}: cannot be read (Error ENOENT)` });
  await t.rejects(summarise(join(folder, 'folder')), { message: /cannot be read \(Error EISDIR\)$/ });
});

const PIN = '98765432109876';
const BAD: readonly (readonly [string, string])[] = [
  [`TALK10,${PIN},S1`, '3 fields, expected 4'],
  [`TALK10,${PIN},S1,2027-12-31,x`, '5 fields, expected 4'],
  [PIN, '1 fields, expected 4'],
  [`TALK10,"${PIN},S1,2027-12-31`, 'quotes do not match'],
  [`TALK10,${PIN}"x",S1,2027-12-31`, 'quotes do not match'],
  [`,${PIN},S1,2027-12-31`, 'product: expected 1 to 40 printable characters'],
  [`${'P'.repeat(41)},${PIN},S1,2027-12-31`, 'product: expected 1 to 40 printable characters'],
  [`TALK\u0007,${PIN},S1,2027-12-31`, 'product: expected 1 to 40 printable characters'],
  ['TALK10,,S1,2027-12-31', 'pin: expected 4 to 64 printable ASCII characters without spaces'],
  ['TALK10,987,S1,2027-12-31', 'pin: expected 4 to 64 printable ASCII characters without spaces'],
  ['TALK10,9876 5432,S1,2027-12-31', 'pin: expected 4 to 64 printable ASCII characters without spaces'],
  ['TALK10,9876é,S1,2027-12-31', 'pin: expected 4 to 64 printable ASCII characters without spaces'],
  [
    `TALK10,${'9'.repeat(65)},S1,2027-12-31`,
    'pin: expected 4 to 64 printable ASCII characters without spaces',
  ],
  [`TALK10,${PIN},,2027-12-31`, 'serial: expected 1 to 40 printable ASCII characters'],
  [`TALK10,${PIN},${'S'.repeat(41)},2027-12-31`, 'serial: expected 1 to 40 printable ASCII characters'],
  [`TALK10,${PIN},S1,2027-02-29`, 'expiry: expected a date, YYYY-MM-DD'],
  [`TALK10,${PIN},S1,20271231`, 'expiry: expected a date, YYYY-MM-DD'],
  [`TALK10,${PIN},S1,31.12.2027`, 'expiry: expected a date, YYYY-MM-DD'],
  [`TALK10,${PIN},S1,`, 'expiry: expected a date, YYYY-MM-DD'],
  [`TALK10,${PIN},${'S'.repeat(BATCH_LIMITS.lineBytesMax)},2027-12-31`, 'line longer than 1024 bytes'],
  [`TALK10,${PIN},${'é'.repeat(600)},2027-12-31`, 'line longer than 1024 bytes'],
];

t.test(
  'a bad row is told by its line, without what stands in it, and the rows beside it are read',
  async (t) => {
    const good = 'TALK10,12345678,S1,2027-12-31';
    for (const [row, reason] of BAD) {
      const file = write(t, `${HEADER}\n${good}\n${row}\n${good}\n`);
      t.strictSame(await read(file), [FIRST, { line: 3, reason }, { ...FIRST, line: 4 }]);
      t.notMatch(reason, /987/);
    }
  },
);

t.test('text that is not UTF-8 is refused', async (t) => {
  const row = Buffer.from('Tél,12345678,S1,2027-12-31\n', 'latin1');
  const file = write(t, Buffer.concat([Buffer.from(`${HEADER}\n`), row]));
  t.strictSame(await read(file), [{ line: 2, reason: 'not UTF-8' }]);
  const utf8 = write(t, `${HEADER}\nTél,12345678,S1,2027-12-31\n`);
  t.match(await read(utf8), [{ product: 'Tél' }]);
});

t.test('blank lines are no rows, but count', async (t) => {
  const file = write(t, `${HEADER}\n\n  \r\nTALK10,12345678,S1,2027-12-31\n`);
  t.strictSame(await read(file), [{ ...FIRST, line: 4 }]);
});

t.test('a line of many megabytes is one bad row, wherever reads cut it', async (t) => {
  const row = 'TALK10,12345678,S1,2027-12-31';
  const file = write(t, `${HEADER}\n${row}\n${'9'.repeat(5_000_001)}\n${row}\n${'8'.repeat(300_000)}`);
  t.strictSame(await read(file), [
    FIRST,
    { line: 3, reason: 'line longer than 1024 bytes' },
    { ...FIRST, line: 4 },
    { line: 5, reason: 'line longer than 1024 bytes' },
  ]);
});

t.test('reading on behind any line gives what a whole reading gives from there', async (t) => {
  // More than one read of the file, with characters of two bytes at its seams.
  const lines = Array.from({ length: 20_000 }, (_, at) => `Té${at},${100_000 + at},S${at},2027-12-31`);
  const file = write(t, `${HEADER}\n${lines.join('\n')}\n`);
  const whole = await read(file);
  t.equal(whole.length, 20_000);
  t.ok(whole.every((row, at) => 'code' in row && row.line === at + 2 && row.product === `Té${at}`));
  for (const after of [0, 1, 2, 7, 9_999, 20_000, 20_001, 30_000]) {
    t.strictSame(
      await read(file, after),
      whole.filter(({ line }) => line > after),
    );
  }
});

t.test('any bytes behind the header are rows or reasons, one a line, and never an exception', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'any.csv');
  const piece = fc.oneof(
    fc.constantFrom(',', '"', '\n', '\r\n', '2027-12-31', 'TALK10', '12345678', '\ufeff', '\u0000'),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
      writeFileSync(file, `${HEADER}\n${pieces.join('')}`);
      const { lines } = await summarise(file);
      const rows = await read(file);
      const numbers = rows.map(({ line }) => line);
      t.ok(numbers.every((line, at) => line > (numbers[at - 1] ?? 1) && line <= lines));
      for (const row of rows) {
        if ('code' in row) t.match(row, { code: /^[\x21-\x7e]{4,64}$/, expiry: /^\d{8}$/ });
      }
    }),
    { numRuns: 200 },
  );
});
