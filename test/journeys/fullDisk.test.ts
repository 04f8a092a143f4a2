/**
 * A full disk declines new sales with 96 and keeps what stands; when there is room again, sales go on. A disk that
 * fails otherwise ends the process, since nobody can say what stands: the next start recovers from the journal.
 */
import t, { type Test } from 'tap';
import { Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { type IsoFields, pinsOf } from '../support/iso.js';
import { startSwitch } from '../support/process.js';
import { type Disk, failingDisk, smallDisk } from '../support/smallDisk.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

const DISK_MEBIBYTES = 24;
const CREDITS = 8;
/** How long the terminal waits for a credit, milliseconds; the supplier takes 600. */
const CREDIT_MS = 3_000;

function diskOrSkip(t: Test, make: typeof smallDisk): Disk | undefined {
  const disk = make(t, DISK_MEBIBYTES);
  if (typeof disk !== 'string') return disk;
  t.pass(disk, { skip: disk });
  return undefined;
}

interface Sold {
  readonly request: IsoFields;
  readonly pins: readonly string[];
}

/** Sells until a sale is declined; everything but 00 and 96 is a failure. */
async function sellUntilFull(t: Test, client: Client, sold: Sold[]): Promise<IsoFields> {
  for (;;) {
    const requests = Array.from({ length: 64 }, () => saleOf('TALK10', 1000));
    const answers = await Promise.all(requests.map((request) => client.ask('0200', request)));
    let declined: IsoFields | undefined;
    for (const [at, answer] of answers.entries()) {
      const request = requests[at] ?? {};
      if (answer?.fields[39] === '00') sold.push({ request, pins: pinsOf(answer) });
      else declined = request;
      if (!['00', '96'].includes(answer?.fields[39] ?? '')) t.fail(`answered ${answer?.fields[39]}`);
    }
    if (declined) return declined;
  }
}

t.test('sales on a full disk: 96, repeats as before, nothing lost, on again with room', async (t) => {
  const disk = diskOrSkip(t, smallDisk);
  if (!disk) return;
  const running = await startSwitch(t, { pins: { TALK10: 5_000 }, folder: disk.folder });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const sold: Sold[] = [];
  for (let at = 0; at < 20; at++) {
    const request = saleOf('TALK10', 1000);
    const answer = await client.ask('0200', request);
    t.equal(answer?.fields[39], '00');
    if (answer) sold.push({ request, pins: pinsOf(answer) });
  }
  disk.spoil();
  const declined = await sellUntilFull(t, client, sold);
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '96', 'declined');
  t.equal((await client.ask('0200', declined))?.fields[39], '96', 'a repeat of a declined sale too');
  for (const { request, pins } of [...sold.slice(0, 5), ...sold.slice(-5)]) {
    const repeat = await client.ask('0201', request);
    t.equal(repeat?.fields[39], '00', 'what was sold is answered to a repeat');
    t.same(repeat && pinsOf(repeat), pins);
  }
  const undone = sold[0]?.request ?? {};
  t.equal((await client.ask('0420', reversalOf(undone)))?.fields[39], '96', 'a reversal is not accepted');
  t.equal(running.child.process.exitCode, null, 'the process lives');
  disk.mend();
  t.equal((await client.ask('0200', declined))?.fields[39], '00', 'the declined sale may be asked again');
  t.equal((await client.ask('0421', reversalOf(undone)))?.fields[39], '00', 'and the reversal');
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00');
  t.match(await running.json('stock', 'audit'), {
    takenIn: 5_000,
    byCustody: { sold: sold.length + 1, quarantined: 1 },
    ok: true,
  });
  t.equal(new Set(sold.flatMap(({ pins }) => pins)).size, sold.length, 'no PIN was sold twice');
});

t.test('a switch that is started on a full disk answers repeats, and sells once there is room', async (t) => {
  const disk = diskOrSkip(t, smallDisk);
  if (!disk) return;
  const running = await startSwitch(t, { pins: { TALK10: 100 }, folder: disk.folder });
  const first = await Client.open(running.ports.ascii ?? 0);
  const request = saleOf('TALK10', 1000);
  const answer = await first.ask('0200', request);
  disk.spoil();
  await sellUntilFull(t, first, []);
  await running.child.kill('SIGKILL');
  await first.close();
  const again = await running.restart();
  const client = await Client.open(again.ports.ascii ?? 0);
  t.teardown(() => client.close());
  t.same((await client.ask('0201', request))?.fields[63], answer?.fields[63], 'the same PIN');
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '96');
  disk.mend();
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00');
  t.match(await again.json('stock', 'audit'), { takenIn: 100, ok: true });
});

