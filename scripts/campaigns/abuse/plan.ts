/**
 * What the abusers do, how much of it a second, and by which counters of the switch it is seen that they were met. The
 * rates are limits: the machine's cores are shared, and what is measured is what abuse costs the switch, not what a flood
 * without end costs a processor.
 */
import type { LinkEvent } from '../../../src/transport/counters.js';

export const KINDS = ['slow-senders', 'slow-readers', 'flood', 'garbage', 'idle', 'churn'] as const;
export type Kind = (typeof KINDS)[number];

export interface Plan {
  readonly port: number;
  readonly seed: number;
  /** Half of them send a byte now and then, half a part of a frame and then nothing. */
  readonly slowSenders: number;
  readonly slowSenderByteMs: number;
  /** Connections that ask and never read. */
  readonly slowReaders: number;
  /** Requests a second, of all of them. */
  readonly slowReaderRequests: number;
  /** Sales a second, of one terminal, from one address. */
  readonly floodFrames: number;
  /** What the switch reads of one address, frames a second. */
  readonly addressFrames: number;
  /** Frames a second that hold no message, on one connection. */
  readonly garbageFrames: number;
  /** Connections a second that send bytes of no framing. */
  readonly garbageConnections: number;
  /** Connections that say nothing, and as many more as are to be refused. */
  readonly idle: number;
  readonly idleRefused: number;
  /** Of those, opened and closed a second. */
  readonly idlePace: number;
  /** Connections a second, opened and closed: a third reset, a third ended, a third inside a frame. */
  readonly churnConnections: number;
}

/** Of the long form. */
export const ABUSES: Omit<Plan, 'port' | 'seed'> = {
  slowSenders: 100,
  slowSenderByteMs: 50,
  slowReaders: 4,
  slowReaderRequests: 2_000,
  floodFrames: 4_000,
  addressFrames: 2_000,
  garbageFrames: 1_000,
  garbageConnections: 100,
  idle: 10_000,
  idleRefused: 500,
  idlePace: 5_000,
  churnConnections: 500,
};

/** More of them are not let in: more than another kind has at once. Idle ones fill as many addresses as they need. */
export const ADDRESS_CONNECTIONS = 500;

/** On loopback; slow readers have one each. */
export const ADDRESSES = {
  'slow-senders': '127.0.1.1',
  flood: '127.0.1.2',
  garbage: '127.0.1.3',
  churn: '127.0.1.4',
  'slow-readers': (at: number): string => `127.0.2.${1 + at}`,
  idle: (at: number): string => `127.0.3.${1 + Math.floor(at / ADDRESS_CONNECTIONS)}`,
};

/** Terminals of slow readers, so many that the rate of one does not hold them back; the flood is one terminal. */
export const READER_TERMINALS = Array.from({ length: 16 }, (_, at) => `DEAF${String(at).padStart(4, '0')}`);
export const FLOOD_TERMINAL = 'FLOOD001';

type Event = LinkEvent | 'rate-limited' | 'format-error';

/** By how much a phase has to have moved the switch's counters: else it did not meet this abuse. */
export function expectedOf(kind: Kind, plan: Plan): Readonly<Partial<Record<Event, number>>> {
  switch (kind) {
    case 'slow-senders':
      return { 'slow-close': plan.slowSenders };
    case 'slow-readers':
      return { 'unread-close': plan.slowReaders };
    case 'flood':
      return { 'rate-limited': 100, 'rate-pause': 10 };
    case 'garbage':
      return { 'format-error': 100, oversize: 10 };
    case 'idle':
      return { opened: plan.idle, 'refused-full': plan.idleRefused };
    case 'churn':
      return { closed: 50, truncated: 10 };
  }
}

/** In words, for the table. */
export function told(kind: Kind, plan: Plan): string {
  switch (kind) {
    case 'slow-senders':
      return `${plan.slowSenders} connections, half of them a byte each ${plan.slowSenderByteMs} ms, half stuck in a frame`;
    case 'slow-readers':
      return `${plan.slowReaders} connections, ${plan.slowReaderRequests} requests/s, no answer read`;
    case 'flood':
      return `${plan.floodFrames} sales/s of one terminal from one address`;
    case 'garbage':
      return `${plan.garbageFrames} frames/s without a message, ${plan.garbageConnections} connections/s of random bytes`;
    case 'idle':
      return `${plan.idle} connections and ${plan.idleRefused} too many, ${plan.idlePace}/s opened and closed`;
    case 'churn':
      return `${plan.churnConnections} connections/s opened and closed`;
  }
}
