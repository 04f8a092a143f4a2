import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Random, systemRandom } from '../../src/base/random.js';
import { loadKeyring, rotateKeyFile } from '../../src/stock/keyring.js';
import { bytesKey } from '../../src/stock/masterKey.js';
import { VaultError } from '../../src/stock/sealing.js';
import { openVault, UnknownKeyBatch, VAULT_LIMITS } from '../../src/stock/vault.js';
import type { SealedPin } from '../../src/store/store.js';
import { gcmOpen, gcmSeal } from './gcm.js';
import { openStock, openStore } from './stock.js';

function pinOf(batch: number, sealed: Uint8Array, serial = 'S1'): SealedPin {
  return { id: 1, batch, sealed, serial, expiry: '20991231' };
}

/** Test case 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega. */
t.test('the reader of these tests agrees with a published vector', (t) => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
  const nonce = hex('cafebabefacedbaddecaf888');
  const data = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const clear = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const sealed = hex(
    'cafebabefacedbaddecaf888' +
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  );
  t.strictSame(gcmSeal(key, nonce, data, clear), sealed);
  t.strictSame(gcmOpen(key, data, sealed), clear);
  t.end();
});

t.test('what lies on disk is AES-256-GCM, read and written here without the vault', async (t) => {
  const { vault, store, keyFile } = await openStock(t);
  const batch = await vault.newBatch();
  const wrapped = (await store.keyBatches()).find(({ id }) => id === batch);
  t.equal(wrapped?.keyId, 'k1');
  const { keys } = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: { k1: string } };
  const master = Buffer.from(keys.k1, 'base64');
  const dataKey = gcmOpen(master, Buffer.from('data key'), wrapped?.wrapped ?? Buffer.alloc(0));
  t.equal(dataKey?.length, 32);
  if (!dataKey) return;
  const sealed = vault.sealPin(batch, 'TALK10', 'S0000001', '12345678901234');
  t.equal(sealed.length, 12 + 14 + 16);
  const data = Buffer.from('6:TALK10S0000001');
  t.equal(gcmOpen(dataKey, data, sealed)?.toString(), '12345678901234');
  const ours = gcmSeal(dataKey, Buffer.alloc(12, 9), data, Buffer.from('98765432109876'));
  t.equal(vault.openPin(pinOf(batch, ours, 'S0000001'), 'TALK10'), '98765432109876');
  const account = Buffer.from(vault.sealAccount('5551234567'));
  t.equal(account.readUInt32BE(0), vault.currentBatch(), 'a sealed account names its batch');
});

t.test('a PIN comes back from what was sealed, and from nothing else', async (t) => {
  const { vault } = await openStock(t);
  const batch = await vault.newBatch();
  const other = await vault.newBatch();
  const code = fc.string({ minLength: 4, maxLength: 64 });
  const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(code, name, name, fc.nat(), fc.nat(7), (code, product, serial, at, bit) => {
      const sealed = vault.sealPin(batch, product, serial, code);
      t.equal(vault.openPin(pinOf(batch, sealed, serial), product), code);
      const flipped = Buffer.from(sealed);
      flipped[at % sealed.length] = (flipped[at % sealed.length] ?? 0) ^ (1 << bit);
      const wrong: readonly (readonly [SealedPin, string])[] = [
        [pinOf(batch, flipped, serial), product],
        [pinOf(batch, sealed, `${serial}x`), product],
        [pinOf(batch, sealed, serial), `${product}x`],
        [pinOf(batch, sealed, serial.slice(1)), product + serial.slice(0, 1)],
        [pinOf(other, sealed, serial), product],
        [pinOf(batch, sealed.subarray(0, at % sealed.length), serial), product],
      ];
      for (const [pin, of] of wrong) t.throws(() => vault.openPin(pin, of), VaultError);
    }),
    { numRuns: 100 },
  );
});

t.test('every bit of a sealed PIN and of a sealed account counts', async (t) => {
  const { vault } = await openStock(t);
  const batch = vault.currentBatch();
  const pin = Buffer.from(vault.sealPin(batch, 'TALK10', 'S1', '1234'));
  const account = Buffer.from(vault.sealAccount('5551234567'));
  t.equal(vault.openAccount(account), '5551234567');
  let opened = 0;
  for (const [bytes, open] of [
    [pin, (bytes: Buffer) => vault.openPin(pinOf(batch, bytes), 'TALK10')],
    [account, (bytes: Buffer) => vault.openAccount(bytes)],
  ] as const) {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        open(flipped);
        opened += 1;
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
      }
    }
  }
  t.equal(opened, 0);
  t.throws(() => vault.openAccount(Buffer.alloc(3)), VaultError);
});

