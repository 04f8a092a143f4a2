/** What a sale's answer may have to tell is tried against the format at start: no sale is the first to find out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createConduit } from '../../src/conduit/conduit.js';
import { loadProfile, ProfileError, parseProfile } from '../../src/conduit/profile.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { scratch } from '../support/process.js';

t.test('a format with a field too short for PINs, items or an amount does not fit', async (t) => {
  const file = join(scratch(t), 'own.json');
  for (const [fields, profile, member] of [
    [{ 63: { name: 'PINs', type: 'ans..99', nested: null } }, 'default', 'answer.pins.field'],
    [{ 63: { type: 'ans...998' } }, 'default', 'answer.pins.field'],
    [{ 62: { type: 'ans...255' } }, 'default', 'answer.overflow.0'],
    [{ 61: { name: 'More', type: 'ans...999', nested: null } }, 'default', 'answer.overflow.1'],
    [{ 4: { name: 'Amount', type: 'n10' } }, 'default', 'answer.amount'],
    [{ 38: { name: 'Code', type: 'an4' } }, 'default', 'answer.approvalCode'],
    [{ 54: { name: 'Balance', type: 'an..16' } }, 'default', 'answer.balance'],
    [{ 63: { name: 'PIN', type: 'ans..99', nested: null } }, 'telco-gateway', 'answer.pins.field'],
    [{ 73: { name: 'Expiry', type: 'n4' } }, 'telco-gateway', 'answer.pins.expiry'],
    [{ 102: { name: 'Id', type: 'n..12' } }, 'telco-gateway', 'answer.transactionId'],
  ] as const) {
    writeFileSync(file, JSON.stringify({ name: 'own', extends: 'iso87-ascii', fields }));
    const codec = loadFormat(file);
    const message = new RegExp(`^mine: ${member.replaceAll('.', '\\.')}: field \\d+[^\\n]*$`);
    t.throws(() => createConduit(loadProfile(profile), codec, '1', 'mine'), { message });
  }
});

t.test('one PIN at a time, in a field that holds the longest, does fit', async (t) => {
  const file = join(scratch(t), 'own.json');
  const fields = { 63: { name: 'PIN', type: 'ans..64', nested: null } };
  writeFileSync(file, JSON.stringify({ name: 'own', extends: 'iso87-ascii', fields }));
  const profile = parseProfile({ extends: 'telco-gateway', name: 'x', facts: { quantity: null } }, 'x');
  t.ok(createConduit(profile, loadFormat(file), '1', 'mine'));
  t.throws(() => createConduit(loadProfile('default'), loadFormat(file), '1', 'mine'), ProfileError);
});
