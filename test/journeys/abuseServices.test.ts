/**
 * Bad input for every service beside the sale (issue "Bad input"), from many peers at one switch while a terminal
 * sells without a pause: batches, value cards, account references, catalogue inquiries, reconciliations, cutovers,
 * key exchanges, sign-ons. Each is answered with a code; nothing fails inside, nothing is sold by it, memory stays flat.
 */
import { createHash, createHmac } from 'node:crypto';
import t, { type Test } from 'tap';
import { eventCount, metricsOf, RawPeer, residentBytes, startSeller } from '../support/attack.js';
import { batchOf, itemTlvs, pin } from '../support/batch.js';
import {
  ACTIVATION,
  cardConfig,
  cardNumber,
  DEACTIVATION,
  LOSS,
  REDEMPTION,
  takeInCards,
} from '../support/cards.js';
import { Client, creditOf, framed, identity, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { buildIso, buildTlv, type IsoFields, type IsoMessage, parseIso } from '../support/iso.js';
import { scratch, startSwitch } from '../support/process.js';
import { eventually, startSupplier } from '../support/supplier.js';

const MAC_KEY = '00112233445566778899AABBCCDDEEFF';
const TOKEN = 'a-token-of-a-shop-for-tests';
const STOCK = 20_000;
const MEBIBYTE = 1_048_576;
const HUGE = '999999999999999';

const supplier = await startSupplier(t, 'http');
const folder = scratch(t);
await takeInCards(folder);
const config = cardConfig(supplier.port) as { links: object[] };
const [plain] = config.links;
const running = await startSwitch(t, {
  folder,
  pins: { TALK10: STOCK },
  config: {
    ...config,
    api: {
      port: 0,
      clients: [
        {
          name: 'shop',
          tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
          merchant: 'DEMOMERCHANT001',
          terminals: ['DEMO0001'],
        },
      ],
    },
    links: [
      ...config.links,
      { ...plain, name: 'mac', mac: { algorithm: 'hmac-sha256', key: MAC_KEY, kek: 'AB'.repeat(16) } },
      { ...plain, name: 'session', session: { peerSignsOn: true, signOn: true, echoMs: 200, replyMs: 200 } },
    ],
  },
});
const port = running.ports.ascii ?? 0;
const admin = running.ports.admin ?? 0;
const seller = await startSeller(port);
const client = await Client.open(port);

async function refused(
  t: Test,
  what: string,
  mti: string,
  fields: IsoFields,
): Promise<IsoMessage | undefined> {
  const answer = await client.ask(mti, fields, 5_000);
  const code = answer?.fields[39];
  t.ok(code && code !== '00' && code !== '96', `${what}: ${code}`);
  t.notOk(answer?.fields[63]?.includes('PN'), 'no PIN');
  return answer;
}

t.test('batches: malformed items, boundary counts, sums beyond any amount', async (t) => {
  const item = (...entries: [string, string][]) => buildTlv([['IT', '01'], ...entries]);
  const bad: Record<string, string> = {
    nothing: '',
    'no item': buildTlv([['PR', 'TALK10']]),
    'item 00': buildTlv([
      ['IT', '00'],
      ['PR', 'TALK10'],
    ]),
    'item 1': buildTlv([
      ['IT', '1'],
      ['PR', 'TALK10'],
    ]),
    'item 01 twice': item(['PR', 'TALK10'], ['IT', '01']),
    '21 items': itemTlvs(Array.from({ length: 21 }, () => pin('TALK10'))),
    '71 items, near 999 characters': itemTlvs(Array.from({ length: 71 }, () => [['AM', '0']])),
    '20 items of 10 PINs': itemTlvs(Array.from({ length: 20 }, () => pin('TALK10', 10))),
    'quantity 0': item(['PR', 'TALK10'], ['QT', '0']),
    'quantity -1': item(['PR', 'TALK10'], ['QT', '-1']),
    'quantity 11': item(['PR', 'TALK10'], ['QT', '11']),
    'quantity 1e1': item(['PR', 'TALK10'], ['QT', '1e1']),
    'an empty account': item(['AC', ''], ['AM', '100']),
    'an account of letters': item(['AC', '55500O1234'], ['AM', '1000']),
    'an amount below zero': item(['AC', '5550001234'], ['AM', '-1000']),
    'a huge amount': item(['AC', '5550001234'], ['AM', HUGE]),
    'an amount of 16 digits': item(['AC', '5550001234'], ['AM', `${HUGE}9`]),
    'an amount of zero': item(['AC', '5550001234'], ['AM', '0']),
    'an unknown tag': item(['ZZ', 'x']),
    'a value over its length': 'IT00201PR999TALK10',
    'a length of letters': 'IT00201PRxxxTALK10',
    'an account of 900 digits': item(['AC', '5'.repeat(900)]),
    'sums beyond safe numbers': itemTlvs(
      Array.from(
        { length: 20 },
        () =>
          [
            ['AC', '55'],
            ['AM', HUGE],
          ] as [string, string][],
      ),
    ),
  };
  for (const [what, list] of Object.entries(bad)) {
    const fields = identity({ 3: '290000', 49: '840', ...(list === '' ? {} : { 48: list }) });
    await refused(t, what, '0200', fields);
    t.equal((await client.ask('0201', fields))?.fields[39] === '00', false, 'nor its repeat');
  }
  await refused(t, 'another sum', '0200', batchOf([pin('TALK10')], { 4: '000000000999' }));
});

t.test('one long sale: ten PINs of it, with all that an answer holds', async (t) => {
  const answer = await client.ask('0200', batchOf([pin('TALK10', 10), pin('TALK10', 10)]));
  t.equal(answer?.fields[39], '00');
});

t.test('cards, references, inquiries: what is none is refused', async (t) => {
  for (const card of [
    '',
    '1',
    '123',
    'x'.repeat(41),
    '6011 0000',
    '60110000\u0000',
    `${cardNumber(1)}é`,
    '*'.repeat(16),
  ]) {
    for (const processing of [ACTIVATION, REDEMPTION, DEACTIVATION, LOSS]) {
      const fields = identity({ 3: processing, 48: buildTlv([['CN', card]]), 102: '5550001234' });
      await refused(t, `card ${JSON.stringify(card)} ${processing}`, '0200', fields);
    }
  }
  await refused(t, 'no account', '0200', identity({ 3: REDEMPTION, 48: buildTlv([['CN', cardNumber(1)]]) }));
  for (const reference of [
    '',
    '0',
    'A'.repeat(40),
    '99999999999999999999',
    "' OR 1=1",
    '-1',
    '1e9',
    'x'.repeat(900),
  ]) {
    const { 102: _, ...credit } = creditOf('', 1_000, { 48: buildTlv([['AR', reference]]) });
    await refused(t, `reference ${reference.slice(0, 20)}`, '0200', credit);
  }
  for (const [part, page] of [
    ['', ''],
    ['XXX', ''],
    ['PRV', 'nosuch'],
    ['PRV', 'x'.repeat(900)],
    ['VAL', ''],
    ['RAT', '-1'],
    ['__proto__', ''],
    ['constructor', ''],
  ] as const) {
    const asked = identity({
      3: '360000',
      48: buildTlv([
        ['CQ', part],
        ['PG', page],
      ]),
    });
    await refused(t, `inquiry ${part} ${page.slice(0, 10)}`, '0100', asked);
  }
});

t.test('words that every object of the language knows are no products, parts or pages', async (t) => {
  for (const word of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    await refused(t, `product ${word}`, '0200', saleOf(word, 1_000));
    await refused(t, `credit ${word}`, '0200', creditOf('5550001234', 100, { 48: buildTlv([['PR', word]]) }));
    await refused(t, `item ${word}`, '0200', batchOf([[['PR', word]]]));
    const asked = buildTlv([
      ['CQ', word],
      ['PV', 'TALKCO'],
    ]);
    await refused(t, `part ${word}`, '0100', identity({ 3: '360000', 48: asked }));
    const paged = buildTlv([
      ['CQ', 'PRV'],
      ['PG', word],
    ]);
    await refused(t, `page ${word}`, '0100', identity({ 3: '360000', 48: paged }));
  }
});

t.test('reconciliations and cutovers: figures that are none, days that are none', async (t) => {
  const whole = { 74: '0000000000', 76: '9999999999', 88: '9999999999999999', 97: 'C0000000000000000' };
  for (const [what, fields] of Object.entries<IsoFields>({
    nothing: {},
    'beyond safe numbers': whole,
    'a net of neither side': { ...whole, 88: '0000000000000001', 97: 'X0000000000000000' },
    'a debt of nothing we know': { 76: '0000000001', 88: '0000000000000001', 97: 'D0000000000000001' },
    'a day that is none': { 15: '1399', 76: '0000000000' },
    'another currency': { 50: '999', 76: '9999999999' },
  }))
    await refused(t, what, '0500', identity(fields));
  for (const day of ['0000', '0230', '1399', '9999']) {
    const { 41: _, 42: __, ...fields } = identity({ 15: day, 70: '201' });
    await refused(t, `cutover ${day}`, '0800', fields);
  }
});

t.test('packed digits with letters in them make no request', async (t) => {
  const peer = await Client.open(running.ports.bcd ?? 0);
  const before = await eventCount(admin, 'format-error', 'bcd');
  // 0200: DE3, DE4, DE11, DE41, DE48 of 26 characters.
  const head = '02003020000000810000';
  const tail = Buffer.from('DEMO0001\u0000\u0026PR006TALK10', 'latin1').toString('hex');
  for (const digits of ['28000A000000001000000007', '280000FFFFFFFFFFFF000007', '28000000000000100000000F'])
    peer.send(Buffer.from(head + digits + tail, 'hex'));
  for (let at = 0; at < 3; at++) t.ok(await peer.take(() => true, 5_000), 'answered');
  t.equal((await eventCount(admin, 'format-error', 'bcd')) - before, 3);
  await peer.close();
});

function signed(fields: IsoFields): Buffer {
  const frame = buildIso('0800', { ...fields, 128: '0'.repeat(16) });
  const end = frame.length - 16;
  const code = createHmac('sha256', Buffer.from(MAC_KEY, 'hex')).update(frame.subarray(0, end)).digest('hex');
  frame.write(code.slice(0, 16).toUpperCase(), end, 'latin1');
  return frame;
}

t.test(
  'floods of sign-ons, of junk keys and of answers to nothing: answered or counted, memory flat',
  async (t) => {
    const pid = running.child.process.pid;
    const resident = residentBytes(pid);
    const { 41: _, 42: __, ...own } = identity();
    const keys = ['', 'junk', 'AB'.repeat(12), 'AB'.repeat(400)].map((block) =>
      framed(signed({ ...own, 48: buildTlv([['KY', block]]), 70: '161' })),
    );
    const signOn = framed(buildIso('0800', { ...own, 70: '001' }));
    const wrong = framed(buildIso('0810', { ...own, 39: '96', 70: '301' }));
    for (const [link, burst] of [
      ['mac', Buffer.concat(keys)],
      ['session', Buffer.concat([signOn, wrong])],
    ] as const) {
      const peer = await RawPeer.open(running.ports[link] ?? 0);
      const hundred = Buffer.concat(Array.from({ length: 100 }, () => burst));
      for (let sent = 0; sent < 20 && !peer.closed; sent++) await peer.write(hundred);
      t.ok(await eventually(async () => peer.received.length > 0 || peer.closed, 5_000), link);
      peer.destroy();
    }
    const silent = await Promise.all(
      Array.from({ length: 50 }, () => RawPeer.open(running.ports.session ?? 0)),
    );
    const before = await eventCount(admin, 'sign-on-failed', 'session');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    t.ok(
      silent.every(({ closed }) => closed),
      'a peer that does not answer our sign-on is left',
    );
    t.ok((await eventCount(admin, 'sign-on-failed', 'session')) >= Math.max(50, before));
    t.ok(residentBytes(pid) - resident < 64 * MEBIBYTE, 'memory');
  },
);

t.test('a MAC that is left out, or cut off, is no MAC', async (t) => {
  const peer = await Client.open(running.ports.mac ?? 0);
  const { 41: _, 42: __, ...own } = identity({ 70: '301' });
  const whole = signed(own);
  t.equal(await answerCode(peer, whole), '00');
  t.equal(await answerCode(peer, buildIso('0800', own)), '63', 'left out');
  t.equal(await answerCode(peer, whole.subarray(0, -16)), '30', 'cut off');
  t.equal(await answerCode(peer, buildIso('0800', { ...own, 128: '0'.repeat(16) })), '63', 'zeros');
  t.equal(await answerCode(peer, buildIso('0200', saleOf('TALK10', 1000))), '63', 'a sale without one');
  await peer.close();
});

async function answerCode(peer: Client, body: Buffer): Promise<string | undefined> {
  peer.send(body);
  const frame = await peer.take(() => true, 5_000);
  return frame && parseIso(frame).fields[39];
}

t.test('the web API: bodies, keys and paths that are none, sums beyond safe numbers', async (t) => {
  const url = `http://127.0.0.1:${running.ports.api}`;
  let serial = 0;
  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    serial += 1;
    const usual = {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'idempotency-key': `hostile-${serial}`,
    };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { ...usual, ...headers }, body });
    return { status: answer.status, text: await answer.text() };
  };
  const item = { account: '5550001234', product: 'TOPUP', amount: Number.MAX_SAFE_INTEGER };
  const sums = await post('/v1/batches', JSON.stringify({ items: Array.from({ length: 20 }, () => item) }));
  t.match(JSON.parse(sums.text), { result: 'declined' });
  for (const [path, body] of [
    ['/v1/pin-sales', '{"product":"TALK10","__proto__":{"quantity":9}}'],
    ['/v1/pin-sales', '{"product":"TALK10","constructor":{"prototype":{}}}'],
    ['/v1/pin-sales', '{"product":"TALK10","quantity":1e0001,"amount":1e999}'],
    ['/v1/pin-sales', '{"product":"TALK10","quantity":11}'],
    ['/v1/pin-sales', '{"product":"TALK10","amount":1.5}'],
    ['/v1/pin-sales', '{"product":"\u0416"}'],
    ['/v1/pin-sales', '['.repeat(50_000)],
    ['/v1/pin-sales', `"${'x'.repeat(2_000_000)}"`],
    ['/v1/batches', '{"items":[]}'],
    ['/v1/batches', `{"items":[${'{"product":"TALK10"},'.repeat(20)}{"product":"TALK10"}]}`],
    ['/v1/reversals', '{"transaction":"x","items":[1,1]}'],
    ['/v1/account-credits', `{"account":"${'5'.repeat(29)}"}`],
  ] as const) {
    const { status, text } = await post(path, body);
    t.ok(status >= 400 && status < 500, `${path} ${body.slice(0, 40)}: ${status} ${text.slice(0, 80)}`);
  }
  for (const key of ['', 'short', 'x'.repeat(65), 'with a space'])
    t.equal((await post('/v1/pin-sales', '{"product":"TALK10"}', { 'idempotency-key': key })).status, 400);
  for (const path of [
    '/v1/providers?page=a&page=b',
    '/v1/providers/%00/products',
    '/v1/providers/x/products?q=1',
  ])
    t.ok(
      (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } })).status < 500,
      path,
    );
});

t.test('after all of it: sold throughout, no fault of ours, and everything is accounted for', async (t) => {
  await client.close();
  await seller.stop();
  t.ok(seller.answers.length > 50, `${seller.answers.length} sales beside all this`);
  t.ok(
    seller.answers.every((answer) => answer?.fields[39] === '00'),
    'each was answered 00',
  );
  const faults = [...(await metricsOf(admin)).keys()].filter((name) =>
    /internal-error|handler-error|unsendable/.test(name),
  );
  t.same(faults, [], 'no fault of ours');
  t.same(await supplier.ledger(), [], 'no supplier was asked for anything');
  t.match(await running.json('stock', 'audit'), { takenIn: STOCK, accounted: STOCK, ok: true });
  for (const args of [
    ['journal', 'export'],
    ['report', 'sales'],
  ]) {
    const { code, stderr } = await commandLine([...args, '--data', folder]);
    t.equal(code, 0, stderr);
  }
  t.equal(await running.child.kill('SIGTERM'), 0);
});
