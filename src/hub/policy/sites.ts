/** One product's stock and levels at every switch, as the plan looks at them. */
import { type Level, Levels } from './levels.js';
import type { PolicyInput, SwitchStock } from './terms.js';

export interface Site extends Level {
  readonly id: number;
  readonly connected: boolean;
  /** Silent for so long that nothing waits for it at the hub. */
  readonly gone: boolean;
  /** As far as is known: a silent switch is expected to have sold on meanwhile. Without what is being recalled. */
  readonly held: number;
  /** PINs being recalled, by a recall that it has not carried out yet. */
  readonly recalling: number;
  /** PINs that expire soon. */
  readonly expiring: number;
  /** PINs that it is expected to sell of those that expire soon before they do: they do in half that time on the average. */
  readonly sellsSoon: number;
  /** PINs that it is expected to sell in this part (0 to 1) of the time that it is to survive. */
  readonly need: (part: number) => number;
}

export class Sites {
  readonly #input: PolicyInput;
  readonly #levels: Levels;
  readonly #stock: Counts;
  readonly #expiring: Counts;
  readonly #recalling: Counts;

  constructor(input: PolicyInput) {
    const { settings, demand, now, switches, products } = input;
    this.#input = input;
    const ids = switches.map(({ id }) => id);
    this.#levels = new Levels(settings, demand, now, ids, products);
    this.#stock = countsOf(input.stock);
    this.#expiring = countsOf(input.expiring);
    this.#recalling = countsOf(input.recalling);
  }

  of(product: string): Site[] {
    return this.#input.switches.map(({ id, connected, seenAt }) => {
      const { now, demand, settings } = this.#input;
      const pair = demand.pair(id, product);
      const span = settings.surviveMs + settings.restockMs;
      const recalling = this.#recalling.get(product)?.get(id) ?? 0;
      const sold = connected ? 0 : pair.mean(seenAt, now);
      const told = this.#stock.get(product)?.get(id) ?? 0;
      return {
        id,
        connected,
        gone: !connected && now - seenAt >= settings.silentMs,
        held: Math.max(told - recalling - sold, 0),
        recalling,
        expiring: this.#expiring.get(product)?.get(id) ?? 0,
        sellsSoon: pair.mean(now, now + settings.expiringMs / 2),
        need: (part) => pair.mean(now, now + part * span),
        ...this.#levels.of(id, product, pair),
      };
    });
  }

  /** PINs at the hub that expire soon. */
  expiringHere(product: string): number {
    return this.#expiring.get(product)?.get(0) ?? 0;
  }
}

type Counts = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** By product, then by switch. */
function countsOf(rows: readonly SwitchStock[]): Counts {
  const counts = new Map<string, Map<number, number>>();
  for (const { switchId, product, count } of rows) {
    const row = counts.get(product) ?? new Map<number, number>();
    counts.set(product, row.set(switchId, (row.get(switchId) ?? 0) + count));
  }
  return counts;
}
