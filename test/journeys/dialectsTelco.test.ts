/**
 * U1: the layouts of telco gateways and of a bill aggregator over real sockets, each on a link of one switch: a sale or
 * a credit, its repeat, its reversal, a decline, and what became of it where the layout can ask; again after a kill.
 */
import t, { type Test } from 'tap';
import { common, Peer, renewed, tlv, tlvOf, tokens, without } from '../support/dialectPeer.js';
import { baseConfig, startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier, type TestSupplier } from '../support/supplier.js';
import { dialect, type WireFields } from '../support/wire.js';

const TPDU = Buffer.from('6000030000', 'hex');
const GATEWAY = dialect();
const ANDEAN = dialect({ packed: true, head: TPDU });
const BASE24 = dialect({ head: Buffer.from('ISO016000010'), shapes: { 90: { fixed: 42 } } });
const AGGREGATOR = dialect({
  shapes: { 32: { prefix: 2 }, 41: { fixed: 16 }, 100: { prefix: 2 }, 127: { prefix: 2 } },
});

const [base] = baseConfig().links as Record<string, unknown>[];
const LINKS = [
  { ...base, name: 'gateway', profile: 'telco-gateway' },
  {
    ...base,
    name: 'andean',
    framing: { kind: 'length2', tpdu: 'swap' },
    format: 'andean-bcd',
    profile: 'andean-bcd',
  },
  {
    ...base,
    name: 'base24',
    framing: { kind: 'length2', headerBytes: 12 },
    format: 'base24-topup',
    profile: 'base24-topup',
  },
  {
    ...base,
    name: 'aggregator',
    format: 'bill-aggregator',
    profile: 'bill-aggregator',
    session: { peerSignsOn: true },
  },
];

let supplier: TestSupplier;
let running: TestSwitch;

/** Of each account: how often it was asked for, and how its orders stand. */
async function ordersOf(account: string): Promise<string[]> {
  const orders = (await supplier.ledger()).filter((one) => one.account === account);
  return orders.map(({ asked, state }) => `${asked} ${state}`);
}

const undone = (account: string): Promise<boolean> =>
  eventually(async () => (await ordersOf(account)).every((order) => order.endsWith('reversed')));

t.before(async () => {
  supplier = await startSupplier(t, 'http');
  const credits = creditConfig({ http: supplier.port });
  const catalogue = credits.catalogue as { providers: object[]; products: object[] };
  // An operator that cannot be credited: who asks for it gets a PIN of it.
  const providers = [
    ...catalogue.providers,
    { code: 'PINCO', name: 'Pin Company', direct: false, ranges: [{ prefix: '666' }] },
  ];
  const pin = {
    kind: 'pin',
    provider: 'PINCO',
    currency: '840',
    code: 'PINCO10',
    name: 'Pin 10',
    price: 1000,
    route: ['stock'],
  };
  const products = catalogue.products.map((one) => ({
    ...one,
    receipt: ['{product} {amount}', 'Ref {rrn} {approval}'],
  }));
  running = await startSwitch(t, {
    pins: { TALK10: 20, PINCO10: 10 },
    config: { ...credits, links: LINKS, catalogue: { providers, products: [...products, pin] } },
  });
});

t.test('U1: a telco gateway recharges, repeats, reverses by DE53, and declines', async (t) => {
  const peer = await Peer.open(t, running.ports.gateway, GATEWAY);
  const recharge = common(2_500, {
    2: '5550001111',
    3: '110000',
    24: '001',
    42: 'DEMOMERCHANT001',
    100: '100555',
  });
  const answer = await peer.ask('0200', recharge);
  t.match(answer, {
    mti: '0210',
    fields: { 2: '5550001111', 39: '00', 38: /^\S{6}$/, 54: /^0002840C\d{12}$/, 102: /^\d+$/ },
  });
  t.same(await peer.ask('0201', recharge), answer, 'the repeat has the same answer');
  t.same(await ordersOf('5550001111'), ['1 credited']);
  const citing = { 3: '140000', 53: (recharge[11] ?? '').padStart(16, '0') };
  const reversal = renewed(recharge, citing);
  t.match(await peer.ask('0400', reversal), { mti: '0410', fields: { 39: '00' } });
  t.ok(await undone('5550001111'));
  t.match(await peer.ask('0201', recharge), { fields: { 39: '12' } }, 'and what was reversed is no more');
  t.match(await peer.ask('0200', renewed(recharge, { 4: '000000002550' })), {
    mti: '0210',
    fields: { 39: '13' },
  });
  t.match(await peer.ask('0200', renewed(recharge, { 100: '999' })), { fields: { 39: '15' } });
});

