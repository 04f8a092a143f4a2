/**
 * The PIN network on a simulated clock: 50 switches, 20 products, two weeks. The policy is the hub's own code with its
 * default settings, the same in every scenario; it knows four weeks of hours before, and then what it is told. What it sells is
 * compared with what a clairvoyant sells that pools all stock, and with simple policies. One seed is one history.
 */
import { DEFAULT_POLICY, planStock } from '../../../src/hub/policy/policy.js';
import { clairvoyant } from './clairvoyant.js';
import { OrderDesk } from './desk.js';
import { alwaysUp, hubAway, type Links, unsteady } from './links.js';
import { averageCover, equalSplit, fixedLevel } from './rivals.js';
import { ASKED, LOCAL, LOST, type Outcome, run, type Scenario } from './run.js';
import { fixedSupply } from './supply.js';
import { lineOf, type Row } from './table.js';
import { DAY, HOUR, ISSUE_SIZE, makeWorld, START, type World, type WorldSize } from './world.js';

const UNSTEADY = { upMs: DAY, downMs: 3 * HOUR };
/** Of the clairvoyant's sales, by supply as a share of demand. */
const SHARES = [
  { share: 1.05, aim: 99.5 },
  { share: 1, aim: 99.4 },
  { share: 0.9, aim: 99.8 },
] as const;
/** Measured after that much running-in: at first every switch is filled at once. */
const RUNNING_IN_DAYS = 14;
/** Thursday 17:00, Saturday 12:00, Monday 16:00, Wednesday 08:00. */
const AWAY_AT = [3 * DAY + 17 * HOUR, 5 * DAY + 12 * HOUR, 7 * DAY + 16 * HOUR, 9 * DAY + 8 * HOUR];
const AWAY_MS = 4 * HOUR;

const RIVALS: readonly { readonly name: string; readonly plan: Scenario['plan'] }[] = [
  { name: 'equal split', plan: equalSplit },
  { name: 'fixed level, 1 day', plan: fixedLevel(1) },
  { name: 'moving average, 1 day', plan: averageCover(1) },
  { name: 'moving average, 2 days', plan: averageCover(2) },
];
const RIVALS_MEMORY_DAYS = 7;

/** As often as the policy is asked here; the hub asks it every second. */
const TICK_MINUTES = 5;

const OURS: Ours = {
  tickMinutes: TICK_MINUTES,
  settings: DEFAULT_POLICY,
  plan: planStock,
  memoryDays: 400,
};

type Ours = Pick<Scenario, 'settings' | 'plan' | 'memoryDays' | 'tickMinutes'>;

export interface SimulatedOptions {
  readonly seeds: readonly number[];
  readonly size?: WorldSize;
  readonly runningInDays?: number;
  /** How often the policy is asked. */
  readonly tickMinutes?: number;
  readonly show?: (line: string) => void;
}

export function benchSimulated({
  seeds,
  size = ISSUE_SIZE,
  runningInDays = RUNNING_IN_DAYS,
  tickMinutes = TICK_MINUTES,
  show = (line) => process.stdout.write(`${line}\n`),
}: SimulatedOptions): Record<string, number> {
  const figures: Record<string, number> = {};
  const ours = { ...OURS, tickMinutes };
  for (const seed of seeds) {
    const world = makeWorld(seed, size);
    const { switches, products, days } = size;
    const rows = [
      ...connected(seed, ours, size, runningInDays),
      ...unsteadyLinks(seed, ours, world),
      ...awayForAll(seed, ours, world),
    ];
    show(
      `seed ${seed}: ${switches} switches, ${products} products, ${world.demands.count} demands in ${days} days`,
    );
    for (const row of rows) show(lineOf(row));
    for (const { key, figure } of rows) figures[`network.${key}.${seed}`] = figure;
  }
  return figures;
}

/** (a): all are connected, stock is ordered, a sale may ask. */
function connected(seed: number, ours: Ours, size: WorldSize, runningInDays: number): Row[] {
  const world = makeWorld(seed, { ...size, days: size.days + runningInDays });
  const links = alwaysUp(size.switches);
  const desk = new OrderDesk(seed, size, DEFAULT_POLICY.orders);
  const outcome = run({ ...ours, world, links, mayAsk: true, supply: desk });
  const from = START + runningInDays * DAY;
  const sold = soldFrom(world, outcome, from);
  const best = bestOf(world, links, outcome);
  const beyond = sumOf(best) - outcome.how.reduce((sum, how) => sum + (how === LOST ? 0 : 1), 0);
  const transfers = outcome.transfers.filter((at) => at >= from).length;
  return [
    {
      key: 'a.lost',
      what: "(a) connected: sales lost beyond the clairvoyant's",
      aim: 'none',
      figure: beyond,
      unit: '',
    },
    {
      key: 'a.local',
      what: '    from local stock, without asking',
      aim: '≥ 99.5',
      figure: (100 * sold.local) / sold.all,
      unit: '%',
    },
    {
      key: 'a.transfers',
      what: '    transfers for 200 PINs sold',
      aim: '≤ 1',
      figure: (200 * transfers) / sold.all,
      unit: '',
    },
    ...stockRows('a', world, outcome, runningInDays * DAY),
  ];
}

