/**
 * What a masked recording of a link would show all the same: places where its profile has PINs, accounts, cards or
 * keys, and its format does not mark as sensitive.
 */
import { SafeError } from '../../base/errors.js';
import { loadProfile, type Profile } from '../../conduit/profile.js';
import { type Codec, loadFormat } from '../../iso8583/index.js';
import type { SupplierConfig } from '../../supply/index.js';
import type { RecordOptions } from '../../transport/index.js';

const SECRET_FACTS = ['account', 'card', 'keyBlock'] as const;
/** The tag of a PIN, where they are told as TLVs. */
const PIN_TAG = 'PN';
/** Where suppliers' messages have accounts and PINs. */
const SUPPLIER_PLACES = ['102', `63.${PIN_TAG}`] as const;

/** Throws SafeError for a link whose masked recording would show something; others it lets pass. */
export function refuseExposed({ format, profile, record }: RecordedDialect): void {
  if (record?.contents !== 'masked') return;
  refusePlace(exposedPlace(loadProfile(profile), loadFormat(format)), format);
}

/** The same for the link of a supplier over ISO 8583, whose messages are the same in every format. */
export function refuseExposedSupplier(supplier: SupplierConfig): void {
  if (supplier.kind !== 'iso8583' || supplier.link.record?.contents !== 'masked') return;
  const codec = loadFormat(supplier.format);
  refusePlace(
    SUPPLIER_PLACES.find((path) => !codec.isSensitive(path)),
    supplier.format,
  );
}

function refusePlace(place: string | undefined, format: string): void {
  if (place === undefined) return;
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
