/**
 * Which catalogue a start takes up. The configuration's is stored as a revision at the first start, and again
 * whenever it was edited, as long as nobody has imported another; from then on the stored one counts, and where the
 * configuration's differs the log says so. Nothing is written where nothing is new: a switch must start on a full disk.
 */
import type { Clock } from '../../base/clock.js';
import { safeText } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Catalogue } from '../../domain/catalogue.js';
import { StoreBusy, StoreFull } from '../../store/errors.js';
import type { Store } from '../../store/store.js';
import { catalogueOf } from './content.js';
import { canonical, digestOf } from './portions.js';
import { OWN_STEPS } from './references.js';
import { lastOf, loadCatalogue, storeDocument } from './revisions.js';
import type { CatalogueDocument } from './schema.js';

/** Who made a revision that came with the configuration; nobody else is called so. */
export const BY_CONFIGURATION = 'configuration';

/** Setting: names of the suppliers that the switch was started with, for imports to check routes against. */
const SUPPLIERS = 'suppliers';

interface Start {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the configuration, checked. */
  readonly document: CatalogueDocument;
  readonly suppliers: readonly string[];
  /** At a switch: once its hub's catalogue is here, the configuration's counts no more. */
  readonly hasHubCatalogue?: boolean;
}

export async function catalogueAtStart(start: Start): Promise<Catalogue> {
  const { store, log, document, suppliers } = start;
  try {
    await rememberSuppliers(store, suppliers);
    await takeUpConfiguration(start);
  } catch (error) {
    if (!(error instanceof StoreFull || error instanceof StoreBusy)) throw error;
    log.error({ error: safeText(error) }, "the configuration's catalogue could not be stored");
  }
  const last = await lastOf(store);
  if (!last) return catalogueOf(document, 0);
  const catalogue = await loadCatalogue(store, last.revision);
  warnOfRoutes(start, catalogue);
  return catalogue;
}

async function takeUpConfiguration({ store, clock, log, document, hasHubCatalogue }: Start): Promise<void> {
  if (hasHubCatalogue) return;
  const last = await lastOf(store);
  const isEmpty = Object.values(document).every((part) => Object.keys(part).length === 0);
  const isSame = last?.digest === digestOf(canonical(document));
  if (isSame || (isEmpty && last)) return;
  if (last && last.by !== BY_CONFIGURATION) {
    const { revision, by } = last;
    log.warn({ revision, by }, "the imported catalogue counts; the configuration's differs and does not");
    return;
  }
  const { revision } = await storeDocument(store, document, { by: BY_CONFIGURATION, at: clock.now() });
  log.info({ revision }, "the configuration's catalogue is stored");
}

/** A configuration without a supplier that a route names: nothing is sold through it, the rest goes on. */
function warnOfRoutes({ log, suppliers }: Start, { revision, products }: Catalogue): void {
  const known = new Set([...OWN_STEPS, ...suppliers]);
  for (const { code, route } of products.values()) {
    const supplier = route.find((name) => !known.has(name));
    if (supplier === undefined) continue;
    log.warn({ revision, product: code, supplier }, 'the catalogue names a supplier that is not configured');
    return;
  }
}

async function rememberSuppliers(store: Store, suppliers: readonly string[]): Promise<void> {
  const text = JSON.stringify(suppliers);
  if ((await store.setting(SUPPLIERS)) !== text) await store.setSetting(SUPPLIERS, text);
}

/** Of the switch as it was last started; undefined where it never was. */
export async function suppliersOf(store: Store): Promise<readonly string[] | undefined> {
  const text = await store.setting(SUPPLIERS);
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}
