/** U1, P5: legacy terminals with every framing and every shipped coding sell by configuration alone. T1, T3. */
import { connect } from 'node:net';
import t from 'tap';
import { type Fields, loadFormat } from '../../src/iso8583/index.js';
import { framed, saleOf } from '../support/client.js';
import { STANDARD_FORMATS } from '../support/formats.js';
import { buildIso, parseIso, pinsOf } from '../support/iso.js';
import { baseConfig, startSwitch } from '../support/process.js';

/** Sends bytes, at once or one by one, and takes what comes back until it is enough. */
function exchange(
  port: number,
  wire: Buffer,
  enough: (got: Buffer) => boolean,
  inPieces = false,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.setNoDelay(true);
      if (inPieces) for (const byte of wire) socket.write(Buffer.from([byte]));
      else socket.write(wire);
    });
    let got = Buffer.alloc(0);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no whole answer: ${got.toString('hex')}`)),
      15_000,
    );
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (!enough(got)) return;
      clearTimeout(timer);
      socket.destroy();
      resolve(got);
    });
    socket.on('error', reject);
  });
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const zeros = Buffer.from([0, 0]);
const TPDU = Buffer.from('6000010002', 'hex');
const TURNED = Buffer.from('6000020001', 'hex');

/** How each framing stands on the wire, written from the table in the field's documents. */
const FRAMINGS: Readonly<Record<string, { spec: unknown; wrap: (body: Buffer) => Buffer; head?: Buffer }>> = {
  length2: { spec: 'length2', wrap: (body) => Buffer.concat([u16(body.length), body]) },
  'length2-inclusive': {
    spec: 'length2-inclusive',
    wrap: (body) => Buffer.concat([u16(body.length + 2), body]),
  },
  'length2-le': { spec: 'length2-le', wrap: (body) => Buffer.concat([u16(body.length).reverse(), body]) },
  bcd2: {
    spec: 'bcd2',
    wrap: (body) => Buffer.concat([Buffer.from(String(body.length).padStart(4, '0'), 'hex'), body]),
  },
  ascii: { spec: 'ascii', wrap: (body) => Buffer.concat([text(String(body.length).padStart(4, '0')), body]) },
  hex4: {
    spec: 'hex4',
    wrap: (body) => Buffer.concat([text(body.length.toString(16).toUpperCase().padStart(4, '0')), body]),
  },
  cs: { spec: 'cs', wrap: (body) => Buffer.concat([u16(body.length), zeros, body]) },
  gicc: { spec: 'gicc', wrap: (body) => Buffer.concat([zeros, u16(body.length), body]) },
  'base24-etx': {
    spec: 'base24-etx',
    wrap: (body) => Buffer.concat([u16(body.length + 1), body, Buffer.from([3])]),
  },
  tpdu: {
    spec: { kind: 'length2', tpdu: 'swap' },
    wrap: (body) => Buffer.concat([u16(body.length + 5), TPDU, body]),
    head: TURNED,
  },
  vap: {
    spec: 'vap',
    wrap: (body) => Buffer.concat([u16(body.length + 4), zeros, Buffer.from([4, 1, 2, 3]), body]),
    head: Buffer.from([4, 1, 2, 3]),
  },
  none: { spec: 'none', wrap: (body) => body },
  'ascii-header': {
    spec: { kind: 'length2', headerBytes: 12 },
    wrap: (body) => Buffer.concat([u16(body.length + 12), text('ISO006000010'), body]),
    head: text('ISO006000010'),
  },
};

const [baseLink] = baseConfig().links as Record<string, unknown>[];

t.test('U1: every framing sells, byte by byte too', async (t) => {
  const links = Object.entries(FRAMINGS).map(([name, { spec }]) => ({ ...baseLink, name, framing: spec }));
  const { ports } = await startSwitch(t, { pins: { TALK10: 50 }, config: { links } });
  const rounds = Object.entries(FRAMINGS).flatMap(([name, framing]) => [
    { name, ...framing, inPieces: false },
    { name, ...framing, inPieces: true },
  ]);
  for (const { name, wrap, head, inPieces } of rounds) {
    const what = inPieces ? `${name}, byte by byte` : name;
    const trailer = name === 'base24-etx' ? 1 : 0;
    const request = saleOf('TALK10', 1000);
    const bodyOf = (got: Buffer): Buffer =>
      got.subarray(Math.max(0, got.indexOf('0210')), got.length - trailer);
    // Whole when wrapping what stands behind the header again gives the length that came.
    const whole = (got: Buffer): boolean => {
      const again = got.includes('0210') ? wrap(bodyOf(got)) : undefined;
      return again?.length === got.length && again.subarray(0, 4).equals(got.subarray(0, 4));
    };
    const answer = await exchange(ports[name] ?? 0, wrap(buildIso('0200', request)), whole, inPieces);
    const message = parseIso(bodyOf(answer));
    t.equal(message.fields[39], '00', what);
    t.equal(pinsOf(message).length, 1, what);
    t.equal(message.fields[11], request[11], what);
    const at = answer.indexOf('0210');
    if (head) t.same(answer.subarray(at - head.length, at), head, `${what}: header of the answer`);
  }
});

/** Which profile speaks which format, and what differs from the default profile's sale. */
function saleFor(
  format: string,
  base: Record<number, string>,
): { profile: string; mti: string; approved: string; undone: string; fields: Fields } {
  const local = `2026${base[13]}${base[12]}`;
  if (format === 'iso2003-ascii') {
    const fields = { ...base, 4: `8402${base[4]}`, 11: `000000${base[11]}`, 12: local };
    const { 13: _, 49: __, ...rest }: Record<number, string> = fields;
    return { profile: 'default-2003', mti: '2200', approved: '0000', undone: '4000', fields: rest };
  }
  if (format.startsWith('iso93')) {
    const { 13: _, ...rest }: Record<number, string> = { ...base, 12: local.slice(2) };
    return { profile: 'default-1993', mti: '1200', approved: '000', undone: '400', fields: rest };
  }
  if (format === 'mixed-ascii')
    return {
      profile: 'default-mixed',
      mti: '0200',
      approved: '00',
      undone: '00',
      fields: { ...base, 12: local.slice(2) },
    };
  return {
    profile: format === 'iso87-bcd' ? 'pos-bcd' : 'default',
    mti: '0200',
    approved: '00',
    undone: '00',
    fields: base,
  };
}

t.test('U1: every format of the standard sells, repeats and reverses', async (t) => {
  const links = STANDARD_FORMATS.map((format) => ({
    ...baseLink,
    name: format,
    format,
    profile: saleFor(format, saleOf('TALK10', 1000)).profile,
  }));
  const running = await startSwitch(t, { pins: { TALK10: 50 }, config: { links } });
  for (const format of STANDARD_FORMATS) {
    const codec = loadFormat(format);
    const ask = async (mti: string, fields: Fields) => {
      const whole = (got: Buffer): boolean => got.length >= 2 && got.length === 2 + got.readUInt16BE(0);
      const answer = await exchange(running.ports[format] ?? 0, framed(codec.build(mti, fields)), whole);
      return codec.parse(answer.subarray(2));
    };
    const { mti, approved, undone, fields } = saleFor(format, saleOf('TALK10', 1000));
    const repeatMti = `${mti.slice(0, 3)}1`;
    const answer = await ask(mti, fields);
    t.equal(answer.mti, `${mti.slice(0, 2)}10`, format);
    t.equal(answer.text(39), approved, format);
    const pin = answer.text('63.PN');
    t.match(pin, /^\d{10,}$/, format);
    t.equal((await ask(repeatMti, fields)).text('63.PN'), pin, `${format}: the repeat has the same PIN`);
    const { 48: _, ...plain } = fields;
    const original = String(fields[11]);
    const reversal = { ...plain, 11: original.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)) };
    const answered = await ask(`${mti.slice(0, 1)}420`, reversal);
    t.equal(answered.text(39), undone, `${format}: reversal, found by its RRN`);
    t.not((await ask(repeatMti, fields)).text(39), approved, `${format}: a repeat of what was reversed`);
  }
  t.match(await running.json('stock', 'audit'), {
    byCustody: { quarantined: STANDARD_FORMATS.length },
    ok: true,
  });
});

t.test('U1: the telco gateway layout sells with its own codes, and its reversal cites DE53', async (t) => {
  const link = { ...baseLink, name: 'gateway', profile: 'telco-gateway' };
  const running = await startSwitch(t, { pins: { TALK10: 5 }, config: { links: [link] } });
  const codec = loadFormat('iso87-ascii');
  const { 48: _, 32: __, ...base } = saleOf('TALK10', 1000);
  const sale: Fields = { ...base, 3: '120000', 24: '001', 100: '100010' };
  const whole = (got: Buffer): boolean => got.length >= 2 && got.length === 2 + got.readUInt16BE(0);
  const ask = async (mti: string, fields: Fields) =>
    codec.parse(
      (await exchange(running.ports.gateway ?? 0, framed(codec.build(mti, fields)), whole)).subarray(2),
    );
  const answer = await ask('0200', sale);
  t.equal(answer.text(39), '00');
  t.match(answer.text(63), /^\d{10,}$/, 'the PIN alone');
  t.equal(answer.text(73), '991231', 'its expiry');
  t.match(answer.text(102), /^\d+$/, 'the transaction id');
  const stan = String(base[11]);
  const reversal: Fields = {
    ...base,
    3: '150000',
    24: '001',
    11: stan.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)),
    37: 'X99999999999',
    53: stan.padStart(16, '0'),
  };
  t.equal((await ask('0400', reversal)).text(39), '00');
  t.match(await running.json('stock', 'audit'), { byCustody: { quarantined: 1 }, ok: true });
});
