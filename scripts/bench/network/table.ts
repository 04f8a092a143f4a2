/** Rows of figures beside what was aimed at. */

export interface Row {
  /** Of the figure in JSON. */
  readonly key: string;
  readonly what: string;
  /** '' where there is none. */
  readonly aim: string;
  readonly figure: number;
  readonly unit: string;
}

const WIDTH = 76;

export function showRows(rows: readonly Row[]): void {
  for (const { what, aim, figure, unit } of rows) {
    const shown = Number.isInteger(figure) ? String(figure) : figure.toFixed(figure > 99.9 ? 4 : 3);
    process.stdout.write(`${what.padEnd(WIDTH)} ${aim.padStart(7)}  ${shown.padStart(8)} ${unit}\n`);
  }
}
