/**
 * Everything at one moment: the hub, the databases of its switches, every message that was ever sent, and what was
 * really sold. A message that was sent may be delivered at any later moment, any number of times, or never: loss,
 * repetition and reordering in one. What happens next is listed whole by `steps`; budgets keep the list finite.
 */
import {
  allocate,
  type Change,
  endContact,
  giveBack,
  type Hub,
  knownOf,
  type Message,
  type Mutant,
  makeContact,
  maySell,
  newHub,
  newSwitch,
  recallFrom,
  recover,
  restate,
  reverse,
  type Switch,
  sell,
  takeContact,
  transferIn,
} from './protocol.js';

/** How often each may happen in one history. */
export interface Budget {
  readonly allocations: number;
  /** PINs of a transfer, at most. */
  readonly transferPins: number;
  readonly recalls: number;
  /** Contacts that a switch begins. */
  readonly contacts: number;
  readonly sales: number;
  readonly reversals: number;
  /** Copies of the first switch's database, put back later; beside the one that runs, or in its place. */
  readonly copies: number;
  /** Copies of the hub's database, put back later. */
  readonly hubCopies: number;
}

export interface World {
  readonly hub: Hub;
  readonly switches: readonly Switch[];
  readonly wire: ReadonlyMap<string, Message>;
  /** How often each PIN was given to a customer. */
  readonly sold: readonly number[];
  readonly spent: Budget;
  readonly copy: Switch | undefined;
  readonly hubCopy: Hub | undefined;
  /** Databases that were put back: what they hear is no judgement on an honest one. */
  readonly copied: readonly number[];
  readonly hubRestored: boolean;
}

export interface Rules {
  readonly pins: number;
  readonly switches: number;
  readonly budget: Budget;
  readonly mutant?: Mutant;
}

const NOTHING: Budget = {
  ...{ allocations: 0, transferPins: 0, recalls: 0, contacts: 0, sales: 0, reversals: 0 },
  ...{ copies: 0, hubCopies: 0 },
};

export interface Step {
  readonly what: string;
  readonly world: World;
}

export function newWorld({ pins, switches }: Rules): World {
  return {
    hub: newHub(pins, switches),
    switches: Array.from({ length: switches }, (_, identity) => newSwitch(identity, pins)),
    wire: new Map(),
    sold: Array.from({ length: pins }, () => 0),
    spent: NOTHING,
    copy: undefined,
    hubCopy: undefined,
    copied: [],
    hubRestored: false,
  };
}

const numbers = new WeakMap<object, number>();
const numberOf = new Map<string, number>();

/** A number that is the same for equal values; remembered, since most of a world is the world before. */
export function nameOf(value: object | undefined): number {
  if (!value) return 0;
  const known = numbers.get(value);
  if (known !== undefined) return known;
  const text = value instanceof Map ? [...value.keys()].sort().join(' ') : JSON.stringify(value);
  const made = numberOf.get(text) ?? numberOf.size + 1;
  numberOf.set(text, made);
  numbers.set(value, made);
  return made;
}

function spend(spent: Budget, what: keyof Budget): Budget {
  return { ...spent, [what]: spent[what] + 1 };
}

function sent(wire: ReadonlyMap<string, Message>, message: Message): ReadonlyMap<string, Message> {
  const name = JSON.stringify(message);
  return wire.has(name) ? wire : new Map(wire).set(name, message);
}

function withSwitch(world: World, at: number, one: Switch): World {
  return { ...world, switches: world.switches.map((other, index) => (index === at ? one : other)) };
}

function say(change: readonly Change[]): string {
  return change.map(({ pin, to }) => `${pin} ${to}`).join(', ') || 'nothing new';
}

