/**
 * U2: PINs under the key of the terminal that they go to, where the link's profile asks for that. Answers are opened
 * here by what specs/profiles/README.md says, and nothing of the program's own.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { batchOf, itemsOf, pin } from '../support/batch.js';
import { Client, identity, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { buildIso, buildTlv, type IsoFields, parseIso, parseTlv, pinsOf } from '../support/iso.js';
import { boundOf, keyOfTerminal, opened } from '../support/pinEnvelope.js';
import { baseConfig, scratch, startSwitch, type TestSwitch } from '../support/process.js';

const KEY_128 = 'FEDCBA98765432100123456789ABCDEF';
const KEY_256 = 'A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF';
const TERMINAL = 'DEMO0001';

const folder = scratch(t);
const recordings = join(folder, 'recordings');
const [baseLink] = baseConfig().links as Record<string, unknown>[];
const { catalogue } = baseConfig() as { catalogue: { terminals: object[] } };

function profileFile(name: string, coding: string, base: string): string {
  const file = join(folder, `${name}.json`);
  const pinEncryption = { algorithm: 'aes-gcm', coding };
  writeFileSync(file, JSON.stringify({ extends: base, name, answer: { pinEncryption } }));
  return file;
}

const running = await startSwitch(t, {
  pins: { TALK10: 20, TALK20: 5 },
  config: {
    links: [
      {
        ...baseLink,
        profile: profileFile('base64', 'base64', 'default'),
        pinEncryption: { key: 'ABABABABABABABABABABABABABABABAB' },
        record: { folder: recordings, freeBytesMin: 0 },
      },
      {
        ...baseLink,
        name: 'hex',
        profile: profileFile('hex', 'hex', 'default'),
        pinEncryption: { key: KEY_256 },
      },
      {
        ...baseLink,
        name: 'plain',
        profile: profileFile('plain', 'base64', 'telco-gateway'),
        pinEncryption: { key: KEY_128 },
      },
    ],
    catalogue: {
      terminals: [...catalogue.terminals, { id: 'DEMO0002', merchant: 'DEMOMERCHANT001' }],
    },
  },
  env: { PREPAID_SWITCH__links__ascii__pinEncryption__key: KEY_128 },
});

/** What was taken in: serials by code. */
const takenIn = new Map(
  readFileSync(
    join(running.folder, readdirSync(running.folder).find((name) => name.startsWith('batch-')) ?? ''),
    'utf8',
  )
    .trim()
    .split('\n')
    .slice(1)
    .map((row): [string, string] => {
      const [, code = '', serial = ''] = row.split(',');
      return [code, serial];
    }),
);

/** The answer's bytes; nothing in them is a PIN that was taken in. */
async function asked(
  t: Test,
  { ports }: TestSwitch,
  mti: string,
  fields: IsoFields,
  link = 'ascii',
): Promise<Buffer> {
  const client = await Client.open(ports[link] ?? 0);
  client.send(buildIso(mti, fields));
  const frame = (await client.take(() => true)) ?? Buffer.alloc(0);
  await client.close();
  t.same(
    [...takenIn.keys()].filter((code) => frame.includes(code)),
    [],
    'no PIN in clear',
  );
  return frame;
}

function serialsOf(frame: Buffer): string[] {
  return parseTlv(parseIso(frame).fields[63] ?? '')
    .filter(([tag]) => tag === 'SN')
    .map(([, value]) => value);
}

