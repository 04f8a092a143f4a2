/**
 * The log as the floors below app/ see it. What may be logged is the list below, and nothing else: a member that is not on
 * it does not compile, and the logger (app/logger.ts) writes it to nobody. All of them are names, numbers and words of our
 * own: no PAN, track, PIN, account or key, and no text that a peer sent.
 */
export const LOGGED = [
  'after',
  'attempt',
  'awaited',
  'batches',
  'by',
  'check',
  'connection',
  'count',
  'day',
  'detail',
  'drainDelayMs',
  'epoch',
  'error',
  'event',
  'fault',
  'field',
  'file',
  'folder',
  'from',
  'hash',
  'hub',
  'isConnected',
  'kind',
  'lastContact',
  'line',
  'lines',
  'link',
  'listed',
  'made',
  'more',
  'ms',
  'mti',
  'name',
  'number',
  'of',
  'onHand',
  'onOrder',
  'pid',
  'pins',
  'port',
  'ports',
  'product',
  'quantity',
  'reason',
  'recovered',
  'reference',
  'refusal',
  'refused',
  'remote',
  'restMs',
  'revision',
  'rows',
  'signal',
  'stan',
  'supplier',
  'switch',
  'target',
  'taken',
  'transaction',
  'transfer',
  'vendor',
  'version',
  'waitMs',
  'what',
  'why',
] as const;

export type LoggedName = (typeof LOGGED)[number];
export type LoggedValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly (string | number)[]
  | Readonly<Record<string, string | number>>;
export type LogFields = { readonly [Name in LoggedName]?: LoggedValue };

export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
