/** What the thread of the verbs asks the thread of the socket, and what that answers. */
export type Value = string | number | null | Uint8Array;

export type Question =
  /** Named ones are prepared once a connection; without values a text may hold several statements. */
  | {
      readonly kind: 'query';
      readonly name?: string;
      readonly text: string;
      readonly values?: readonly Value[];
    }
  | { readonly kind: 'connect'; readonly url: string; readonly connectMs: number }
  | { readonly kind: 'end' };

export type Answer =
  | {
      readonly fields: readonly string[];
      readonly rows: readonly (readonly unknown[])[];
      readonly changes: number;
      readonly command?: string | undefined;
      readonly code?: undefined;
    }
  /** An SQLSTATE, a code of the system's, or LOST. */
  | { readonly code: string };

/** There is no connection. */
export const LOST = 'lost';

export interface WireStart {
  /** A counter of answers. */
  readonly signal: SharedArrayBuffer;
}
