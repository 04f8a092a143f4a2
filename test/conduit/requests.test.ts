import t from 'tap';
import { loadProfile, parseProfile } from '../../src/conduit/profile.js';
import { requestReader } from '../../src/conduit/requests.js';
import type { LinkRequest } from '../../src/domain/request.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { buildIso, type IsoFields } from '../support/iso.js';

const codec = loadFormat('iso87-ascii');

const SALE: IsoFields = {
  3: '280000',
  4: '000000001000',
  7: '1123120000',
  11: '000007',
  12: '120000',
  13: '1123',
  37: 'R00000000007',
  41: 'T1',
  42: 'SHOP',
  48: 'PR006TALK10QT0012RG002NW',
  49: '840',
};

function read(mti: string, fields: IsoFields, profile = 'default') {
  return requestReader(loadProfile(profile), '000009')(codec.parse(buildIso(mti, fields)));
}

function request(mti: string, fields: IsoFields, profile = 'default'): LinkRequest | undefined {
  const understood = read(mti, fields, profile);
  return understood.ok ? understood.request : undefined;
}

t.test('a PIN sale is read with product, quantity, region, amount in minor units and currency', async (t) => {
  t.match(request('0200', SALE), {
    kind: 'pin-sale',
    product: 'TALK10',
    quantity: 2,
    region: 'NW',
    amount: 1000,
    currency: '840',
    identity: {
      acquirer: '000009',
      merchant: 'SHOP',
      terminal: 'T1',
      messageClass: '2',
      stan: '000007',
      rrn: 'R00000000007',
      localDate: '1123',
      localTime: '120000',
      transmittedAt: '1123120000',
    },
  });
  t.equal(request('0200', { ...SALE, 32: '000001' })?.identity.acquirer, '000001', 'DE32 before the link');
});

t.test('a repeat makes the same request as its original', async (t) => {
  t.same(request('0201', SALE), request('0200', SALE));
});

t.test(
  'the content that the fingerprint covers changes with what is asked for, and with nothing else',
  async (t) => {
    const content = (fields: IsoFields) => request('0200', { ...SALE, ...fields })?.identity.content;
    t.equal(content({ 7: '1123120101', 11: '000008', 41: 'T2' }), content({}));
    t.not(content({ 4: '000000002000' }), content({}));
    t.not(content({ 48: 'PR006TALK20' }), content({}));
  },
);

t.test(
  'a credit names its account by DE102, by a reference, or not at all: then it is no request',
  async (t) => {
    const { 48: _, ...plain } = SALE;
    const by = request('0200', { ...plain, 3: '210000', 48: 'AR0040AB1' });
    t.match(by, { kind: 'account-credit', account: '', reference: '0AB1' });
    t.equal(request('0200', { ...plain, 3: '210000' }), undefined);
  },
);

t.test('credits and inquiries carry the account', async (t) => {
  const { 48: _, ...plain } = SALE;
  t.match(request('0200', { ...plain, 3: '210000', 102: '5550001' }), {
    kind: 'account-credit',
    account: '5550001',
    amount: 1000,
    product: '',
  });
  t.match(request('0200', { ...plain, 3: '310000', 102: '5550001' }), {
    kind: 'account-inquiry',
    account: '5550001',
  });
  t.match(read('0200', { ...plain, 3: '210000' }), { ok: false, reason: 'format-error', field: '102' });
});

t.test('sign-on, sign-off and echo are told by DE70', async (t) => {
  for (const [code, kind] of [
    ['001', 'sign-on'],
    ['002', 'sign-off'],
    ['301', 'echo'],
  ] as const) {
    t.equal(request('0800', { 7: '1123120000', 11: '000001', 70: code })?.kind, kind);
  }
});

t.test('what makes no request says why and names the field', async (t) => {
  const { 41: _, ...noTerminal } = SALE;
  t.match(read('0200', noTerminal), { ok: false, reason: 'format-error', field: '41' });
  t.match(read('0200', { ...SALE, 48: 'PR006TALK10QT0010' }), { ok: false, field: '48.QT' }, 'quantity 0');
  t.match(read('0200', { ...SALE, 48: 'PR006TALK10QT00221' }), { ok: false, field: '48.QT' }, 'quantity 21');
  t.match(
    read('0200', { ...SALE, 48: 'PR999TALK10' }),
    { ok: false, reason: 'format-error', field: '48' },
    'a TLV that runs over',
  );
  t.match(read('0200', { ...SALE, 3: '999999' }), { ok: false, reason: 'invalid-transaction' });
  t.match(read('0600', SALE), { ok: false, reason: 'invalid-transaction', field: 'mti' });
});

t.test('a reversal cites its original by DE90 of the standard layout', async (t) => {
  const { 48: _, ...plain } = SALE;
  t.match(
    request('0420', { ...plain, 90: `0200${'000006'}${'1122115959'}${'00000000001'}${'0'.repeat(11)}` }),
    {
      kind: 'reversal',
      amount: 1000,
      original: { messageClass: '2', stan: '000006', transmittedAt: '1122115959', rrn: 'R00000000007' },
    },
  );
});

