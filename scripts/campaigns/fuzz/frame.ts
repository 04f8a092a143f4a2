/** One mutated frame through one target: what the switch's own reading makes of it, and whether that is as it should be. */
import type { Chance } from '../../../src/base/chance.js';
import { Iso8583Error } from '../../../src/iso8583/index.js';
import { FramingError, OversizeError } from '../../../src/transport/index.js';
import { answerAsRead } from '../../../test/support/answering.js';
import { mutated } from './mutate.js';
import type { Target } from './targets.js';

export interface Seen {
  read: number;
  refused: number;
  cutOff: number;
  /** Refusals by the field that they name. */
  readonly fields: Map<string, number>;
}

/** Throws where anything else happens than that it is read, refused with a field and an offset, or cut off. */
export function putThrough(target: Target, chance: Chance, seen: Seen): void {
  const { framings, seeds } = target;
  const framing = framings[chance.pick(framings.length)] as Target['framings'][number];
  const seed = seeds[chance.pick(seeds.length)] as Buffer;
  const isBody = chance.next() < 0.7;
  const body = isBody ? mutated(seed, chance, seeds) : seed;
  const length = framing.wireLength(framing.ownHeader, body);
  if (length === 0) return;
  let wire = Buffer.alloc(length);
  framing.write(wire, 0, framing.ownHeader, body);
  if (!isBody) wire = mutated(wire, chance, seeds) as typeof wire;
  const cutter = framing.cutter();
  try {
    for (const chunk of chunks(wire, chance)) {
      cutter.push(chunk);
      for (let frame = cutter.next(); frame !== undefined; frame = cutter.next())
        if (frame !== 'keep-alive') readOne(target, frame.body, chance, seen);
    }
  } catch (error) {
    if (!(error instanceof FramingError || error instanceof OversizeError)) throw error;
    seen.cutOff += 1;
  }
}

/** In one, or in two. */
function chunks(wire: Buffer, chance: Chance): Buffer[] {
  if (chance.next() < 0.5) return [wire];
  const at = chance.pick(wire.length + 1);
  return [wire.subarray(0, at), wire.subarray(at)];
}

function readOne({ codec, conduits }: Target, body: Buffer, chance: Chance, seen: Seen): void {
  const conduit = conduits[chance.pick(conduits.length)];
  try {
    const message = codec.parse(body);
    for (const de of message.fields()) message.text(de);
    if (chance.next() < 0.05) codec.describe(message);
    if (conduit) answerAsRead(conduit, message);
    seen.read += 1;
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    if (error.field === '' || error.offset === undefined) throw new Error(`names no place: ${error.message}`);
    conduit?.formatError(error);
    seen.refused += 1;
    seen.fields.set(error.field, (seen.fields.get(error.field) ?? 0) + 1);
  }
}
