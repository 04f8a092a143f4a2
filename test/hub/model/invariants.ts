/** What must be so in every world, and what must come of it when all is quiet. */
import {
  type Change,
  endContact,
  giveBack,
  type Hub,
  type HubPin,
  knownOf,
  makeContact,
  type Switch,
  takeContact,
  transferIn,
} from './protocol.js';
import { nameOf, type World } from './world.js';

/** More rounds than any budget can need. */
const ROUNDS_MAX = 40;

/** What the hub's books come to for this PIN when it has learned what the switch still has to tell. */
function foretold(pin: HubPin, one: Switch, changeKnown: number): HubPin['at'] | 'untold' {
  let at: HubPin['at'] | 'untold' = pin.at;
  if (at === 'transit') at = pin.transfer <= one.transfer ? 'away' : 'transit';
  const told = one.log.filter(({ id }) => id > changeKnown);
  if (told.length < one.lastChange - changeKnown) return 'untold';
  const places: Record<Change['to'], HubPin['at']> = {
    ...{ stock: 'away', sold: 'sold', quarantined: 'quarantined', returned: 'stock' },
  };
  for (const { pin: moved, to } of told) if (moved === pinNumber(pin)) at = places[to];
  return at;
}

const numbers = new WeakMap<HubPin, number>();
function pinNumber(pin: HubPin): number {
  return numbers.get(pin) ?? -1;
}

/** Each PIN of the hub's books, and of its holder's, is the same one in the same place. */
function* accounts(world: World): Generator<string> {
  const { hub, switches } = world;
  if (hub.behind || world.hubRestored) return;
  for (const [pin, books] of hub.pins.entries()) {
    numbers.set(books, pin);
    if (books.holder < 0) continue;
    const honest = switches.find(
      ({ identity }, at) => identity === books.holder && !world.copied.includes(at),
    );
    const known = knownOf(hub, books.holder);
    if (!honest || honest.stopped || known.refused || honest.lastChange < known.change) continue;
    const place = honest.pins[pin];
    const coming = foretold(books, honest, known.change);
    const same =
      coming === 'away'
        ? place === 'stock'
        : coming === 'stock' || coming === 'transit'
          ? place === 'returned' || place === 'none'
          : coming === place;
    if (!same)
      yield `PIN ${pin}: the hub's books come to ${coming}, at switch ${books.holder} it is ${place}`;
  }
}

/** At most one place from which a PIN can be sold, now or by what is on its way. */
function* places(world: World): Generator<string> {
  for (const [pin, { at }] of world.hub.pins.entries()) {
    const stands = world.switches.filter((one) => !one.stopped && !one.waits && one.pins[pin] === 'stock');
    const atHub = at === 'stock' && !world.hub.behind && !world.hubRestored ? 1 : 0;
    if (stands.length + atHub > 1) yield `PIN ${pin} is for sale in ${stands.length + atHub} places`;
    if ((world.sold[pin] ?? 0) > 1) yield `PIN ${pin} was sold twice`;
    if ((world.sold[pin] ?? 0) > 0 && stands.length > 0) yield `PIN ${pin} was sold and is for sale`;
  }
}

/** A switch of which there is one database, that was never put back, is believed. */
function* honesty(world: World): Generator<string> {
  const alone = world.copied.length === 0;
  if (!alone) return;
  for (const [at, { stopped }] of world.switches.entries())
    if (stopped) yield `switch ${at} was told to stop, and had done nothing`;
  for (const [identity, { refused }] of world.hub.known.entries())
    if (refused) yield `the hub refuses switch ${identity}, which had done nothing`;
  if (world.hub.behind && !world.hubRestored) yield 'the hub thinks that its books are old';
}

/** Nothing is lost or repeated any more: every switch calls, is given what it lacks, and calls again. */
function settled(world: World): { readonly hub: Hub; readonly switches: readonly Switch[] } {
  let { hub } = world;
  let switches = [...world.switches];
  const parcels = [...world.wire.values()];
  // The first contact may be one that was made before, and tell nothing new.
  let quietRounds = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = [hub, ...switches];
    switches = switches.map((start) => {
      let one: Switch = { ...start, hand: 0 };
      for (const message of parcels) {
        if (message.kind === 'parcel' && message.to === one.identity) one = transferIn(one, message);
        if (message.kind === 'recall' && message.to === one.identity && message.number === one.recall + 1)
          one = giveBack(one, message);
      }
      const begun = makeContact(one);
      const heard = takeContact(hub, begun.message);
      hub = heard.hub;
      return endContact(begun.one, heard.answer);
    });
    const quiet = switches.every(({ log }) => log.length === 0);
    const unmoved = JSON.stringify(pinsOf(before)) === JSON.stringify(pinsOf([hub, ...switches]));
    quietRounds = quiet && unmoved ? quietRounds + 1 : 0;
    if (quietRounds === 2) return { hub, switches };
  }
  return { hub, switches };
}

function pinsOf(sides: readonly (Hub | Switch)[]): unknown[] {
  return sides.map(({ pins }) => pins);
}

/** What stands on disk, and the transfers that may still come: all that quiet depends on. */
function standing(world: World): string {
  const coming = [...world.wire].filter(([, { kind }]) => kind === 'parcel' || kind === 'recall');
  return `${[world.hub, ...world.switches].map(nameOf)} ${coming.map(([, message]) => nameOf(message)).sort()}`;
}

/** When all is quiet the hub's books say of every PIN what is true. Worlds that were found right are remembered. */
function* quietBooks(world: World, right: Set<string>): Generator<string> {
  if (world.copied.length > 0 || world.hubRestored) return;
  const key = standing(world);
  if (right.has(key)) return;
  right.add(key);
  const { hub, switches } = settled(world);
  for (const { identity, log, stopped, transfer } of switches) {
    if (log.length > 0 || stopped) yield `switch ${identity} is not heard out when all is quiet`;
    if (transfer !== knownOf(hub, identity).transfer)
      yield `switch ${identity} lacks a transfer when all is quiet`;
  }
  for (const [pin, { at, holder }] of hub.pins.entries()) {
    const places = switches.map(({ pins }) => pins[pin] ?? 'none');
    const theirs = places.filter((place) => place !== 'none' && place !== 'returned');
    const expected = at === 'stock' ? [] : [at === 'away' ? 'stock' : at];
    const agree = JSON.stringify(theirs) === JSON.stringify(expected);
    const held = at === 'stock' || places[holder] === expected[0];
    if (!agree || !held) yield `PIN ${pin}: when all is quiet the hub says ${at}, the switches ${places}`;
  }
}

/** The first thing that is wrong in this world; undefined where nothing is. `right`: of this exploration. */
export function faultOf(world: World, right: Set<string>): string | undefined {
  for (const check of [places, honesty, accounts]) for (const fault of check(world)) return fault;
  for (const fault of quietBooks(world, right)) return fault;
  return undefined;
}