t.test(
  'U1: an Andean gateway sells packets and PINs, and tells what became of them and of reversals',
  async (t) => {
    const peer = await Peer.open(t, running.ports.andean, ANDEAN);
    const own = { 24: '003', 42: 'DEMOMERCHANT001' };
    const packet = common(2_500, { ...own, 2: '5550002222', 3: '650300', 48: 'TOPUP', 61: 'VAL0042' });
    const asked = (of: WireFields, mti: string, code: string) =>
      peer.ask(mti, { ...without(of, 4, 37, 48, 61), 3: code });
    t.match(await asked(packet, '0220', '600000'), { mti: '0230', fields: { 39: '25' } }, 'not sold yet');
    const answer = await peer.ask('0200', packet);
    t.match(answer, { mti: '0210', fields: { 39: '00', 38: /^\S{6}$/, 61: 'VAL0042', 62: /^\d+$/ } });
    const { 38: code, 62: order } = answer.fields;
    t.same(await peer.ask('0201', packet), answer, 'the repeat has the same answer');
    t.match(await asked(packet, '0220', '600000'), {
      mti: '0230',
      fields: { 39: '00', 38: code, 62: order },
    });
    t.match(await asked(packet, '0420', '700000'), { mti: '0430', fields: { 39: '25' } }, 'nor reversed');
    t.same(await ordersOf('5550002222'), ['1 credited'], 'the supplier heard of one');
    t.match(await peer.ask('0400', packet), { mti: '0410', fields: { 39: '00' } });
    t.match(await asked(packet, '0420', '700000'), { fields: { 39: '00' } });
    t.match(await asked(packet, '0220', '600000'), { fields: { 39: '12' } }, 'reversed');
    t.ok(await undone('5550002222'));
    const topup = common(2_500, { ...own, 2: '5550002223', 3: '180000' });
    t.match(await peer.ask('0200', topup), { fields: { 39: '00' } }, 'the phone tells its operator');
    t.match(await peer.ask('0200', renewed(packet, { 48: 'NOSUCH' })), { fields: { 39: '15' } });
    t.match(await peer.ask('0200', renewed(topup, { 4: '000000002550' })), { fields: { 39: '13' } });
    const sale = common(1_000, { ...own, 3: '120000', 100: '100010' });
    const sold = await peer.ask('0200', sale);
    t.match(sold, { fields: { 39: '00', 57: /^\d{10,}$/ } });
    t.equal((await asked(sale, '0220', '600000')).fields[57], sold.fields[57], 'a status tells the same PIN');
    t.match(await peer.ask('0400', sale), { fields: { 39: '00' } });
    for (const mti of ['0201', '0220'] as const) {
      const after = mti === '0201' ? await peer.ask(mti, sale) : await asked(sale, mti, '600000');
      t.equal(after.fields[39], '12', mti);
      t.equal(after.fields[57], undefined, 'and the PIN is told no more');
    }
  },
);

