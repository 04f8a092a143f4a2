/**
 * Traffic of the tests' own for guessing: messages of the three versions of the standard in their codings, put together
 * from the standard's field tables, in frames built by hand. It shares nothing with the codec and the framings under test.
 */
type Kind = 'n' | 'an' | 'b';
/** Characters, digits or (b) bytes; `prefix`: digits of the length, 0 for a fixed field. */
type Shape = readonly [kind: Kind, length: number, prefix?: 2 | 3];

const FIELDS_1987: Readonly<Record<number, Shape>> = {
  2: ['n', 19, 2],
  3: ['n', 6],
  4: ['n', 12],
  7: ['n', 10],
  11: ['n', 6],
  12: ['n', 6],
  13: ['n', 4],
  22: ['n', 3],
  25: ['n', 2],
  32: ['n', 11, 2],
  37: ['an', 12],
  38: ['an', 6],
  39: ['an', 2],
  41: ['an', 8],
  42: ['an', 15],
  48: ['an', 999, 3],
  49: ['an', 3],
  52: ['b', 8],
  70: ['n', 3],
  90: ['n', 42],
  102: ['an', 28, 2],
};

const FIELDS_1993: typeof FIELDS_1987 = {
  ...FIELDS_1987,
  12: ['n', 12],
  22: ['an', 12],
  24: ['n', 3],
  25: ['n', 4],
  39: ['n', 3],
  56: ['n', 35, 2],
};

const FIELDS_2003: typeof FIELDS_1987 = {
  ...FIELDS_1993,
  4: ['n', 16],
  11: ['n', 12],
  12: ['n', 14],
  13: ['n', 6],
  22: ['b', 16],
  39: ['n', 4],
  41: ['an', 16],
  42: ['an', 35, 2],
  // What 2003 has in DE49 is no currency.
  49: ['an', 0],
  56: ['an', 41, 2],
};

export interface Dialect {
  readonly fields: typeof FIELDS_1987;
  readonly coding: 'ascii' | 'bcd' | 'ebcdic';
  readonly hexBitmap: boolean;
  readonly always128?: boolean;
}

/** By the name of the shipped format that reads it. */
export const DIALECTS: Readonly<Record<string, Dialect>> = {
  'iso87-ascii': { fields: FIELDS_1987, coding: 'ascii', hexBitmap: true },
  'iso87-ascii-binary-bitmap': { fields: FIELDS_1987, coding: 'ascii', hexBitmap: false },
  'iso87-ascii-128': { fields: FIELDS_1987, coding: 'ascii', hexBitmap: true, always128: true },
  'mixed-ascii': { fields: { ...FIELDS_1987, 12: ['n', 12] }, coding: 'ascii', hexBitmap: false },
  'iso87-bcd': { fields: { ...FIELDS_1987, 49: ['n', 3] }, coding: 'bcd', hexBitmap: false },
  'iso87-ebcdic': { fields: FIELDS_1987, coding: 'ebcdic', hexBitmap: false },
  'iso93-ascii': { fields: FIELDS_1993, coding: 'ascii', hexBitmap: true },
  'iso93-bcd': { fields: { ...FIELDS_1993, 49: ['n', 3] }, coding: 'bcd', hexBitmap: false },
  'iso2003-ascii': { fields: FIELDS_2003, coding: 'ascii', hexBitmap: true },
};

const EBCDIC_LETTERS: readonly (readonly [number, string])[] = [
  [0xc1, 'ABCDEFGHI'],
  [0xd1, 'JKLMNOPQR'],
  [0xe2, 'STUVWXYZ'],
  [0xf0, '0123456789'],
];

function ebcdic(text: string): Buffer {
  return Buffer.from(
    [...text].map((character) => {
      const row = EBCDIC_LETTERS.find(([, letters]) => letters.includes(character));
      return row ? row[0] + row[1].indexOf(character) : 0x40;
    }),
  );
}

