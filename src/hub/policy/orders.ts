/**
 * When to order a product from its supplier, and how much. What the network has and what is under way must last until an
 * order placed now arrives, and leave the switches what they hold on the average, halfway between low and desired:
 * below that level, up to it and a lot more is ordered. The spread is that of demand over the lead time and of the
 * lead time itself.
 */
import type { Demand } from './demand.js';
import { normalQuantile } from './quantile.js';
import type { OrderSettings, StockLevel } from './terms.js';

/** Deliveries that the configured lead time counts as. */
const LEAD_PRIOR = 3;

/** Milliseconds. */
export interface LeadTime {
  readonly mean: number;
  readonly spread: number;
}

export interface OrderInput {
  readonly product: string;
  readonly now: number;
  /** For sale in the whole network: at the hub, in transit and at switches. */
  readonly onHand: number;
  /** Ordered and not yet taken in. */
  readonly onOrder: number;
  /** The plan's, of this product. */
  readonly levels: readonly (Pick<StockLevel, 'low' | 'desired'> & Partial<StockLevel>)[];
  readonly lead: LeadTime;
  readonly demand: Demand;
  readonly settings: OrderSettings;
}

export interface OrderPlan {
  /** Ordered below this. */
  readonly level: number;
  /** 0: nothing to order now. */
  readonly quantity: number;
}

export function planOrders(input: OrderInput): OrderPlan {
  const { product, now, lead, demand, settings } = input;
  const kept = input.levels.reduce((sum, { low, desired }) => sum + (low + desired) / 2, 0);
  const overLead = demand.network(product, now, now + lead.mean);
  const perMs = lead.mean > 0 ? overLead.mean / lead.mean : 0;
  const deviation = Math.sqrt(overLead.variance + (perMs * lead.spread) ** 2);
  const spare = Math.max(normalQuantile(settings.serviceLevel), 0) * deviation;
  const level = Math.ceil(kept + overLead.mean + spare);
  const position = input.onHand + input.onOrder;
  if (position >= level) return { level, quantity: 0 };
  const lot = demand.network(product, now, now + settings.lotMs).mean;
  return { level, quantity: Math.ceil(level - position + lot) };
}

/** From the lead times of deliveries so far, in milliseconds; few of them count little beside what is configured. */
export function leadTimeOf(measured: readonly number[], settings: OrderSettings): LeadTime {
  const weight = measured.length + LEAD_PRIOR;
  const mean = (measured.reduce((sum, one) => sum + one, 0) + LEAD_PRIOR * settings.leadMs) / weight;
  const squares = measured.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const spread = Math.sqrt((squares + LEAD_PRIOR * settings.leadSpreadMs ** 2) / weight);
  return { mean, spread };
}
