/** Recalls: wishes. What comes of one, the switch's changes tell; it stands until the switch says that it is done. */
import type { PendingRecall, RecallOrder } from '../../hubVerbs.js';
import type { Books } from '../books.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';
import { isServed, Switches } from './hubSwitches.js';

/** Answers the recall's number; 0 where the switch is not served, and nothing is recorded. */
export function recallFrom(books: Books): Handler {
  const switches = new Switches(books.db);
  const add = books.db.prepare<(number | string)[]>(
    `INSERT INTO network_recall (holder, number, kind, of, currency, count, first, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const count = books.db.prepare<[number, number]>('UPDATE network_switch SET recall = ? WHERE id = ?');
  return (input, out) => {
    const order = input.object<RecallOrder>();
    const row = switches.byId(order.switchId);
    if (!row || !isServed(row)) {
      out.push(0);
      return;
    }
    const number = row.recall + 1;
    const { kind, of, currency, first, at } = order;
    add.run(row.holder, number, kind, of, currency, order.count, first, at);
    count.run(number, row.id);
    out.push(number);
  };
}

export function recalls(db: Connection): Handler {
  const select = db.prepare<[number], PendingRecall>(
    `SELECT network_switch.id AS switchId, number, kind, of, currency, count, first, at FROM network_switch
     JOIN network_recall ON network_recall.holder = network_switch.holder
     WHERE network_switch.id = ? AND state = 'active' AND why = '' ORDER BY number`,
  );
  return (input, out) => {
    out.push(select.all(input.number()));
  };
}
