/** Whom to ask first, and whom then: by order or by weight, those alone that may be asked now. */
import fc from 'fast-check';
import t from 'tap';
import type { Random } from '../../src/base/random.js';
import type { Product } from '../../src/domain/product.js';
import type { Supplier } from '../../src/supply/supply.js';
import { drawn, routeOf } from '../../src/switch/routing.js';

/** Gives these numbers, one after the other, each below the limit that it is asked with. */
function randomOf(...numbers: number[]): Random {
  return {
    bytes: (length) => Buffer.alloc(length),
    int: (limit) => {
      const next = numbers.shift() ?? 0;
      if (next >= limit) throw new Error(`${next} is not below ${limit}`);
      return next;
    },
  };
}

const shares = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });

t.test('each is first for exactly its share of all that randomness may say', async () => {
  fc.assert(
    fc.property(shares, (list) => {
      const items = list.map((_, at) => at);
      const total = list.reduce((sum, share) => sum + share, 0);
      const first = items.map(() => 0);
      for (let point = 0; point < total; point += 1) {
        const at = drawn(items, list, randomOf(point))[0] ?? -1;
        first[at] = (first[at] ?? 0) + 1;
      }
      return JSON.stringify(first) === JSON.stringify(list.length > 1 ? list : [total]);
    }),
  );
});

t.test('all of them are in it, each once, whatever randomness says', async () => {
  fc.assert(
    fc.property(shares, fc.infiniteStream(fc.nat()), (list, numbers) => {
      const items = list.map((_, at) => at);
      const random = { int: (limit: number) => (numbers.next().value as number) % limit };
      return JSON.stringify(drawn(items, list, random).sort()) === JSON.stringify(items);
    }),
  );
});

function supplier(name: string, isReady = true): [string, Supplier] {
  return [name, { name, ready: () => isReady } as unknown as Supplier];
}

function product(route: readonly string[], weights?: readonly number[]): Product {
  return { route, weights } as unknown as Product;
}

t.test('in order: those that may be asked, without our own stock and what is not configured', async (t) => {
  const suppliers = new Map([supplier('a'), supplier('b', false), supplier('c')]);
  const route = routeOf({ suppliers, random: randomOf() }, product(['stock', 'c', 'b', 'gone', 'a']));
  t.same(
    route.map(({ name }) => name),
    ['c', 'a'],
  );
});

t.test('by weight: what rests leaves its share to the others by theirs', async (t) => {
  const suppliers = new Map([supplier('a'), supplier('b', false), supplier('c'), supplier('d')]);
  const weighted = product(['a', 'b', 'c', 'd'], [1, 50, 2, 1]);
  const order = (...numbers: number[]): string =>
    routeOf({ suppliers, random: randomOf(...numbers) }, weighted)
      .map(({ name }) => name)
      .join('');
  t.equal(order(0, 0), 'acd');
  t.equal(order(1, 0), 'cad');
  t.equal(order(2, 1), 'cda');
  t.equal(order(3, 2), 'dca');
  t.throws(() => order(4), /not below 4/, 'b has no share in it');
});
