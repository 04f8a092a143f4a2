/**
 * A model of the custody protocol between a hub and its switches: what each side has on disk, and what one message
 * does to it. Pure; nothing here is shared with the program. PINs are numbers from 0 on, switches likewise.
 *
 * A step is one commit. What a process has in hand between two commits is lost when it is killed, and for the other
 * side that is a message that never came: so a kill needs a step of its own only where something in memory counts.
 */

export type HubPlace = 'stock' | 'transit' | 'away' | 'sold' | 'quarantined';
export type SwitchPlace = 'none' | 'stock' | 'sold' | 'quarantined' | 'returned';

export interface HubPin {
  readonly at: HubPlace;
  /** The switch that has it or had it last; -1: none. */
  readonly holder: number;
  /** The transfer by which it left. */
  readonly transfer: number;
}

/** What the hub has on disk about one switch. */
export interface Known {
  readonly transfer: number;
  readonly recall: number;
  readonly contact: number;
  readonly link: number;
  readonly change: number;
  /** Two copies have spoken: refused for good. */
  readonly refused: boolean;
  readonly retired: boolean;
  readonly restated: boolean;
  /** In memory: it has made a contact with this process. */
  readonly heard: boolean;
}

export interface Hub {
  readonly pins: readonly HubPin[];
  readonly known: readonly Known[];
  /** Its books are older than a switch's: nothing is allocated. */
  readonly behind: boolean;
}

export interface Change {
  readonly id: number;
  readonly pin: number;
  readonly to: Exclude<SwitchPlace, 'none'>;
}

/** One database of a switch. `identity`: what it calls itself at the hub; a copy has the same one. */
export interface Switch {
  readonly identity: number;
  /** Tells apart the links that copies of one database draw. */
  readonly life: number;
  readonly pins: readonly SwitchPlace[];
  readonly transfer: number;
  readonly recall: number;
  readonly contact: number;
  readonly link: number;
  /** Of a contact that was begun and not ended; 0: none. */
  readonly nextLink: number;
  readonly log: readonly Change[];
  readonly lastChange: number;
  readonly told: number;
  readonly stopped: boolean;
  /** It was put back from a copy and has not heard from the hub since: a start waits for that. */
  readonly waits: boolean;
  /** In memory, in one mutant only: a transfer that is told and not stored. */
  readonly hand: number;
}

export interface Parcel {
  readonly kind: 'parcel';
  readonly to: number;
  readonly number: number;
  readonly pins: readonly number[];
}
export interface Recall {
  readonly kind: 'recall';
  readonly to: number;
  readonly number: number;
}
export interface Contact {
  readonly kind: 'contact';
  readonly from: number;
  /** Which database calls: its call is answered, and no other. */
  readonly life: number;
  readonly contact: number;
  readonly link: number;
  readonly nextLink: number;
  readonly transfer: number;
  readonly recall: number;
  readonly after: number;
  readonly change: number;
  readonly changes: readonly Change[];
}
export type Refusal = 'stale' | 'forked' | 'refused' | 'retired' | 'hub-behind' | 'not-holder' | 'gap';
export interface Answer {
  readonly kind: 'answer';
  readonly to: number;
  readonly life: number;
  readonly link: number;
  readonly change: number;
  readonly why: Refusal | '';
}
export type Message = Parcel | Recall | Contact | Answer;

/** Wrong protocols, each of which the exploration must catch. */
export const MUTANTS = [
  'acknowledges before it has stored',
  'applies without looking at the number',
  'no chain of contacts',
  'the hub takes back by timeout',
  'prunes before the hub has it',
  'the hub applies changes without its cursor',
  'a late copy of an old contact condemns its switch',
  'a copy sells before it has asked',
  'a hub allocates before it has heard from the switch',
  'a hub behind its switches goes on',
] as const;
export type Mutant = (typeof MUTANTS)[number];

const FATAL: readonly (Refusal | '')[] = ['stale', 'forked', 'refused', 'retired', 'not-holder', 'gap'];

function replaced<T>(list: readonly T[], at: number, value: T): readonly T[] {
  return list.map((one, index) => (index === at ? value : one));
}

export function knownOf(hub: Hub, identity: number): Known {
  const known = hub.known[identity];
  if (!known) throw new Error(`no switch ${identity}`);
  return known;
}

function withKnown(hub: Hub, identity: number, change: Partial<Known>): Hub {
  return { ...hub, known: replaced(hub.known, identity, { ...knownOf(hub, identity), ...change }) };
}