function packed(digits: string): Buffer {
  return Buffer.from(digits.length % 2 === 1 ? `0${digits}` : digits, 'hex');
}

function chars(text: string, coding: Dialect['coding']): Buffer {
  return coding === 'ebcdic' ? ebcdic(text) : Buffer.from(text, 'latin1');
}

function field([kind, length, prefix]: Shape, value: string, { coding, hexBitmap }: Dialect): Buffer {
  const digits = (text: string): Buffer => (coding === 'bcd' ? packed(text) : chars(text, coding));
  if (kind === 'b') return hexBitmap ? chars(value, coding) : Buffer.from(value, 'hex');
  const whole =
    kind === 'n' ? value.padStart(prefix ? 0 : length, '0') : value.padEnd(prefix ? 0 : length, ' ');
  const content = kind === 'n' ? digits(whole) : chars(whole, coding);
  if (prefix === undefined) return content;
  return Buffer.concat([digits(String(whole.length).padStart(prefix, '0')), content]);
}

export function message(dialect: Dialect, mti: string, values: Readonly<Record<number, string>>): Buffer {
  const { fields, coding, hexBitmap, always128 = false } = dialect;
  const des = Object.keys(values)
    .map(Number)
    .filter((de) => (fields[de]?.[1] ?? 0) > 0);
  const wide = always128 || des.some((de) => de > 64);
  const bits = Array.from({ length: wide ? 128 : 64 }, (_, at) =>
    des.includes(at + 1) || (at === 0 && wide && !always128) ? '1' : '0',
  ).join('');
  const bitmap = (bits.match(/.{4}/g) ?? [])
    .map((four) => Number.parseInt(four, 2).toString(16).toUpperCase())
    .join('');
  return Buffer.concat([
    coding === 'bcd' ? packed(mti) : chars(mti, coding),
    hexBitmap ? chars(bitmap, coding) : Buffer.from(bitmap, 'hex'),
    ...des.sort((a, b) => a - b).map((de) => field(fields[de] as Shape, values[de] ?? '', dialect)),
  ]);
}

/** One exchange: what a terminal asks and is told. */
export interface Exchange {
  readonly request: Buffer;
  readonly answer: Buffer;
}

/** Sales, an echo now and then, and reversals, as a shop's terminal sends them. */
export function exchanges(name: string, count: number, dialect = DIALECTS[name]): Exchange[] {
  if (dialect === undefined) throw new Error(`no dialect ${name}`);
  const version = { 2: '0', 3: '1', 4: '2' }[dialect.fields[39]?.[1] ?? 2] ?? '0';
  return Array.from({ length: count }, (_, at) => exchange(dialect, version, at));
}

