/** Makes a supplier of its configuration, whatever its kind. */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import { loadFormat } from '../iso8583/index.js';
import type { LinkTap } from '../transport/index.js';
import type { SupplyCounters } from './events.js';
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
  /** Sees what passes, where a link to a host is recorded. */
  readonly tap?: LinkTap | undefined;
}

/**
 * Opens no connection before start(). Rejects with FormatError where a format cannot be used. A kind is loaded where
 * it is configured: a switch without HTTP suppliers starts a good deal faster without their client.
 */
export async function createSupplier(config: SupplierConfig, deps: SupplierDeps): Promise<Supplier> {
  if (config.kind === 'http') return (await import('./http.js')).createHttpSupplier(config, deps);
  const { createIso8583Supplier } = await import('./iso8583.js');
  return createIso8583Supplier(config, loadFormat(config.format), deps);
}
