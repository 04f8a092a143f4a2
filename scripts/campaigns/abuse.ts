/**
 * The abuse campaign: a terminal sells one PIN after another while others, from other addresses, send slowly, never read,
 * flood, send garbage, hold thousands of idle connections, and come and go; each kind alone, then all at once, with
 * quiet phases between. The abusers are a process of the lowest priority, and each keeps to a rate (abuse/plan.ts).
 *
 *   node dist/scripts/campaigns/abuse.js [--seconds 10] [--idle 10000] [--seed N] [--untimed]
 *
 * Exit code 1 where a sale of the terminal was not answered with a PIN of its own, its connection was closed, a kind of abuse
 * was not met, memory went over its bound, the switch was not ready at the end, or its books do not agree; and, but for
 * `--untimed`, where the terminal's p99 under abuse was over twice that of the quiet phases around it.
 */
import { parseArgs } from 'node:util';
import { baseConfig, startSwitch, type TestSwitch } from '../../test/support/process.js';
import { Gang } from './abuse/gang.js';
import { GOOD_SALES_A_SECOND, GoodTerminal } from './abuse/goodTerminal.js';
import { Observed } from './abuse/observed.js';
import { MET_MS_MAX, type Phase, playPhases } from './abuse/phases.js';
import {
  ABUSES,
  ADDRESS_CONNECTIONS,
  FLOOD_TERMINAL,
  KINDS,
  type Plan,
  READER_TERMINALS,
} from './abuse/plan.js';
import { planText, type Row, rowsOf, tableOf } from './abuse/report.js';
import { isProgram, type Teardown, withTeardowns } from './campaign.js';
import { holdAgainstJournal, newBook } from './terminals.js';

export interface AbuseOptions extends Omit<Plan, 'port'> {
  /** Of each phase. */
  readonly seconds: number;
  /** Whether p99 under abuse is judged. */
  readonly isTimed: boolean;
  readonly log: (line: string) => void;
}

export interface AbuseReport {
  readonly rows: readonly Row[];
  readonly sales: number;
  readonly violations: readonly string[];
}

/** Over the p99 of the quiet phases around. */
const RATIO_MAX = 2;
const MEMORY_MIB_MAX = 384;
/** Of one terminal: more than the good one sells. */
const TERMINAL_MESSAGES_A_SECOND = 300;
const TERMINAL_MESSAGES_BURST = 100;
const ADDRESS_FRAMES_BURST = 200;
/** Of a phase: a frame that takes longer is too slow. */
const FRAME_SHARE = 0.2;
const FRAME_MS_MIN = 100;

export async function abuseCampaign(options: AbuseOptions): Promise<AbuseReport> {
  return withTeardowns((t) => play(t, options));
}

async function play(t: Teardown, options: AbuseOptions): Promise<AbuseReport> {
  const { seconds, isTimed, log, ...abuses } = options;
  const gang = new Gang(options.idle + options.idleRefused);
  t.teardown(() => gang.disband());
  const running = await startSwitch(t, {
    pins: { TALK10: pinsFor(seconds) },
    config: configOf(options),
  });
  const port = running.ports.ascii ?? 0;
  const plan: Plan = { ...abuses, port };
  const book = await newBook();
  const observed = new Observed(running);
  t.teardown(() => observed.end());
  const terminal = await GoodTerminal.open(port, book);
  const phases = await playPhases({ plan, seconds, gang, terminal, observed }, (phase) =>
    log(tableOf(rowsOf([phase], plan)).split('\n')[1] ?? ''),
  );
  await terminal.stop();
  await ended(running, observed, book.violations);
  await holdAgainstJournal(running.folder, book);
  const rows = rowsOf(phases, plan);
  log(`${tableOf(rows)}\n${planText(plan)}`);
  const violations = [...book.violations, ...judged(phases, rows, isTimed)];
  return { rows, sales: book.soldBy.size, violations };
}

/** Alive, ready, and able to end as it should. */
async function ended({ child }: TestSwitch, observed: Observed, violations: string[]): Promise<void> {
  if (!(await observed.isReady())) violations.push('the switch is not ready');
  observed.end();
  const code = await child.kill('SIGTERM');
  if (code !== 0) violations.push(`the switch ended with ${code}`);
}

function judged(phases: readonly Phase[], rows: readonly Row[], isTimed: boolean): string[] {
  const slow = rows.filter(({ ratio }) => isTimed && ratio !== undefined && !(ratio <= RATIO_MAX));
  return [
    ...phases.flatMap(({ unmet }) => unmet),
    ...rows.filter(({ sales }) => sales === 0).map(({ name }) => `${name}: no sale`),
    ...rows
      .filter(({ memoryMiB }) => memoryMiB > MEMORY_MIB_MAX)
      .map(({ name, memoryMiB }) => `${name}: ${memoryMiB} MiB, over ${MEMORY_MIB_MAX}`),
    ...slow.map(({ name, ratio }) => `${name}: p99 is ${ratio?.toFixed(2)} times that of quiet phases`),
  ];
}

/** For the good terminal, and for what the flood's terminal may sell, in phases that take longer than they should, too. */
function pinsFor(seconds: number): number {
  const phases = 2 * KINDS.length + 4;
  const good = phases * GOOD_SALES_A_SECOND * (1.2 * seconds + 2);
  const both = (GOOD_SALES_A_SECOND + TERMINAL_MESSAGES_A_SECOND) * (2 * seconds + (3 * MET_MS_MAX) / 1_000);
  return Math.ceil(good + both);
}

function configOf({ seconds, addressFrames }: AbuseOptions): Record<string, unknown> {
  const { links, catalogue } = baseConfig() as {
    links: readonly object[];
    catalogue: { products: readonly object[] };
  };
  const [product] = catalogue.products;
  const shelf = Array.from({ length: 40 }, (_, at) => ({
    ...product,
    code: `SHELF${at}`,
    name: 'A PIN of many',
  }));
  const limits = {
    frameMs: Math.max(FRAME_MS_MIN, Math.round(seconds * 1_000 * FRAME_SHARE)),
    unreadBytesMax: 65_536,
    connectionsPerAddressMax: ADDRESS_CONNECTIONS,
    terminalMessagesPerSecond: TERMINAL_MESSAGES_A_SECOND,
    terminalMessagesBurst: TERMINAL_MESSAGES_BURST,
    addressFramesPerSecond: addressFrames,
    addressFramesBurst: ADDRESS_FRAMES_BURST,
  };
  const terminals = ['DEMO0001', FLOOD_TERMINAL, ...READER_TERMINALS];
  return {
    links: links.map((link) => ({ ...link, limits })),
    catalogue: {
      products: [...catalogue.products, ...shelf],
      terminals: terminals.map((id) => ({ id, merchant: 'DEMOMERCHANT001' })),
    },
  };
}

if (isProgram(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      idle: { type: 'string', default: String(ABUSES.idle) },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      untimed: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  const { sales, violations } = await abuseCampaign({
    seconds: Number(values.seconds),
    seed,
    ...ABUSES,
    idle: Number(values.idle),
    isTimed: !values.untimed,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ seed, sales, violations }, null, 2)}\n`);
  process.exit(violations.length === 0 ? 0 : 1);
}
