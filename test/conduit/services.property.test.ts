/**
 * Every service of every shipped profile, with hostile values in its fields: whatever was asked for, the conduit
 * reads it or refuses it by name, and whatever came of it is told in an answer that reads back. It throws nothing
 * but Iso8583Error, and that only while it parses: an outcome that cannot be told would be a sale without an answer.
 */
import fc from 'fast-check';
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { createConduit } from '../../src/conduit/conduit.js';
import { LinkMac } from '../../src/conduit/mac.js';
import { loadProfile, type Profile } from '../../src/conduit/profile.js';
import { type Outcome, plainOutcome, type SoldPin } from '../../src/domain/outcome.js';
import { REASONS } from '../../src/domain/reason.js';
import type { LinkRequest } from '../../src/domain/request.js';
import { FIGURES, type Figures } from '../../src/domain/settling.js';
import { type Codec, Iso8583Error, loadFormat, type Message } from '../../src/iso8583/index.js';

const PAIRS = [
  ['default', 'iso87-ascii'],
  ['default', 'iso87-ebcdic'],
  ['default', 'iso87-ascii-128'],
  ['pos-bcd', 'iso87-bcd'],
  ['telco-gateway', 'iso87-ascii'],
  ['andean-bcd', 'andean-bcd'],
  ['base24-topup', 'base24-topup'],
  ['bill-aggregator', 'bill-aggregator'],
  ['default-1993', 'iso93-ascii'],
  ['default-1993', 'iso93-bcd'],
  ['default-2003', 'iso2003-ascii'],
  ['default-mixed', 'mixed-ascii'],
] as const;

const RUNS = 200;

const digits = (min: number, max = min): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));
const printable = (min: number, max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: min, maxLength: max })
    .map((codes) => String.fromCharCode(...codes));

/** What a field or a TLV may be sent as: in shape, at its bounds, and out of shape. */
const said = fc.oneof(
  digits(1, 15),
  printable(0, 40),
  fc.constantFrom(
    '',
    '0',
    '00',
    '-1',
    '1e3',
    '0x5',
    ' 3',
    '+1',
    '1.0',
    '10',
    '11',
    '000000000000',
    '999999999999',
    '999999999999999',
    '9'.repeat(28),
    'A'.repeat(200),
    'F'.repeat(12),
    'D0000000000000000',
    'C9999999999999999',
    'PRV',
    'RAT',
    'Ж',
    'é',
    '\u0000',
    '{product}',
    'constructor',
    '__proto__',
  ),
);

/** A tag with what belongs to it, or with anything. */
const entry = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<[string, string]>(
      ['PR', 'TALK10'],
      ['PR', 'constructor'],
      ['CQ', 'constructor'],
      ['QT', '1'],
      ['QT', '10'],
      ['CQ', 'PRV'],
      ['CQ', 'RAT'],
      ['CN', '77000001'],
      ['KY', '00112233445566778899AABBCCDDEEFF'],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom('PR', 'QT', 'RG', 'PV', 'AR', 'CQ', 'PG', 'CN', 'KY', 'KC', 'IT', 'AC', 'AM'),
      said,
    ),
  },
  { weight: 1, arbitrary: fc.tuple(printable(2, 2), said) },
);
const itemEntry = fc.oneof(
  {
    weight: 15,
    arbitrary: fc.constantFrom<[string, string]>(
      ['PR', 'TALK10'],
      ['QT', '2'],
      ['AM', '1000'],
      ['AM', '999999999999999'],
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('PR', 'QT', 'RG', 'PV', 'AC', 'AM', 'XX'), said) },
);
/** Items as a batch lists them, with as many as may come and more, and numbers that repeat now and then. */
const items = fc
  .array(fc.tuple(fc.nat(99), fc.array(itemEntry, { minLength: 1, maxLength: 2 })), {
    minLength: 1,
    maxLength: 22,
  })
  .map((list) =>
    list.flatMap(([number, entries], at): [string, string][] => [
      ['IT', String(number === 99 ? number : at + 1).padStart(2, '0')],
      ...entries,
    ]),
  );
/** DE48, written out, now and then with something in it that is wrong. */
function tlvs(entries: fc.Arbitrary<[string, string][]>): fc.Arbitrary<string> {
  const wrong = fc.option(fc.nat(400), { freq: 1 });
  return fc.record({ entries, wrong, put: printable(1, 3) }).map(({ entries, wrong, put }) => {
    const text = entries.map(([tag, v]) => `${tag}${String(v.length).padStart(3, '0')}${v}`).join('');
    if (wrong === null || wrong % 4 > 0) return text.slice(0, 999);
    const at = wrong % (text.length + 1);
    return (text.slice(0, at) + put + text.slice(at + put.length)).slice(0, 999);
  });
}
const asked = fc.record({ plain: tlvs(fc.array(entry, { maxLength: 8 })), batch: tlvs(items) });

