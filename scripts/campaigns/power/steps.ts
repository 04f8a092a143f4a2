/** What operate.ts does, for those who look at what a power cut left of it. */
export const PINS = 60;
export const EXPORTED = 5;
export const OLD_SALES = 30;
export const OLD_KEY = 'old-';
/** The folder's name below the root. */
export const ARCHIVE = 'archive';
export const ELSEWHERE = 'postgres://campaign:none@127.0.0.1:1/campaign';

export type Step =
  | 'key of ann'
  | 'key of bob'
  | 'first intake'
  | 'rotated'
  | 'second intake'
  | 'exported'
  | 'old sales'
  | 'pruned'
  | 'recording key'
  | 'elsewhere';

export interface Done {
  readonly step: Step;
  /** Bytes of the trace when it had been done. */
  readonly at: number;
}

/** Files that a step makes once and for all, below the root. */
export const MADE: readonly (readonly [string, Step])[] = [
  ['ann.pem', 'key of ann'],
  ['bob.pem', 'key of bob'],
  ['pins.csv', 'exported'],
  ['capture.key', 'recording key'],
];
