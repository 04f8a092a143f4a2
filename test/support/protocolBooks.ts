/** What must be so in the books of protocol.ts's sides, read beside their stores. */
import type { Member, Side } from './protocolSides.js';

/** A PIN is the hub's to give, or one switch's, whatever that has done with it; and none is lost. */
export function placeFaults(hub: Side, members: readonly Member[], product: string, taken: number): string[] {
  const faults: string[] = [];
  const places = new Map<string, string[]>();
  const put = (mark: string, where: string): void => {
    const known = places.get(mark);
    if (known) known.push(where);
    else places.set(mark, [where]);
  };
  const rows = hub.rows(product);
  for (const { mark, custody } of rows) if (custody === 'stock') put(mark, 'hub: stock');
  for (const member of members) {
    if (member.isStopped || member.waits) continue;
    for (const { mark, custody } of member.rows(product))
      if (custody !== 'returned') put(mark, `${member.name}: ${custody}`);
  }
  for (const [mark, where] of places) if (where.length > 1) faults.push(`${mark} is at ${where.join(', ')}`);
  if (rows.length !== taken) faults.push(`${taken} taken in, the hub has ${rows.length}`);
  return faults;
}

/** What the hub says of each PIN, against the switches' own rows, when all was told. */
export function disagreements(hub: Side, members: readonly Member[], product: string): string[] {
  const truth = new Map<string, string>();
  for (const member of members) {
    if (member.isStopped) continue;
    for (const { mark, custody } of member.rows(product))
      if (custody !== 'returned') truth.set(mark, custody === 'stock' ? 'away' : custody);
  }
  const isLost = members.some(({ isStopped }) => isStopped);
  return hub.rows(product).flatMap(({ mark, custody }) => {
    const there = truth.get(mark);
    if (there === custody) return [];
    const isHubs = there === undefined && ['stock', 'quarantined', 'void'].includes(custody);
    return isHubs || isLost ? [] : [`${mark}: the hub says ${custody}, the switches ${there ?? 'nothing'}`];
  });
}

export async function audits(hub: Side, members: readonly Member[]): Promise<string[]> {
  const all = await Promise.all([hub, ...members].map(({ store }) => store.audit()));
  return all.flatMap(({ faults }, at) =>
    faults.map((fault) => `${members[at - 1]?.name ?? 'hub'}: ${fault}`),
  );
}

/** Nothing is under way: the hub has every change, and each switch every transfer. */
export async function isAllTold(hub: Side, members: readonly Member[]): Promise<boolean> {
  const going = members.filter(({ isStopped }) => !isStopped);
  for (const { store } of going) {
    const standing = await store.membership();
    if ((await store.changes(standing?.toldChange ?? 0, 1)).length > 0) return false;
  }
  const known = await hub.store.switches();
  return going.every(({ id }) => known.some((row) => row.id === id && row.transfer === row.applied));
}
