/** Whose account it is: the catalogue's look-ups beside a naive reading of the rule, over random catalogues. */
import fc from 'fast-check';
import t from 'tap';
import { CatalogueBuilder } from '../../src/domain/catalogue.js';
import type { CreditProduct } from '../../src/domain/product.js';
import { type NumberRange, type Provider, prefixesOf } from '../../src/domain/provider.js';

const CODES = ['A', 'B', 'C'] as const;

function providerOf(code: string, enabled: boolean, ranges: readonly NumberRange[]): Provider {
  return { code, name: code, enabled, direct: true, regions: [], rates: [], ranges };
}

function creditOf(provider: string): CreditProduct {
  return {
    kind: 'credit',
    code: `TOPUP-${provider}`,
    name: provider,
    provider,
    enabled: true,
    currency: '840',
    unit: 'money',
    value: 0,
    price: undefined,
    amountMin: 100,
    amountMax: 1_000,
    amountStep: 100,
    regions: [],
    regionRequired: false,
    rates: [],
    route: ['supplier'],
    weights: undefined,
    receipt: [],
    accountLengthMin: 1,
    accountLengthMax: 28,
  };
}

interface Case {
  readonly providers: readonly Provider[];
  readonly table: ReadonlyMap<string, string>;
  readonly account: string;
  readonly word: string;
  readonly last: string;
}

/** The rule as the issue words it, range by range and without any index. */
function naive({ providers, table, account, word, last }: Case): string {
  const isOn = (code: string): boolean => providers.some((one) => one.code === code && one.enabled);
  if (word !== '' && !isOn(word)) return 'unknown-product';
  const fitting = providers.flatMap((provider) =>
    provider.ranges
      .filter(({ prefix, lengthMin, lengthMax }) => {
        return account.startsWith(prefix) && account.length >= lengthMin && account.length <= lengthMax;
      })
      .map(({ prefix }) => ({ code: provider.code, length: prefix.length })),
  );
  const longest = Math.max(...fitting.map(({ length }) => length));
  const owners = fitting.filter(({ length }) => length === longest).map(({ code }) => code);
  const preferred = word || last;
  const owner =
    owners.find((code) => code === preferred && isOn(code)) ??
    owners.find(isOn) ??
    owners[0] ??
    table.get(account) ??
    (word || last);
  if (owner === '') return 'invalid-account';
  return isOn(owner) ? owner : 'no-route';
}

/** Two digits and short numbers: ranges overlap, and the table is met. */
const digits = (min: number, max: number) =>
  fc.array(fc.constantFrom('0', '1'), { minLength: min, maxLength: max }).map((all) => all.join(''));
const range = fc.record({
  prefix: digits(0, 5),
  lengthMin: fc.integer({ min: 1, max: 4 }),
  lengthMax: fc.integer({ min: 3, max: 6 }),
  product: fc.constant(''),
});
const maybe = fc.constantFrom('', ...CODES);
const cases: fc.Arbitrary<Case> = fc.record({
  providers: fc.tuple(
    ...CODES.map((code) =>
      fc
        .tuple(fc.boolean(), fc.array(range, { maxLength: 4 }))
        .map(([enabled, ranges]) => providerOf(code, enabled, ranges)),
    ),
  ),
  table: fc.array(fc.tuple(digits(1, 6), fc.constantFrom(...CODES))).map((pairs) => new Map(pairs)),
  account: digits(1, 6),
  word: maybe,
  last: maybe,
});

t.test('the longest range tells, then the table, then the request, then the last time', async () => {
  fc.assert(
    fc.property(cases, (one) => {
      const builder = new CatalogueBuilder().addProviders(one.providers).addProducts(CODES.map(creditOf));
      for (const [account, code] of one.table) builder.addAccounts(code, [account]);
      const wish = { account: one.account, provider: one.word, product: '', amount: 500, currency: '840' };
      const known = one.last === '' ? undefined : { provider: one.last, product: '' };
      const choice = builder.build(1).creditFor(wish, known);
      const found = typeof choice === 'string' ? choice : choice.provider.code;
      return found === naive(one);
    }),
    { numRuns: 2_000 },
  );
});

t.test('a number that left its operator is a range as long as the number', async (t) => {
  const range = (prefix: string): NumberRange => ({ prefix, lengthMin: 6, lengthMax: 10, product: '' });
  const catalogue = new CatalogueBuilder()
    .addProviders([
      providerOf('A', true, [range('555')]),
      providerOf('B', true, [range('5550001234')]),
      providerOf('C', true, []),
    ])
    .addProducts(CODES.map(creditOf))
    .addAccounts('C', ['5550001235', '9990001111'])
    .build(1);
  const ownerOf = (account: string): string => {
    const wish = { account, provider: '', product: '', amount: 500, currency: '840' };
    const choice = catalogue.creditFor(wish);
    return typeof choice === 'string' ? choice : choice.provider.code;
  };
  t.equal(ownerOf('5550001234'), 'B');
  t.equal(ownerOf('5550001235'), 'A', 'a range goes before the table');
  t.equal(ownerOf('9990001111'), 'C', 'the table tells what no range does');
  t.equal(ownerOf('9990001112'), 'invalid-account');
});

t.test('a block of numbers is cut into prefixes that cover exactly it', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999 }), fc.integer({ min: 0, max: 9_999 }), (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const text = (value: number): string => String(value).padStart(4, '0');
      const prefixes = prefixesOf(text(from), text(to));
      return [from - 1, from, Math.floor((from + to) / 2), to, to + 1]
        .filter((value) => value >= 0 && value <= 9_999)
        .every((value) => {
          const covered = prefixes.filter((prefix) => text(value).startsWith(prefix)).length;
          return covered === (value >= from && value <= to ? 1 : 0);
        });
    }),
  );
});
