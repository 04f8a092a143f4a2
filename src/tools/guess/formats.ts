/**
 * Formats to try: the shipped ones, and the versions of the standard in the codings that no shipped format combines.
 * A format beyond the shipped ones is a document that extends one of them, as it will be written for the user.
 */
import { type Codec, compile, FormatError, loadFormat, shippedFormats } from '../../iso8583/index.js';

/** What a format says otherwise than the one it extends. */
export interface Overlay {
  readonly mti?: 'ascii' | 'ebcdic' | 'bcd';
  readonly bitmap?: Readonly<Record<string, unknown>>;
  readonly defaults?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly fields?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
}

/** A format, and what it changes of the shipped one that it extends. */
export interface Candidate {
  readonly base: string;
  readonly overlay: Overlay;
  /** What was changed, for people. */
  readonly changes: readonly string[];
  readonly codec: Codec;
}

const NAME = 'guessed';

/** Undefined where the changes make no format. */
export function candidateOf(
  base: string,
  overlay: Overlay,
  changes: readonly string[],
): Candidate | undefined {
  if (changes.length === 0) return { base, overlay, changes, codec: loadFormat(base) };
  try {
    return { base, overlay, changes, codec: compile({ name: NAME, extends: base, ...overlay }) };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

const PACKED: Overlay = {
  mti: 'bcd',
  bitmap: { coding: 'binary' },
  defaults: {
    numeric: { coding: 'bcd', pad: 'left0' },
    amount: { coding: 'bcd' },
    track: { coding: 'bcd', pad: 'rightF' },
    binary: { coding: 'binary' },
    length: { coding: 'bcd', counts: 'digits' },
  },
};

const EBCDIC: Overlay = {
  mti: 'ebcdic',
  bitmap: { coding: 'binary' },
  defaults: {
    numeric: { coding: 'ebcdic' },
    amount: { coding: 'ebcdic' },
    text: { coding: 'ebcdic' },
    track: { coding: 'ebcdic' },
    binary: { coding: 'binary' },
    length: { coding: 'ebcdic', counts: 'digits' },
  },
};

const BINARY: Overlay = { bitmap: { coding: 'binary' }, defaults: { binary: { coding: 'binary' } } };

/** By the shipped format that they change. */
const COMBINATIONS: readonly (readonly [base: string, overlay: Overlay, change: string])[] = [
  ['iso93-ascii', BINARY, 'binary bitmap and data'],
  ['iso93-ascii', EBCDIC, 'EBCDIC'],
  ['iso2003-ascii', BINARY, 'binary bitmap and data'],
  ['iso2003-ascii', PACKED, 'packed digits'],
  ['iso2003-ascii', EBCDIC, 'EBCDIC'],
];

let all: readonly Candidate[] | undefined;

/** Of formats that read the same messages, the plainest first: the standard's before dialects. */
export function candidates(): readonly Candidate[] {
  all ??= allCandidates();
  return all;
}

function allCandidates(): Candidate[] {
  const shipped = shippedFormats().sort((a, b) => rank(a) - rank(b) || a.length - b.length);
  const plain = shipped.map((base) => candidateOf(base, {}, []));
  const combined = COMBINATIONS.map(([base, overlay, change]) => candidateOf(base, overlay, [change]));
  return [...plain, ...combined].filter((candidate) => candidate !== undefined);
}

const RANKS = [/^iso87/, /^iso93/, /^iso2003/, /^mixed/] as const;

function rank(name: string): number {
  const found = RANKS.findIndex((form) => form.test(name));
  return found < 0 ? RANKS.length : found;
}

/** Both changes; the later wins where they say the same thing. */
export function joined(one: Overlay, other: Overlay): Overlay {
  return {
    ...one,
    ...other,
    ...merged('bitmap', one.bitmap, other.bitmap),
    ...merged('defaults', one.defaults, other.defaults),
    ...merged('fields', one.fields, other.fields),
  };
}

type Members = Readonly<Record<string, unknown>>;

function merged(name: string, one: Members | undefined, other: Members | undefined): object {
  if (one === undefined || other === undefined) return one || other ? { [name]: one ?? other } : {};
  const both: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const below = both[key];
    both[key] = isMembers(below) && isMembers(value) ? { ...below, ...value } : value;
  }
  return { [name]: both };
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}