t.test(
  'U1: a BASE24-like host tops up by a token, reverses by its DE90, and declines with a 9',
  async (t) => {
    const peer = await Peer.open(t, running.ports.base24, BASE24);
    const topup = common(2_500, {
      3: '650000',
      17: '1123',
      32: '000001',
      42: 'DEMOMERCHANT001',
      126: tokens('0555', '5550003333'),
    });
    const answer = await peer.ask('0200', topup);
    t.match(answer, { mti: '0210', fields: { 39: '00', 38: /^\S{6}$/, 126: topup[126] ?? '' } });
    t.same(await peer.ask('0201', topup), answer, 'the repeat has the same answer');
    const cites = (of: WireFields): string => `0200${of[37]}${of[13]}${of[12]}001123${'0'.repeat(10)}`;
    const reversal = renewed(topup, { 90: cites(topup) });
    const accepted = await peer.ask('0420', reversal);
    t.match(accepted, { mti: '0430', fields: { 39: '00', 90: cites(topup) } });
    t.same(await peer.ask('0421', reversal), accepted);
    t.ok(await undone('5550003333'));
    t.same(await ordersOf('5550003333'), ['1 reversed']);
    t.match(await peer.ask('0201', topup), { mti: '9200', fields: { 39: '12' } });
    const declined = renewed(topup, { 4: '000000002550' });
    t.match(await peer.ask('0200', declined), { mti: '9200', fields: { 39: '13', 11: declined[11] ?? '' } });
    const spoilt = renewed(topup, { 126: tokens('0555', '5550003333').replace('! Q100023', '! Q100099') });
    t.match(
      await peer.ask('0200', spoilt),
      { mti: '9200', fields: { 39: '30' } },
      'a token longer than its field',
    );
    // A refusal of theirs is no request: it is not answered.
    peer.send('9200', { ...declined, 11: '999998', 39: '13' });
    t.match(await peer.ask('0800', { 7: topup[7] ?? '', 11: '999999', 70: '301' }), {
      mti: '0810',
      fields: { 39: '00' },
    });
    // A PIN in place of a credit stands in the voucher's place, the rest of the token as it came.
    const inPlace = common(1_000, {
      3: '650000',
      32: '000001',
      42: 'DEMOMERCHANT001',
      126: tokens('', '6660003333', ''),
    });
    const sold = await peer.ask('0200', inPlace);
    const pin = (sold.fields[126] ?? '').slice(22 + 23, 22 + 23 + 18).trim();
    t.match(pin, /^\d{10,18}$/);
    t.equal(sold.fields[126], tokens('', '6660003333', pin));
    t.equal(sold.fields[63], undefined);
    t.same(await peer.ask('0201', inPlace), sold);
    // Where the token has no such place it is told whole beside it.
    const bare = renewed(inPlace, { 126: tokens('', '6660003333') });
    const beside = await peer.ask('0200', bare);
    t.match(beside, { fields: { 39: '00', 63: /^\d{10,18}$/, 126: bare[126] ?? '' } });
    t.match(await peer.ask('0420', renewed(inPlace, { 90: cites(inPlace) })), { fields: { 39: '00' } });
    const after = await peer.ask('0201', inPlace);
    t.match(after, { mti: '9200', fields: { 39: '12' } });
    t.notOk(JSON.stringify(after).includes(pin), 'its PIN is told no more');
  },
);

async function aggregator(t: Test): Promise<Peer> {
  const peer = await Peer.open(t, running.ports.aggregator, AGGREGATOR);
  const { 7: at = '', 11: stan = '' } = common(0);
  t.match(await peer.ask('0800', { 7: at, 11: stan, 32: 'CA123', 70: '001' }), {
    mti: '0810',
    fields: { 39: '00' },
  });
  return peer;
}

const payment = (account: string, product = 'TOPUP', amount = 2_500): Record<number, string> =>
  common(amount, {
    3: '800000',
    15: '1123',
    18: '6012',
    32: 'CA123',
    48: tlv([['PI', product], ...(account === '' ? [] : ([['CN', account]] as const)), ['AC', '0']]),
    57: '',
    100: '1234567',
    125: '',
    127: '071234567',
  });

