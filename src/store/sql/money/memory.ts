/** The accounts' memory: written where a credit is approved, taken away where that one is undone. */

import type { AccountMemory, Remembering } from '../../store.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

/** What of a journal row is remembered. */
interface Row {
  readonly id: number;
  readonly account_mark: string;
  readonly product: string;
  readonly region: string;
  readonly amount: number;
  readonly currency: string;
}

const COLUMNS = ['provider', 'merchant', 'product', 'region', 'amount', 'currency', 'at'];
const REST = COLUMNS.join(', ');
const REPLACED = COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ');

/** As audit.ts has its own. */
export const MEMORY_CHECKS: readonly (readonly [string, string])[] = [
  [
    'account whose last credit is not approved',
    `SELECT count(*), min(account_memory.transaction_id) FROM account_memory
     LEFT JOIN journal ON journal.id = account_memory.transaction_id
     AND journal.account_mark = account_memory.mark AND journal.state = 'approved' WHERE journal.id IS NULL`,
  ],
];

export class Memory {
  readonly #write;
  readonly #forget;

  constructor(db: Connection) {
    this.#write = db.prepare<(string | number)[]>(
      `INSERT INTO account_memory (mark, transaction_id, ${REST}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (mark) DO UPDATE SET transaction_id = excluded.transaction_id, ${REPLACED}`,
    );
    this.#forget = db.prepare<[string, number]>(
      'DELETE FROM account_memory WHERE mark = ? AND transaction_id = ?',
    );
  }

  remember(row: Row, { provider, merchant }: Remembering, at: number): void {
    if (row.account_mark === '') return;
    const { id, account_mark, product, region, amount, currency } = row;
    this.#write.run(account_mark, id, provider, merchant, product, region, amount, currency, at);
  }

  /** What was learned by this transaction, if it is still the last one. */
  forget({ account_mark, id }: Pick<Row, 'account_mark' | 'id'>): void {
    if (account_mark !== '') this.#forget.run(account_mark, id);
  }
}

export function recall(db: Connection): Handler {
  const select = db.prepare<[string], AccountMemory>(
    `SELECT transaction_id AS "transaction", ${REST} FROM account_memory WHERE mark = ?`,
  );
  return (input, out) => {
    out.push(select.get(input.text()) ?? null);
  };
}
