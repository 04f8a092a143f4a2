/**
 * Format files: what is wrong with one is told in one line with file, JSON path and allowed values.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { compile, FormatError, loadFormat, shippedFormats } from '../../src/iso8583/index.js';
import { STANDARD_FORMATS } from '../support/formats.js';

const folder = mkdtempSync(join(tmpdir(), 'formats-'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

t.test('every shipped format is named as its file and defines what the standard does', async (t) => {
  t.same(
    STANDARD_FORMATS.filter((name) => !shippedFormats().includes(name)),
    [],
  );
  for (const name of shippedFormats()) {
    const codec = loadFormat(name);
    t.equal(codec.name, name);
    t.equal(loadFormat(name), codec, 'compiled once');
    for (let de = 2; de <= 128; de += 1) t.ok(codec.fieldName(de), `${name} ${de}`);
  }
});

t.test('a dialect file overrides single fields of a shipped one, or of a file beside it', async (t) => {
  const house = file('house.json', {
    name: 'house',
    extends: 'iso87-ascii',
    fields: { 41: { type: 'ans16' }, 13: { type: 'n6' } },
  });
  file('shop.json', { name: 'shop', extends: './house.json', fields: { 41: { mask: 'secret' }, 63: null } });
  t.equal(loadFormat(house).build('0800', { 41: 'A' }).toString('latin1').slice(20), 'A'.padEnd(16));
  const shop = loadFormat(join(folder, 'shop.json'));
  t.equal(shop.build('0800', { 41: 'A' }).length, 36);
  t.equal(shop.isSensitive(41), true);
  t.equal(shop.fieldName(63), undefined);
});

const base = { name: 'x', extends: 'iso87-ascii' };
const bad: readonly (readonly [what: string, content: unknown, message: RegExp])[] = [
  ['no object', [], /bad.json: must be an object$/],
  ['no JSON', '{ "name": ', /bad.json: must be JSON: /],
  [
    'no name',
    { mti: 'ascii', bitmap: { coding: 'hex' }, fields: {} },
    /bad.json: name: must be of type string$/,
  ],
  ['another MTI coding', { ...base, mti: 'utf8' }, /bad.json: mti: must be one of 'ascii', 'ebcdic', 'bcd'$/],
  [
    'another bitmap',
    { ...base, bitmap: { coding: 'text' } },
    /bitmap.coding: must be one of 'binary', 'hex', 'hex-ebcdic'$/,
  ],
  ['an unknown key', { ...base, field: {} }, /bad.json: field: unknown name; must be one of .*'fields'/],
  [
    'an unknown key of a field',
    { ...base, fields: { 4: { typ: 'n6' } } },
    /fields.4.typ: unknown name; must be one of .*'type'/,
  ],
  ['a bad type', { ...base, fields: { 4: { type: 'n..' } } }, /fields.4.type: must be a type such as 'n6'/],
  [
    'a field out of range',
    { ...base, fields: { 129: { type: 'n6' } } },
    /fields.129: must be a data element from 2 to 128/,
  ],
  [
    'a field that is no number',
    { ...base, fields: { PAN: { type: 'n6' } } },
    /fields.PAN: must be keyed by a data element number/,
  ],
  [
    'a coding that cannot hold it',
    { ...base, fields: { 41: { coding: 'bcd' } } },
    /fields.41.coding: 'bcd' cannot hold ans8; must be one of 'ascii', 'ebcdic', 'ebcdic1047'$/,
  ],
  [
    'a length beyond its prefix',
    { ...base, fields: { 2: { type: 'n..100' } } },
    /fields.2.type: .*at most 99, not 100$/,
  ],
  [
    'a length for a fixed field',
    { ...base, fields: { 3: { length: { coding: 'bcd' } } } },
    /fields.3.length: belongs to fields of variable length$/,
  ],
  [
    'a fixed track',
    { ...base, fields: { 35: { type: 'z37' } } },
    /fields.35.type: must be of variable length/,
  ],
  [
    'a variable signed amount',
    { ...base, fields: { 28: { type: 'x+n..8' } } },
    /fields.28.type: must be of fixed length/,
  ],
  [
    'another pad',
    { ...base, fields: { 3: { pad: 'leftF' } } },
    /fields.3.pad: must be one of 'left0', 'right0', 'rightF'$/,
  ],
  [
    'another mask',
    { ...base, fields: { 3: { mask: 'x' } } },
    /fields.3.mask: must be one of 'none', 'pan', 'secret'$/,
  ],
  [
    'another nesting',
    { ...base, fields: { 48: { nested: { kind: 'xml' } } } },
    /fields.48.nested.kind: must be one of 'slices', 'positional', 'tlv', 'ber-tlv', 'base24-tokens', 'bitmapped'/,
  ],
  [
    'slices that do not add up',
    { ...base, fields: { 90: { nested: { kind: 'slices', parts: [{ id: 'a', type: 'n4' }] } } } },
    /fields.90.nested.parts: must add up to 42, not 4$/,
  ],
  [
    'a tag of another width',
    {
      ...base,
      fields: { 48: { nested: { kind: 'tlv', tag: { bytes: 2 }, length: { bytes: 3 }, tags: { PRX: {} } } } },
    },
    /fields.48.nested.tags.PRX: must be a tag of 2 bytes$/,
  ],
  [
    'BER-TLV in text',
    { ...base, fields: { 48: { nested: { kind: 'ber-tlv' } } } },
    /fields.48.type: must be b/,
  ],
  [
    'tokens in a field of fixed length',
    { ...base, fields: { 42: { nested: { kind: 'base24-tokens' } } } },
    /fields.42.type: must be text of variable length/,
  ],
  [
    'a token with an open part that is not its last',
    {
      ...base,
      fields: {
        126: {
          nested: {
            kind: 'base24-tokens',
            tokens: {
              Q1: {
                parts: [
                  { id: 'a', type: 'an4', open: true },
                  { id: 'b', type: 'an4' },
                ],
              },
            },
          },
        },
      },
    },
    /fields.126.nested.tokens.Q1.parts.0.open: belongs to the last part/,
  ],
  [
    'an unknown base',
    { name: 'x', extends: 'iso88' },
    /no such format 'iso88'; must be a file or one of .*iso2003-ascii, iso87-ascii/,
  ],
  [
    'firstBit off with one bitmap',
    { ...base, bitmap: { firstBit: 'off' } },
    /bitmap.firstBit: 'off' needs always 2/,
  ],
];

for (const [what, content, message] of bad) {
  t.test(`${what}: one line with file, path and what is allowed`, async (t) => {
    const path = file('bad.json', content);
    try {
      loadFormat(path);
      t.fail('was accepted');
    } catch (error) {
      t.ok(error instanceof FormatError);
      const text = (error as FormatError).message;
      t.match(text, message);
      t.notMatch(text, /\n/);
    }
  });
}

t.test('formats that extend each other in a circle are refused', async (t) => {
  file('a.json', { name: 'a', extends: './b.json' });
  file('b.json', { name: 'b', extends: './a.json' });
  t.throws(() => loadFormat(join(folder, 'a.json')), /extends: must not go deeper than 8 formats/);
});

t.test('an unknown name lists the shipped formats', async (t) => {
  t.throws(
    () => loadFormat('iso88'),
    /no such format 'iso88'; must be a file or one of .*iso2003-ascii, iso87-ascii/,
  );
  t.throws(() => compile(undefined), /format: must be an object/);
});
