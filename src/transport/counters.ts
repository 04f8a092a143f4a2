/** What the transport counts. Labels are these names and the link's, nothing that a peer sent. */
export const LINK_EVENTS = [
  'opened',
  'closed',
  'frames-in',
  'frames-out',
  'keep-alives',
  'refused-address',
  'refused-full',
  'framing-error',
  'idle-close',
  'slow-close',
  'unread-close',
  'in-flight-pause',
  'tls-error',
  'connect-failed',
  'late-answer',
  'duplicate-key',
] as const;
export type LinkEvent = (typeof LINK_EVENTS)[number];

export interface Counters {
  add(name: string, link: string, n?: number): void;
}
