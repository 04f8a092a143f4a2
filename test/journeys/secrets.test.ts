/**
 * Nothing that must stay secret leaves the switch but in the answer it belongs to: not in its log, its metrics, the
 * commands' masked output, or its files. Sales, credits, reversals, declines, repeats and malformed messages carry
 * known card data, PINs and accounts; then everything that was written is searched for them, in plain and in BCD.
 */
import { createCipheriv, createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { RawPeer } from '../support/attack.js';
import { batchOf, credit, named, pin } from '../support/batch.js';
import {
  ACTIVATION,
  ACCOUNT as CARD_ACCOUNT,
  cardConfig,
  cardNumber,
  cardOf,
  DEACTIVATION,
  LOSS,
  REDEMPTION,
  redemptionOf,
  takeInCards,
  undoing,
} from '../support/cards.js';
import { Client, creditOf, framed, identity, reversalOf, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { buildIso, buildTlv, type IsoFields, parseTlv, pinsOf } from '../support/iso.js';
import { run, scratch, startSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

const PAN = '4111111111111111';
const TRACK2 = '4111111111111111D27122011234567890';
const TRACK2_DATA = '1234567890';
const PIN_BLOCK = '1A2B3C4D5E6F7081';
const TOKEN = 'token-7f31c0a9b2';
const ACCOUNTS = ['5550007701', '5550007702', '5550007703', '7779998801'];
const CARD: IsoFields = { 2: PAN, 35: TRACK2, 52: PIN_BLOCK };
/** Vouchers' PINs, as the supplier's batch has them. */
const VOUCHERS = Array.from({ length: 40 }, (_, at) => `90817263540${String(at).padStart(3, '0')}`);

const secrets = new Map<string, string>([
  ['PAN', PAN],
  ['track 2', TRACK2],
  ['discretionary data', TRACK2_DATA],
  ['PIN block', PIN_BLOCK],
  ['token', TOKEN],
  ...ACCOUNTS.map((account) => [`account ${account}`, account] as const),
  ...VOUCHERS.map((voucher) => [`voucher ${voucher}`, voucher] as const),
]);

/** The names of the secrets that stand in these bytes: as text in any case, or packed two digits a byte. */
function leaks(bytes: Buffer | string): string[] {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('latin1').toUpperCase();
  const hex = buffer.toString('hex').toUpperCase();
  return [...secrets].flatMap(([name, secret]) => {
    const packed = /^[0-9A-F]{12,}$/.test(secret) && packedAt(hex, secret);
    return text.includes(secret.toUpperCase()) || packed ? [name] : [];
  });
}

function packedAt(hex: string, digits: string): boolean {
  for (let at = hex.indexOf(digits); at >= 0; at = hex.indexOf(digits, at + 1)) if (at % 2 === 0) return true;
  return false;
}

t.test('the search finds what it looks for', async (t) => {
  t.same(leaks(`x${PAN}y`), ['PAN']);
  t.same(leaks(Buffer.from(PAN, 'hex')), ['PAN']);
  t.same(leaks(PIN_BLOCK.toLowerCase()), ['PIN block']);
  t.same(leaks('411111****1111'), []);
});

t.test('no card data, PIN, account or key leaves the switch but in its answer', async (t) => {
  const folder = scratch(t);
  const batch = join(folder, 'batch.csv');
  const rows = VOUCHERS.map((pin, at) => `TALK10,${pin},S${at},2099-12-31`);
  // Known twice, malformed, unknown members: refused rows must not tell their PIN either.
  const bad = [
    `TALK10,${VOUCHERS[0]},S900,2099-12-31`,
    `TALK10,${VOUCHERS[1]},S901,yesterday`,
    `TALK10,${VOUCHERS[2]}`,
  ];
  writeFileSync(batch, `product,pin,serial,expiry\n${[...rows, ...bad].join('\n')}\n`);
  const data = join(folder, 'data');
  const intake = await commandLine(['stock', 'intake', batch, '--data', data, '--json']);
  t.match(JSON.parse(intake.stdout), { taken: VOUCHERS.length, refused: bad.length });

  const [http, iso] = await Promise.all([startSupplier(t, 'http'), startSupplier(t, 'iso8583')]);
  const running = await startSwitch(t, {
    folder: data,
    config: {
      ...creditConfig({ http: http.port, iso8583: iso.port }),
      times: { saleMs: 2_000, forwardWaitsMs: [100] },
    },
    env: { 'PREPAID_SWITCH__suppliers__topup-http__token': TOKEN },
  });
  const port = running.ports.ascii ?? 0;
  const client = await Client.open(port);
  const tell = async (mti: string, fields: IsoFields): Promise<string | undefined> => {
    const answer = await client.ask(mti, fields);
    for (const pin of answer ? pinsOf(answer) : []) secrets.set(`sold ${pin}`, pin);
    return answer?.fields[39];
  };

  const sale = saleOf('TALK10', 1000, CARD);
  t.equal(await tell('0200', sale), '00', 'a sale');
  t.equal(await tell('0201', sale), '00', 'its repeat');
  t.equal(await tell('0420', reversalOf(sale, CARD)), '00', 'its reversal');
  t.equal(await tell('0200', saleOf('LIVE5', 500, CARD)), '00', 'a PIN issued at the moment of sale');
  for (const account of [ACCOUNTS[0] ?? '', ACCOUNTS[3] ?? '']) {
    const credit = creditOf(account, 1_000, CARD);
    t.equal(await tell('0200', credit), '00', 'a credit');
    t.equal(await tell('0420', reversalOf(credit, { 102: account })), '00', 'its reversal');
  }
  t.equal(await tell('0200', saleOf('NOSUCH', 1000, CARD)), '15', 'declined: product');
  t.equal(
    await tell('0200', saleOf('TALK10', 1000, { ...CARD, 41: 'STRANGER' })),
    '58',
    'declined: terminal',
  );
  t.equal(await tell('0200', creditOf(ACCOUNTS[1] ?? '', 1, CARD)), '13', 'declined: amount');
  t.equal(await tell('0200', creditOf(PAN, 1_000, CARD)), '14', 'declined: account');
  for (const behaviour of ['drop', 'garbage', 'fault', 'unavailable', 'other', 'oversize']) {
    await http.behave(behaviour);
    await tell('0200', creditOf(ACCOUNTS[2] ?? '', 1_000, CARD));
  }
  await http.clear();

  const whole = buildIso('0200', saleOf('TALK10', 1000, { ...CARD, 102: ACCOUNTS[1] ?? '' }));
  const text = whole.toString('latin1');
  for (let cut = 20; cut < whole.length; cut += 7) client.send(whole.subarray(0, cut));
  client.send(Buffer.from(`${text}${PAN}`, 'latin1'));
  client.send(Buffer.from(`02007${text.slice(5)}`, 'latin1'));
  client.send(Buffer.from(text.replace(TRACK2, TRACK2.replace('D', '?')), 'latin1'));
  client.send(Buffer.from(text.replace(PIN_BLOCK, 'not hexadecimal!'), 'latin1'));
  client.send(Buffer.from(text.replace(`16${PAN}`, `99${PAN}`), 'latin1'));
  client.send(Buffer.from(`${PAN}${TRACK2}`, 'latin1'));
  for (const raw of [`${PAN}${PAN}`, `${TRACK2}`, `\u0000\u0010${PAN}`, `0016${PAN}`]) {
    const peer = await RawPeer.open(port);
    await peer.write(raw);
    peer.socket.end();
  }
  client.send(framed(whole));
  t.equal(await tell('0200', saleOf('TALK10', 1000, CARD)), '00', 'sold on');
  t.ok(
    await eventually(async () => /could not be read/.test(running.child.output())),
    'there is something to search',
  );

  const outputs: [string, string][] = [
    ['metrics', await (await fetch(`http://127.0.0.1:${running.ports.admin}/metrics`)).text()],
    ['intake', intake.stdout + intake.stderr],
  ];
  const command = async (...args: string[]): Promise<void> => {
    for (const form of [[], ['--json']]) {
      const { stdout, stderr } = await commandLine([...args, ...form]);
      t.ok(stdout + stderr, `${args.slice(0, 2).join(' ')} says something`);
      // The commands that it offers to type next repeat what was typed.
      outputs.push([args.join(' '), (stdout + stderr).replaceAll(/--account \d+/g, '')]);
    }
  };
  await Promise.all([
    command('terminal', 'sell', '--product', 'TALK10', '--to', `127.0.0.1:${port}`),
    command(
      'terminal',
      'credit',
      '--account',
      ACCOUNTS[0] ?? '',
      '--amount',
      '1000',
      '--to',
      `127.0.0.1:${port}`,
    ),
    command('decode', '--format', 'iso87-ascii', whole.toString('hex')),
    command('decode', '--format', 'iso87-ascii', whole.subarray(0, -9).toString('hex')),
  ]);
  await Promise.all([
    command('journal', 'find', '--stan', sale[11] ?? '', '--data', data),
    command('journal', 'doubtful', '--data', data),
    command('stock', 'quarantine', 'list', '--data', data),
    command('stock', 'audit', '--data', data),
  ]);
  // Restarted, it recovers what was doubtful, and logs that.
  await client.close();
  await running.child.kill('SIGKILL');
  const filesOf = (): [string, Buffer][] =>
    readdirSync(data)
      .filter((name) => name.startsWith('switch.db'))
      .map((name) => [name, readFileSync(join(data, name))]);
  const killed = filesOf();
  t.ok(
    killed.some(([name]) => name.endsWith('-wal')),
    'the log of the killed process is searched too',
  );
  const again = await running.restart();
  await again.child.kill('SIGTERM');
  outputs.push(['log', running.child.output()], ['log after the restart', again.child.output()]);
  for (const [what, output] of outputs) t.same(leaks(output), [], what);

  const keys = JSON.parse(readFileSync(join(data, 'keys.json'), 'utf8')) as {
    keys: Record<string, string>;
    mark: string;
  };
  for (const [name, bytes] of [...killed, ...filesOf()]) {
    t.same(leaks(bytes), [], name);
    for (const key of [...Object.values(keys.keys), keys.mark]) {
      t.notOk(bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64')), `no key in ${name}`);
    }
  }
  for (const key of [...Object.values(keys.keys), keys.mark]) {
    t.notOk(
      outputs.some(([, output]) => output.includes(key)),
      'no key in any output',
    );
  }
});

const MAC_KEY = '00112233445566778899AABBCCDDEEFF';
const KEK = 'A0A1A2A3A4A5A6A7A8A9AAABACADAEAF';
const NEW_KEY = 'FFEEDDCCBBAA99887766554433221100';
const OWN_ACCOUNT = '7771112223334';
/** In the catalogue's table of accounts, and asked for. */
const LISTED_ACCOUNT = '8884445556667';

/** The key as its peer sends it, RFC 3394 by OpenSSL. */
function wrapped(key: string): string {
  const cipher = createCipheriv('aes128-wrap', Buffer.from(KEK, 'hex'), Buffer.alloc(8, 0xa6));
  const block = Buffer.concat([cipher.update(Buffer.from(key, 'hex')), cipher.final()]);
  return block.toString('hex').toUpperCase();
}

function signed(mti: string, fields: IsoFields): Buffer {
  const de = Object.keys(fields).some((one) => Number(one) > 64) ? 128 : 64;
  const frame = buildIso(mti, { ...fields, [de]: '0'.repeat(16) });
  const end = frame.length - 16;
  const code = createHmac('sha256', Buffer.from(MAC_KEY, 'hex')).update(frame.subarray(0, end)).digest('hex');
  frame.write(code.slice(0, 16).toUpperCase(), end, 'latin1');
  return frame;
}

t.test(
  'cards, batches, remembered accounts, keys and what is written of them tell no secret either',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const folder = scratch(t);
    const config = cardConfig(supplier.port) as { links: object[]; catalogue: object };
    const [plain] = config.links;
    const mac = { algorithm: 'hmac-sha256', key: MAC_KEY, kek: KEK };
    await takeInCards(folder);
    const running = await startSwitch(t, {
      folder,
      pins: { TALK10: 10 },
      config: {
        ...config,
        links: [...config.links, { ...plain, name: 'mac', mac }],
        catalogue: { ...config.catalogue, accounts: { OTHERCO: LISTED_ACCOUNT } },
      },
    });
    const salt = cardNumber(1).slice(4, 12);
    const told: [string, string][] = [
      ['MAC key', MAC_KEY],
      ['key-encrypting key', KEK],
      ['exchanged key', NEW_KEY],
      ['key block', wrapped(NEW_KEY)],
      ['printed PIN', `77${salt}`],
      ['account', CARD_ACCOUNT],
      ['own account', OWN_ACCOUNT],
      ['listed account', LISTED_ACCOUNT],
      ...Array.from({ length: 27 }, (_, at) => [`card ${at + 1}`, cardNumber(at + 1)] as [string, string]),
    ];
    for (const [name, secret] of told) secrets.set(name, secret);
    const client = await Client.open(running.ports.ascii ?? 0);
    const tell = async (mti: string, fields: IsoFields): Promise<string | undefined> => {
      const answer = await client.ask(mti, fields);
      const { 61: third = '', 62: second = '', 63: first = '' } = answer?.fields ?? {};
      for (const [tag, value] of [first, second, third].flatMap(parseTlv))
        if (tag === 'PN') secrets.set(`sold ${value}`, value);
      return answer?.fields[39];
    };
    for (const n of [1, 21, 27]) {
      t.equal(await tell('0100', cardOf(n, ACTIVATION)), '00', `card ${n} is pre-authorised`);
      t.equal(await tell('0200', cardOf(n, ACTIVATION)), '00', 'and activated');
    }
    t.equal(await tell('0200', redemptionOf(1)), '00');
    t.equal(await tell('0200', redemptionOf(27, { 102: OWN_ACCOUNT })), '00', 'an account of our own');
    for (const [n, processing] of [
      [1, REDEMPTION],
      [2, ACTIVATION],
      [3, LOSS],
      [21, DEACTIVATION],
      [99, LOSS],
    ] as const)
      await tell('0200', cardOf(n, processing, processing === REDEMPTION ? { 102: CARD_ACCOUNT } : {}));
    const items = [
      pin('TALK10', 2),
      credit(CARD_ACCOUNT, 1_000),
      credit(OWN_ACCOUNT, 1_000),
      credit(PAN, 1_000),
    ];
    const batch = batchOf(items);
    t.equal(await tell('0200', batch), '10', 'a batch, in part');
    await tell('0420', undoing(batch, named(2)));
    await tell('0200', creditOf(LISTED_ACCOUNT, 500));
    const { fields = {} } = (await client.ask('0200', creditOf(CARD_ACCOUNT, 500))) ?? {};
    const reference = parseTlv(fields[63] ?? '').find(([tag]) => tag === 'AR')?.[1];
    t.ok(reference, 'remembered');
    const { 102: _, ...again } = creditOf('', 500, { 48: buildTlv([['AR', reference ?? '']]) });
    t.equal(await tell('0200', again), '00', 'credited again without the account');
    for (const said of [
      `IT00201AC013${OWN_ACCOUNT}AM001x`,
      `IT00201ZZ013${OWN_ACCOUNT}`,
      `CN016${cardNumber(5)}QT`,
    ])
      await tell('0200', identity({ 3: '290000', 48: said }));

    const macClient = await Client.open(running.ports.mac ?? 0);
    for (const block of [wrapped(NEW_KEY), `${wrapped(NEW_KEY).slice(0, -2)}00`, NEW_KEY, 'junk']) {
      const { 41: __, 42: ___, ...exchange } = identity({ 48: buildTlv([['KY', block]]), 70: '161' });
      macClient.send(signed('0800', exchange));
      t.ok(await macClient.take(() => true), 'a key exchange, right or not, is answered');
      macClient.send(buildIso('0800', exchange));
      t.ok(await macClient.take(() => true), 'and refused without its MAC');
    }
    await macClient.close();
    await client.close();

    const out = join(folder, 'settlement');
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    const outputs: [string, string][] = [
      ['metrics', await (await fetch(`http://127.0.0.1:${running.ports.admin}/metrics`)).text()],
    ];
    for (const args of [
      ['cutover', '--day', day],
      ['settle', '--day', day, '--out', out],
      ['journal', 'list'],
      ['journal', 'export'],
      ['journal', 'export', '--format', 'jsonl'],
      ['journal', 'doubtful'],
      ['report', 'sales'],
      ['cards', 'levels'],
      ['merchant', 'balance'],
      ['catalogue', 'diff', '1'],
    ]) {
      const { stdout, stderr } = await commandLine([...args, '--data', folder]);
      t.ok(stdout + stderr, args.join(' '));
      outputs.push([args.join(' '), stdout + stderr]);
    }
    const found = await run(['cards', 'find', '-', '--data', folder], { input: cardNumber(21) });
    outputs.push(['cards find', found.stdout + found.stderr]);
    for (const name of readdirSync(out)) outputs.push([name, readFileSync(join(out, name), 'latin1')]);
    t.ok(outputs.length > 13, 'settlement files are among them');
    await running.child.kill('SIGKILL');
    outputs.push(['log', running.child.output()]);
    for (const [what, output] of outputs) t.same(leaks(output), [], what);
    // The catalogue stands in the database as it stands in its file.
    secrets.delete('listed account');
    for (const name of readdirSync(folder).filter((one) => one.startsWith('switch.db')))
      t.same(leaks(readFileSync(join(folder, name))), [], name);
  },
);