const pin: fc.Arbitrary<SoldPin> = fc.record({
  code: printable(4, 64),
  serial: printable(1, 64),
  expiry: digits(8),
});
const currency = digits(3);
const amount = fc.oneof(fc.nat(1_000_000), fc.constantFrom(0, 999_999_999_999));
const receipts = fc.array(
  fc.tuple(fc.constantFrom('x', ' ', 'é', '~'), fc.constantFrom(0, 1, 40, 200, 990, 999, 1200)),
  { maxLength: 20 },
);
const balance = fc.option(
  fc.record({
    amount: fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    currency,
  }),
  { nil: undefined },
);
const told = fc.record({
  reason: fc.constantFrom(...REASONS),
  transactionId: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
  approvalCode: fc.constantFrom('', 'A', 'ABC123'),
  balance,
  accountExpiry: fc.oneof(fc.constant(''), digits(8)),
  supplierReason: printable(0, 40),
  receipt: receipts.map((lines) => lines.map(([character, length]) => character.repeat(length))),
  amount,
  accountReference: fc.oneof(fc.constant(''), digits(1, 16)),
  pins: fc.array(pin, { minLength: 10, maxLength: 10 }),
  figures: fc.array(amount, { minLength: FIGURES.length, maxLength: FIGURES.length }),
  listing: fc.array(
    fc.record({
      page: printable(1, 40),
      entries: fc.array(fc.tuple(fc.constantFrom('PR', 'NM', 'RT'), printable(1, 60)), {
        minLength: 1,
        maxLength: 7,
      }),
    }),
    { maxLength: 200 },
  ),
});
type Told = typeof told extends fc.Arbitrary<infer Value> ? Value : never;

/** What the switch may give for this request at most: its own PINs, its own items, a listing where one was asked for. */
function outcomeOf(request: LinkRequest, { figures, listing, pins, ...plain }: Told): Outcome {
  const common: Outcome = { ...plain, pins: [] };
  switch (request.kind) {
    case 'pin-sale':
      return { ...common, pins: pins.slice(0, request.quantity) };
    case 'status':
      return { ...common, pins: request.of === 'reversal' ? [] : pins.slice(0, 1) };
    case 'account-credit':
    case 'card-activation':
      return { ...common, pins: pins.slice(0, 1) };
    case 'batch':
      return {
        ...common,
        items: request.items.map(({ number, quantity }) => ({
          number,
          outcome: { ...common, pins: pins.slice(0, quantity) },
        })),
      };
    case 'catalogue-inquiry':
      return { ...common, listing };
    case 'reconciliation':
      return {
        ...common,
        totals: {
          agreed: true,
          figures: figuresOf(figures),
        },
      };
    default:
      return common;
  }
}

function codesOf({ pins, items = [] }: Outcome): string[] {
  return [...pins, ...items.flatMap(({ outcome }) => outcome.pins)].map(({ code }) => code);
}

function codeOf({ reasons, approvals }: Profile, mti: string, { reason }: Outcome): string | undefined {
  return (reason === 'approved' ? approvals[mti.charAt(1)] : undefined) ?? reasons[reason];
}

/** The codes of the PINs that an answer tells; `isAny`: whether there are any. */
function codesIn(answer: Message, { answer: { pins, overflow } }: Profile, isAny: boolean): string {
  if (pins.layout === 'plain') return answer.text(pins.field) ?? '';
  if (pins.layout === 'subfield')
    return answer.text(pins.longer) ?? (isAny ? answer.text(pins.path) : undefined) ?? '';
  const entries = [pins.field, ...overflow].flatMap((de) => {
    const value = answer.value(de);
    return Array.isArray(value) ? (value as [string, string][]) : [];
  });
  return entries
    .filter(([tag]) => tag === 'PN')
    .map(([, code]) => code)
    .join();
}

/** Numbers of transactions never come near the ten digits that tell them; amounts may. */
function figuresOf(values: readonly number[]): Figures {
  const figures = FIGURES.map((name, at) => [
    name,
    (values[at] ?? 0) % (name.endsWith('Amount') ? 1e13 : 1e9),
  ]);
  return Object.fromEntries(figures) as Figures;
}

const isText = (value: string): boolean => /^[\x20-\x7e]*$/.test(value);

/** Fields that a dialect nests in a way of its own, written out by hand. */
const NESTED: Readonly<Record<string, (values: readonly string[]) => Record<number, string>>> = {
  'base24-topup': (values) => {
    const [utility = '', phone = '', voucher = ''] = values.slice(1).filter(isText);
    const data = utility.slice(0, 4).padEnd(4) + phone.slice(0, 19).padEnd(19);
    const token = values[1]?.length === 1 ? data : data + voucher.slice(0, 18).padEnd(18) + ' '.repeat(11);
    return {
      126: `& 00002${String(22 + token.length).padStart(5, '0')}! Q1${String(token.length).padStart(5, '0')} ${token}`,
    };
  },
  'bill-aggregator': (values) => {
    const [product = '', contract = '', name = ''] = values.slice(1).filter(isText);
    const entries = [
      ['PI', product.slice(0, 6)],
      ['CN', contract.slice(0, 24)],
      ['NM', name.slice(0, 50)],
    ].filter(([, text]) => text !== '');
    return {
      48: entries.map(([tag, text = '']) => tag + String(text.length).padStart(2, '0') + text).join(''),
    };
  },
};

