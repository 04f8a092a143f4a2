/** What differs between two documents, and single values set by their path. */
import t from 'tap';
import { withAssignments } from '../../../src/app/catalogue/change.js';
import { differences } from '../../../src/app/catalogue/difference.js';
import { canonical } from '../../../src/app/catalogue/portions.js';
import { type CatalogueDocument, catalogueSchema } from '../../../src/app/catalogue/schema.js';

const PIN = { kind: 'pin', provider: 'P', currency: '840', route: ['stock'] };
const SPEC = {
  providers: [{ code: 'P', name: 'Provider' }],
  products: [
    { ...PIN, code: 'A', name: 'A', price: 100 },
    { ...PIN, code: 'B.1', name: 'B', price: 200 },
  ],
  receipts: { short: ['{product}'] },
  merchants: [{ id: 'M', name: 'Shop' }],
  terminals: [{ id: 'T.1', merchant: 'M' }],
  accounts: { P: '551111 552222' },
};

function documentOf(change: object = {}): CatalogueDocument {
  return canonical(catalogueSchema.parse({ ...SPEC, ...change }));
}

const FIRST = documentOf();

t.test('the same document does not differ', async (t) => {
  t.same(differences(FIRST, documentOf()), []);
});

t.test('what came, went and changed is told by part and code, with the members', async (t) => {
  const other = documentOf({
    products: [
      { ...PIN, code: 'A', name: 'A', price: 150 },
      { ...PIN, code: 'C', name: 'C', price: 1 },
    ],
    receipts: { short: ['{product}', '{serial}'] },
  });
  t.match(differences(FIRST, other), [
    {
      kind: 'changed',
      part: 'products',
      code: 'A',
      members: [{ member: 'price', from: 100, to: 150 }],
    },
    { kind: 'removed', part: 'products', code: 'B.1', members: [] },
    { kind: 'added', part: 'products', code: 'C', members: [] },
    { kind: 'changed', part: 'receipts', code: 'short' },
  ]);
});

t.test('another order is a difference, for what is listed first is offered first', async (t) => {
  t.same(differences(FIRST, documentOf({ products: [...SPEC.products].reverse() })), [
    { kind: 'reordered', part: 'products', code: '', members: [] },
  ]);
});

t.test('accounts are counted, never told', async (t) => {
  const found = differences(FIRST, documentOf({ accounts: { P: '551111 553333 554444' } }));
  t.same(found, [
    {
      kind: 'changed',
      part: 'accounts',
      code: 'P',
      members: [{ member: 'accounts', from: 2, to: 3 }],
    },
  ]);
  t.notMatch(JSON.stringify(found), /55\d{4}/);
});

t.test('a value is set by part, code and member, where codes have dots in them too', async (t) => {
  const set = (...assignments: string[]) => differences(FIRST, withAssignments(FIRST, assignments));
  t.match(set('terminals.T.1.enabled=false', 'products.B.1.price=250'), [
    { part: 'products', code: 'B.1', members: [{ member: 'price', from: 200, to: 250 }] },
    { part: 'terminals', code: 'T.1', members: [{ member: 'enabled', from: true, to: false }] },
  ]);
  t.match(set('products.A.value=5'), [{ members: [{ member: 'value', from: undefined, to: 5 }] }]);
  t.same(set('products.A.value='), [], 'nothing behind the sign takes a member away');
  t.equal(FIRST.terminals[0]?.enabled, true, 'the document itself is left alone');
});

for (const [assignment, says] of [
  ['terminals.T.2.enabled=false', /terminals\.T\.2\.enabled: there is no "T\.2\.enabled"/],
  ['nowhere=1', /nowhere: there is no "nowhere"/],
  ['terminals=[]', /there is no "terminals"/],
  ['terminals.T.1.enabled', /must be PATH=VALUE/],
  ['terminals.T.1.colour=red', /terminals\.0\.colour: unknown name/],
  ['terminals.T.1.enabled=perhaps', /terminals\.0\.enabled: must be of type boolean/],
  ['terminals.T.1.merchant=NOBODY', /terminals\.T\.1\.merchant: "NOBODY" is none of the merchants/],
  ['products.A.price={', /products\.A\.price: not YAML/],
] as const) {
  t.test(`${assignment} is refused in one line`, async (t) => {
    t.throws(() => withAssignments(FIRST, [assignment]), { name: 'CatalogueError', message: says });
  });
}