t.test('errors tell nothing of a PIN or an account', async (t) => {
  const { vault } = await openStock(t);
  const sealed = vault.sealPin(vault.currentBatch(), 'TALK10', 'S1', '12345678901234');
  try {
    vault.openPin(pinOf(vault.currentBatch(), sealed, 'S2'), 'TALK10');
    t.fail('opened');
  } catch (error) {
    t.notMatch((error as Error).message, /1234|S1|S2/);
  }
});

t.test('no nonce is used twice, whatever pool it comes from', async (t) => {
  const { vault } = await openStock(t);
  const nonces = new Set<string>();
  const count = VAULT_LIMITS.noncesAtOnce * 3 + 1;
  for (let n = 0; n < count; n++) {
    nonces.add(Buffer.from(vault.sealAccount('1').subarray(4, 16)).toString('hex'));
  }
  t.equal(nonces.size, count);
});

t.test('fingerprints are HMAC-SHA256 under keys derived for each purpose', async (t) => {
  const { vault, keyring } = await openStock(t);
  const hmac = (key: Buffer, text: string | Buffer): Buffer =>
    createHmac('sha256', key).update(text).digest();
  // RFC 5869: extract with an empty salt, expand to one block.
  const derived = (purpose: string): Buffer => {
    const extracted = hmac(Buffer.alloc(32), keyring.mark);
    return hmac(extracted, Buffer.concat([Buffer.from(`prepaid-switch ${purpose}`), Buffer.from([1])]));
  };
  const expected = (purpose: string, text: string): string =>
    hmac(derived(purpose), text).toString('base64url').slice(0, 22);
  t.equal(vault.markPin('acme', '1234'), expected('pin', 'acme\u00001234'));
  t.equal(vault.markAccount('5551234567'), expected('account', '5551234567'));
  t.equal(vault.fingerprint('asked', true), expected('content', 'asked'));
  t.equal(vault.fingerprint('asked', false), expected('content', 'asked'));
  t.equal(vault.fingerprint('asked', false), expected('content', 'asked'), 'also when it is remembered');
  t.not(vault.markPin('acme', '1234'), vault.markPin('other', '1234'));
  t.not(vault.markPin('ab', 'c1234'), vault.markPin('abc', '1234'));
});

t.test('marks are the same after a restart and a rotation', async (t) => {
  const { vault, keyFile, again } = await openStock(t);
  const mark = vault.markPin('acme', '1234');
  rotateKeyFile(keyFile, systemRandom);
  t.equal((await again()).vault.markPin('acme', '1234'), mark);
});

t.test('a batch that another process made is unknown until it is learned', async (t) => {
  const { vault, again } = await openStock(t);
  const other = await again();
  const batch = await other.vault.newBatch();
  const pin = pinOf(batch, other.vault.sealPin(batch, 'TALK10', 'S1', '1234'));
  t.throws(() => vault.openPin(pin, 'TALK10'), UnknownKeyBatch);
  await vault.learnBatches();
  t.equal(vault.openPin(pin, 'TALK10'), '1234');
});

t.test('rotation rewraps every data key while another vault goes on opening and learning', async (t) => {
  const { vault, store, keyFile, again } = await openStock(t);
  const batch = await vault.newBatch();
  const before = pinOf(batch, vault.sealPin(batch, 'TALK10', 'S1', '1234'));
  t.equal(rotateKeyFile(keyFile, systemRandom), 'k2');
  const other = await again();
  t.equal(await other.vault.rewrapAll(), 2, 'the batch for accounts, and the one of the intake');
  t.equal(await other.vault.rewrapAll(), 0, 'once is enough');
  t.strictSame(new Set((await store.keyBatches()).map(({ keyId }) => keyId)), new Set(['k2']));
  const newer = await other.vault.newBatch();
  const after = pinOf(newer, other.vault.sealPin(newer, 'TALK10', 'S1', '5678'));
  t.throws(() => vault.openPin(after, 'TALK10'), UnknownKeyBatch);
  await vault.learnBatches();
  t.equal(vault.openPin(after, 'TALK10'), '5678', 'the running one reads the new master key by itself');
  t.equal(vault.openPin(before, 'TALK10'), '1234');
  t.equal((await again()).vault.openPin(before, 'TALK10'), '1234');
});

