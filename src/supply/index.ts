/** Makes a supplier of its configuration, whatever its kind. */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import { loadFormat } from '../iso8583/index.js';
import type { SupplyCounters } from './events.js';
import { createHttpSupplier } from './http.js';
import { createIso8583Supplier } from './iso8583.js';
import type { SupplierConfig } from './schema.js';
import type { Supplier } from './supply.js';

export { SUPPLY_EVENTS, type SupplyCounters, type SupplyEvent } from './events.js';
export { type SupplierConfig, supplierSchema } from './schema.js';
export type { Supplier, SupplyOrder, SupplyResult, UndoResult } from './supply.js';

export interface SupplierDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: SupplyCounters;
  readonly log?: Log;
}

/** Opens no connection before start(). Throws FormatError where a format cannot be used. */
export function createSupplier(config: SupplierConfig, deps: SupplierDeps): Supplier {
  if (config.kind === 'http') return createHttpSupplier(config, deps);
  return createIso8583Supplier(config, loadFormat(config.format), deps);
}
