/**
 * The policy of a PIN network, as the hub uses it: `planStock` says what to give and to recall, `planOrders` what to
 * order, from `Demand` as the sales have told it. What is asked and answered stands in terms.ts.
 */

export type { DemandHour } from '../../store/hubVerbs.js';
export { Demand } from './demand.js';
export { leadTimeOf, type OrderInput, type OrderPlan, planOrders } from './orders.js';
export type { Expected } from './pair.js';
export { planStock } from './plan.js';
export * from './terms.js';
