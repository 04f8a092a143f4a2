/**
 * One line of CSV (RFC 4180, ended by a single LF). Terminals choose some of the texts: one that a spreadsheet would
 * take for a formula gets an apostrophe in front.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\n`;
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
