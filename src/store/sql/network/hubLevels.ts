/** How many PINs are where in the network: here, and with each switch, whatever its epoch. */
import type { ExpiringStock, Holding } from '../../hubVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

/** What is here is what there is of a product in a custody, less what is with switches. */
export const HOLDINGS = `
  WITH held AS (SELECT switch, product, custody, count FROM holding
    JOIN network_holder ON network_holder.id = holding.holder)
  SELECT switch AS switchId, product, custody, sum(count) AS count FROM
    (SELECT switch, product, custody, count FROM held
     UNION ALL SELECT 0, product, custody, count FROM level
     UNION ALL SELECT 0, product, custody, -count FROM held) AS placed
  GROUP BY switch, product, custody HAVING sum(count) <> 0 ORDER BY switch, product, custody`;

export const EXPIRING_HERE = `SELECT count(*) FROM pin WHERE product = ? AND custody = 'stock' AND expiry < ?`;
export const EXPIRING_AWAY = `SELECT count(*) FROM pin
  WHERE holder = ? AND product = ? AND custody = 'away' AND expiry < ?`;

export function holdings(db: Connection): Handler {
  const select = db.prepare<[], Holding>(HOLDINGS);
  return (_, out) => {
    out.push(select.all());
  };
}

export function expiring(db: Connection): Handler {
  const products = db
    .prepare<[], string>("SELECT product FROM level WHERE custody = 'stock' AND count > 0 ORDER BY product")
    .pluck();
  const held = db.prepare<[], { switchId: number; holder: number; product: string }>(
    `SELECT switch AS switchId, holder, product FROM holding
     JOIN network_holder ON network_holder.id = holding.holder
     WHERE custody = 'away' AND count > 0 ORDER BY switch, product`,
  );
  const here = db.prepare<[string, string], number>(EXPIRING_HERE).pluck();
  const away = db.prepare<[number, string, string], number>(EXPIRING_AWAY).pluck();
  return (input, out) => {
    const before = input.text();
    const found: ExpiringStock[] = [];
    for (const product of products.all()) {
      found.push({ switchId: 0, product, count: here.get(product, before) ?? 0 });
    }
    for (const { switchId, holder, product } of held.all()) {
      found.push({ switchId, product, count: away.get(holder, product, before) ?? 0 });
    }
    out.push(found.filter(({ count }) => count > 0));
  };
}
