/** A document in portions is the same document again, however it was written and however large it is. */
import fc from 'fast-check';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { catalogueOf } from '../../../src/app/catalogue/content.js';
import { yamlOf } from '../../../src/app/catalogue/document.js';
import {
  canonical,
  digestOf,
  documentOfPortion,
  joined,
  portionsOf,
} from '../../../src/app/catalogue/portions.js';
import { type CatalogueDocument, catalogueSchema } from '../../../src/app/catalogue/schema.js';

const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }).map((one) => `x${one}`.trim());
const code = fc.stringMatching(/^[!-~]{1,6}$/);
const account = fc.stringMatching(/^\d{6,9}$/);

const document = fc
  .record({
    providers: fc.uniqueArray(fc.record({ code, name: text, rates: fc.array(text, { maxLength: 2 }) }), {
      selector: (one) => one.code,
      minLength: 1,
      maxLength: 4,
    }),
    receipts: fc.dictionary(code, fc.array(text, { maxLength: 3 }), { maxKeys: 3 }),
    terminals: fc.uniqueArray(fc.record({ id: code, merchant: code, enabled: fc.boolean() }), {
      selector: (one) => one.id,
    }),
    accounts: fc.dictionary(
      code,
      fc.array(account).map((list) => list.join('\n')),
      { maxKeys: 3 },
    ),
  })
  .map((spec) => catalogueSchema.parse(spec));

t.test('portions joined are the document, and the file that is exported is too', async (t) => {
  fc.assert(
    fc.property(document, (one) => {
      const whole = canonical(one);
      const portions = [...portionsOf(whole)].map(({ content }) => documentOfPortion(content));
      t.equal(digestOf(joined(portions)), digestOf(whole));
      t.equal(digestOf(canonical(catalogueSchema.parse(parse(yamlOf(whole))))), digestOf(whole));
    }),
    { numRuns: 60 },
  );
});

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversedKeys(item)]),
  );
}

const SPEC = {
  providers: [{ code: 'P', name: 'Provider', ranges: [{ prefix: '55', lengthMin: 8 }] }],
  products: [
    { kind: 'pin', code: 'A', name: 'A', provider: 'P', currency: '840', price: 1, route: ['stock'] },
  ],
};

t.test('the digest does not depend on the order of members, nor on spaces between accounts', async (t) => {
  const digest = (spec: object): string => digestOf(canonical(catalogueSchema.parse(spec)));
  t.equal(
    digest({ ...SPEC, accounts: { P: '551111 552222' } }),
    digest(reversedKeys({ ...SPEC, accounts: { P: ' 551111\n552222 ' } }) as object),
  );
  t.equal(digest(SPEC), digest({ ...SPEC, accounts: { P: ' ' } }));
  t.not(digest(SPEC), digest({ ...SPEC, accounts: { P: '551111' } }));
  t.not(digest(SPEC), digest({ ...SPEC, products: [{ ...SPEC.products[0], price: 2 }] }));
});

function large(terminals: number, accounts: number): CatalogueDocument {
  const list = Array.from({ length: accounts }, (_, n) => String(55_000_000 + n));
  return catalogueSchema.parse({
    ...SPEC,
    accounts: { P: list.join(' ') },
    merchants: [{ id: 'M', name: 'M' }],
    terminals: Array.from({ length: terminals }, (_, n) => ({ id: `T${n}`, merchant: 'M' })),
  });
}

t.test('a large one has portions of bounded size; one changed terminal changes one of them', async (t) => {
  const whole = canonical(large(20_000, 50_000));
  const portions = [...portionsOf(whole)];
  t.ok(portions.length > 20);
  t.ok(portions.every(({ content }) => content.length < 100_000));
  const [terminal, ...others] = whole.terminals;
  if (!terminal) throw new Error('no terminal');
  const changed = { ...whole, terminals: [{ ...terminal, enabled: false }, ...others] };
  const before = new Set(portions.map(({ digest }) => digest));
  t.equal([...portionsOf(changed)].filter(({ digest }) => !before.has(digest)).length, 1);
  const again = joined(portions.map(({ content }) => documentOfPortion(content)));
  t.equal(digestOf(again), digestOf(whole));
  const catalogue = catalogueOf(again, 1);
  t.equal(catalogue.stranger('T19999', 'M', 'pin-sale'), undefined);
  t.match(
    catalogue.creditFor({ account: '55049999', provider: '', product: '', amount: undefined, currency: '' }),
    { provider: { code: 'P' } },
  );
  t.equal(stringify(parse(yamlOf(whole))).length > 0, true);
});
