/**
 * What a masked recording of a link would show all the same: places where its profile has PINs, accounts, cards or
 * keys, and its format does not mark as sensitive.
 */
import { SafeError } from '../../base/errors.js';
import { loadProfile, type Profile } from '../../conduit/profile.js';
import { type Codec, loadFormat } from '../../iso8583/index.js';
import type { RecordOptions } from '../../transport/index.js';

const SECRET_FACTS = ['account', 'card', 'keyBlock'] as const;
/** The tag of a PIN, where they are told as TLVs. */
const PIN_TAG = 'PN';

/** Throws SafeError for a link whose masked recording would show something; others it lets pass. */
export function refuseExposed({ format, profile, record }: RecordedDialect): void {
  if (record?.contents !== 'masked') return;
  const place = exposedPlace(loadProfile(profile), loadFormat(format));
  if (place !== undefined)
    throw new SafeError(
      `record: masked, it would show ${place}, which ${format} does not mark as sensitive: mark it there, or encrypt`,
    );
}

interface RecordedDialect {
  readonly format: string;
  readonly profile: string;
  readonly record?: RecordOptions | undefined;
}

/** The first such place; undefined where there is none. */
export function exposedPlace({ facts, answer }: Profile, codec: Codec): string | undefined {
  const places = SECRET_FACTS.flatMap((fact) => facts[fact] ?? []);
  return [...places, ...pinPlaces(answer)].find((path) => !codec.isSensitive(path));
}

function* pinPlaces({ pins, overflow }: Profile['answer']): Generator<string> {
  if (pins.layout === 'tlv') yield `${pins.field}.${PIN_TAG}`;
  else if (pins.layout === 'plain') yield String(pins.field);
  else yield* [pins.path, String(pins.longer)];
  for (const field of overflow) yield `${field}.${PIN_TAG}`;
}
