/** Master keys on a PKCS#11 token, a real one of SoftHSM; what lies on disk is read and written here without it. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemRandom } from '../../src/base/random.js';
import { createKeyFile, loadKeyring, rotateKeyFile } from '../../src/stock/keyring.js';
import { openVault } from '../../src/stock/vault.js';
import { scratch } from '../support/process.js';
import { SoftToken, withoutToken } from '../support/softhsm.js';
import { gcmOpen, gcmSeal } from './gcm.js';
import { openStore } from './stock.js';

interface Written {
  readonly current: string;
  readonly token?: { readonly label: string };
  readonly keys: Readonly<Record<string, { readonly label?: string; readonly sealed?: string } | string>>;
  readonly mark: { readonly sealed: string };
}

function read(file: string): Written {
  return JSON.parse(readFileSync(file, 'utf8')) as Written;
}

function write(file: string, spec: unknown): string {
  writeFileSync(file, JSON.stringify(spec), { mode: 0o600 });
  return file;
}

/** A key file by hand: its key on the token under `label` is `master`. */
function ringOf(token: SoftToken, label: string, master: Buffer, mark: Buffer): Record<string, unknown> {
  const sealed = gcmSeal(master, Buffer.alloc(12, 5), Buffer.from('mark'), mark).toString('base64');
  return { current: 'k1', token: token.spec, keys: { k1: { label } }, mark: { sealed } };
}

function labelOf(file: string, id: string): string {
  const entry = read(file).keys[id];
  return (typeof entry === 'object' && entry.label) || '';
}

