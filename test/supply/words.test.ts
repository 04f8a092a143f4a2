import t from 'tap';
import { approvalCode, supplierWords } from '../../src/supply/words.js';

t.test('a supplier’s words lose the account, long digit runs and what cannot be printed', async (t) => {
  t.equal(supplierWords('Account 12345 is closed', '12345'), 'Account * is closed');
  t.equal(supplierWords('Card 4111 1111 1111 1111 refused'), 'Card * refused');
  t.equal(supplierWords('Code 12345 stays'), 'Code 12345 stays');
  t.equal(supplierWords('line\r\none\u0000'), 'line  one');
  t.equal(supplierWords('x'.repeat(100)).length, 40);
});

t.test('a confirmation keeps its last six letters and digits', async (t) => {
  t.equal(approvalCode('AB-123456'), '123456');
  t.equal(approvalCode('77'), '77');
  t.equal(approvalCode(''), '');
});