t.test(
  'over pos-bcd a reversal that cites nothing carries the STAN, date and time of its original',
  async (t) => {
    const { 48: _, 37: __, ...plain } = SALE;
    t.match(request('0400', plain, 'pos-bcd'), {
      kind: 'reversal',
      original: {
        messageClass: '2',
        stan: '000007',
        localDate: '1123',
        localTime: '120000',
        transmittedAt: '',
      },
    });
  },
);

t.test('the telco gateway tells services by its own processing codes and carriers by DE100', async (t) => {
  const { 48: _, ...plain } = SALE;
  t.match(request('0200', { ...plain, 3: '120000', 100: '100010' }, 'telco-gateway'), {
    kind: 'pin-sale',
    product: 'TALK10',
  });
  t.match(request('0200', { ...plain, 2: '5550001', 3: '110000', 100: '100555' }, 'telco-gateway'), {
    kind: 'account-credit',
    account: '5550001',
    product: 'TOPUP',
  });
  t.equal(request('0800', { 3: '100000', 11: '000001' }, 'telco-gateway')?.kind, 'echo');
});

t.test('a quantity is written in digits alone', async (t) => {
  for (const quantity of ['0x2', '1e0', '+1', '1.0', '-1', '11', '00', '2 x']) {
    const tlv = `PR006TALK10QT${String(quantity.length).padStart(3, '0')}${quantity}`;
    t.match(read('0200', { ...SALE, 48: tlv }), { ok: false, reason: 'format-error' }, quantity);
  }
  t.match(request('0200', { ...SALE, 48: 'PR006TALK10QT00210' }), { quantity: 10 });
});

function readBy(own: object, mti: string, fields: IsoFields) {
  const profile = parseProfile({ extends: 'default', name: 'own', ...own }, 'own');
  return requestReader(profile, '000009')(codec.parse(buildIso(mti, fields)));
}

t.test(
  'a rule may say where its facts stand, and what is meant where the message says nothing',
  async (t) => {
    const rules = [
      { service: 'account-credit', mti: ['0200'], when: { 3: '40xxxx', 102: '' }, facts: { account: '2' } },
      {
        service: 'account-credit',
        mti: ['0200'],
        when: { 3: '40xxxx' },
        set: { product: 'TOPUP', currency: '566' },
      },
      { service: 'catalogue-inquiry', mti: ['0100'], when: { 3: '41xxxx' }, set: { part: 'PRV' } },
    ];
    const { 48: _, 49: __, ...bare }: IsoFields = { ...SALE, 3: '400000' };
    t.match(readBy({ rules }, '0200', { ...bare, 2: '5550001' }), {
      request: { kind: 'account-credit', account: '5550001', product: '', currency: '' },
    });
    t.match(readBy({ rules }, '0200', { ...bare, 2: '5550001', 102: '7770001' }), {
      request: { account: '7770001', product: 'TOPUP', currency: '566' },
    });
    t.match(readBy({ rules }, '0200', { ...bare, 48: 'PR006TALK10', 49: '840', 102: '7770001' }), {
      request: { product: 'TALK10', currency: '840' },
    });
    t.match(readBy({ rules }, '0100', { ...bare, 3: '410000' }), {
      request: { kind: 'catalogue-inquiry', part: 'providers' },
    });
  },
);

t.test("a status inquiry cites as a reversal does, or in its rule's own way", async (t) => {
  const rules = [
    { service: 'status', mti: ['0220'], when: { 3: '600000' } },
    { service: 'reversal-status', mti: ['0420'], originals: [{ layout: 'same-stan' }] },
  ];
  const asked: IsoFields = { ...SALE, 3: '600000', 90: `02000000051122110000${'0'.repeat(22)}` };
  t.match(readBy({ rules }, '0220', asked), {
    request: {
      kind: 'status',
      of: 'transaction',
      amount: 1000,
      original: { messageClass: '2', stan: '000005' },
    },
  });
  t.match(readBy({ rules }, '0420', asked), {
    request: {
      kind: 'status',
      of: 'reversal',
      original: { messageClass: '4', stan: '000007', localDate: '1123' },
    },
  });
  t.match(readBy({ rules }, '0220', { ...asked, 4: '000000000000' }), {
    request: { amount: undefined, original: { stan: '000005' } },
  });
  const { 37: _rrn, 90: _cited, ...nothing } = asked;
  for (const said of [nothing, { ...nothing, 37: '000000000000', 38: 'A1B2C3' }])
    t.match(
      readBy({ rules }, '0220', said),
      { reason: 'format-error', field: '37' },
      'it asks after nothing',
    );
  t.match(readBy({ rules }, '0220', { ...nothing, 37: 'R1' }), { request: { original: { rrn: 'R1' } } });
});

t.test('where the RRN names a transaction, a message without one makes no request', async (t) => {
  const key = ['terminal', 'rrn', 'localDate'];
  t.match(readBy({ key }, '0200', { ...SALE, 37: '000000000000' }), { reason: 'format-error', field: '37' });
  const { 11: _, ...unstamped } = SALE;
  t.match(readBy({ key }, '0200', unstamped), { ok: true }, 'and needs no STAN');
  t.match(readBy({}, '0200', unstamped), { ok: true });
  t.match(readBy({}, '0200', { ...unstamped, 37: '000000000000' }), { reason: 'format-error', field: '11' });
});
