/**
 * Envelopes of PINs against vectors that Python's `cryptography` 48 made (HKDF, AESGCM, and `hmac`); the first terminal
 * key is `openssl kdf`'s, too.
 */
import fc from 'fast-check';
import t from 'tap';
import {
  envelopeLength,
  envelopeText,
  openPin,
  PIN_CODINGS,
  pinSealer,
  terminalKey,
} from '../../src/conduit/pinEnvelope.js';
import { opened } from '../support/pinEnvelope.js';

const SAID = { terminal: 'DEMO0001', stan: '000123', localDate: '1127', localTime: '153000' };
const CODE = '12345678901234';
const VECTORS = [
  {
    linkKey: '00112233445566778899AABBCCDDEEFF',
    message: SAID,
    item: 0,
    key: '4c61bee97489775f016a88936ae35c1c',
    base64: 'zDBJytA2Ozr6gUDsslncSt9d5klOIl7se1CW+tlaeJJQmiHaBaDKs4S6',
    hex: 'CC3049CAD0363B3AFA8140ECB259DC4ADF5DE6494E225EEC7B5096FAD95A7892509A21DA05A0CAB384BA',
  },
  {
    linkKey: '000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F',
    message: { ...SAID, terminal: 'SHOP01' },
    item: 7,
    key: 'fd01260feacc066d04d0b9d60a76a2880fbe56312fe2ec1c39b4b899cd774286',
    base64: '6MqSbD/dF52ypc+JCjetGGfVDD+69gRRtgrT5oTscgUzvQ08cMvfdvni',
    hex: 'E8CA926C3FDD179DB2A5CF890A37AD1867D50C3FBAF60451B60AD3E684EC720533BD0D3C70CBDF76F9E2',
  },
];

t.test('terminal keys and envelopes are those of the vectors, and open again', async (t) => {
  for (const { linkKey, message, item, key, base64, hex } of VECTORS) {
    const from = Buffer.from(linkKey, 'hex');
    const place = { item, pin: 1 };
    t.equal(terminalKey(from, message.terminal).toString('hex'), key);
    const envelope = pinSealer(from)(message)(CODE, place);
    t.equal(envelopeText('base64', envelope), base64);
    t.equal(envelopeText('hex', envelope), hex);
    t.equal(openPin(Buffer.from(key, 'hex'), message, place, envelope), CODE);
  }
});

t.test('an envelope opens under its own key, message and place alone, and is unlike any other', async (t) => {
  const linkKey = Buffer.alloc(16, 3);
  const key = terminalKey(linkKey, SAID.terminal);
  const place = { item: 0, pin: 1 };
  const seal = pinSealer(linkKey)(SAID);
  const envelope = seal(CODE, place);
  t.same(seal(CODE, place), envelope, 'a repeat gets the same bytes');
  const others: Buffer[] = [seal('12345678901235', place), seal(CODE, { item: 0, pin: 2 })];
  for (const change of [
    { stan: '000124' },
    { localDate: '1128' },
    { localTime: '153001' },
    { terminal: 'DEMO0002' },
  ]) {
    const other = { ...SAID, ...change };
    t.equal(openPin(key, other, place, envelope), undefined, Object.keys(change).join());
    others.push(pinSealer(linkKey)(other)(CODE, place));
  }
  t.equal(openPin(key, SAID, { item: 0, pin: 2 }, envelope), undefined, 'another place');
  t.equal(openPin(key, SAID, { item: 1, pin: 1 }, envelope), undefined, 'another item');
  for (const other of [terminalKey(linkKey, 'DEMO0002'), linkKey])
    t.equal(openPin(other, SAID, place, envelope), undefined, 'another key');
  for (let at = 0; at < envelope.length; at++) {
    const changed = Buffer.from(envelope);
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (openPin(key, SAID, place, changed) !== undefined) t.fail(`byte ${at} may be changed`);
  }
  t.equal(openPin(key, SAID, place, envelope.subarray(0, 28)), undefined, 'cut short');
  const nonces = [envelope, ...others].map((one) => one.toString('hex', 0, 12));
  t.equal(new Set(nonces).size, nonces.length, 'each has a nonce of its own');
});

t.test('whatever is sealed opens as the document says, and is as long as is reckoned with', async (t) => {
  const text = fc.string({ unit: fc.constantFrom(...'AZaz09-!~'), maxLength: 16 });
  fc.assert(
    fc.property(
      fc.constantFrom(16, 32),
      text,
      text,
      fc.string({ unit: fc.constantFrom(...'!09Zz~'), minLength: 1, maxLength: 64 }),
      fc.nat(20),
      (bytes, terminal, stan, code, item) => {
        const linkKey = Buffer.alloc(bytes, 9);
        const message = { terminal, stan, localDate: '1127', localTime: '' };
        const envelope = pinSealer(linkKey)(message)(code, { item, pin: 3 });
        const bound = { terminal, stan, date: '1127', time: '', item, pin: 3 };
        if (opened(terminalKey(linkKey, terminal), envelope, bound) !== code) throw new Error('another PIN');
        for (const coding of PIN_CODINGS)
          if (envelopeText(coding, envelope).length !== envelopeLength(coding, code.length))
            throw new Error('another length');
      },
    ),
    { numRuns: 200 },
  );
  t.pass();
});
