/**
 * What `stock levels` and `stock audit` say at a PIN network's hub besides its own books: what lies at each switch, and
 * whether the switches' own statements agree with it. An audit asks for new statements and waits for those switches
 * that are connected; the others' last ones count.
 */
import { systemClock } from '../base/clock.js';
import { STATEMENT_WANTED } from '../hub/server/settings.js';
import type { Holding, NetworkSwitch, Store } from '../store/store.js';
import { table } from './fields.js';

/** One that has been heard within this time is connected, milliseconds. */
const CONNECTED_MS = 30_000;
const LOOK_MS = 50;

type Counts = Record<string, number>;

/** As a hub sees one switch. */
export interface SwitchAudit {
  readonly switch: string;
  readonly epoch: number;
  readonly state: string;
  /** Product, custody, PINs. */
  readonly holdings: Readonly<Record<string, Counts>>;
  /** When its last statement came; null where there was none. */
  readonly statedAt: string | null;
  /** Whether that was after this audit had asked. */
  readonly isFresh: boolean;
  /** '' where the statement agreed. */
  readonly difference: string;
}

/** Undefined where this is no hub's store. */
export async function auditSwitches(store: Store, waitMs: number): Promise<SwitchAudit[] | undefined> {
  if ((await store.switches()).length === 0) return undefined;
  const wanted = systemClock.now();
  await store.setSetting(STATEMENT_WANTED, String(wanted));
  const isAwaited = ({ state, why, seenAt, statedAt }: NetworkSwitch): boolean =>
    state === 'active' && why === '' && seenAt >= wanted - CONNECTED_MS && statedAt < wanted;
  let switches = await store.switches();
  while (switches.some(isAwaited) && systemClock.now() < wanted + waitMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    switches = await store.switches();
  }
  const held = byPlace(await store.holdings());
  return switches.map(({ id, name, epoch, state, why, statedAt, difference }) => ({
    switch: name,
    epoch,
    state: why === '' || state === 'retired' ? state : why,
    holdings: held.get(id) ?? {},
    statedAt: statedAt === 0 ? null : new Date(statedAt).toISOString(),
    isFresh: statedAt >= wanted,
    difference: state === 'retired' ? '' : difference,
  }));
}

const SHOWN = ['transit', 'away', 'sold', 'quarantined', 'void', 'expired'] as const;

export function switchTable(switches: readonly SwitchAudit[]): string {
  const rows = switches.map((one) => [
    ...[one.switch, String(one.epoch), one.state],
    ...SHOWN.map((custody) => String(countOf(one, custody))),
    statementOf(one),
  ]);
  return table([['switch', 'epoch', 'state', ...SHOWN, 'statement'], ...rows], 0);
}

function countOf({ holdings }: SwitchAudit, custody: string): number {
  return Object.values(holdings).reduce((sum, counts) => sum + (counts[custody] ?? 0), 0);
}

function statementOf({ statedAt, isFresh, difference }: SwitchAudit): string {
  if (statedAt === null) return 'none yet';
  const when = isFresh ? statedAt : `${statedAt}, none since`;
  return difference === '' ? `agreed ${when}` : `differed ${when}: ${difference}`;
}

/** What lies here and at each switch, by name; undefined where this is no hub's store. */
export async function networkLevels(
  store: Store,
): Promise<{ hub: Record<string, Counts>; switches: Record<string, Record<string, Counts>> } | undefined> {
  const switches = await store.switches();
  if (switches.length === 0) return undefined;
  const held = byPlace(await store.holdings());
  const there = switches.map(({ id, name }) => [name, held.get(id) ?? {}] as const);
  return { hub: held.get(0) ?? {}, switches: Object.fromEntries(there) };
}

export function levelTable(levels: NonNullable<Awaited<ReturnType<typeof networkLevels>>>): string {
  const places = [['', levels.hub] as const, ...Object.entries(levels.switches)];
  const rows = places.flatMap(([name, products]) =>
    Object.entries(products).flatMap(([product, counts]) =>
      Object.entries(counts).map(([custody, count]) => [name, product, custody, String(count)]),
    ),
  );
  return table([['switch', 'product', 'custody', 'PINs'], ...rows], 0);
}

function byPlace(holdings: readonly Holding[]): Map<number, Record<string, Counts>> {
  const places = new Map<number, Record<string, Counts>>();
  for (const { switchId, product, custody, count } of holdings) {
    const products = places.get(switchId) ?? {};
    products[product] = { ...products[product], [custody]: count };
    places.set(switchId, products);
  }
  return places;
}
