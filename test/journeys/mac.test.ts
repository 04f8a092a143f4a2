/**
 * U2: messages that bear MACs, and the exchange of their key. The MACs of the test's side are computed here, of
 * single DES blocks (ISO 9797-1 algorithm 3) and of OpenSSL's HMAC, over bytes of an independent builder.
 */
import { createCipheriv, createHmac } from 'node:crypto';
import t, { type Test } from 'tap';
import { Client, identity, saleOf } from '../support/client.js';
import { buildIso, buildTlv, type IsoFields, type IsoMessage, parseIso, pinsOf } from '../support/iso.js';
import { baseConfig, startSwitch, type TestSwitch } from '../support/process.js';

const [baseLink] = baseConfig().links as Record<string, unknown>[];
const HMAC_KEY = '00112233445566778899AABBCCDDEEFF';
const RETAIL_KEY = '0123456789ABCDEFFEDCBA9876543210';
const KEK = 'A0A1A2A3A4A5A6A7A8A9AAABACADAEAF';
const NEW_KEY = 'FFEEDDCCBBAA99887766554433221100';

type Mac = (data: Buffer) => Buffer;

const hmac =
  (key: string): Mac =>
  (data) =>
    createHmac('sha256', Buffer.from(key, 'hex')).update(data).digest().subarray(0, 8);