/** All PINs are in its stock; every switch has called once, so that it may be given some. */
export function newHub(pins: number, switches: number): Hub {
  return {
    pins: Array.from({ length: pins }, () => ({ at: 'stock', holder: -1, transfer: 0 })),
    known: Array.from({ length: switches }, () => ({
      ...{ transfer: 0, recall: 0, contact: 0, link: 0, change: 0 },
      ...{ refused: false, retired: false, restated: false, heard: true },
    })),
    behind: false,
  };
}

export function newSwitch(identity: number, pins: number): Switch {
  return {
    identity,
    life: identity + 1,
    pins: Array.from({ length: pins }, () => 'none'),
    ...{ transfer: 0, recall: 0, contact: 0, link: 0, nextLink: 0, log: [], lastChange: 0, told: 0 },
    ...{ stopped: false, waits: false, hand: 0 },
  };
}

/** PINs leave the hub's stock, in one commit; the parcel may be sent from then on. */
export function allocate(
  hub: Hub,
  to: number,
  count: number,
  mutant?: Mutant,
): { readonly hub: Hub; readonly parcel: Parcel } | undefined {
  const known = knownOf(hub, to);
  const deaf = !known.heard && mutant !== 'a hub allocates before it has heard from the switch';
  if (known.refused || known.retired || deaf) return undefined;
  if (hub.behind && mutant !== 'a hub behind its switches goes on') return undefined;
  const chosen = hub.pins.flatMap(({ at }, pin) => (at === 'stock' ? [pin] : [])).slice(0, count);
  if (chosen.length < count) return undefined;
  const number = known.transfer + 1;
  const pins = hub.pins.map((pin, index) =>
    chosen.includes(index) ? ({ at: 'transit', holder: to, transfer: number } as const) : pin,
  );
  const after = withKnown({ ...hub, pins }, to, { transfer: number });
  return { hub: after, parcel: { kind: 'parcel', to, number, pins: chosen } };
}

export function recallFrom(hub: Hub, from: number): { readonly hub: Hub; readonly recall: Recall } {
  const number = knownOf(hub, from).recall + 1;
  return { hub: withKnown(hub, from, { recall: number }), recall: { kind: 'recall', to: from, number } };
}

/** A switch moves a PIN of its own and logs it, in one commit. */
function moved(one: Switch, pin: number, to: Change['to']): Switch {
  const id = one.lastChange + 1;
  return {
    ...one,
    pins: replaced(one.pins, pin, to),
    log: [...one.log, { id, pin, to }],
    lastChange: id,
  };
}

export function transferIn(one: Switch, parcel: Parcel, mutant?: Mutant): Switch {
  const next = parcel.number === one.transfer + 1;
  if (one.stopped || one.waits) return one;
  if (!next && mutant !== 'applies without looking at the number') return one;
  const pins = one.pins.map((place, pin) => (parcel.pins.includes(pin) ? 'stock' : place));
  return { ...one, pins, transfer: Math.max(one.transfer, parcel.number), hand: 0 };
}

/** Gives back one PIN that is still for sale, where there is one. */
export function giveBack(one: Switch, recall: Recall): Switch {
  if (one.stopped || one.waits || recall.number <= one.recall) return one;
  const pin = one.pins.indexOf('stock');
  const done = { ...one, recall: recall.number };
  return pin < 0 ? done : moved(done, pin, 'returned');
}

export function maySell(one: Switch, mutant?: Mutant): boolean {
  return !one.stopped && (!one.waits || mutant === 'a copy sells before it has asked');
}

export function sell(one: Switch, pin: number): Switch {
  return moved(one, pin, 'sold');
}

export function reverse(one: Switch, pin: number): Switch {
  return moved(one, pin, 'quarantined');
}

/** Begins a contact, or makes the one again that was begun. */
export function makeContact(
  one: Switch,
  mutant?: Mutant,
): { readonly one: Switch; readonly message: Contact } {
  const contact = one.contact + 1;
  const nextLink = one.nextLink || one.life * 100 + contact;
  const message: Contact = {
    kind: 'contact',
    from: one.identity,
    life: one.life,
    contact,
    link: one.link,
    nextLink,
    transfer: Math.max(one.transfer, one.hand),
    recall: one.recall,
    after: one.told,
    change: one.lastChange,
    changes: one.log,
  };
  const log = mutant === 'prunes before the hub has it' ? [] : one.log;
  return { one: { ...one, nextLink, log }, message };
}

/** Why this contact is none that the hub can take; '' where it is. */
function judged(known: Known, contact: Contact, mutant?: Mutant): Refusal | '' {
  if (known.retired) return 'retired';
  if (known.refused) return 'refused';
  if (mutant === 'no chain of contacts') return '';
  if (mutant === 'a hub behind its switches goes on') return contact.contact <= known.contact ? 'stale' : '';
  const { transfer, change } = known;
  if (contact.contact > known.contact + 1 || contact.transfer > transfer || contact.after > change)
    return 'hub-behind';
  if (contact.contact <= known.contact) return 'stale';
  if (contact.link !== known.link) return 'forked';
  return contact.changes.length < contact.change - contact.after ? 'gap' : '';
}

