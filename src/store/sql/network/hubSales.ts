/** Sales that switches have told, once each, and the demand by hour that follows from them. */
import type { DemandHour } from '../../hubVerbs.js';
import type { NetworkSale } from '../../memberVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

const HOUR_MS = 3_600_000;

export class SalesBook {
  readonly #add;
  readonly #count;

  constructor(db: Connection) {
    this.#add = db.prepare<(string | number)[]>(
      `INSERT INTO network_sale (switch, kind, origin, service, product, merchant, terminal, stan, rrn, quantity,
       amount, currency, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#count = db.prepare<[number, string, number, number, number]>(
      `INSERT INTO demand (switch, product, hour, sold, missed) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (hour, switch, product) DO UPDATE
       SET sold = demand.sold + excluded.sold, missed = demand.missed + excluded.missed`,
    );
  }

  /** One that is undone was in demand all the same. */
  enter(switchId: number, sales: readonly NetworkSale[]): void {
    const demand = new Map<string, DemandHour>();
    for (const sale of sales) {
      const { kind, product, quantity, at } = sale;
      if (!this.#isNew(switchId, sale) || kind === 'undone' || product === '' || quantity === 0) continue;
      const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
      const key = `${hour}|${product}`;
      const { sold, missed } = demand.get(key) ?? { sold: 0, missed: 0 };
      const more = kind === 'sold' ? { sold: sold + quantity, missed } : { sold, missed: missed + quantity };
      demand.set(key, { switchId, product, hour, ...more });
    }
    for (const { product, hour, sold, missed } of demand.values())
      this.#count.run(switchId, product, hour, sold, missed);
  }

  #isNew(switchId: number, sale: NetworkSale): boolean {
    const { kind, transaction, service, product, merchant, terminal, stan, rrn } = sale;
    const { quantity, amount, currency, at } = sale;
    const { changes } = this.#add.run(
      switchId,
      kind,
      transaction,
      service,
      product,
      merchant,
      terminal,
      stan,
      rrn,
      quantity,
      amount,
      currency,
      at,
    );
    return changes === 1;
  }
}

export function demand(db: Connection): Handler {
  const select = db.prepare<[number], DemandHour>(
    `SELECT switch AS switchId, product, hour, sold, missed FROM demand WHERE hour >= ?
     ORDER BY hour, switch, product`,
  );
  return (input, out) => {
    out.push(select.all(input.number()));
  };
}
