/**
 * The network's kill campaign: a hub and its switches are killed with SIGKILL at random moments while terminals sell at
 * the switches, unevenly and now here, now there, so that PINs go down and come back all the time. At the end the
 * terminals' books are held against every journal, and the hub's audit and books against every switch's.
 *
 *   node dist/scripts/campaigns/network.js --transfers 1000 [--kills 300] [--switches 3] [--terminals 8] [--run-ms 1500] [--seed N]
 *
 * Violations, each of which ends in exit code 1: a PIN in two answers with different keys, of whatever switches; two
 * answers to one key with different PINs; an approval that its journal does not know; an audit that is not clean; a
 * hub whose books say of a switch what that does not say.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from '../../src/base/chance.js';
import { agrees, TestHub, TestMember } from '../../test/support/network.js';
import { isProgram, type Teardown, withTeardowns } from './campaign.js';
import { type Book, holdAgainstJournal, newBook, terminal } from './terminals.js';

/** Of the kills, how many meet the hub. */
const HUB_SHARE = 0.4;
/** A switch's terminals are all awake or all asleep for about this long, milliseconds. */
const WAKE_MS = 2_000;

export interface NetworkOptions {
  /** Goes on until so many transfers were made. */
  readonly transfers: number;
  /** And until so many processes were killed. */
  readonly kills?: number;
  readonly switches: number;
  /** At each switch. */
  readonly terminals: number;
  readonly pins: number;
  readonly seed: number;
  /** Longest time between two kills, milliseconds. */
  readonly runMsMax: number;
  readonly log: (line: string) => void;
}

export interface NetworkReport {
  readonly transfers: number;
  readonly hubKills: number;
  readonly switchKills: number;
  readonly approved: number;
  readonly unanswered: number;
  readonly reversed: number;
  /** PINs that were given back by a switch. */
  readonly returned: number;
  readonly violations: readonly string[];
}

interface Site {
  readonly member: TestMember;
  readonly book: Book;
  awake: boolean;
}

async function transfersOf(hub: TestHub): Promise<number> {
  const switches = await (await hub.books()).switches();
  return switches.reduce((sum, { transfer }) => sum + transfer, 0);
}

/** Small levels, so that there are many transfers; and quick ones, both ways. */
function hubOptions(folder: string, switches: number): Parameters<typeof TestHub.open>[1] {
  const floor = Math.max(8, 30 - 4 * switches);
  return {
    folder,
    policy: { limits: [{ product: 'TALK10', floor, ceiling: floor }] },
    limits: { askLot: 1 },
  };
}

export async function networkCampaign(options: NetworkOptions): Promise<NetworkReport> {
  return withTeardowns((t) => play(t, options));
}

async function play(t: Teardown, options: NetworkOptions): Promise<NetworkReport> {
  const chance = new Chance(options.seed);
  const random = () => chance.next();
  const root = mkdtempSync(join(tmpdir(), 'prepaid-switch-network-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const hub = await TestHub.open(t, hubOptions(mkdtempSync(join(root, 'hub-')), options.switches));
  await hub.takeIn({ TALK10: options.pins });
  await hub.serve();
  const shared = await newBook();
  const sites: Site[] = [];
  for (let n = 0; n < options.switches; n++) {
    const folder = mkdtempSync(join(root, 'switch-'));
    const member = await TestMember.join(t, hub, `switch-${n}`, { folder });
    await member.serve();
    sites.push({ member, book: await newBook(shared), awake: true });
  }
  let selling = true;
  const isAwake = (site: Site): boolean => selling && site.awake;
  const terminals = sites.flatMap((site, n) =>
    // The first switch has the most terminals, the last one fewest.
    Array.from({ length: Math.max(1, options.terminals - 2 * n) }, async () => {
      while (selling) {
        await terminal(site.member.port, site.book, random, () => isAwake(site));
        await new Promise((resolve) => setTimeout(resolve, random() * 50));
      }
    }),
  );
  const kills = { hub: 0, switches: 0 };
  let lastWake = Date.now();
  let made = 0;
  const isOver = (): boolean =>
    made >= options.transfers && kills.hub + kills.switches >= (options.kills ?? 0);
  while (!isOver() && shared.violations.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, random() * options.runMsMax));
    if (Date.now() - lastWake > WAKE_MS) {
      lastWake = Date.now();
      for (const site of sites) site.awake = random() < 0.7;
    }
    if (random() < HUB_SHARE) {
      await hub.restart();
      kills.hub += 1;
    } else {
      await sites[Math.floor(random() * sites.length)]?.member.restart();
      kills.switches += 1;
    }
    made = await transfersOf(hub);
    if ((kills.hub + kills.switches) % 10 === 0)
      options.log(`${kills.hub} + ${kills.switches} kills, ${made} transfers, ${soldOf(sites)} PINs sold`);
  }
  selling = false;
  await Promise.all(terminals);
  const members = sites.map(({ member }) => member);
  await agrees(hub, members).catch((error: Error) => void shared.violations.push(error.message));
  let returned = 0;
  for (const { member } of sites) returned += await member.count('returned');
  made = await transfersOf(hub);
  for (const { member, book } of sites) {
    await member.closeBooks();
    await member.kill('SIGTERM');
    await holdAgainstJournal(member.folder, book);
  }
  await hub.closeBooks();
  await hub.kill('SIGTERM');
  return {
    transfers: made,
    hubKills: kills.hub,
    switchKills: kills.switches,
    approved: soldOf(sites),
    unanswered: sites.reduce((sum, { book }) => sum + book.unanswered, 0),
    reversed: sites.reduce((sum, { book }) => sum + book.reversed, 0),
    returned,
    violations: shared.violations,
  };
}

function soldOf(sites: readonly Site[]): number {
  return sites.reduce((sum, { book }) => sum + book.soldBy.size, 0);
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      transfers: { type: 'string', default: '1000' },
      kills: { type: 'string', default: '0' },
      switches: { type: 'string', default: '3' },
      terminals: { type: 'string', default: '8' },
      'run-ms': { type: 'string', default: '1500' },
      pins: { type: 'string', default: '400000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const report = await networkCampaign({
    transfers: Number(values.transfers),
    kills: Number(values.kills),
    switches: Number(values.switches),
    terminals: Number(values.terminals),
    pins: Number(values.pins),
    seed: Number(values.seed),
    runMsMax: Number(values['run-ms']),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...report }, null, 2)}\n`);
  process.exit(report.violations.length === 0 ? 0 : 1);
}