/** A message of one of the profile's rules, with what its facts say replaced; undefined where it cannot be written. */
function written(
  codec: Codec,
  profile: Profile,
  at: number,
  values: readonly string[],
  tlv: { readonly plain: string; readonly batch: string },
): Buffer | undefined {
  const rule = profile.rules[at % profile.rules.length];
  if (!rule) return undefined;
  const places = [
    ...new Set(
      Object.values(profile.facts)
        .flat()
        .filter((path) => /^\d+$/.test(path)),
    ),
  ];
  const totals = Object.values(profile.totals ?? {}).filter((de) => de !== undefined);
  const numbers = [...places.map(Number), ...totals];
  const fields: Record<number, string> = {};
  for (const [index, de] of numbers.entries()) {
    const value = values[index % values.length] ?? '';
    if (de !== 39 && value !== '') fields[de] = value;
  }
  const listed = rule.service === 'batch' ? tlv.batch : tlv.plain;
  if (listed !== '') fields[48] = listed;
  // What a dialect nests in another way; now and then what it has nothing of.
  if (values[0] !== '') Object.assign(fields, NESTED[profile.name]?.(values));
  for (const [path, value] of Object.entries(rule.when)) {
    if (/^\d+$/.test(path)) fields[Number(path)] = value.replaceAll('x', '0');
  }
  // What its field cannot hold is left out: these messages are to get past the codec.
  const kept = Object.entries(fields).filter(([de, value]) => fits(codec, Number(de), value));
  const own: Record<number, string> = { 41: 'DEMO0001', 11: '000123' };
  return codec.build(rule.mti[0] ?? '0200', { ...own, ...Object.fromEntries(kept) });
}

function fits(codec: Codec, de: number, value: string): boolean {
  try {
    codec.build('0200', { [de]: value });
    return true;
  } catch (error) {
    if (error instanceof Iso8583Error) return false;
    throw error;
  }
}

function parsed(parse: (frame: Buffer) => Message, frame: Buffer): Message | undefined {
  try {
    return parse(frame);
  } catch (error) {
    if (error instanceof Iso8583Error) return undefined;
    throw error;
  }
}

/** How often each service and each refusal came up, over all profiles. */
const seen: Record<string, number> = {};

for (const [profileName, format] of PAIRS) {
  t.test(
    `${profileName} over ${format}: what is understood can be answered, the rest is refused by name`,
    async (t) => {
      const codec = loadFormat(format);
      const profile = loadProfile(profileName);
      const mac = new LinkMac('hmac-sha256', [Buffer.alloc(16, 7)], codec, systemClock);
      const conduits = [undefined, mac].map((one) =>
        createConduit(profile, codec, '000001', profileName, { mac: one }),
      );
      const message = fc.tuple(fc.nat(99), fc.array(said, { minLength: 30, maxLength: 30 }), asked);
      fc.assert(
        fc.property(message, told, ([at, values, tlv], outcome) => {
          const frame = written(codec, profile, at, values, tlv);
          for (const conduit of conduits) {
            const request = frame && parsed(conduit.parse, frame);
            if (!request || !conduit.isRequest(request)) return;
            const understood = conduit.understand(request);
            const name = understood.ok ? understood.request.kind : understood.reason;
            seen[name] = (seen[name] ?? 0) + 1;
            // The store's thread is handed copies: what cannot be copied would end the process.
            structuredClone(understood);
            const given = understood.ok
              ? outcomeOf(understood.request, outcome)
              : plainOutcome(understood.reason);
            const answer = codec.parse(conduit.answer(request, given));
            if (conduit.isRequest(answer)) throw new Error('no answer');
            if (answer.text(profile.answer.reasonField) !== codeOf(profile, request.mti, given))
              throw new Error('another code');
            const codes = codesOf(given).join();
            if (codesIn(answer, profile, codes !== '') !== codes) throw new Error('a PIN is not told');
            if (conduit === conduits[1] && !mac.isAuthentic(answer)) throw new Error('no MAC');
          }
        }),
        { numRuns: RUNS },
      );
      t.pass(`${RUNS} messages`);
    },
  );
}

t.test('every service was understood now and then, so that the test above says something', async (t) => {
  for (const { service } of loadProfile('default').rules) t.ok(seen[service], service);
  t.ok(seen.status, 'status');
});
