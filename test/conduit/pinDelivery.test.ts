/** Whether profile, format and link belong together where PINs go out encrypted, and how many of them an answer holds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createConduit } from '../../src/conduit/conduit.js';
import { ProfileError, parseProfile } from '../../src/conduit/profile.js';
import { plainOutcome } from '../../src/domain/outcome.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { batchOf, itemsOf, pin } from '../support/batch.js';
import { saleOf } from '../support/client.js';
import { buildIso, buildTlv, parseIso, pinsOf } from '../support/iso.js';
import { boundOf, keyOfTerminal, opened } from '../support/pinEnvelope.js';
import { scratch } from '../support/process.js';

const LINK_KEY = '00112233445566778899AABBCCDDEEFF';
const pinKey = Buffer.from(LINK_KEY, 'hex');
const LONGEST = '~'.repeat(64);

type Members = Record<string, unknown>;

function profileOf(coding: string, own: Members = {}, base = 'default') {
  const { answer, ...rest } = own as { answer?: Members };
  const pinEncryption = { algorithm: 'aes-gcm', coding };
  return parseProfile({ extends: base, name: 'x', ...rest, answer: { pinEncryption, ...answer } }, 'mine');
}

function conduitOf(coding: string, own: Members = {}, format = 'iso87-ascii', base = 'default') {
  return createConduit(profileOf(coding, own, base), loadFormat(format), '1', 'mine', { pinKey });
}

t.test('profile and link have to agree about encrypted PINs, by name', async (t) => {
  const codec = loadFormat('iso87-ascii');
  t.throws(() => createConduit(profileOf('hex'), codec, '1', 'mine'), {
    message: 'mine: answer.pinEncryption: the link must have pinEncryption, a key',
  });
  const clear = parseProfile({ extends: 'default', name: 'x' }, 'mine');
  t.throws(() => createConduit(clear, codec, '1', 'mine', { pinKey }), {
    message: /^mine: answer\.pinEncryption: must be there/,
  });
  t.throws(() => profileOf('ascii85'), { message: /^mine: answer\.pinEncryption\.coding: / });
  const rules = [{ service: 'pin-sale', mti: ['0200'], facts: { terminal: '42' } }];
  t.throws(() => conduitOf('hex', { rules }), { message: /^mine: rules\.0\.facts: / });
});

t.test('a layout or field that cannot hold encrypted PINs does not fit', async (t) => {
  const file = join(scratch(t), 'own.json');
  const formatOf = (type: string): string => {
    const fields = { 63: { name: 'PIN', type, nested: null } };
    writeFileSync(file, JSON.stringify({ name: 'own', extends: 'iso87-ascii', fields }));
    return file;
  };
  const single = { facts: { quantity: null } };
  for (const [type, coding, fits] of [
    ['ans..99', 'base64', false],
    ['ans...124', 'base64', true],
    ['ans...123', 'base64', false],
    ['ans...124', 'hex', false],
    ['an...184', 'hex', true],
    ['an...183', 'hex', false],
    ['n...999', 'hex', false],
  ] as const) {
    const made = () => conduitOf(coding, single, formatOf(type), 'telco-gateway');
    if (fits) t.ok(made(), `${type}, ${coding}`);
    else t.throws(made, { message: /^mine: answer\.pins\.field: field 63/ }, `${type}, ${coding}`);
  }
  const pins = { layout: 'subfield', path: '62.R0', lengthMax: 123, longer: 63 };
  const answer = { pins, overflow: [] };
  const rules = [{ service: 'pin-sale', mti: ['0200'] }];
  t.throws(() => conduitOf('base64', { answer, rules, batch: null }), {
    name: ProfileError.name,
    message: /^mine: answer\.pins\.lengthMax: an encrypted PIN has up to 124 characters/,
  });
  t.ok(conduitOf('base64', { answer: { ...answer, pins: { ...pins, lengthMax: 124 } }, rules, batch: null }));
});

const outcomeOf = (count: number) => ({
  ...plainOutcome('approved'),
  pins: Array.from({ length: count }, () => ({ code: LONGEST, serial: 'S'.repeat(64), expiry: '20991231' })),
  receipt: ['thank you'],
});

t.test('so many PINs as an answer holds may be asked for, and all of them are told', async (t) => {
  for (const [coding, most] of [
    ['base64', 7],
    ['hex', 5],
  ] as const) {
    const conduit = conduitOf(coding);
    const of = (quantity: number) => {
      const fields = saleOf('TALK10', 1000, { 48: buildTlv(pin('TALK10', quantity)) });
      return { fields, message: conduit.parse(buildIso('0200', fields)) };
    };
    t.notOk(conduit.understand(of(most + 1).message).ok, `${most + 1} in ${coding}`);
    const { fields, message } = of(most);
    t.ok(conduit.understand(message).ok, `${most} in ${coding}`);
    const told = pinsOf(parseIso(conduit.answer(message, outcomeOf(most))));
    t.same(
      told.map((text, at) =>
        opened(
          keyOfTerminal(LINK_KEY, 'DEMO0001'),
          Buffer.from(text, coding),
          boundOf(fields, { pin: at + 1 }),
        ),
      ),
      Array(most).fill(LONGEST),
    );
  }
});

t.test('so many items of a batch, too', async (t) => {
  for (const [coding, most] of [
    ['base64', 14],
    ['hex', 10],
  ] as const) {
    const conduit = conduitOf(coding);
    const of = (count: number) => {
      const fields = batchOf(Array.from({ length: count }, () => pin('TALK10')));
      return { fields, message: conduit.parse(buildIso('0200', fields)) };
    };
    t.notOk(conduit.understand(of(most + 1).message).ok, `${most + 1} in ${coding}`);
    const { fields, message } = of(most);
    t.ok(conduit.understand(message).ok, `${most} in ${coding}`);
    const items = Array.from({ length: most }, (_, at) => ({ number: at + 1, outcome: outcomeOf(1) }));
    const told = itemsOf(parseIso(conduit.answer(message, { ...plainOutcome('approved'), items })));
    t.same(
      told.map(({ pins: [text = ''], number }) =>
        opened(
          keyOfTerminal(LINK_KEY, 'DEMO0001'),
          Buffer.from(text, coding),
          boundOf(fields, { item: Number(number) }),
        ),
      ),
      Array(most).fill(LONGEST),
    );
  }
});

t.test('an answer without PINs is as it would be in clear', async (t) => {
  const clear = createConduit(
    parseProfile({ extends: 'default', name: 'x' }, 'x'),
    loadFormat('iso87-ascii'),
    '1',
  );
  const frame = buildIso('0200', saleOf('TALK10', 1000));
  const answers = [clear, conduitOf('hex')].map((one) =>
    one.answer(one.parse(frame), plainOutcome('out-of-stock')).toString('latin1'),
  );
  t.equal(answers[0], answers[1]);
});