/** What the hub can do of its own accord. */
function* hubSteps(world: World, { budget, mutant }: Rules): Generator<Step> {
  const { hub, spent } = world;
  for (const identity of hub.known.keys()) {
    for (let count = 1; spent.allocations < budget.allocations && count <= budget.transferPins; count++) {
      const made = allocate(hub, identity, count, mutant);
      if (!made) continue;
      const wire = sent(world.wire, made.parcel);
      const what = `hub gives ${made.parcel.pins} to ${identity} by transfer ${made.parcel.number}`;
      yield { what, world: { ...world, hub: made.hub, wire, spent: spend(spent, 'allocations') } };
    }
    if (spent.recalls >= budget.recalls) continue;
    const { hub: after, recall } = recallFrom(hub, identity);
    const wire = sent(world.wire, recall);
    const called = { ...world, hub: after, wire, spent: spend(spent, 'recalls') };
    yield { what: `hub recalls from ${identity}`, world: called };
    if (mutant !== 'the hub takes back by timeout') continue;
    const late = hub.pins.findIndex(({ at, holder }) => at === 'away' && holder === identity);
    if (late < 0) continue;
    const pins = hub.pins.map((pin, index) =>
      index === late ? ({ ...pin, at: 'stock', holder: -1 } as const) : pin,
    );
    yield {
      what: `hub takes ${late} back from ${identity}, unheard`,
      world: { ...called, hub: { ...after, pins } },
    };
  }
}

/** What a switch can do of its own accord. */
function* switchSteps(world: World, at: number, { budget, mutant }: Rules): Generator<Step> {
  const one = world.switches[at];
  if (!one) return;
  const { spent } = world;
  const done = (after: Switch, what: string, change: Partial<World> = {}): Step => ({
    what: `${at} ${what}`,
    world: { ...withSwitch(world, at, after), ...change },
  });
  for (const [pin, place] of one.pins.entries()) {
    if (place === 'stock' && maySell(one, mutant) && spent.sales < budget.sales) {
      const sold = world.sold.map((count, index) => (index === pin ? count + 1 : count));
      yield done(sell(one, pin), `sells ${pin}`, { sold, spent: spend(spent, 'sales') });
    }
    if (place === 'sold' && !one.stopped && !one.waits && spent.reversals < budget.reversals)
      yield done(reverse(one, pin), `reverses ${pin}`, { spent: spend(spent, 'reversals') });
  }
  if (!one.stopped && (one.nextLink !== 0 || one.contact < budget.contacts)) {
    const { one: after, message } = makeContact(one, mutant);
    const wire = sent(world.wire, message);
    if (after.nextLink !== one.nextLink || wire !== world.wire)
      yield done(after, `makes contact ${message.contact}: ${say(message.changes)}`, { wire });
  }
  if (one.hand > 0) yield done({ ...one, hand: 0 }, 'is killed');
}

/** One message at one switch. */
function arrived(one: Switch, message: Message, mutant?: Mutant): Switch {
  switch (message.kind) {
    case 'parcel':
      return transferIn(one, message, mutant);
    case 'recall':
      return giveBack(one, message);
    case 'answer':
      return endContact(one, message);
    case 'contact':
      return one;
  }
}

function* deliveries(world: World, { mutant }: Rules): Generator<Step> {
  for (const message of world.wire.values()) {
    if (message.kind === 'contact') {
      const { hub, answer } = takeContact(world.hub, message, mutant);
      const wire = sent(world.wire, answer);
      if (nameOf(hub) === nameOf(world.hub) && wire === world.wire) continue;
      const what = `hub hears contact ${message.contact} of ${message.from}: ${answer.why || 'taken'}`;
      yield { what, world: { ...world, hub, wire } };
      continue;
    }
    for (const [at, one] of world.switches.entries()) {
      if (one.identity !== message.to) continue;
      const after = arrived(one, message, mutant);
      const what = `${at} gets ${message.kind} ${'number' in message ? message.number : message.why || 'taken'}`;
      if (after !== one) yield { what, world: withSwitch(world, at, after) };
      if (mutant !== 'acknowledges before it has stored' || message.kind !== 'parcel') continue;
      if (message.number !== one.transfer + 1 || one.hand !== 0) continue;
      yield { what: `${what}, and holds it`, world: withSwitch(world, at, { ...one, hand: message.number }) };
    }
  }
}

/** The hub has heard of a contact that this copy knows nothing of: without that nobody could tell it from the one it is of. */
function isOlder(hub: Hub, copy: Switch): boolean {
  const { contact, link } = knownOf(hub, copy.identity);
  return contact > copy.contact + 1 || (contact === copy.contact + 1 && link !== copy.nextLink);
}

