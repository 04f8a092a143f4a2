/** A masked recording is refused where the format does not mark what the profile holds to be secret. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exposedPlace, refuseExposed, refuseExposedSupplier } from '../../../src/app/recording/exposed.js';
import { loadProfile } from '../../../src/conduit/profile.js';
import { loadFormat } from '../../../src/iso8583/index.js';
import { supplierSchema } from '../../../src/supply/index.js';
import { recordSchema } from '../../../src/transport/index.js';
import { scratch } from '../../support/process.js';

/** Shipped profiles and the formats that they are meant for. */
const PAIRS = [
  ['default', 'iso87-ascii'],
  ['default-1993', 'iso93-ascii'],
  ['default-2003', 'iso2003-ascii'],
  ['default-mixed', 'mixed-ascii'],
  ['pos-bcd', 'iso87-bcd'],
  ['andean-bcd', 'andean-bcd'],
  ['ascii-topup', 'ascii-topup'],
  ['bank-tokens', 'bank-tokens'],
  ['base24-topup', 'base24-topup'],
  ['bill-aggregator', 'bill-aggregator'],
  ['electricity-1987', 'electricity-1987'],
  ['electricity-2003', 'electricity-2003'],
  ['telco-gateway', 'iso87-ascii'],
  ['west-african', 'west-african'],
] as const;

t.test('what the shipped profiles hold to be secret, their formats mark as sensitive', async (t) => {
  for (const [profile, format] of PAIRS)
    t.equal(exposedPlace(loadProfile(profile), loadFormat(format)), undefined, profile);
});

t.test(
  'a link whose accounts are in a field of plain text is not recorded masked, but encrypted',
  async (t) => {
    const format = join(scratch(t), 'plain.json');
    writeFileSync(
      format,
      JSON.stringify({
        name: 'plain',
        extends: 'iso87-ascii',
        fields: { 102: { type: 'ans..28', mask: 'none' } },
      }),
    );
    const link = { format, profile: 'default' };
    const masked = recordSchema.parse({ folder: 'captures' });
    t.throws(
      () => refuseExposed({ ...link, record: masked }),
      /would show 102, which .*plain.json does not mark/,
    );
    const encrypted = recordSchema.parse({ folder: 'captures', contents: 'encrypted', for: 'ab'.repeat(32) });
    t.doesNotThrow(() => refuseExposed({ ...link, record: encrypted }));
    t.doesNotThrow(() => refuseExposed(link), 'where nothing is recorded, nothing is asked');
  },
);

t.test('nor is the link of a supplier whose format leaves PINs in clear', async (t) => {
  const format = join(scratch(t), 'plain.json');
  const fields = { 63: { type: 'ans...999', mask: 'none', nested: null } };
  writeFileSync(format, JSON.stringify({ name: 'plain', extends: 'iso87-ascii', fields }));
  const supplier = (of: string, record: object) =>
    supplierSchema.parse({
      ...{ name: 'host', kind: 'iso8583', format: of, acquirer: '000001' },
      link: { host: '127.0.0.1', port: 8592, framing: 'length2', record },
    });
  t.throws(
    () => refuseExposedSupplier(supplier(format, { folder: 'captures' })),
    /would show 63\.PN, which .*plain\.json does not mark/,
  );
  const encrypted = { folder: 'captures', contents: 'encrypted', for: 'ab'.repeat(32) };
  t.doesNotThrow(() => refuseExposedSupplier(supplier(format, encrypted)));
  t.doesNotThrow(() => refuseExposedSupplier(supplier('iso87-ascii', { folder: 'captures' })));
});
