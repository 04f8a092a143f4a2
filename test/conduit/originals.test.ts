import t from 'tap';
import { factReaders } from '../../src/conduit/facts.js';
import { originalReader } from '../../src/conduit/originals.js';
import { loadProfile, type OriginalLayout } from '../../src/conduit/profile.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { buildIso, type IsoFields } from '../support/iso.js';

const facts = factReaders(loadProfile('default'));

function cited(layouts: OriginalLayout[], fields: IsoFields) {
  return originalReader(layouts, facts)(loadFormat('iso87-ascii').parse(buildIso('0420', fields)));
}

t.test('DE90 of the standard layout: MTI, STAN, transmission time, acquirer', async (t) => {
  const original = cited([{ layout: 'standard', field: 90 }], {
    11: '000009',
    90: `0200000007112312000000000000001${'0'.repeat(11)}`,
  });
  t.match(original, {
    messageClass: '2',
    stan: '000007',
    transmittedAt: '1123120000',
    acquirer: '1',
    localDate: '',
  });
});

t.test('DE90 of the BASE24 layout: MTI, RRN, local date and time', async (t) => {
  const field = `0200${'123456789012'}${'1123'}${'115958'}00${'1123'}${'0'.repeat(10)}`;
  t.equal(field.length, 42);
  const original = cited([{ layout: 'base24', field: 90 }], { 11: '000009', 90: field });
  t.match(original, {
    messageClass: '2',
    stan: '',
    rrn: '123456789012',
    localDate: '1123',
    localTime: '115958',
  });
});

t.test('zeros cite nothing', async (t) => {
  const original = cited([{ layout: 'standard', field: 90 }], {
    11: '000009',
    37: 'R00000000007',
    90: '0200'.padEnd(42, '0'),
  });
  t.match(original, { transmittedAt: '', acquirer: '', rrn: 'R00000000007' });
});

t.test('the first layout that is there counts', async (t) => {
  const layouts: OriginalLayout[] = [{ layout: 'standard', field: 90 }, { layout: 'same-stan' }];
  t.match(cited(layouts, { 11: '000009', 12: '115959', 13: '1123' }), {
    stan: '000009',
    localDate: '1123',
    localTime: '115959',
  });
});
