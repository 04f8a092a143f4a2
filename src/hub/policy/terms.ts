/**
 * The allocation policy's questions and answers. Pure: what is known at one instant goes in, what to move comes out;
 * who asks, how often and over which wire is the keeper's. Counts are PINs, durations and instants milliseconds.
 */
import type { Demand } from './demand.js';

/** Bounds of a desired level; where several apply, the one that names more, and of two alike the last. */
export interface LevelLimit {
  /** Left out: every switch. */
  readonly switchId?: number | undefined;
  /** Left out: every product. */
  readonly product?: string | undefined;
  readonly floor?: number | undefined;
  readonly ceiling?: number | undefined;
}

export interface PolicySettings {
  /** How long a switch is to sell on from what it holds while the hub is away. */
  readonly surviveMs: number;
  /** From a need that shows at the hub to PINs for sale at the switch. */
  readonly restockMs: number;
  /** Probability with which what a switch holds lasts over the two together. Between 0 and 1. */
  readonly serviceLevel: number;
  /** PINs that a transfer carries on the average of the whole network; fewer transfers are more stock at switches. */
  readonly pinsPerTransfer: number;
  /** A lot is at most what a switch expects to sell in this time. */
  readonly lotMs: number;
  /** When stock is short: the part of what the hub can dispose of that it keeps. From 0 to less than 1. */
  readonly reserveShare: number;
  /** When stock is short: given to where less than this part of the fair share is left. Between 0 and 1. */
  readonly giveBelow: number;
  /** Recalled from where more than this many times the fair share lies. Above 1. */
  readonly recallAbove: number;
  /** A silent switch's share waits at the hub for so long; afterwards others have it. */
  readonly silentMs: number;
  /** PINs that expire within this time are moved to where they still sell. */
  readonly expiringMs: number;
  readonly limits: readonly LevelLimit[];
  readonly orders: OrderSettings;
}

export interface OrderSettings {
  /** Probability with which stock lasts until what is ordered arrives. Between 0 and 1. */
  readonly serviceLevel: number;
  /** An order is for about this time's sales. */
  readonly lotMs: number;
  /** The supplier's lead time and its standard deviation, until deliveries have been measured. */
  readonly leadMs: number;
  readonly leadSpreadMs: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const DEFAULT_POLICY: PolicySettings = {
  surviveMs: 12 * HOUR,
  restockMs: HOUR / 4,
  serviceLevel: 0.99,
  pinsPerTransfer: 300,
  lotMs: 14 * DAY,
  reserveShare: 0.05,
  giveBelow: 0.7,
  recallAbove: 1.3,
  silentMs: DAY,
  expiringMs: 14 * DAY,
  limits: [],
  orders: { serviceLevel: 0.99, lotMs: 2 * DAY, leadMs: DAY, leadSpreadMs: 12 * HOUR },
};

export interface PolicySwitch {
  readonly id: number;
  /** A contact is under way or waiting: what is given now arrives now. */
  readonly connected: boolean;
  /** Its last contact; 0: never. */
  readonly seenAt: number;
}

export interface SwitchStock {
  readonly switchId: number;
  readonly product: string;
  readonly count: number;
}

export interface PolicyInput {
  readonly now: number;
  /** Active ones. */
  readonly switches: readonly PolicySwitch[];
  readonly products: readonly string[];
  /** For sale at the hub, by product. */
  readonly central: ReadonlyMap<string, number>;
  /** Out at switches, as last told: away and in transit. */
  readonly stock: readonly SwitchStock[];
  /** Of these, what expires within `expiringMs`; `switchId` 0: at the hub (then not part of `stock`). */
  readonly expiring: readonly SwitchStock[];
  /** Recalls that a switch has not carried out yet: their PINs are on their way back, and not asked for again. */
  readonly recalling: readonly SwitchStock[];
  /** Built anew every few minutes: building it is the dear part. */
  readonly demand: Demand;
  readonly settings: PolicySettings;
}

export interface StockLevel {
  readonly switchId: number;
  readonly product: string;
  /** It is given more when it holds less. */
  readonly low: number;
  /** It is then given up to this. */
  readonly desired: number;
  /** What it is to hold of what there is: less than `desired` where stock is short. */
  readonly share: number;
}

export interface StockRecall extends SwitchStock {
  /** Which PINs are given back first. */
  readonly first: 'soonest' | 'latest';
}

export interface StockPlan {
  /** Of every switch and product. */
  readonly levels: readonly StockLevel[];
  /** To connected switches only; never more in all than is for sale at the hub. */
  readonly give: readonly SwitchStock[];
  /** From connected switches only. */
  readonly recall: readonly StockRecall[];
}
