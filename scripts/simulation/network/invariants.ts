/** What has to be so of the PINs of a network, read from all databases, beside the programs. */
import type { SimulatedDatabase } from '../database.js';
import type { NetworkBase } from './base.js';

/** Columns of its own order, without names: read after every commit. */
const AT_HUB = 'SELECT mark, serial, custody, holder FROM pin';
const AT_SWITCH = 'SELECT mark, custody FROM pin';
const SWITCHES = 'SELECT holder, transfer, applied, recall, recalled FROM network_switch ORDER BY id';
const MEMBER = 'SELECT transfer, recall, told_change FROM membership';
const UNTOLD = 'SELECT count(*) AS n FROM network_change WHERE id > ?';

interface HubPin {
  readonly mark: string;
  readonly serial: string;
  readonly custody: string;
  readonly holder: number;
}

interface SwitchRow {
  readonly holder: number;
  readonly transfer: number;
  readonly applied: number;
  readonly recall: number;
  readonly recalled: number;
}

interface MemberRow {
  readonly transfer: number;
  readonly recall: number;
  readonly told_change: number;
}

function rows<T>(database: SimulatedDatabase, sql: string): T[] {
  return database.statement(sql).all() as T[];
}

function pinsOf(member: SimulatedDatabase): Map<string, string> {
  const pins = rows<{ mark: string; custody: string }>(member, AT_SWITCH);
  return new Map(pins.map(({ mark, custody }) => [mark, custody]));
}

function memberOf(member: SimulatedDatabase): MemberRow {
  return member.statement(MEMBER).get() as MemberRow;
}

/** At any moment between two commits; undefined where all is as it should be. */
export function custodyFault({ hub, members }: NetworkBase, taken: number): string | undefined {
  const pins = rows<HubPin>(hub, AT_HUB);
  if (pins.length !== taken) return `${taken} PINs were taken in, the hub has ${pins.length}`;
  const there = members.map(pinsOf);
  const holders = rows<SwitchRow>(hub, SWITCHES);
  for (const [at, { applied }] of holders.entries()) {
    const stored = memberOf(members[at] as SimulatedDatabase).transfer;
    if (applied > stored) return `switch ${at} has acknowledged transfer ${applied}, and stored ${stored}`;
  }
  for (const pin of pins) {
    const fault = pinFault(pin, there, holders);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** One custodian: the hub, or one switch, whatever that has done with it. */
function pinFault(
  { mark, serial, custody, holder }: HubPin,
  there: readonly ReadonlyMap<string, string>[],
  holders: readonly SwitchRow[],
): string | undefined {
  const places = there.flatMap((pins, at) => {
    const found = pins.get(mark);
    return found === undefined || found === 'returned' ? [] : [`${found} at switch ${at}`];
  });
  if (custody === 'stock') places.push('stock at the hub');
  if (places.length > 1) return `${serial} is ${places.join(' and ')}`;
  const at = holders.findIndex((one) => one.holder === holder);
  if (holder !== 0 && custody !== 'transit' && !there[at]?.has(mark))
    return `${serial} is ${custody} at switch ${at}, says the hub, and is not there`;
  return undefined;
}

/** Nothing is under way between hub and switches: each knows of the other all that there is. */
export function isAllTold({ hub, members }: NetworkBase): boolean {
  return rows<SwitchRow>(hub, SWITCHES).every(({ transfer, applied, recall, recalled }, at) => {
    const member = members[at] as SimulatedDatabase;
    const row = memberOf(member);
    const untold = (member.statement(UNTOLD).get(row.told_change) as { n: number }).n;
    return untold === 0 && applied === transfer && row.transfer === transfer && recalled === recall;
  });
}

/** Once all was told: the hub's word for each PIN is that of the switch that has it. */
export function bookFault({ hub, members }: NetworkBase): string | undefined {
  const there = members.map(pinsOf);
  const holders = rows<SwitchRow>(hub, SWITCHES).map(({ holder }) => holder);
  for (const { mark, serial, custody, holder } of rows<HubPin>(hub, AT_HUB)) {
    if (holder === 0) continue;
    const own = there[holders.indexOf(holder)]?.get(mark);
    const expected = own === 'stock' ? 'away' : own;
    if (custody !== expected)
      return `${serial} is ${custody}, says the hub, and ${own ?? 'not there'} at its switch`;
  }
  return undefined;
}