t.test('U2: the answer holds the PIN for its terminal alone, and a repeat the same bytes', async (t) => {
  const sale = saleOf('TALK10', 3000, { 48: buildTlv(pin('TALK10', 3)) });
  const frame = await asked(t, running, '0200', sale);
  const answer = parseIso(frame);
  t.equal(answer.fields[39], '00');
  const envelopes = pinsOf(answer).map((text) => Buffer.from(text, 'base64'));
  t.equal(envelopes.length, 3);
  const key = keyOfTerminal(KEY_128, TERMINAL);
  const codes = envelopes.map((one, at) => opened(key, one, boundOf(sale, { pin: at + 1 })));
  t.same(
    codes.map((code) => takenIn.get(code)),
    serialsOf(frame),
    'each is the PIN that was taken in under its serial',
  );
  t.match(parseTlv(answer.fields[63] ?? ''), [
    /PN/,
    /SN/,
    /EX/,
    ['PN'],
    ['SN'],
    ['EX'],
    ['PN'],
    ['SN'],
    ['EX'],
    ['RL', 'Talk 10'],
  ]);

  const [first = Buffer.alloc(0)] = envelopes;
  for (const [what, wrong] of [
    ['another terminal', keyOfTerminal(KEY_128, 'DEMO0002')],
    ['the link', Buffer.from(KEY_128, 'hex')],
  ] as const)
    t.throws(() => opened(wrong, first, boundOf(sale)), `not under the key of ${what}`);
  t.throws(() => opened(key, first, boundOf({ ...sale, 11: '999999' })), 'not for another message');
  t.throws(() => opened(key, first, boundOf(sale, { pin: 2 })), 'not in another place');

  const again = parseIso(await asked(t, running, '0201', sale));
  t.equal(again.fields[63], answer.fields[63], 'a repeat');
  await running.child.kill('SIGKILL');
  const restarted = await running.restart();
  const later = parseIso(await asked(t, restarted, '0201', sale));
  t.equal(later.fields[63], answer.fields[63], 'and after a restart');

  await t.test('another terminal gets its own, and too many are refused', async (t) => {
    const other = saleOf('TALK10', 1000, { 41: 'DEMO0002' });
    const frame = await asked(t, restarted, '0200', other);
    const [text = ''] = pinsOf(parseIso(frame));
    const code = opened(keyOfTerminal(KEY_128, 'DEMO0002'), Buffer.from(text, 'base64'), boundOf(other));
    t.same([takenIn.get(code)], serialsOf(frame));
    const many = saleOf('TALK10', 8000, { 48: buildTlv(pin('TALK10', 8)) });
    t.equal(parseIso(await asked(t, restarted, '0200', many)).fields[39], '30');
  });

  await t.test('items of a batch in hexadecimal under AES-256, and a PIN alone in its field', async (t) => {
    const batch = batchOf([pin('TALK10', 2), pin('TALK20')]);
    const items = itemsOf(parseIso(await asked(t, restarted, '0200', batch, 'hex')));
    const key = keyOfTerminal(KEY_256, TERMINAL);
    const codes = items.flatMap(({ number, pins }) =>
      pins.map((text, at) =>
        opened(key, Buffer.from(text, 'hex'), boundOf(batch, { item: Number(number), pin: at + 1 })),
      ),
    );
    t.same(
      codes.map((code) => takenIn.has(code)),
      [true, true, true],
    );
    t.match(items[0]?.pins[0], /^[0-9A-F]+$/);

    const alone = identity({ 3: '120000', 4: '000000001000', 49: '840', 100: '100010' });
    const { 63: text = '' } = parseIso(await asked(t, restarted, '0200', alone, 'plain')).fields;
    const code = opened(keyOfTerminal(KEY_128, TERMINAL), Buffer.from(text, 'base64'), boundOf(alone));
    t.ok(takenIn.has(code));
  });

  await t.test(
    'a terminal opens it by its key file, masked unless --clear; another key does not',
    async (t) => {
      const file = (name: string, key: Buffer): string => {
        writeFileSync(join(folder, name), `${key.toString('hex')}\n`);
        return join(folder, name);
      };
      const sell = (keyFile: string, ...more: string[]) =>
        commandLine([
          'terminal',
          'sell',
          '--to',
          `${restarted.ports.ascii}`,
          '--product',
          'TALK10',
          '--pin-key',
          keyFile,
          ...more,
        ]);
      const own = file('own.key', keyOfTerminal(KEY_128, TERMINAL));
      const { code, stdout } = await sell(own, '--clear', '--json');
      t.equal(code, 0);
      const told = JSON.parse(stdout) as { pins: string[]; answer: { fields: { 63: { SN: string } } } };
      t.equal(takenIn.get(told.pins[0] ?? ''), told.answer.fields[63].SN);
      const masked = await sell(own);
      t.match(masked.stdout, /^PIN 1: \*+$/m);
      t.match(masked.stdout, /63\.PN +Voucher PIN +\*+/, 'the envelope is masked, too');
      const wrong = await sell(file('wrong.key', keyOfTerminal(KEY_128, 'DEMO0002')));
      t.equal(wrong.code, 1);
      t.match(wrong.stdout, /^PIN 1: does not open under this key$/m);
      const none = await sell(file('none.key', Buffer.alloc(15)));
      t.equal(none.code, 2);
      t.match(none.stderr, /none\.key: must hold a terminal's key/);
    },
  );

  await t.test('nothing of it is in masked recordings, the keys are in no log', async (t) => {
    await restarted.child.kill('SIGTERM');
    const recorded = Buffer.concat(
      readdirSync(recordings).map((name) => readFileSync(join(recordings, name))),
    );
    t.ok(recorded.includes(serialsOf(frame)[0] ?? '?'), 'the answer is recorded');
    t.notOk(recorded.includes(first.toString('base64')), 'its envelope is masked');
    const logs = running.child.output() + restarted.child.output();
    t.notMatch(logs, new RegExp(`${KEY_128}|${KEY_256}`, 'i'));
  });
});
