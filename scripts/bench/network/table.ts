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

export function lineOf({ what, aim, figure, unit }: Row): string {
  const shown = Number.isInteger(figure) ? String(figure) : figure.toFixed(3);
  return `${what.padEnd(WIDTH)} ${aim.padStart(7)}  ${shown.padStart(8)} ${unit}`.trimEnd();
}