t.test(
  'U1: a bill aggregator pays once by its DE37, asked again by an advice as often as it likes',
  async (t) => {
    const early = await Peer.open(t, running.ports.aggregator, AGGREGATOR);
    t.match(await early.ask('0200', payment('5550004444')), { fields: { 39: '58' } }, 'logon first');
    const peer = await aggregator(t);
    const pays = payment('5550004444');
    const inquiry = { ...pays, 3: '370000', 4: '000000000000' };
    t.match(await peer.ask('0200', inquiry), { mti: '0210', fields: { 39: '00' } });
    const answer = await peer.ask('0200', pays);
    t.match(answer, { mti: '0210', fields: { 39: '00', 41: pays[41]?.padEnd(16) ?? '', 127: '071234567' } });
    const told = tlvOf(answer.fields[48]);
    t.match(told, { PI: 'TOPUP', CN: '5550004444', AC: '0', FR: /^\d+$/ });
    t.match(tlvOf(answer.fields[57]), { R0: /^Top-up /, R1: new RegExp(`^Ref ${pays[37]?.trim()} `) });
    const advice = { ...pays, 11: '999001' };
    for (const mti of ['0220', '0221']) {
      const again = await peer.ask(mti, advice);
      t.match(again, { mti: '0230', fields: { 39: '00', 48: answer.fields[48], 57: answer.fields[57] } });
    }
    t.same(await ordersOf('5550004444'), ['1 credited']);
    t.match(
      await peer.ask('0220', { ...advice, 4: '000000002600' }),
      { fields: { 39: '94' } },
      'another body',
    );
    t.match(await peer.ask('0200', payment('5550004444', 'NOSUCH')), { fields: { 39: '30' } });
    t.match(await peer.ask('0200', payment('9990004444', '')), { fields: { 39: '31' } });

    const late = payment('5550004445');
    const { fields } = await peer.ask('0220', late);
    t.equal(fields[39], '00', 'an advice whose payment never came pays');
    t.match(
      await peer.ask('0200', late),
      { fields: { 39: '00', 48: fields[48] } },
      'and the payment that comes late does not',
    );
    t.same(await ordersOf('5550004445'), ['1 credited']);

    const slow = payment('5550004480');
    const [first, second] = await Promise.all([
      peer.ask('0200', slow),
      peer.ask('0220', { ...slow, 11: '999002' }),
    ]);
    t.match(first, { mti: '0210', fields: { 39: '00' } });
    t.equal(
      second.fields[48],
      first.fields[48],
      'an advice while the supplier is asked waits for the same answer',
    );
    t.same(await ordersOf('5550004480'), ['1 credited']);

    t.match(
      await peer.ask('0400', { ...pays, 11: '999003' }),
      { mti: '0410', fields: { 39: '00' } },
      'reversed by DE37',
    );
    t.match(await peer.ask('0220', advice), { fields: { 39: '48' } }, 'an advice does not pay it again');
    t.ok(await undone('5550004444'));
    t.same(await ordersOf('5550004444'), ['1 reversed']);
    t.match(await peer.ask('0400', payment('5550004446')), { fields: { 39: '92' } }, 'nothing to reverse');
  },
);

t.test(
  'U1: after a kill each layout still tells the same PIN, and sells no other for a repeat',
  async (t) => {
    const sale = common(1_000, { 3: '120000', 24: '003', 42: 'DEMOMERCHANT001', 100: '100010' });
    const voucher = payment('', 'TALK10', 1_000);
    const pinsOf = async (mti: '0200' | '0220' | '0201') => {
      const gateway = await (await Peer.open(t, running.ports.gateway, GATEWAY)).ask(
        mti === '0220' ? '0201' : mti,
        sale,
      );
      const told = await (await aggregator(t)).ask(mti, voucher);
      return [gateway.fields[63], tlvOf(told.fields[57]).R0];
    };
    const before = await pinsOf('0200');
    for (const pin of before) t.match(pin, /^\d{10,}$/);
    await running.child.kill();
    running = await running.restart();
    t.same(await pinsOf('0220'), before);
    t.same(await pinsOf('0201'), before);
    const peer = await aggregator(t);
    t.match(await peer.ask('0420', { ...voucher, 11: '999004' }), { mti: '0430', fields: { 39: '00' } });
    const after = await peer.ask('0220', voucher);
    t.equal(after.fields[39], '48');
    t.notOk(JSON.stringify(after).includes(before[1] ?? ''), 'the PIN of what was reversed is told no more');
    // Sold: one to the gateway, and in place of a credit one of Pin Company's. Reversed: three.
    t.match(await running.json('stock', 'audit'), { byCustody: { sold: 2, quarantined: 3 }, ok: true });
  },
);
