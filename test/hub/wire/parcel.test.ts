import { randomBytes } from 'node:crypto';
import t from 'tap';
import { systemRandom } from '../../../src/base/random.js';
import { newKeyPair } from '../../../src/hub/wire/keys.js';
import {
  openParcel,
  type Parcel,
  ParcelError,
  parcelsIn,
  sealParcel,
  streamOf,
} from '../../../src/hub/wire/parcel.js';
import { bytesOf, newPair, openBy, sealBy } from './independent.js';

const { u16, u32, text } = bytesOf;
const NETWORK = 'a'.repeat(32);
const NAMES = { network: NETWORK, name: 'north', epoch: 2, number: 7n };
const hub = newPair();
const north = newPair();
const TO = { network: NETWORK, name: 'north', publicKey: north.texts.publicKey };
const BY = { network: NETWORK, name: 'north', epoch: 2, hubKey: hub.texts.publicKey, keys: north.texts };

const KEY_4 = randomBytes(32);
const KEY_9 = randomBytes(32);
const PARCEL: Parcel = {
  epoch: 2,
  number: 7,
  product: 'TALK10',
  dataKeys: new Map([
    [4, KEY_4],
    [9, KEY_9],
  ]),
  pins: [
    {
      supplier: 'acme',
      batch: 9,
      sealed: Buffer.from('first'),
      mark: 'M1',
      serial: 'Sé1',
      expiry: '20991231',
    },
    { supplier: '', batch: 4, sealed: Buffer.from('second'), mark: 'M2', serial: '', expiry: '20301101' },
  ],
  leases: [{ merchant: 'SHOP', currency: '840', amount: -70_000_000_000 }],
};

/** The same, byte by byte. */
const BODY = Buffer.concat([
  text('TALK10'),
  ...[u16(2), u32(4), KEY_4, u32(9), KEY_9],
  ...[u16(2), text('acme'), text('')],
  ...[u16(1), text('SHOP'), text('840'), Buffer.from('ffffffefb3acc400', 'hex')],
  u32(2),
  ...[u16(1), u16(0), u32(20991231), text('M1'), text('Sé1'), u16(5), Buffer.from('first')],
  ...[u16(0), u16(1), u32(20301101), text('M2'), text(''), u16(6), Buffer.from('second')],
]);

/** Buffers and other views of the same bytes compare alike. */
function plain({ dataKeys, pins, ...rest }: Parcel): unknown {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return {
    ...rest,
    dataKeys: [...dataKeys].map(([batch, key]) => [batch, hex(key)]),
    pins: pins.map((pin) => ({ ...pin, sealed: hex(pin.sealed) })),
  };
}

t.test('a parcel is what the format says: read and written here without the program', async (t) => {
  const sealed = sealParcel(PARCEL, TO, hub.texts, systemRandom);
  t.equal(openBy(north, hub, NAMES, sealed).toString('hex'), BODY.toString('hex'));
  t.strictSame(plain(openParcel(sealBy(hub, north, NAMES, BODY), BY)), plain(PARCEL));
  t.strictSame(plain(openParcel(sealed, BY)), plain(PARCEL));
});

t.test('two parcels of the same transfer have nothing in common but the header', async (t) => {
  const one = sealParcel(PARCEL, TO, hub.texts, systemRandom);
  const other = sealParcel(PARCEL, TO, hub.texts, systemRandom);
  t.ok(one.subarray(0, 16).equals(other.subarray(0, 16)));
  t.notOk(one.subarray(16, 32).equals(other.subarray(16, 32)));
  t.notOk(one.subarray(60, 76).equals(other.subarray(60, 76)));
  t.notOk(one.includes('TALK10'));
});

t.test('a parcel of another hub, switch, network, epoch or number is refused', async (t) => {
  const stranger = newPair();
  const south = newPair();
  const refused = /^parcel: not from this hub, not for this switch, or changed on its way$/;
  const open = (parcel: Buffer, by = BY) => openParcel(parcel, by);
  t.throws(() => open(sealBy(stranger, north, NAMES, BODY)), refused, 'forged with another key than the hub');
  const known = { privateKey: stranger.privateKey, publicKey: hub.publicKey, texts: hub.texts };
  t.throws(() => open(sealBy(known, north, NAMES, BODY)), refused, 'forged under the name of the hub');
  const right = sealBy(hub, north, NAMES, BODY);
  t.throws(() => open(right, { ...BY, keys: south.texts }), refused);
  t.throws(() => open(right, { ...BY, name: 'south' }), refused);
  t.throws(() => open(right, { ...BY, network: 'b'.repeat(32) }), refused);
  t.throws(() => open(right, { ...BY, epoch: 3 }), /^parcel: epoch: 2, expected 3, at byte 4$/);
  const later = Buffer.from(right);
  later.writeUInt32BE(3, 4);
  t.throws(() => open(later, { ...BY, epoch: 3 }), refused, 'replayed under a later epoch');
  const next = Buffer.from(right);
  next.writeBigUInt64BE(8n, 8);
  t.throws(() => open(next), refused, 'replayed as the next transfer');
  const common = Buffer.from(right);
  common.fill(0, 16, 48);
  t.throws(() => open(common), /^parcel: ephemeral key: fits every key, at byte 16$/);
  t.throws(
    () => open(Buffer.concat([Buffer.from('PSP2'), right.subarray(4)])),
    /^parcel: not one, at byte 0$/,
  );
});

