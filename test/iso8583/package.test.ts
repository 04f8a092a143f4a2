/**
 * The codec is usable alone, by the name under which the package exports it.
 */
import { loadFormat as fromPackage } from 'prepaid-switch/iso8583';
import t from 'tap';
import { loadFormat } from '../../src/iso8583/index.js';

t.test('prepaid-switch/iso8583 is this codec', async (t) => {
  t.equal(fromPackage, loadFormat);
  const codec = fromPackage('iso87-ascii');
  t.equal(codec.parse(codec.build('0800', { 11: '1' })).text(11), '000001');
});
