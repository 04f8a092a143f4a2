/** What a member tells its hub: contacts as a chain, changes by cursor, sales, what it holds. */
import type {
  HeldPin,
  IncomingPin,
  NetworkSale,
  PinChange,
  StockStatementLine,
} from '../../../src/store/memberVerbs.js';
import { addMarks, markNumber } from '../../../src/store/sql/network/markSum.js';
import type { Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  batchOf,
  citationOf,
  closing,
  creditEntry,
  creditItem,
  opening,
  refusedItem,
  reversalEntry,
  reversing,
  stockItem,
} from '../sample.js';
import { idOf } from './closing.js';
import { coming, comingPins, joined, LINK, sale, told } from './member.js';
import { pinsBack } from './memberMoves.js';

/** All that there is behind these cursors, told in portions of `limit`. */
async function salesOf(store: Store, limit: number, after = { journal: 0, settling: 0 }) {
  const sales: NetworkSale[] = [];
  for (let at = after; ; ) {
    const portion = await store.networkSales(at.journal, at.settling, limit);
    if (portion.sales.length > limit) throw new Error('more than was asked for');
    sales.push(...portion.sales);
    const { journal, settling } = portion;
    if (!portion.more) return { sales, journal, settling };
    if (journal === at.journal && settling === at.settling) throw new Error('no way on');
    at = { journal, settling };
  }
}

const named = (sales: readonly NetworkSale[]): string[] =>
  sales.map(({ kind, stan }) => `${kind} ${Number(stan)}`);

/** As a hub sees it: transfers and changes, and nothing else. */
class View {
  readonly #custody = new Map<string, PinChange>();
  #change = 0;

  came(pins: readonly IncomingPin[]): void {
    for (const { mark } of pins) this.#custody.set(mark, 'stock');
  }