/** What one change makes of a PIN in the hub's books; undefined where that switch does not hold it. */
function told(pin: HubPin, from: number, to: Change['to']): HubPin | undefined {
  if (pin.holder !== from || pin.at === 'transit' || pin.at === 'stock') return undefined;
  if (to === 'returned') return { at: 'stock', holder: -1, transfer: pin.transfer };
  return { ...pin, at: to === 'stock' ? 'away' : to };
}

/** Everything that a contact tells, in one commit. */
export function takeContact(
  hub: Hub,
  contact: Contact,
  mutant?: Mutant,
): { readonly hub: Hub; readonly answer: Answer } {
  const { from, life, nextLink } = contact;
  const known = knownOf(hub, from);
  const answer = (why: Refusal | '', change = 0): Answer => ({
    ...{ kind: 'answer', to: from, life, link: nextLink, change, why },
  });
  const again = contact.contact === known.contact && nextLink === known.link && !known.refused;
  if (again && !known.retired && mutant !== 'the hub applies changes without its cursor')
    return { hub: withKnown(hub, from, { heard: true }), answer: answer('', known.change) };
  const why = again ? '' : judged(known, contact, mutant);
  if (why === 'hub-behind') return { hub: { ...hub, behind: true }, answer: answer(why) };
  const condemned = why === 'stale' && mutant === 'a late copy of an old contact condemns its switch';
  if (why === 'forked' || condemned)
    return { hub: withKnown(hub, from, { refused: true }), answer: answer(why) };
  if (why !== '') return { hub, answer: answer(why) };
  let pins: readonly HubPin[] = hub.pins.map((pin) =>
    pin.at === 'transit' && pin.holder === from && pin.transfer <= contact.transfer
      ? { ...pin, at: 'away' }
      : pin,
  );
  for (const { id, pin, to } of contact.changes) {
    if (id <= known.change && mutant !== 'the hub applies changes without its cursor') continue;
    const before = pins[pin];
    const after = before && told(before, from, to);
    if (!after) {
      if (mutant) continue;
      return { hub, answer: answer('not-holder') };
    }
    pins = replaced(pins, pin, after);
  }
  const change = Math.max(known.change, contact.change);
  const after = withKnown({ ...hub, pins }, from, {
    ...{ contact: contact.contact, link: nextLink, change, heard: true },
  });
  return { hub: after, answer: answer('', change) };
}

/** An answer counts for the contact that is under way, and for no other. */
export function endContact(one: Switch, answer: Answer): Switch {
  if (one.nextLink === 0 || answer.link !== one.nextLink || answer.life !== one.life || one.stopped)
    return one;
  if (FATAL.includes(answer.why)) return { ...one, stopped: true };
  if (answer.why !== '') return one;
  return {
    ...one,
    contact: one.contact + 1,
    link: one.nextLink,
    nextLink: 0,
    told: answer.change,
    log: one.log.filter(({ id }) => id > answer.change),
    waits: false,
  };
}

/** A switch tells a hub that is behind all that it holds, and where it stands; what it does not claim is set aside. */
export function restate(hub: Hub, one: Switch): Hub {
  const { identity } = one;
  const known = knownOf(hub, identity);
  if (!hub.behind || known.restated || known.retired || known.refused) return hub;
  const pins = hub.pins.map((pin, index): HubPin => {
    const place = one.pins[index] ?? 'none';
    const applied = pin.transfer <= one.transfer;
    const out = pin.holder === identity && applied && (pin.at === 'transit' || pin.at === 'away');
    if (place === 'none' || place === 'returned') return out ? { ...pin, at: 'quarantined' } : pin;
    return { at: place === 'stock' ? 'away' : place, holder: identity, transfer: one.transfer };
  });
  return withKnown({ ...hub, pins }, identity, {
    ...{ contact: one.contact, link: one.link, transfer: Math.max(known.transfer, one.transfer) },
    ...{ recall: Math.max(known.recall, one.recall), change: one.lastChange, restated: true },
  });
}

/** All that are there have restated (what was out and nobody claimed was quarantined there): allocation goes on. */
export function recover(hub: Hub): Hub | undefined {
  if (!hub.behind) return undefined;
  if (hub.known.some(({ restated, retired, refused }) => !restated && !retired && !refused)) return undefined;
  return { ...hub, behind: false, known: hub.known.map((one) => ({ ...one, restated: false })) };
}