t.test('a parcel with any bit changed, or cut anywhere, is refused', async (t) => {
  const right = sealParcel(PARCEL, TO, hub.texts, systemRandom);
  let opened = 0;
  for (let at = 0; at < right.length; at += 1) {
    const changed = Buffer.from(right);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    for (const wrong of [changed, right.subarray(0, at)]) {
      try {
        openParcel(wrong, BY);
        opened += 1;
      } catch (error) {
        if (!(error instanceof ParcelError)) throw error;
      }
    }
  }
  t.equal(opened, 0);
  t.throws(() => openParcel(right.subarray(0, 75), BY), /^parcel: cut short at byte 75$/);
  t.throws(() => openParcel(Buffer.concat([right, Buffer.alloc(1)]), BY), ParcelError);
});

t.test('a hub that writes a body wrong is told which field, and at which byte', async (t) => {
  const open = (body: Buffer) => openParcel(sealBy(hub, north, NAMES, body), BY);
  for (let at = 0; at < BODY.length; at += 1) {
    t.throws(() => open(BODY.subarray(0, at)), /^parcel: [a-zA-Z.]+: cut short, at byte \d+ of its content$/);
  }
  t.throws(() => open(BODY.subarray(0, 7)), /^parcel: dataKeys: cut short, at byte 7 of its content$/);
  const more = Buffer.concat([BODY, Buffer.alloc(1)]);
  t.throws(() => open(more), {
    message: `parcel: end: more bytes than the last PIN, at byte ${BODY.length} of its content`,
  });
  const empty = Buffer.concat([text(''), u16(0), u16(0), u16(0), u32(1), u16(3)]);
  t.throws(() => open(empty), /^parcel: pins.batch: 3 is not one of 0, at byte 13 of its content$/);
  const rich = Buffer.concat([
    text(''),
    u16(0),
    u16(0),
    u16(1),
    text('A'),
    text('840'),
    Buffer.alloc(8, 0x7f),
  ]);
  t.throws(() => open(rich), /^parcel: leases.amount: not within 2\^53, at byte 21 of its content$/);
});

t.test('what does not fit is refused before it is sealed', async (t) => {
  const seal =
    (parcel: Partial<Parcel>, to = TO) =>
    () =>
      sealParcel({ ...PARCEL, ...parcel }, to, hub.texts, systemRandom);
  t.throws(seal({ dataKeys: new Map([[4, KEY_4]]) }), /^parcel: no data key of batch 9$/);
  t.throws(seal({ product: 'x'.repeat(256) }), /^parcel: product: more than 255 bytes$/);
  t.throws(seal({}, { ...TO, publicKey: 'AAAA' }), /^the switch's public key: not 32 bytes in base64url$/);
  t.throws(seal({}, { ...TO, publicKey: 'A'.repeat(43) }), /^the switch's public key: not a key/);
});

t.test('parcels follow each other in a stream, and a stream cut within one is refused', async (t) => {
  const parcels = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')];
  const stream = streamOf(parcels);
  t.equal(stream.toString('hex'), '000000036f6e65000000000000000574 68726565'.replace(' ', ''));
  t.strictSame(parcelsIn(stream), parcels);
  t.strictSame(parcelsIn(new Uint8Array(0)), []);
  const whole = new Set([0, 7, 11, stream.length]);
  for (let at = 0; at < stream.length; at += 1) {
    if (whole.has(at)) t.doesNotThrow(() => parcelsIn(stream.subarray(0, at)));
    else t.throws(() => parcelsIn(stream.subarray(0, at)), /^stream: (length|parcel): cut short/);
  }
  t.throws(() => parcelsIn(Buffer.alloc(8, 0xff)), /^stream: length: more than 16777216, at byte 0$/);
});

t.test('a key pair is what node:crypto agrees with, and is another one each time', async (t) => {
  const ours = newKeyPair(systemRandom);
  t.match(ours.publicKey, /^[A-Za-z0-9_-]{43}$/);
  t.not(newKeyPair(systemRandom).publicKey, ours.publicKey);
  const parcel = sealParcel(PARCEL, TO, ours, systemRandom);
  t.strictSame(plain(openParcel(parcel, { ...BY, hubKey: ours.publicKey })), plain(PARCEL));
  // RFC 7748, section 6.1: Alice's keys.
  const alice = Buffer.from('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a', 'hex');
  const fixed = { bytes: () => alice, int: () => 0 };
  t.equal(
    Buffer.from(newKeyPair(fixed).publicKey, 'base64url').toString('hex'),
    '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  );
});

t.test('five thousand PINs are sealed and opened in a few milliseconds', async (t) => {
  const pins = Array.from({ length: 5_000 }, (_, n) => ({
    supplier: 'acme',
    batch: 9,
    sealed: randomBytes(42),
    mark: String(n).padStart(22, 'm'),
    serial: `S${String(n).padStart(10, '0')}`,
    expiry: '20991231',
  }));
  const many: Parcel = { ...PARCEL, pins, leases: [] };
  const times: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const began = performance.now();
    t.equal(openParcel(sealParcel(many, TO, hub.texts, systemRandom), BY).pins.length, 5_000);
    times.push(performance.now() - began);
  }
  const best = Math.min(...times);
  t.comment(`${best.toFixed(1)} ms`);
  t.ok(best < 50, `both together in ${best.toFixed(1)} ms`);
});