  async learn(store: Store): Promise<void> {
    for (const change of await store.changes(this.#change, 1_000)) {
      if (change.kind === 'pin') this.#custody.set(change.mark, change.custody);
      this.#change = change.id;
    }
  }

  get lines(): StockStatementLine[] {
    const lines = new Map<string, StockStatementLine>();
    for (const [mark, custody] of this.#custody) {
      if (custody === 'returned') continue;
      const { count, sum } = lines.get(custody) ?? { count: 0, sum: 0 };
      const grown = { count: count + 1, sum: addMarks(sum, markNumber(mark)) };
      lines.set(custody, { product: 'TALK10', custody, ...grown });
    }
    return [...lines.values()].sort((one, other) => (one.custody < other.custody ? -1 : 1));
  }
}

export const memberTold: Part = async (t, place) => {
  t.test('a contact that was begun stands until the hub has it', async (t) => {
    const here = await place(t);
    const store = await joined(await here.open());
    t.strictSame(await store.beginContact(LINK(1)), { contact: 1, link: '', nextLink: LINK(1) });
    const again = await here.open();
    t.strictSame(await again.beginContact(LINK(2)), { contact: 1, link: '', nextLink: LINK(1) });
    const end = { change: 0, journal: 0, settling: 0, at: 77 };
    t.equal(await again.endContact({ link: LINK(2), ...end }), false);
    t.equal(await again.endContact({ link: LINK(1), ...end }), true);
    t.equal(await again.endContact({ link: LINK(1), ...end }), false);
    t.match(await again.membership(), { contact: 1, link: LINK(1), nextLink: '', contactAt: 77 });
    t.strictSame(await store.beginContact(LINK(3)), { contact: 2, link: LINK(1), nextLink: LINK(3) });
  });

  t.test('drops the changes that the hub has, and uses no number again', async (t) => {
    const here = await place(t);
    const store = await joined(await here.open(), 4);
    await store.sell(sale(1, { quantity: 2 }));
    await store.beginContact(LINK(1));
    await store.endContact({ link: LINK(1), change: 1, journal: 1, settling: 0, at: 1 });
    t.strictSame(told(await store.changes(0, 9)), ['2 1 sold']);
    await store.beginContact(LINK(2));
    await store.endContact({ link: LINK(2), change: 2, journal: 0, settling: 0, at: 1 });
    t.strictSame(await store.changes(0, 9), []);
    t.match(await store.membership(), { toldChange: 2, toldJournal: 1 }, 'cursors do not go back');
    t.equal((await store.statementOfStock()).change, 2, 'also where the log is empty');
    const again = await here.open();
    await again.sell(sale(2));
    await store.sell(sale(3));
    t.strictSame(told(await store.changes(2, 9)), ['3 2 sold', '4 3 sold']);
    t.equal((await store.statementOfStock()).change, 4);
    await booksAreRight(t, store);
  });

  t.test('drops many changes in portions', async (t) => {
    const store = await joined(await (await place(t)).open());
    for (const number of [1, 2, 3])
      await store.transferIn(coming(number, { pins: comingPins(number * 4_000, 4_000) }));
    await store.giveBack(pinsBack(1, { count: 12_000 }), 1);
    const end = { change: 12_000, journal: 0, settling: 0, at: 1 };
    await store.beginContact(LINK(1));
    await store.endContact({ link: LINK(1), ...end });
    t.equal((await store.changes(0, 12_000)).length, 2_000);
    t.equal((await store.membership())?.toldChange, 12_000);
    await store.beginContact(LINK(2));
    await store.endContact({ link: LINK(2), ...end });
    t.strictSame(await store.changes(0, 9), []);
    await booksAreRight(t, store);
  });

  t.test('a verb that fails costs its neighbours nothing, and leaves no change behind', async (t) => {
    const store = await joined(await (await place(t)).open(), 3);
    const effects = { postings: [{ account: 'a', currency: '840', amount: 1, floor: null }], usage: [] };
    const [first, failed, last] = await Promise.allSettled([
      store.sell(sale(1)),
      store.sell({ ...sale(2), effects }),
      store.sell(sale(3)),
    ]);
    t.match(
      [first, failed, last].map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    t.strictSame(told(await store.changes(0, 9)), ['1 0 sold', '2 1 sold']);
    await booksAreRight(t, store);
  });

  t.test('tells what was sold at once, settled later, undone and missed', async (t) => {
    const store = await joined(await (await place(t)).open(), 2);
    await store.sell(sale(1, { quantity: 2, amount: 2_000, rrn: '632700000001' }));
    await store.sell(sale(2));
    const id = idOf(await store.open(opening(creditEntry(3))));
    idOf(await store.open(opening(creditEntry(4), { reference: 'REF4' })));
    const before = await salesOf(store, 10);
    t.strictSame(named(before.sales), ['sold 1', 'missed 2']);
    t.match(before.sales[0], {
      service: 'pin-sale',
      product: 'TALK10',
      merchant: 'MERCHANT0000001',
      terminal: 'TERM0001',
      rrn: '632700000001',
      quantity: 2,
      amount: 2_000,
      currency: '840',
      at: 1_772_366_400_000,
    });
    await store.close(closing(id));
    await store.reverse(reversing(reversalEntry(9), citationOf(sale(1).entry, { amount: 2_000 })));
    const after = await salesOf(store, 10, before);
    t.strictSame(named(after.sales), ['sold 3', 'undone 1']);
    t.strictSame(named((await salesOf(store, 10, after)).sales), []);
    t.strictSame(named((await salesOf(store, 1)).sales), ['sold 1', 'missed 2', 'sold 3', 'undone 1']);
  });

  t.test('tells no sale undone before it is told as sold, however small the portions', async (t) => {
    const store = await joined(await (await place(t)).open(), 6);
    for (const stan of [1, 2, 3, 4]) await store.sell(sale(stan));
    for (const stan of [4, 1]) {
      const entry = reversalEntry(10 + stan);
      await store.reverse(reversing(entry, citationOf(sale(stan).entry)));
    }
    for (const limit of [1, 2, 3, 100]) {
      const { sales } = await salesOf(store, limit);
      const words = named(sales);
      t.strictSame([...words].sort(), ['sold 1', 'sold 2', 'sold 3', 'sold 4', 'undone 1', 'undone 4']);
      for (const stan of [1, 4])
        t.ok(words.indexOf(`sold ${stan}`) < words.indexOf(`undone ${stan}`), `${stan} by ${limit}`);
    }
    await booksAreRight(t, store);
  });

  t.test('tells what stood after all as sold once more than it was undone', async (t) => {
    const store = await joined(await (await place(t)).open());
    const entry = creditEntry(1);
    const id = idOf(await store.open(opening(entry, { doubt: 'inquiry' })));
    await store.reverse(reversing(reversalEntry(9), citationOf(entry)));
    t.strictSame(named((await salesOf(store, 9)).sales), []);
    t.match(await store.close(closing(id)), { kind: 'stands' });
    t.strictSame(named((await salesOf(store, 9)).sales), ['sold 1']);
  });

  t.test('tells a batch by its items', async (t) => {
    const store = await joined(await (await place(t)).open(), 2);
    const items = [
      stockItem(1, 1),
      creditItem(1, 2, 'REF2'),
      refusedItem(1, 3),
      stockItem(1, 4),
      stockItem(1, 5),
    ];
    const entered = await store.sellBatch(batchOf(1, items));
    if (entered.kind !== 'entered') throw new Error(entered.kind);
    const before = await salesOf(store, 9);
    t.strictSame(
      before.sales.map(({ kind, service }) => `${kind} ${service}`),
      ['sold pin-sale', 'sold pin-sale', 'missed pin-sale'],
    );
    const credit = entered.items[1];
    await store.close(closing(credit && 'id' in credit ? credit.id : 0, { reference: 'REF2' }));
    const after = await salesOf(store, 9, before);
    t.match(after.sales, [{ kind: 'sold', service: 'account-credit', product: 'TOPUP' }]);
    await booksAreRight(t, store);
  });

  t.test('states what it has of the hub’s by count and sum, and PIN by PIN', async (t) => {
    const store = await joined(await (await place(t)).open(), 4);
    await store.sell(sale(1));
    await store.giveBack(pinsBack(1), 1);
    const pins = comingPins(0, 4);
    const sumOf = (...places: number[]): number =>
      places.reduce((sum, at) => addMarks(sum, markNumber(pins[at]?.mark ?? '')), 0);
    t.strictSame(await store.statementOfStock(), {
      change: 2,
      transfer: 1,
      lines: [
        { product: 'TALK10', custody: 'sold', count: 1, sum: sumOf(0) },
        { product: 'TALK10', custody: 'stock', count: 2, sum: sumOf(2, 3) },
      ],
    });
    const first = await store.heldPins(0, 3);
    const rest = await store.heldPins(first.at(-1)?.id ?? 0, 3);
    const custodies: PinChange[] = ['sold', 'returned', 'stock', 'stock'];
    const expected = pins.map(({ mark, product, supplier, serial, expiry }, at): HeldPin => {
      return { id: at + 1, mark, product, supplier, serial, expiry, custody: custodies[at] ?? 'void' };
    });
    t.strictSame([...first, ...rest], expected);
  });

  t.test('whatever happens, transfers and changes come to what it states', async (t) => {
    const store = await joined(await (await place(t)).open());
    const view = new View();
    let seed = 7;
    const draw = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    let transfer = 0;
    let recall = 0;
    for (let step = 1; step <= 120; step += 1) {
      const dice = draw(8);
      if (dice <= 1) {
        // Some of them were here before: in stock, sold, returned. A hub knows of what it sends.
        await view.learn(store);
        const pins = comingPins(draw(60), 1 + draw(70));
        transfer += 1;
        await store.transferIn(coming(transfer, { pins }));
        view.came(pins);
      } else if (dice <= 4) await store.sell(sale(step, { quantity: 1 + draw(4) }));
      else if (dice === 5) {
        const entry = reversalEntry(500 + step);
        await store.reverse(reversing(entry, citationOf(sale(step - 1).entry, { amount: null })));
      } else if (dice === 6) {
        recall += 1;
        await store.giveBack(pinsBack(recall, { count: draw(9), first: draw(2) ? 'latest' : 'soonest' }), 1);
      } else {
        const [pin] = await store.quarantined(1);
        const to = draw(2) ? 'stock' : 'void';
        if (pin) await store.decide({ pinIds: [pin.id], to, by: 'eve', why: 'so', at: 1 });
      }
      if (draw(3) > 0) continue;
      await view.learn(store);
      const stated = await store.statementOfStock();
      t.strictSame(stated.lines, view.lines, `after step ${step}`);
      await store.beginContact(LINK(step));
      await store.endContact({ link: LINK(step), change: stated.change, journal: 0, settling: 0, at: 1 });
    }
    await booksAreRight(t, store);
  });
};
