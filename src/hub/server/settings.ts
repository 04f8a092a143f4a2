/** The hub's small durable values by name, and its limits. */

/** Since when a statement is wanted of every switch, milliseconds since the epoch. */
export const STATEMENT_WANTED = 'hub.statement-wanted';
/** When somebody said last that these books are the latest, milliseconds since the epoch. */
export const CONFIRMED = 'hub.confirmed';
/** Who said so, and why: JSON. */
export const CONFIRMED_BY = 'hub.confirmed-by';
/** Names these books: 32 hexadecimal digits. */
export const NETWORK = 'hub.network';
/** The hub's X25519 private key, sealed by the vault, base64. */
export const HUB_KEY = 'hub.key';

export const HUB_LIMITS = {
  /** How often the books are looked at while somebody waits, milliseconds. */
  lookMs: 200,
  /** A poll is held at most so long, milliseconds. */
  pollMs: 25_000,
  /** A switch is connected while it polls, and this long after, milliseconds. */
  connectedMs: 2_000,
  /** And so long after its last contact with another process of this hub, milliseconds: contacts come every few seconds. */
  elsewhereMs: 6_000,
  /** Recalls in the answer of one poll. */
  recallsMax: 100,
  /** An ask is worked on at most so long, milliseconds. */
  askMs: 10_000,
  /** Asks of one switch under way; one more is refused. */
  asksPerSwitchMax: 256,
  /** A switch that was asked to give back has this long, milliseconds, before the next one is asked as well. */
  recallMs: 1_000,
  /** Recalls and waits that one ask may cost. */
  recallsPerAskMax: 32,
  /** PINs that an ask is given at least, where they are there, so that the switch is not short again at once. */
  askLot: 10,
  /** As many times the money that was asked for is leased, where it is there. */
  askLease: 5,
  /** Books whose last contact was longer than this before the start may be a backup's, milliseconds. */
  booksAgeMax: 60_000,
  /** How old the sales figures that asks go by may be, milliseconds. */
  demandMs: 60_000,
} as const;

export type HubLimits = { readonly [Name in keyof typeof HUB_LIMITS]: number };
