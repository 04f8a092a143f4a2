/** Makes a supplier of its configuration, whatever its kind. */
export { SUPPLY_EVENTS, type SupplyCounters, type SupplyEvent } from './events.js';
export { createHttpSupplier } from './http.js';
