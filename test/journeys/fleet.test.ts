/**
 * The shipped scenarios in a short form, at once, against one switch with both kinds of supplier: they end clean, and so
 * do the suppliers' ledgers. Then books and journals that were tampered with are found out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { FleetBooks } from '../../src/tools/books/fleetBooks.js';
import { checkFleet } from '../../src/tools/books/fleetCheck.js';
import { readJournal } from '../../src/tools/books/journal.js';
import { violationText } from '../../src/tools/books/violations.js';
import { checkSupplier } from '../../src/tools/supplier/check.js';
import { cardConfig, takeInCards } from '../support/cards.js';
import { MAIN, type RunResult, run, scratch, spawnNode, start, startSwitch } from '../support/process.js';
import { creditConfig } from '../support/supplier.js';

const SHOPS = [
  ['shop-street', 'STREET01,STREET02'],
  ['saturday-peak', 'PEAK0001,PEAK0002,PEAK0003'],
  ['bad-line', 'LINE0001,LINE0002'],
] as const;
const SHORT = ['--seconds', '3', '--rate', '20', '--tills', '10', '--seed', '11'];
const PIN = { kind: 'pin', provider: 'TALKCO', currency: '840' };
const CARDS = `{ name: cards, seconds: 10, arrivals: { perSecond: 50 }, repeats: 0.5,
  shops: [{ merchant: DEMOMERCHANT001, terminals: [CARDS001], tills: 3 }],
  mix: [{ service: cards, redeemed: 0.5, accounts: ["5550001#0#"] }] }`;

interface Product {
  readonly code: string;
}

async function supplier(t: Test, kind: string, ledger: string): Promise<number> {
  const args = ['simulate', 'supplier', '--kind', kind, '--ledger', ledger];
  const child = await start(args, (output) => /ready \d+/.test(output));
  t.teardown(() => child.kill());
  return Number(/ready (\d+)/.exec(child.output())?.[1]);
}

/** Where the switch listens. */
async function place(t: Test, folder: string): Promise<string> {
  const [http, iso8583] = await Promise.all([
    supplier(t, 'http', join(folder, 'http.jsonl')),
    supplier(t, 'iso8583', join(folder, 'iso.jsonl')),
    takeInCards(folder),
  ]);
  const { suppliers, catalogue } = creditConfig({ http, iso8583 });
  const { products, ...rest } = catalogue as { products: readonly Product[] };
  const own = new Set(products.map(({ code }) => code));
  const cards = (cardConfig(http).catalogue as { products: readonly Product[] }).products;
  // Issued by a supplier at the moment of sale.
  const talk20 = { ...PIN, code: 'TALK20', name: 'Talk 20', price: 2000, route: ['topup-http'] };
  const all = [...products, ...cards.filter(({ code }) => !own.has(code)), talk20];
  const ids = [...SHOPS.flatMap(([, those]) => those.split(',')), 'CARDS001'];
  const terminals = ids.map((id) => ({ id, merchant: 'DEMOMERCHANT001' }));
  const times = { saleMs: 1_200, forwardWaitsMs: [200] };
  const config = { suppliers, times, catalogue: { ...rest, products: all, terminals } };
  const running = await startSwitch(t, { folder, pins: { TALK10: 2_000 }, config });
  return `127.0.0.1:${running.ports.ascii}`;
}

function fleet(...args: readonly string[]): Promise<RunResult> {
  return run(['simulate', 'terminals', ...args, '--json']);
}

