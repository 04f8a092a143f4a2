/**
 * Changes of a format that dialects are known for, one at a time: how digits, text, bitmaps and lengths are coded, and
 * other types of single fields. Which fields are worth trying is told by where messages break off and what is not
 * plausible in them.
 */
import type { Overlay } from './formats.js';

export interface Variation {
  readonly change: string;
  readonly overlay: Overlay;
}

/** Of the whole message. */
export const CODINGS: readonly Variation[] = [
  { change: 'hexadecimal bitmap', overlay: { bitmap: { coding: 'hex' } } },
  { change: 'binary bitmap', overlay: { bitmap: { coding: 'binary' } } },
  { change: 'hexadecimal bitmap in EBCDIC', overlay: { bitmap: { coding: 'hex-ebcdic' } } },
  { change: 'always 128 bits, bit 1 off', overlay: { bitmap: { always: 2, firstBit: 'off' } } },
  { change: 'up to three bitmaps', overlay: { bitmap: { maximum: 3 }, fields: { 65: null } } },
  { change: 'MTI in ASCII', overlay: { mti: 'ascii' } },
  { change: 'MTI packed', overlay: { mti: 'bcd' } },
  { change: 'MTI in EBCDIC', overlay: { mti: 'ebcdic' } },
  { change: 'digits in ASCII', overlay: { defaults: { numeric: { coding: 'ascii' } } } },
  { change: 'digits packed', overlay: { defaults: { numeric: { coding: 'bcd' } } } },
  { change: 'digits in EBCDIC', overlay: { defaults: { numeric: { coding: 'ebcdic' } } } },
  { change: 'text in ASCII', overlay: { defaults: { text: { coding: 'ascii' } } } },
  { change: 'text in EBCDIC', overlay: { defaults: { text: { coding: 'ebcdic' } } } },
  { change: 'tracks in ASCII', overlay: { defaults: { track: { coding: 'ascii' } } } },
  { change: 'tracks packed', overlay: { defaults: { track: { coding: 'bcd' } } } },
  { change: 'binary data as they are', overlay: { defaults: { binary: { coding: 'binary' } } } },
  { change: 'binary data in hexadecimal', overlay: { defaults: { binary: { coding: 'hex' } } } },
  { change: 'lengths in ASCII', overlay: { defaults: { length: { coding: 'ascii' } } } },
  { change: 'lengths packed', overlay: { defaults: { length: { coding: 'bcd' } } } },
  { change: 'lengths in binary', overlay: { defaults: { length: { coding: 'binary' } } } },
  { change: 'lengths in EBCDIC', overlay: { defaults: { length: { coding: 'ebcdic' } } } },
  { change: 'lengths count bytes', overlay: { defaults: { length: { counts: 'bytes' } } } },
  { change: 'lengths count digits', overlay: { defaults: { length: { counts: 'digits' } } } },
  { change: 'odd digits filled with 0 at the right', overlay: { defaults: { numeric: { pad: 'right0' } } } },
  { change: 'odd digits filled with 0 at the left', overlay: { defaults: { numeric: { pad: 'left0' } } } },
  { change: 'odd digits filled with F at the right', overlay: { defaults: { numeric: { pad: 'rightF' } } } },
  { change: 'tracks filled with 0 at the right', overlay: { defaults: { track: { pad: 'right0' } } } },
  { change: 'tracks filled with 0 at the left', overlay: { defaults: { track: { pad: 'left0' } } } },
];

/** Types that fields are met with. */
const TYPES: Readonly<Record<number, readonly string[]>> = {
  3: ['n6', 'an6'],
  4: ['n12', 'n16'],
  11: ['n6', 'n12'],
  12: ['n6', 'n12', 'n14', 'n4'],
  13: ['n4', 'n6', 'n8'],
  15: ['n4', 'n6', 'n8'],
  22: ['n3', 'an3', 'n4', 'an12'],
  25: ['n2', 'n4'],
  26: ['n2', 'n4'],
  28: ['x+n8', 'n6', 'n8', 'n9'],
  29: ['x+n8', 'n3'],
  30: ['x+n8', 'n24', 'n32'],
  31: ['x+n8', 'ans..99'],
  37: ['an12', 'n12'],
  38: ['an6', 'n6'],
  39: ['an2', 'n3', 'n4', 'n2'],
  41: ['ans8', 'ans16', 'ans15'],
  42: ['ans15', 'ans..35', 'ans8'],
  43: ['ans40', 'ans..99', 'ans...999'],
  49: ['n3', 'an3'],
  50: ['n3', 'an3'],
  51: ['n3', 'an3'],
  52: ['b8', 'ans16'],
  53: ['n16', 'n18', 'b48', 'b..48'],
  64: ['b8', 'ans16'],
  70: ['n3', 'an3'],
  128: ['b8', 'ans16'],
};

/** Of fields that hold what their partners agreed on, from DE43. */
const FREE = ['ans...999', 'ans..99', 'b...999', 'ans....9999', 'ans......99999'] as const;
const FREE_FROM = 43;

type Member = Readonly<Record<string, unknown>>;

/** How the length of a field of variable length may be written otherwise. */
const LENGTHS: readonly (readonly [change: string, member: Member])[] = [
  ['length counts bytes', { counts: 'bytes' }],
  ['length counts digits', { counts: 'digits' }],
  ['length packed', { coding: 'bcd' }],
  ['length in ASCII', { coding: 'ascii' }],
  ['length in binary', { coding: 'binary' }],
];
const VARIABLE: ReadonlySet<number> = new Set([2, 32, 33, 34, 35, 36, 44, 45, 100, 102, 103]);

/** Other types of one field, other ways of its length, and the field without what is nested in it. */
export function variationsOf(de: number): Variation[] {
  const types = TYPES[de] ?? (de >= FREE_FROM && !VARIABLE.has(de) ? FREE : []);
  const one = (what: string, member: Member): Variation => ({
    change: `DE${de} ${what}`,
    overlay: { fields: { [de]: member } },
  });
  return [
    // What is nested in it would not fit another type: it is the user's to add.
    ...types.map((type) => one(type, { type, nested: null, ...(de === 3 ? codingOf(type) : {}) })),
    ...(VARIABLE.has(de) || de >= FREE_FROM ? LENGTHS.map(([what, length]) => one(what, { length })) : []),
    ...(de >= FREE_FROM ? [one('without subfields', { nested: null })] : []),
  ];
}

/** A processing code of letters is not packed. */
function codingOf(type: string): Member {
  return type.startsWith('a') ? { coding: 'ascii' } : {};
}
