/**
 * The head of a transaction key, as the store searches by it: `YYYYMMDD|STAN|terminal|`. A separator inside a
 * part is escaped, so that no two keys meet; every prefix ends in `|`, so `prefixEnd` bounds its range.
 */

/** A separator inside a part may not make two keys one. */
export function keyPart(text: string): string {
  return text.includes('|') || text.includes('\\') ? text.replace(/[|\\]/g, '\\$&') : text;
}

/** The first text after every one that begins with `prefix`, which ends in `|`. */
export function prefixEnd(prefix: string): string {
  return `${prefix.slice(0, -1)}}`;
}
