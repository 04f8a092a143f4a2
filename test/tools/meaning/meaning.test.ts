import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../../src/base/root.js';
import { loadFormat } from '../../../src/iso8583/index.js';
import { meaningRows } from '../../../src/tools/meaning/meaning.js';
import { ownResponseMeaning, responseMeaning } from '../../../src/tools/meaning/responses.js';
import { bytesOf, codecOf, frames } from '../../iso8583/frames.js';
import { buildIso } from '../../support/iso.js';

const codec = loadFormat('iso87-ascii');

function meanings(mti: string, fields: Readonly<Record<number, string>>, format = codec) {
  const rows = meaningRows(format, format.parse(buildIso(mti, fields)), false);
  return Object.fromEntries(rows.map(({ path, meaning }) => [path, meaning]));
}

t.test('fields of 1987 mean what the standard says', async (t) => {
  t.match(
    meanings('0421', {
      3: '312000',
      4: '000000001005',
      7: '0229235959',
      12: '000000',
      13: '1231',
      39: '51',
      49: '840',
      54: '0002566D000000000150',
    }),
    {
      mti: 'reversal advice, repeat (1987)',
      3: 'balance inquiry; from checking account, to default account',
      4: '10.05 USD',
      7: '29 Feb 23:59:59',
      12: '00:00:00',
      13: '31 Dec',
      39: 'not sufficient funds',
      49: 'US Dollar (USD)',
      54: 'available balance 1.50 NGN, debit (default account)',
    },
  );
  t.match(meanings('0800', { 70: '301' }), { mti: 'network management request (1987)', 70: 'echo test' });
});

t.test('amounts have the digits of their currency, and none where it is not known', async (t) => {
  const amount = (currency: string) => meanings('0200', { 4: '000000012345', 49: currency })[4];
  t.same(
    [amount('392'), amount('788'), amount('990'), amount('999')],
    ['12345 JPY', '12.345 TND', '1.2345 CLF', undefined],
  );
  t.equal(meanings('0200', { 4: '000000000005', 49: '978' })[4], '0.05 EUR');
});

t.test('what is no date, or a code that nobody knows, has no meaning', async (t) => {
  const told = meanings('0200', {
    3: '990000',
    7: '0230000000',
    12: '246000',
    13: '0431',
    39: '5Z',
    49: '000',
  });
  t.same(
    Object.entries(told).filter(([path, meaning]) => path !== 'mti' && meaning !== undefined),
    [],
  );
});

t.test('action codes of 1993 and both ways of writing those of 2003 are one table', async (t) => {
  t.equal(responseMeaning('116'), 'not sufficient funds');
  t.equal(responseMeaning('1016'), 'not sufficient funds');
  t.equal(responseMeaning('0116'), 'not sufficient funds');
  t.equal(responseMeaning('4000'), 'reversal accepted');
  t.equal(responseMeaning('84'), 'out of stock (default profiles)');
  t.equal(ownResponseMeaning('51'), "the merchant's credit is short");
});

t.test('the default profiles answer with no code that has no meaning', async (t) => {
  for (const name of ['default', 'default-1993', 'default-2003']) {
    const profile = JSON.parse(
      readFileSync(join(packageRoot(), 'specs', 'profiles', `${name}.json`), 'utf8'),
    );
    for (const [reason, code] of Object.entries(profile.reasons as Record<string, string>)) {
      t.ok(responseMeaning(code), `${name}: ${reason} ${code}`);
    }
  }
});

t.test('EMV tags have their names and what the terminal found', async (t) => {
  const frame = frames.find(({ name, expected }) => expected.fields['55.9F27'] !== undefined && name !== '');
  if (frame === undefined) throw new Error('a fixture with EMV data');
  const rows = meaningRows(codecOf(frame), codecOf(frame).parse(bytesOf(frame)), false);
  const told = Object.fromEntries(rows.map(({ path, name, meaning }) => [path, [name, meaning]]));
  t.match(told['55.9F27'], ['Cryptogram information data', 'to be asked online (ARQC)']);
  t.match(told['55.95'], ['Terminal verification results', 'over the floor limit']);
  t.match(told['55.9F1A'], ['Terminal country code', 'United States']);
  t.match(told['55.9A'], ['Transaction date', '23 Nov 2025']);
});

t.test('masked rows have neither bytes nor meaning; in clear they have', async (t) => {
  for (const frame of frames) {
    const format = codecOf(frame);
    const message = format.parse(bytesOf(frame));
    for (const row of meaningRows(format, message, false)) {
      if (row.sensitive) t.same([row.raw, row.meaning], [undefined, undefined], `${frame.name} ${row.path}`);
      else t.equal(row.raw?.length, 2 * row.length, `${frame.name} ${row.path}`);
    }
    t.ok(
      meaningRows(format, message, true).every(({ raw }) => raw !== undefined),
      frame.name,
    );
  }
});
