/**
 * What a supplier's interface counts. One word an event, the same for every kind, so that one metric with
 * the labels `supplier` and `event` shows them all.
 */
export const SUPPLY_EVENTS = [
  /** An order left (or was tried to). */
  'asked',
  'approved',
  'refused',
  'unavailable',
  'unknown',
  'undone',
  'not-undone',
  /** The same order again inside one sale's budget, after a lost connection or a 502 or 503. */
  'repeated',
  /** No answer in time. */
  'timeout',
  /** The connection ended with an order under way. */
  'lost',
  /** An answer that could not be read. */
  'malformed',
  /** An answer over the limit. */
  'oversize',
  /** An answer for another order, or with another amount or currency than asked. */
  'mismatch',
  /** An answer that nobody waits for: late, twice, or never asked. Ignored. */
  'late',
  /** A status or code that means a fault at the supplier. */
  'supplier-fault',
  /** Our token or float was refused, or we were told to slow down. */
  'rejected',
  /** Over our own limit of orders under way. */
  'over-limit',
  /** An answer that took longer than slowMs. */
  'slow',
  /** Not asked for a while after too many faults in a row. */
  'rest',
  'signed-on',
  'sign-on-failed',
  'echo-missed',
  /** A request from the supplier that we do not serve. */
  'unexpected',
] as const;

export type SupplyEvent = (typeof SUPPLY_EVENTS)[number];

export interface SupplyCounters {
  /** `name` is a SupplyEvent, or what a supplier's link counts. */
  add(name: string, supplier: string, n?: number): void;
}