/** (b) and (c): links up a day and down three hours, supply short or not, no asking. */
function unsteadyLinks(seed: number, policy: Ours, world: World): Row[] {
  const { switches, days } = world.size;
  const links = unsteady(seed, switches, { ...UNSTEADY, from: START, until: START + days * DAY });
  return SHARES.flatMap(({ share, aim }) => {
    const supply = fixedSupply(seed, world.size, world.demands, share);
    const best = sumOf(clairvoyant(world.size, world.demands, links, supply));
    const common = { world, links, mayAsk: false, supply };
    const ours = run({ ...policy, ...common });
    const sold = soldFrom(world, ours, START).all;
    const rivals = RIVALS.map(({ name, plan }): Row => {
      const outcome = run({ ...policy, ...common, plan, memoryDays: RIVALS_MEMORY_DAYS });
      const figure = (100 * soldFrom(world, outcome, START).all) / best;
      return {
        key: `c.${share}.${name.replaceAll(/[ ,]+/g, '-')}`,
        what: `    ${name}`,
        aim: '(c)',
        figure,
        unit: '%',
      };
    });
    return [
      {
        key: `b.${share}`,
        what: `(b) unsteady links, supply ${share} of demand: of the clairvoyant's sales`,
        aim: `≥ ${aim}`,
        figure: (100 * sold) / best,
        unit: '%',
      },
      {
        key: `b.${share}.clairvoyant`,
        what: '    the clairvoyant sells, of all demand',
        aim: '',
        figure: (100 * best) / world.demands.count,
        unit: '%',
      },
      {
        key: `b.${share}.transfers`,
        what: '    transfers for 200 PINs sold',
        aim: '',
        figure: (200 * ours.transfers.length) / sold,
        unit: '',
      },
      ...stockRows(`b.${share}`, world, ours, 0),
      ...rivals,
    ];
  });
}

/** (d): the hub is away for all at once, four times for four hours. */
function awayForAll(seed: number, ours: Ours, world: World): Row[] {
  const times = AWAY_AT.map((at) => START + at);
  const links = hubAway(world.size.switches, times, AWAY_MS);
  const supply = new OrderDesk(seed, world.size, DEFAULT_POLICY.orders);
  const outcome = run({ ...ours, world, links, mayAsk: true, supply });
  const best = bestOf(world, links, outcome);
  let [sold, possible] = [0, 0];
  for (const [i, at] of world.demands.at.entries()) {
    if (!times.some((from) => at >= from && at < from + AWAY_MS)) continue;
    possible += best[i] ?? 0;
    if (outcome.how[i] !== LOST) sold += 1;
  }
  return [
    {
      key: 'd',
      what: "(d) hub away four hours: of the clairvoyant's sales in them",
      aim: '≥ 98',
      figure: (100 * sold) / possible,
      unit: '%',
    },
    {
      key: 'plan-ms',
      what: '    one plan for all switches and products',
      aim: '',
      figure: outcome.planMs / outcome.plans,
      unit: 'ms',
    },
  ];
}

const bestOf = ({ size, demands }: World, links: Links, { deliveries }: Outcome): Uint8Array =>
  clairvoyant(size, demands, links, deliveries);

const sumOf = (met: Uint8Array): number => met.reduce((sum, one) => sum + one, 0);

function soldFrom({ demands }: World, { how }: Outcome, from: number): { local: number; all: number } {
  let [local, asked] = [0, 0];
  for (const [i, at] of demands.at.entries()) {
    if (at < from) continue;
    if (how[i] === LOCAL) local += 1;
    if (how[i] === ASKED) asked += 1;
  }
  return { local, all: local + asked };
}

/** In days of the network's sales, on the average of the time. */
function stockRows(key: string, { size }: World, { out, central }: Outcome, from: number): Row[] {
  const skipped = (out.length * from) / (size.days * DAY);
  const daysOf = (counts: readonly number[]) => {
    const counted = counts.slice(skipped);
    return counted.reduce((sum, one) => sum + one, 0) / counted.length / size.salesPerDay;
  };
  return [
    {
      key: `${key}.stock`,
      what: "    stock at switches, in days' sales",
      aim: '',
      figure: daysOf(out),
      unit: '',
    },
    { key: `${key}.central`, what: '    stock at the hub', aim: '', figure: daysOf(central), unit: '' },
  ];
}