t.test(
  'credits that the supplier made while the disk filled: approved, or not answered and undone',
  async (t) => {
    const disk = diskOrSkip(t, smallDisk);
    if (!disk) return;
    const supplier = await startSupplier(t, 'http');
    const config = {
      ...creditConfig({ http: supplier.port }),
      times: { saleMs: 1_000, forwardWaitsMs: [100] },
    };
    const running = await startSwitch(t, { pins: { TALK10: 5_000 }, folder: disk.folder, config });
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    await supplier.behave('delay', 'order', CREDITS, 600);
    const credits = Array.from({ length: CREDITS }, (_, at) => creditOf(`555000123${at}`, 1_000));
    let answered = false;
    const answers = Promise.all(credits.map((credit) => client.ask('0200', credit, CREDIT_MS))).finally(
      () => {
        answered = true;
      },
    );
    t.ok(await eventually(async () => (await supplier.ledger()).length === CREDITS));
    disk.spoil();
    // What a checkpoint frees is taken again at once, so that there is hardly room when the supplier answers.
    while (!answered) await sellUntilFull(t, client, []);
    const codes = (await answers).map((answer) => answer?.fields[39]);
    t.ok(
      codes.every((code) => code === undefined || code === '00'),
      codes.join(),
    );
    disk.mend();
    const wanted = codes.map((code) => (code === '00' ? 'credited' : 'reversed'));
    const states = async (): Promise<unknown[]> => {
      const ledger = await supplier.ledger();
      return credits.map((credit) => ledger.find(({ account }) => account === credit[102])?.state);
    };
    await eventually(async () => (await states()).join() === wanted.join());
    t.same(await states(), wanted, 'what could not be closed is undone, what was approved stands');
    for (const [at, credit] of credits.entries()) {
      t.equal(
        (await client.ask('0201', credit))?.fields[39] === '00',
        codes[at] === '00',
        'a repeat is told the same',
      );
    }
    t.ok(
      (await supplier.ledger()).every(({ asked }) => asked === 1),
      'each was asked for once',
    );
  },
);

t.test('a disk that fails ends the process: no answer, another start recovers what stands', async (t) => {
  const disk = diskOrSkip(t, failingDisk);
  if (!disk) return;
  const running = await startSwitch(t, { pins: { TALK10: 2_000 }, folder: disk.folder });
  const client = await Client.open(running.ports.ascii ?? 0);
  const sold: Sold[] = [];
  for (let at = 0; at < 50; at++) {
    const request = saleOf('TALK10', 1000);
    const answer = await client.ask('0200', request);
    if (answer?.fields[39] === '00') sold.push({ request, pins: pinsOf(answer) });
  }
  t.equal(sold.length, 50);
  disk.spoil();
  const requests = Array.from({ length: 1_000 }, () => saleOf('TALK10', 1000));
  const answers = await Promise.all(requests.map((request) => client.ask('0200', request)));
  t.equal(await running.child.exited, 70, 'ended with a code of its own');
  t.ok(answers.includes(undefined), 'what nobody could know was not answered');
  t.match(running.child.output(), /"fatal".*SQLITE_IOERR/);
  for (const [at, answer] of answers.entries()) {
    if (answer?.fields[39] === '00') sold.push({ request: requests[at] ?? {}, pins: pinsOf(answer) });
  }
  disk.mend();
  const again = await running.restart();
  const second = await Client.open(again.ports.ascii ?? 0);
  t.teardown(() => second.close());
  for (const { request, pins } of sold) {
    const repeat = await second.ask('0201', request);
    if (repeat?.fields[39] !== '00' || pinsOf(repeat)[0] !== pins[0]) t.fail('an answered sale is lost');
  }
  t.match(await again.json('stock', 'audit'), { takenIn: 2_000, ok: true });
});
