/** The desired levels that the last round decided, kept so that others can show them: one setting, written when it changes. */
import type { Store } from '../../store/store.js';
import type { StockLevel } from '../policy/policy.js';
import type { KeeperDeps } from './settings.js';

export type DesiredLevel = Pick<StockLevel, 'switchId' | 'product' | 'low' | 'desired'>;

const SETTING = 'hub-desired-levels';
/** At most one write in so long, milliseconds. */
const WRITE_EVERY_MS = 5_000;

export class DesiredLevels {
  readonly #deps: Pick<KeeperDeps, 'store' | 'clock'>;
  #written: string | undefined;
  #writtenAt = 0;

  constructor(deps: Pick<KeeperDeps, 'store' | 'clock'>) {
    this.#deps = deps;
  }

  async keep(levels: readonly DesiredLevel[]): Promise<void> {
    const { store, clock } = this.#deps;
    const now = clock.now();
    if (this.#written !== undefined && now - this.#writtenAt < WRITE_EVERY_MS) return;
    const text = JSON.stringify(
      levels.map(({ switchId, product, low, desired }) => [switchId, product, low, desired]),
    );
    if (text === this.#written) return;
    await store.setSetting(SETTING, text);
    this.#written = text;
    this.#writtenAt = now;
  }
}

/** Empty before the hub's first round. */
export async function desiredLevels(store: Pick<Store, 'setting'>): Promise<readonly DesiredLevel[]> {
  const rows = JSON.parse((await store.setting(SETTING)) ?? '[]') as [number, string, number, number][];
  return rows.map(([switchId, product, low, desired]) => ({ switchId, product, low, desired }));
}