function exchange(dialect: Dialect, version: string, at: number): Exchange {
  const stan = String(100 + 7 * at);
  const time = `14${String(10 + (at % 50)).padStart(2, '0')}${String((at * 13) % 60).padStart(2, '0')}`;
  const local = { 6: time, 12: `261123${time}`, 14: `20261123${time}` }[dialect.fields[12]?.[1] ?? 6] ?? time;
  const ok = '0'.repeat(dialect.fields[39]?.[1] ?? 2);
  const entry =
    dialect.fields[22]?.[0] === 'b'
      ? '00'.repeat(16)
      : dialect.fields[22]?.[1] === 12
        ? '210101213140'
        : '021';
  const amount = String(1000 + 50 * at);
  const money = dialect.fields[4]?.[1] === 16 ? `8402${amount.padStart(12, '0')}` : amount;
  const effective = { 4: '1123', 6: '261123' }[dialect.fields[13]?.[1] ?? 4] ?? '1123';
  const base = { 7: `1123${time}`, 11: stan, 12: local, 13: version === '1' ? '2411' : effective };
  const place = {
    32: '000001',
    37: `4327${stan.padStart(8, '0')}`,
    41: 'SHOP0001',
    42: 'MERCHANT0000042',
    49: '840',
  };
  if (at % 8 === 7) {
    // 1993 and later have no DE70 of that meaning.
    const echo =
      version === '0' ? { 7: `1123${time}`, 11: stan, 12: local, 70: '301' } : { ...base, 24: '831' };
    return {
      request: message(dialect, `${version}800`, echo),
      answer: message(dialect, `${version}810`, { ...echo, 39: version === '0' ? ok : `8${ok.slice(1)}` }),
    };
  }
  const sale = {
    ...(at % 3 === 0 ? { 2: '4761739001010119' } : {}),
    3: '280000',
    4: money,
    ...base,
    22: entry,
    ...(version === '0' ? { 25: '00' } : { 24: '200' }),
    ...place,
    ...(at % 2 === 0 ? { 48: 'PR006TALK10QT0011' } : {}),
    ...(at % 4 === 1 ? { 52: '0123456789ABCDEF' } : {}),
    ...(at % 5 === 4 ? { 102: '5551234567' } : {}),
  };
  const { 52: _pinBlock, ...told } = { 52: '', ...sale };
  if (at % 8 === 5) {
    const original =
      version === '0'
        ? { 90: `0200${stan.padStart(6, '0')}1123${time}${'00000000001'}${'0'.repeat(11)}` }
        : {};
    const reversal = { ...sale, ...original, ...(version === '0' ? {} : { 24: '400', 25: '4000' }) };
    const { 52: _, ...echoed } = { 52: '', ...reversal };
    return {
      request: message(dialect, `${version}420`, reversal),
      answer: message(dialect, `${version}430`, { ...echoed, 39: version === '0' ? ok : `4${ok.slice(1)}` }),
    };
  }
  return {
    request: message(dialect, `${version}200`, sale),
    answer: message(dialect, `${version}210`, { ...told, 38: 'A12345', 39: ok }),
  };
}

/** Bytes as on the wire, by a name of the tests' own. */
export const FRAMES: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  length2: (body) => Buffer.concat([two(body.length), body]),
  'length2-inclusive': (body) => Buffer.concat([two(body.length + 2), body]),
  'length2-le': (body) => Buffer.concat([two(body.length).reverse(), body]),
  bcd2: (body) => Buffer.concat([packed(String(body.length).padStart(4, '0')), body]),
  ascii4: (body) => Buffer.concat([Buffer.from(String(body.length).padStart(4, '0')), body]),
  ascii6: (body) => Buffer.concat([Buffer.from(String(body.length).padStart(6, '0')), body]),
  ascii3: (body) => Buffer.concat([Buffer.from(String(body.length).padStart(3, '0')), body]),
  hex4: (body) => Buffer.concat([Buffer.from(body.length.toString(16).toUpperCase().padStart(4, '0')), body]),
  cs: (body) => Buffer.concat([two(body.length), Buffer.alloc(2), body]),
  vap: (body) => {
    const header = Buffer.alloc(22, 0x11);
    header.set([22, 1, 2, ...two(body.length + 22)]);
    return Buffer.concat([two(body.length + 22), Buffer.alloc(2), header, body]);
  },
  gicc: (body) => Buffer.concat([Buffer.alloc(2), two(body.length), body]),
  'base24-etx': (body) => Buffer.concat([two(body.length + 1), body, Buffer.from([3])]),
  none: (body) => body,
  'length2, TPDU': (body) =>
    FRAMES.length2?.(Buffer.concat([Buffer.from('6000030000', 'hex'), body])) ?? body,
  'length2, TPDU, header of 6 bytes': (body) =>
    FRAMES.length2?.(Buffer.concat([Buffer.from('6000030000612200003201', 'hex'), body])) ?? body,
  'length2, header of 12 bytes': (body) =>
    FRAMES.length2?.(Buffer.concat([Buffer.from('ISO123456789'), body])) ?? body,
  'bcd2, TPDU': (body) => FRAMES.bcd2?.(Buffer.concat([Buffer.from('6000030000', 'hex'), body])) ?? body,
};

function two(length: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(length);
  return bytes;
}