function des(keys: Buffer, block: Buffer): Buffer {
  const cipher = createCipheriv('des-ede3', keys, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

const retail =
  (key: string): Mac =>
  (data) => {
    const [left, right] = [Buffer.from(key, 'hex').subarray(0, 8), Buffer.from(key, 'hex').subarray(8)];
    let chain: Buffer = Buffer.alloc(8);
    for (let at = 0; at < data.length; at += 8) {
      const block = Buffer.alloc(8);
      data.copy(block, 0, at, at + 8);
      const mixed = Buffer.from(block.map((byte, i) => byte ^ (chain[i] ?? 0)));
      chain = des(Buffer.concat(at + 8 < data.length ? [left, left, left] : [left, right, left]), mixed);
    }
    return chain;
  };

/** A message with its code as 16 hexadecimal characters in DE64 or DE128. */
function signed(mti: string, fields: IsoFields, mac: Mac): Buffer {
  const de = Object.keys(fields).some((one) => Number(one) > 64) ? 128 : 64;
  const frame = buildIso(mti, { ...fields, [de]: '0'.repeat(16) });
  const end = frame.length - 16;
  frame.write(mac(frame.subarray(0, end)).toString('hex').toUpperCase(), end, 'latin1');
  return frame;
}

/** Whether an answer ends in the right code. */
function isRight(frame: Buffer, mac: Mac): boolean {
  const end = frame.length - 16;
  return mac(frame.subarray(0, end)).toString('hex').toUpperCase() === frame.toString('latin1', end);
}

async function ask(
  t: Test,
  { ports }: TestSwitch,
  mti: string,
  fields: IsoFields,
  mac: Mac,
  link = 'ascii',
): Promise<IsoMessage | undefined> {
  const client = await Client.open(ports[link] ?? 0);
  client.send(signed(mti, fields, mac));
  const frame = await client.take(() => true);
  await client.close();
  if (frame) t.ok(isRight(frame, mac), `the answer to ${mti} bears a right code`);
  return frame && parseIso(frame);
}

function linkWith(mac: Record<string, string>): Record<string, unknown> {
  return { ...baseLink, mac };
}

t.test(
  'U2: a sale with a right MAC is sold, its answer bears one; without it, or changed on the way, 63',
  async (t) => {
    const links = [
      linkWith({ algorithm: 'hmac-sha256', key: HMAC_KEY }),
      { ...linkWith({ algorithm: 'retail', key: RETAIL_KEY }), name: 'retail' },
    ];
    const running = await startSwitch(t, { pins: { TALK10: 5 }, config: { links } });
    for (const [link, mac] of [
      ['ascii', hmac(HMAC_KEY)],
      ['retail', retail(RETAIL_KEY)],
    ] as const) {
      const sale = saleOf('TALK10', 1000);
      const answer = await ask(t, running, '0200', sale, mac, link);
      t.equal(answer?.fields[39], '00', link);
      const client = await Client.open(running.ports[link] ?? 0);
      t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '63', 'none');
      const forged = signed('0200', { ...saleOf('TALK10', 1000), 11: '654321' }, mac);
      forged[forged.indexOf('654321') + 5] = 0x39;
      client.send(forged);
      t.equal(parseIso((await client.take(() => true)) ?? Buffer.alloc(0)).fields[39], '63', 'changed');
      await client.close();
      const again = await ask(t, running, '0201', sale, mac, link);
      t.same(again && pinsOf(again), answer && pinsOf(answer), 'a repeat has the same PIN');
      const echo = await ask(t, running, '0800', identity({ 70: '301' }), mac, link);
      t.equal(echo?.fields[39], '00', 'and DE128 where there is a second bitmap');
    }
    t.match(await running.json('stock', 'audit'), { byCustody: { sold: 2, stock: 3 }, ok: true });
  },
);

/** RFC 3394 by OpenSSL. */
function wrapped(key: string): string {
  const cipher = createCipheriv('aes128-wrap', Buffer.from(KEK, 'hex'), Buffer.alloc(8, 0xa6));
  const block = Buffer.concat([cipher.update(Buffer.from(key, 'hex')), cipher.final()]);
  return block.toString('hex').toUpperCase();
}

const checkOf = (key: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex')).digest('hex').slice(0, 6).toUpperCase();

function exchangeOf(key: string, check = checkOf(key)): Record<number, string> {
  const {
    41: _,
    42: __,
    ...fields
  } = identity({
    48: buildTlv([
      ['KY', wrapped(key)],
      ['KC', check],
    ]),
    70: '161',
  });
  return fields;
}

t.test(
  'U2: a key exchange is on disk before it is answered, whatever is killed; the old key counts until the new one is used',
  async (t) => {
    const links = [linkWith({ algorithm: 'hmac-sha256', key: HMAC_KEY, kek: KEK })];
    for (const crashAt of ['before:setSetting:mac.', 'after:setSetting:mac.']) {
      const running = await startSwitch(t, { pins: { TALK10: 5 }, config: { links }, crashAt });
      const old = hmac(HMAC_KEY);
      t.equal(
        (await ask(t, running, '0800', exchangeOf(NEW_KEY, '000000'), old))?.fields[39],
        '63',
        'wrong check',
      );
      t.equal(await ask(t, running, '0800', exchangeOf(NEW_KEY), old), undefined, `${crashAt}: no answer`);
      t.equal(await running.child.exited, null);
      const again = await running.restart();
      t.equal((await ask(t, again, '0200', saleOf('TALK10', 1000), old))?.fields[39], '00', crashAt);
      t.equal((await ask(t, again, '0800', exchangeOf(NEW_KEY), old))?.fields[39], '00');
      t.equal((await ask(t, again, '0200', saleOf('TALK10', 1000), hmac(NEW_KEY)))?.fields[39], '00');
      await again.child.kill('SIGKILL');
      const third = await again.restart();
      t.equal(
        (await ask(t, third, '0200', saleOf('TALK10', 1000), hmac(NEW_KEY)))?.fields[39],
        '00',
        'after a restart',
      );
      t.notMatch(
        third.child.output() + again.child.output(),
        new RegExp(`${NEW_KEY}|${wrapped(NEW_KEY)}`, 'i'),
      );
    }
  },
);

t.test('a link without key-encrypting key takes no new key', async (t) => {
  const links = [linkWith({ algorithm: 'hmac-sha256', key: HMAC_KEY })];
  const running = await startSwitch(t, { config: { links } });
  t.equal((await ask(t, running, '0800', exchangeOf(NEW_KEY), hmac(HMAC_KEY)))?.fields[39], '40');
});