t.test('U3: a fleet’s books and the journal', async (t) => {
  const folder = scratch(t);
  const to = await place(t, folder);
  const journal = join(folder, 'journal.jsonl');
  const booksOf = (name: string): string => join(folder, `${name}.books`);

  await t.test('the shipped scenarios end clean, whatever was cut, repeated or undone', async (t) => {
    const runs = SHOPS.map(async ([name, ids]) => {
      const where = ['--to', to, '--data', folder, '--terminals', ids, '--books', booksOf(name)];
      const result = await fleet(name, ...where, ...SHORT);
      t.equal(result.code, 0, `${name}: ${result.stderr}`);
      const { services, check, connections } = JSON.parse(result.stdout);
      t.match(check, { violations: 0, first: [], open: 0 }, name);
      t.ok(check.approved > 10, `${name}: ${check.approved} approved`);
      t.ok(services['pin-sale'].p99Ms > 0);
      if (name !== 'bad-line') return;
      t.ok(connections.cut > 0, `${connections.cut} cut`);
      t.ok(services['account-credit'].repeated > 0 && services['account-credit'].reversed > 0);
    });
    await Promise.all(runs);
  });

  await t.test('value cards are pre-authorised, activated, and some redeemed', async (t) => {
    const scenario = join(folder, 'cards.yaml');
    writeFileSync(scenario, CARDS);
    const where = ['--to', to, '--data', folder, '--cards', join(folder, 'cards.csv')];
    const result = await fleet(scenario, ...where, '--count', '22', '--seed', '4');
    t.equal(result.code, 0, result.stderr);
    const { services, check } = JSON.parse(result.stdout);
    t.match(check, { violations: 0, approved: Number });
    t.match(services['card-activation'], { sent: 22, approved: 22 });
    t.ok(services['card-redemption'].approved > 3);
  });

  await t.test('the suppliers’ ledgers say what the journal says', async (t) => {
    const ledger = (kind: string): string => join(folder, `${kind}.jsonl`);
    const args = ['--check', '--ledger', ledger('http'), '--data', folder, '--as', 'topup-http', '--json'];
    const { code, stdout } = await run(['simulate', 'supplier', ...args]);
    t.equal(code, 0, stdout);
    t.match(JSON.parse(stdout), { violations: 0, open: 0 });
    t.ok(JSON.parse(stdout).standing > 0);
    const exported = await run(['journal', 'export', '--format', 'jsonl', '--data', folder]);
    writeFileSync(journal, exported.stdout);
    const { violations, standing } = await checkSupplier(ledger('iso'), readJournal(journal), 'topup-iso');
    t.same(violations.first, []);
    t.ok(standing > 0);
    const unlike = await checkSupplier(ledger('iso'), readJournal(journal), 'topup-http');
    t.ok(unlike.violations.count > 0, 'under another supplier’s name they do not');
  });

  await t.test('a fleet that is killed leaves books that still tell all it sent', async (t) => {
    const books = booksOf('killed');
    const args = ['saturday-peak', '--to', to, '--rate', '100', '--books', books, '--terminals', 'PEAK0001'];
    const killed = spawnNode([MAIN, 'simulate', 'terminals', ...args]);
    const ended = new Promise((resolve) => killed.on('close', resolve));
    while (!said(books).includes('"answer"')) await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill('SIGKILL');
    await ended;
    const { code, stdout } = await fleet('--check', '--books', books, '--data', folder);
    t.equal(code, 0, stdout);
    t.match(JSON.parse(stdout), { check: { violations: 0 } });
    t.ok(JSON.parse(stdout).check.transactions > 0);
  });

  await t.test('tampered books and journals are found out, by terminal, STAN and RRN alone', async (t) => {
    const rows = readFileSync(journal, 'utf8').trimEnd().split('\n');
    const facts = readFileSync(booksOf('shop-street'), 'utf8').trimEnd().split('\n');
    const tampered = join(folder, 'tampered.jsonl');
    const check = async (books: readonly string[], lines: readonly string[]): Promise<readonly string[]> => {
      writeFileSync(booksOf('tampered'), `${books.join('\n')}\n`);
      writeFileSync(tampered, `${lines.join('\n')}\n`);
      const read = await FleetBooks.read(booksOf('tampered'), systemClock);
      return (await checkFleet(read, readJournal(tampered))).violations.first.map(violationText);
    };
    t.same(await check(facts, rows), []);

    const sold = rows.map((line) => JSON.parse(line)).find(isSaleOfTheStreet);
    const name = `terminal ${sold.terminal}, STAN ${sold.stan}, RRN ${sold.rrn}`;
    const isIts = (line: string): boolean =>
      line.includes(`"id":"${sold.terminal}/`) && line.includes(`/${sold.stan}/2"`);
    const others = rows.filter((line) => !line.startsWith(`{"id":${sold.id},`));
    t.same(await check(facts, others), [`${name}: answered 00, but the journal does not know it`]);
    const declined = JSON.stringify({ ...sold, state: 'declined', reason: 'out-of-stock' });
    const says = `${name}: answered 00, but the journal says declined, out-of-stock (id ${sold.id})`;
    t.same(await check(facts, [...others, declined]), [says]);

    const told = /"hash":"\w+"/;
    const other = facts.find((line) => told.test(line) && !isIts(line)) ?? '';
    const stolen = facts.map((line) =>
      isIts(line) ? line.replace(told, told.exec(other)?.[0] ?? '') : line,
    );
    const twice = await check(stolen, rows);
    const owners =
      /was told a PIN \(serial \w+\) that was also told to terminal STREET0\d, STAN \d{6}, RRN \d+$/;
    t.ok(twice.length > 0 && twice.every((line) => owners.test(line)), twice.join());

    const unsent = `${name}: the journal has an approved pin-sale (id ${sold.id}) that was never sent`;
    const without = facts.filter((line) => !isIts(line));
    t.same(await check(without, rows), [unsent]);
    const files = ['--books', booksOf('tampered'), '--journal', tampered];
    const { code, stdout } = await run(['simulate', 'terminals', '--check', ...files]);
    t.equal(code, 1);
    t.match(stdout, `1 violation\n  ${unsent}\n`);
  });
});

function isSaleOfTheStreet(row: Readonly<Record<string, unknown>>): boolean {
  const { terminal, service, state, batchId } = row;
  return (
    /^STREET/.test(String(terminal)) && service === 'pin-sale' && state === 'approved' && batchId === null
  );
}

/** What a file says so far. */
function said(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
