/** Network messages that we begin, against an independent builder's bytes and the standards' fields. */
import t from 'tap';
import { createConduit } from '../../src/conduit/conduit.js';
import { loadProfile, ProfileError } from '../../src/conduit/profile.js';
import { loadFormat } from '../../src/iso8583/index.js';
import { buildIso } from '../support/iso.js';

/** 2026-11-25 22:07:09 UTC; an hour and a half east of it, it is past midnight. */
const INSTANT = Date.UTC(2026, 10, 25, 22, 37, 9);
const EAST = 90;

function conduitOf(profile: string, format: string) {
  return createConduit(loadProfile(profile), loadFormat(format), '000001');
}

t.test('1987: an 0800 with DE7 in UTC, the STAN, local time and date, and DE70', async (t) => {
  const conduit = conduitOf('default', 'iso87-ascii');
  for (const [service, code] of [
    ['sign-on', '001'],
    ['sign-off', '002'],
    ['echo', '301'],
  ] as const) {
    const expected = buildIso('0800', { 7: '1125223709', 11: '000042', 12: '000709', 13: '1126', 70: code });
    t.same(conduit.network(service, EAST)('000042', INSTANT), expected, service);
  }
});

t.test(
  '1993 and 2003: DE12 is put together of its date and its time, DE24 says what it is for',
  async (t) => {
    const later = conduitOf('default-1993', 'iso93-ascii');
    const message = later.parse(later.network('sign-on', EAST)('000042', INSTANT));
    t.equal(message.mti, '1804');
    t.equal(message.text(12), '261126000709');
    t.equal(message.text(24), '801');
    t.equal(message.text(11), '000042');
    const latest = conduitOf('default-2003', 'iso2003-ascii');
    t.equal(latest.parse(latest.network('echo', 0)('000042', INSTANT)).text(12), '20261125223709');
  },
);

t.test('what we send is what the same profile takes for that service', async (t) => {
  for (const [profile, format] of [
    ['default', 'iso87-ascii'],
    ['pos-bcd', 'iso87-bcd'],
    ['default-1993', 'iso93-bcd'],
    ['default-2003', 'iso2003-ascii'],
    ['default-mixed', 'mixed-ascii'],
  ] as const) {
    const conduit = conduitOf(profile, format);
    for (const service of ['sign-on', 'sign-off', 'echo'] as const) {
      const frame = conduit.network(service, 0)('000042', INSTANT);
      t.match(conduit.understand(conduit.parse(frame)), { ok: true, request: { kind: service } }, profile);
    }
  }
});

t.test('a profile without a rule for it is a fault that names both', async (t) => {
  const conduit = conduitOf('telco-gateway', 'iso87-ascii');
  t.throws(
    () => conduit.network('sign-on', 0),
    new ProfileError('telco-gateway: has no rule for sign-on, so none can be sent'),
  );
  t.equal(conduit.parse(conduit.network('echo', 0)('000042', INSTANT)).text(3), '100000');
});