t.test('keys on a token', { skip: withoutToken }, (t) => {
  const token = new SoftToken(t);
  const master = Buffer.alloc(32, 0x5a);
  const mark = Buffer.alloc(32, 0xa5);
  const newFile = (t: Test): string => join(scratch(t), 'keys.json');

  t.test('a PIN that was refused is not sent again: tokens count, and lock', (t) => {
    const file = newFile(t);
    const create = (pin: string) => () =>
      createKeyFile(file, systemRandom, {
        token: { ...token.spec, pin: { env: 'TOKEN_PIN' } },
        environment: { TOKEN_PIN: pin },
      });
    t.throws(create('0815'), { message: `${file}: token.pin: the token refuses it (CKR_PIN_INCORRECT)` });
    t.throws(create('0815'), {
      message: `${file}: token.pin: the token has refused it, and is not asked again`,
    });
    t.equal(create(token.pin)(), true);
    t.end();
  });

  token.asked((hand) => hand.putKey('known', master));

  t.test(
    'a data key is wrapped by AES-256-GCM there, and the mark is what the file holds sealed',
    async (t) => {
      const file = write(newFile(t), ringOf(token, 'known', master, mark));
      const keyring = loadKeyring(file, {});
      t.strictSame(keyring.mark, mark);
      const store = await openStore(t, join(file, '..'));
      const vault = await openVault(store, keyring, systemRandom);
      const batch = await vault.newBatch();
      const wrapped = (await store.keyBatches()).find(({ id }) => id === batch)?.wrapped ?? Buffer.alloc(0);
      t.equal(wrapped.length, 60);
      const dataKey = gcmOpen(master, Buffer.from('data key'), wrapped);
      t.strictSame(dataKey, Buffer.from(vault.dataKey(batch)));
      const ours = gcmSeal(master, Buffer.alloc(12, 6), Buffer.from('data key'), Buffer.alloc(32, 1));
      t.strictSame(keyring.keys.get('k1')?.open(ours, Buffer.from('data key')), Buffer.alloc(32, 1));
      await store.addKeyBatch('k1', ours.fill(0, 20, 21));
      await t.rejects(vault.learnBatches(), { message: /^key batch \d+: master key k1 does not open it$/ });
    },
  );

  t.test('a key that is made there never comes out, and a rotation makes the next one there', (t) => {
    const file = newFile(t);
    t.equal(createKeyFile(file, systemRandom, { token: token.spec }), true);
    t.equal(createKeyFile(file, systemRandom, { token: token.spec }), false, 'once');
    const before = loadKeyring(file, {});
    t.equal(rotateKeyFile(file, systemRandom), 'k2');
    const after = before.reread();
    t.equal(after.current, 'k2');
    t.strictSame(after.mark, before.mark);
    t.strictSame(
      [...after.keys].map(([id, { place }]) => [id, place]),
      [
        ['k1', 'token'],
        ['k2', 'token'],
      ],
    );
    for (const id of ['k1', 'k2'])
      t.strictSame(
        token.asked((hand) => hand.describe(labelOf(file, id))),
        {
          ...{ sensitive: true, extractable: false, bytes: 32 },
          value: 'CKR_ATTRIBUTE_SENSITIVE',
        },
      );
    t.notOk(readFileSync(file, 'utf8').includes(after.mark.toString('base64')), 'nor is the mark in clear');
    t.end();
  });

  t.test('keys of a file that move to a token stay usable, and leave the file', (t) => {
    const file = newFile(t);
    createKeyFile(file, systemRandom);
    const clear = readFileSync(file, 'utf8');
    const { keys, mark: oldMark } = JSON.parse(clear) as { keys: { k1: string }; mark: string };
    const old = loadKeyring(file, {});
    const wrapped = old.keys.get('k1')?.seal(Buffer.alloc(12), mark, Buffer.from('x')) ?? Buffer.alloc(0);
    t.equal(rotateKeyFile(file, systemRandom, { token: token.spec }), 'k2');
    for (const secret of [keys.k1, oldMark]) t.notOk(readFileSync(file, 'utf8').includes(secret));
    const moved = old.reread();
    t.strictSame(moved.keys.get('k1')?.open(wrapped, Buffer.from('x')), mark);
    t.equal(moved.mark.toString('base64'), oldMark);
    t.equal(rotateKeyFile(file, systemRandom), 'k3', 'and again after a rotation there');
    t.strictSame(moved.reread().keys.get('k1')?.open(wrapped, Buffer.from('x')), mark);
    t.throws(() => rotateKeyFile(file, systemRandom, { token: token.spec }), {
      message: `${file}: token: is there already: new keys are made on it`,
    });
    t.end();
  });

  t.test('a token that went away is refused by name, and used again when it is back', async (t) => {
    const file = write(newFile(t), ringOf(token, 'known', master, mark));
    const keyring = loadKeyring(file, {});
    const vault = await openVault(await openStore(t, join(file, '..')), keyring, systemRandom);
    const key = keyring.keys.get('k1');
    const sealed = gcmSeal(master, Buffer.alloc(12, 7), Buffer.from('x'), mark);
    token.asked((hand) => hand.endSessions());
    t.strictSame(key?.open(sealed, Buffer.from('x')), mark, 'a lost session is opened again');
    token.asked((hand) => hand.endSessions());
    token.pull();
    const away = { message: `${file}: token.label: no token has this label` };
    t.throws(() => key?.open(sealed, Buffer.from('x')), away);
    t.throws(() => loadKeyring(file, {}), away);
    const pin = { id: 1, batch: vault.currentBatch(), serial: 'S1', expiry: '' };
    const one = { ...pin, sealed: vault.sealPin(pin.batch, 'TALK10', 'S1', '12345678') };
    t.equal(vault.openPin(one, 'TALK10'), '12345678', 'what a sale needs is here');
    t.equal(vault.markPin('acme', '1234').length, 22);
    await t.rejects(vault.newBatch(), away, 'and what an intake needs is not');
    token.putBack();
    t.strictSame(key?.open(sealed, Buffer.from('x')), mark);
    t.ok(await vault.newBatch());
  });

  t.test('what is wrong with a token is one line that names file and member, and no PIN', (t) => {
    const loose = Buffer.alloc(32, 0x11);
    token.asked((hand) => hand.putKey('loose', loose, true));
    token.asked((hand) => hand.putKey('twice', master));
    token.asked((hand) => hand.putKey('twice', master));
    const file = newFile(t);
    const open = join(file, '../pin');
    writeFileSync(open, token.pin);
    chmodSync(open, 0o644);
    const good = ringOf(token, 'known', master, mark);
    const on = (change: object) => ({ ...good, token: { ...token.spec, ...change } });
    const foreign = gcmSeal(loose, Buffer.alloc(12), Buffer.from('mark'), mark).toString('base64');
    const wrong: readonly (readonly [unknown, string])[] = [
      [on({ module: '/nowhere/lib.so' }), 'token.module: cannot be loaded as a PKCS#11 library'],
      [on({ module: 'lib.so' }), 'token.module: expected an absolute path'],
      [on({ label: 'other' }), 'token.label: no token has this label'],
      [on({ pin: token.pin }), 'token.pin: expected { env } or { file }: the PIN itself does not stand here'],
      [on({ pin: { env: 'NO_SUCH' } }), 'token.pin.env: NO_SUCH is not set'],
      [on({ pin: { file: open } }), 'token.pin.file: mode 644 lets others read it: chmod 600 it'],
      [
        on({ pin: { file: '/nowhere' } }),
        'token.pin.file: the file cannot be read or written (Error ENOENT)',
      ],
      [{ ...good, keys: { k1: { label: 'none' } } }, 'keys.k1.label: the token has no AES key of this label'],
      [
        { ...good, keys: { k1: { label: 'twice' } } },
        'keys.k1.label: the token has more than one AES key of this label',
      ],
      [
        ringOf(token, 'loose', loose, mark),
        'keys.k1.label: the token would give this key out: it must be sensitive and not extractable',
      ],
      [{ ...good, mark: { sealed: foreign } }, 'mark: k1 on the token does not open it'],
      [{ ...good, mark: mark.toString('base64') }, 'mark: expected { sealed }: the token seals it'],
      [
        { ...good, keys: { k1: master.toString('base64') } },
        'keys.k1: expected { label } of a key on the token, or { sealed }',
      ],
      [{ ...good, keys: { k1: { sealed: foreign } } }, 'current: names a key that is not on the token'],
    ];
    for (const [spec, message] of wrong) {
      write(file, spec);
      t.throws(() => loadKeyring(file, {}), { message: `${file}: ${message}` });
    }
    write(file, on({ pin: { env: 'TOKEN_PIN' } }));
    t.strictSame(loadKeyring(file, { TOKEN_PIN: token.pin }).mark, mark);
    t.end();
  });
  t.end();
});