function* copySteps(world: World, { budget }: Rules): Generator<Step> {
  const { spent, copy, hub } = world;
  const first = world.switches[0];
  if (!first) return;
  if (spent.copies < budget.copies && !copy)
    yield { what: '0 is copied', world: { ...world, copy: first, spent: spend(spent, 'copies') } };
  if (!copy || !isOlder(hub, copy)) return;
  const back: Switch = { ...copy, life: copy.life + 10, waits: true, hand: 0 };
  const put = { ...world, copy: undefined };
  yield { what: '0 is put back', world: { ...withSwitch(put, 0, back), copied: [0] } };
  const beside = world.switches.length;
  const switches = [...world.switches, back];
  yield { what: '0 runs twice', world: { ...put, switches, copied: [beside] } };
}

function* hubCopySteps(world: World, { budget }: Rules): Generator<Step> {
  const { spent, hub, hubCopy } = world;
  if (spent.hubCopies < budget.hubCopies && !hubCopy)
    yield { what: 'the hub is copied', world: { ...world, hubCopy: hub, spent: spend(spent, 'hubCopies') } };
  if (hubCopy && !world.hubRestored && everyoneKnows(world, hubCopy)) {
    const known = hubCopy.known.map((one) => ({ ...one, heard: false }));
    const back = { ...hubCopy, known };
    // A hub's process takes the calls that were made to it with it, and the parcels that were to answer them.
    const wire = new Map([...world.wire].filter(([, { kind }]) => kind !== 'parcel' && kind !== 'contact'));
    const put = { ...world, wire, hub: back, hubCopy: undefined, hubRestored: true };
    yield { what: 'the hub is put back', world: put };
  }
  for (const [at, one] of world.switches.entries()) {
    if (one.stopped || one.waits) continue;
    const after = restate(hub, one);
    if (after === hub) continue;
    yield { what: `${at} restates`, world: { ...world, hub: after } };
  }
  const recovered = recover(hub);
  if (recovered) yield { what: 'the hub recovers', world: { ...world, hub: recovered } };
}

/** Every switch has ended a contact since the copy: one that knows of none could not tell that anything is missing. */
function everyoneKnows({ switches }: World, copy: Hub): boolean {
  return switches.every(({ identity, contact }) => contact > knownOf(copy, identity).contact);
}

/**
 * Without the messages that can change nothing any more, whenever they come: it is the same world. Mutants look at
 * what the protocol does not, so theirs stay whole.
 */
function swept(world: World, { budget, mutant }: Rules): World {
  if (mutant || budget.hubCopies > 0) return world;
  const sides = world.copy ? [...world.switches, world.copy] : world.switches;
  const counts = (message: Message): boolean => {
    if (message.kind === 'contact') {
      const { contact, link } = knownOf(world.hub, message.from);
      const over = message.contact < contact || (message.contact === contact && message.nextLink !== link);
      return !over || sides.some(({ nextLink }) => nextLink === message.nextLink);
    }
    const receivers = sides.filter(({ identity }) => identity === message.to);
    if (message.kind === 'parcel') return receivers.some(({ transfer }) => transfer < message.number);
    if (message.kind === 'recall') return receivers.some(({ recall }) => recall < message.number);
    return receivers.some(({ nextLink }) => nextLink === message.link);
  };
  const kept = [...world.wire].filter(([, message]) => counts(message));
  return kept.length === world.wire.size ? world : { ...world, wire: new Map(kept) };
}

function* allSteps(world: World, rules: Rules): Generator<Step> {
  yield* hubSteps(world, rules);
  for (const at of world.switches.keys()) yield* switchSteps(world, at, rules);
  yield* deliveries(world, rules);
  yield* copySteps(world, rules);
  yield* hubCopySteps(world, rules);
}

/** All that can happen next. */
export function* steps(world: World, rules: Rules): Generator<Step> {
  for (const { what, world: after } of allSteps(world, rules)) yield { what, world: swept(after, rules) };
}

/** What tells two worlds apart. */
export function keyOf(world: World): string {
  const { sold, copied, hubRestored } = world;
  const parts = [world.hub, ...world.switches, world.wire, world.copy, world.hubCopy, world.spent];
  return `${parts.map(nameOf)} ${sold} ${copied} ${hubRestored}`;
}
