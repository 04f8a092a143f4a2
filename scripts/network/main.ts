/**
 * `npm run network`: a hub, three switches, a vendor and terminals of uneven demand, each its own process on loopback,
 * and a table of what lies where beside what is wanted there. Ends with Ctrl-C, or after `--seconds N`; then every
 * database is audited, and the exit code is 1 where a fault was found.
 *
 *   npm run network [-- --seconds 60] [--rate 20]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { networkFaults, TestHub, TestMember } from '../../test/support/network.js';
import { start } from '../../test/support/process.js';
import { Fleet } from './fleet.js';
import { cellsOf, lineOf, tableOf } from './table.js';

const EVERY_MS = 1_000;
/** Switches, and their share of all demand. */
const SWITCHES = { north: 0.6, south: 0.3, west: 0.1 } as const;
const FIRST_PINS = { TALK10: 1_500, TALK20: 600 };
/** Cursor to the top left, and everything below it away. */
const CLEAR = '\x1b[H\x1b[J';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, rate: { type: 'string', default: '20' } },
});
const seconds = values.seconds === undefined ? Number.POSITIVE_INFINITY : Number(values.seconds);
const rate = Number(values.rate);
if (!(seconds > 0) || !(rate > 0)) {
  process.stderr.write('network: --seconds and --rate must be numbers above 0\n');
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
});
let isOver = false;
void stopped.then(() => {
  isOver = true;
});

const root = mkdtempSync(join(tmpdir(), 'prepaid-switch-network-'));
const endings: (() => unknown)[] = [];
const t = { teardown: (task: () => unknown) => void endings.push(task) };

/** Demand is minutes here, not days: levels for a minute without the hub, orders that come within seconds. */
function hubConfig(vendorPort: number): Record<string, unknown> {
  const products = ['TALK10', 'TALK20'].map((code) => ({
    code,
    minQuantity: 100,
    leadMs: 3_000,
    leadSpreadMs: 1_000,
  }));
  return {
    keeper: { demandEveryMs: 1_000, everyMs: 500 },
    vendors: [
      { name: 'acme', url: `http://127.0.0.1:${vendorPort}`, products, pollMs: 500, pollMaxMs: 1_000 },
    ],
    acquisition: { lookMs: 500 },
  };
}

async function run(): Promise<boolean> {
  say('starting a vendor, a hub and three switches on 127.0.0.1 ...');
  const vendor = await start(
    ['simulate', 'vendor', '--lead-ms', '2000', '--parts', '2', '--part-ms', '1000'],
    (output) => /ready \d+/.test(output),
  );
  endings.push(() => vendor.kill('SIGTERM'));
  const vendorPort = Number(/ready (\d+)/.exec(vendor.output())?.[1]);
  const hub = await TestHub.open(t, {
    folder: mkdtempSync(join(root, 'hub-')),
    policy: {
      ...{ surviveMs: 60_000, restockMs: 5_000, pinsPerTransfer: 40, lotMs: 60_000, limits: [{ floor: 10 }] },
      orders: { lotMs: 60_000, leadMs: 3_000, leadSpreadMs: 1_000 },
    },
    config: hubConfig(vendorPort),
  });
  await hub.takeIn(FIRST_PINS);
  await hub.serve();
  const members: TestMember[] = [];
  const fleets: Fleet[] = [];
  for (const [name, share] of Object.entries(SWITCHES)) {
    const member = await TestMember.join(t, hub, name, { folder: mkdtempSync(join(root, `${name}-`)) });
    await member.serve();
    members.push(member);
    const wishes = [
      { product: 'TALK10', price: 1000, rate: rate * share },
      { product: 'TALK20', price: 2000, rate: (rate * share) / 3 },
    ];
    fleets.push(new Fleet(member.port, wishes, fleets.length / 3, Math.random));
  }
  say(`hub ${hub.url}, admin http://127.0.0.1:${hub.adminPort}/metrics`);
  for (const { name, port } of members) say(`${name}: terminals at 127.0.0.1:${port}`);
  for (const fleet of fleets) await fleet.start();
  await show(hub, fleets);
  say('stopping ...');
  for (const fleet of fleets) await fleet.stop();
  for (const member of members) await member.kill('SIGTERM');
  await hub.kill('SIGTERM');
  return audited(hub, members);
}

async function show(hub: TestHub, fleets: readonly Fleet[]): Promise<void> {
  const began = Date.now();
  while (!isOver && Date.now() - began < seconds * 1_000) {
    const { cells, transfers, recalls } = await cellsOf(await hub.books());
    const sold = fleets.reduce((sum, one) => sum + one.sold, 0);
    const declined = fleets.reduce((sum, one) => sum + one.declined, 0);
    const age = Math.round((Date.now() - began) / 1_000);
    const counts = `${age} s: ${sold} sold, ${declined} declined, ${transfers} transfers, ${recalls} recalls`;
    if (process.stdout.isTTY) say(`${CLEAR}${tableOf(cells).join('\n')}\n\n${counts}; Ctrl-C ends it`);
    else say(`${counts}  ${lineOf(cells)}`);
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, EVERY_MS))]);
  }
}

/** What is still to be told when all have stopped is no fault; each book by itself must be right. */
async function audited(hub: TestHub, members: readonly TestMember[]): Promise<boolean> {
  const faults = await networkFaults(hub, []);
  for (const member of members)
    faults.push(...(await member.audit()).faults.map((fault) => `${member.name}: ${fault}`));
  const { takenIn, byCustody } = await hub.audit();
  const where = Object.entries(byCustody).filter(([, count]) => count > 0);
  say(
    `audit: ${takenIn} PINs taken in: ${where.map(([custody, count]) => `${count} ${custody}`).join(', ')}`,
  );
  for (const fault of faults) say(`audit: ${fault}`);
  if (faults.length === 0) say('audit: clean');
  return faults.length === 0;
}

let isClean = false;
try {
  isClean = await run();
} finally {
  for (const end of endings.reverse()) await end();
  rmSync(root, { recursive: true, force: true });
}
process.exit(isClean ? 0 : 1);
