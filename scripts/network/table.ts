/** What lies where beside what is wanted there: as a table that stays in its place, or one line a second. */
import { desiredLevels } from '../../src/hub/keeper/desired.js';
import type { Store } from '../../src/store/store.js';

const BAR = 30;

export interface Cell {
  readonly product: string;
  /** '' for the hub. */
  readonly name: string;
  /** Undefined at the hub. */
  readonly desired: number | undefined;
  readonly there: number;
  readonly underWay: number;
}

export async function cellsOf(
  store: Store,
): Promise<{ readonly cells: readonly Cell[]; readonly transfers: number; readonly recalls: number }> {
  const [switches, holdings, desired] = await Promise.all([
    store.switches(),
    store.holdings(),
    desiredLevels(store),
  ]);
  const products = [...new Set(holdings.map(({ product }) => product))].sort();
  const count = (switchId: number, product: string, custody: string): number =>
    holdings.find((one) => one.switchId === switchId && one.product === product && one.custody === custody)
      ?.count ?? 0;
  const cells = products.flatMap((product): Cell[] => [
    { product, name: '', desired: undefined, there: count(0, product, 'stock'), underWay: 0 },
    ...switches.map(({ id, name }) => ({
      product,
      name,
      desired: desired.find((one) => one.switchId === id && one.product === product)?.desired ?? 0,
      there: count(id, product, 'away'),
      underWay: count(id, product, 'transit'),
    })),
  ]);
  const sum = (of: 'transfer' | 'recall'): number => switches.reduce((all, one) => all + one[of], 0);
  return { cells, transfers: sum('transfer'), recalls: sum('recall') };
}

/** A full bar is the desired level; what is beyond it is not drawn. */
export function tableOf(cells: readonly Cell[]): string[] {
  const head = `${'product'.padEnd(9)}${'where'.padEnd(9)}${'wanted'.padStart(7)}${'there'.padStart(7)}${'coming'.padStart(8)}`;
  return [
    head,
    ...cells.map(({ product, name, desired, there, underWay }) => {
      const filled = desired ? Math.min(BAR, Math.round((BAR * there) / desired)) : 0;
      const bar = desired === undefined ? '' : `  ${'█'.repeat(filled)}${'·'.repeat(BAR - filled)}`;
      const wanted = desired === undefined ? '' : String(desired);
      const numbers = `${wanted.padStart(7)}${String(there).padStart(7)}${String(underWay).padStart(8)}`;
      return `${product.padEnd(9)}${(name || '(hub)').padEnd(9)}${numbers}${bar}`;
    }),
  ];
}

export function lineOf(cells: readonly Cell[]): string {
  return cells
    .map(({ product, name, desired, there, underWay }) => {
      const coming = underWay > 0 ? `+${underWay}` : '';
      return `${product}@${name || 'hub'} ${there}${coming}${desired === undefined ? '' : `/${desired}`}`;
    })
    .join('  ');
}
