/** The shipped formats of the standard itself; all others are dialects, free in what the standard leaves to the parties. */
export const STANDARD_FORMATS: readonly string[] = [
  'iso2003-ascii',
  'iso87-ascii',
  'iso87-ascii-128',
  'iso87-ascii-binary-bitmap',
  'iso87-bcd',
  'iso87-ebcdic',
  'iso93-ascii',
  'iso93-bcd',
  'mixed-ascii',
];