t.test('a data key that comes after a rotation elsewhere is wrapped by the new master key', async (t) => {
  const { vault, store, keyFile, again } = await openStock(t);
  rotateKeyFile(keyFile, systemRandom);
  await (await again()).vault.rewrapAll();
  await vault.newBatch();
  await vault.adoptBatch(systemRandom.bytes(32));
  t.strictSame(new Set((await store.keyBatches()).map(({ keyId }) => keyId)), new Set(['k2']));
});

t.test('a rotation cut short between file and rewrapping is completed by the next', async (t) => {
  const { vault, keyFile, again } = await openStock(t);
  const pin = pinOf(vault.currentBatch(), vault.sealPin(vault.currentBatch(), 'TALK10', 'S1', '1234'));
  rotateKeyFile(keyFile, systemRandom);
  const restarted = await again();
  t.equal(restarted.vault.openPin(pin, 'TALK10'), '1234');
  t.equal(await restarted.vault.rewrapAll(), 1);
});

t.test('keys that do not belong to the stock are refused at the start', async (t) => {
  const { folder, keyring } = await openStock(t);
  const store = await openStore(t, folder);
  const foreign = {
    ...keyring,
    keys: new Map([['k1', bytesKey(Buffer.alloc(32, 1))]]),
    reread: () => foreign,
  };
  await t.rejects(openVault(store, foreign, systemRandom), {
    message: /^key batch \d+: master key k1 does not open it$/,
  });
  const missing = {
    ...keyring,
    keys: new Map([['k2', bytesKey(Buffer.alloc(32, 1))]]),
    reread: () => missing,
  };
  await t.rejects(openVault(store, missing, systemRandom), {
    message: 'master key k1 is not in the keyring',
  });
  const otherMark = { ...keyring, mark: Buffer.alloc(32, 1) };
  await t.rejects(openVault(store, otherMark, systemRandom), { message: /^mark: / });
});

t.test('one batch that cannot be unwrapped does not hide those behind it', async (t) => {
  const { vault, store, again } = await openStock(t);
  const other = await again();
  await store.addKeyBatch('k1', Buffer.alloc(60));
  const good = await other.vault.newBatch();
  const pin = pinOf(good, other.vault.sealPin(good, 'TALK10', 'S1', '1234'));
  await t.rejects(vault.learnBatches(), { message: /^key batch \d+: master key k1 does not open it$/ });
  t.equal(vault.openPin(pin, 'TALK10'), '1234');
  await t.rejects(again(), { message: /does not open it/ }, 'a start finds it');
});

t.test('a data key that has sealed its share is followed by another', async (t: Test) => {
  const { folder, keyFile } = await openStock(t);
  const store = await openStore(t, folder);
  const limits = { ...VAULT_LIMITS, sealsPerBatch: 10 };
  const vault = await openVault(store, loadKeyring(keyFile, {}), systemRandom, limits);
  const first = vault.currentBatch();
  const sealed = Array.from({ length: 10 }, (_, n) => vault.sealAccount(`555${n}`));
  while (vault.currentBatch() === first) await new Promise((resolve) => setTimeout(resolve, 5));
  const next = Buffer.from(vault.sealAccount('5559'));
  t.equal(next.readUInt32BE(0), vault.currentBatch());
  t.equal(vault.openAccount(sealed[9] ?? next), '5559', 'what was sealed before is still read');
});

t.test('random bytes come from outside: one seed makes one history', async (t) => {
  const folders = [await openStock(t), await openStock(t)];
  const outputs = [];
  for (const { folder, keyring } of folders) {
    let n = 0;
    const seeded: Random = { bytes: (length) => Buffer.alloc(length, ++n), int: () => 0 };
    const vault = await openVault(await openStore(t, folder), keyring, seeded);
    const batch = await vault.newBatch();
    outputs.push(Buffer.from(vault.sealPin(batch, 'T', 'S', '1234')).toString('hex'));
  }
  t.equal(outputs[0], outputs[1]);
});
