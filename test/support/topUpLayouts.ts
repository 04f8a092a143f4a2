/**
 * Prepaid layouts seen in public, as their documents lay them out: which fields are how long, on which line, and a switch
 * with a link for each of them.
 */
import type { Said, Shapes, Wire } from './dialect.js';

const SHOP = 'DEMOMERCHANT001';

const STANDARD: Shapes = {
  2: 'LL',
  3: 6,
  4: 12,
  7: 10,
  11: 6,
  12: 6,
  13: 4,
  15: 4,
  18: 4,
  22: 3,
  25: 2,
  29: 9,
  31: 9,
  32: 'LL',
  37: 12,
  38: 6,
  39: 2,
  41: 8,
  42: 15,
  46: 'LLL',
  48: 'LLL',
  49: 3,
  50: 3,
  54: 'LLL',
  62: 'LLL',
  63: 'LLL',
  66: 1,
  70: 3,
  74: 10,
  75: 10,
  76: 10,
  77: 10,
  86: 16,
  87: 16,
  88: 16,
  89: 16,
  90: 42,
  97: 17,
  102: 'LL',
  103: 'LL',
  123: 'LLL',
  126: 'LLL',
  128: 64,
};
const YEAR_2003: Shapes = { ...STANDARD, 4: 16, 11: 12, 12: 14, 15: 8, 39: 4, 41: 16, 42: 'LL', 56: 'LL' };

export const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
let stan = Math.floor(Math.random() * 500_000);

/** What every message carries, with a fresh STAN and RRN. */
export function identity(terminal = 'DEMO0001'): Record<number, string> {
  stan += 1;
  const text = String(stan).padStart(6, '0');
  const named = { 32: '000001', 37: `R${text}00000`, 41: terminal, 42: SHOP };
  return { 7: now.slice(4), 11: text, 12: now.slice(8), 13: now.slice(4, 8), ...named };
}

/** The reversal of a request, citing it by the standard's DE90. */
export function later(fields: Said): Record<number, string> {
  const {
    7: sent,
    11: trace,
    12: time,
    13: date,
    32: acquirer,
    37: rrn,
    41: terminal,
    42: merchant,
  } = fields;
  const own = identity();
  const kept = {
    3: fields[3],
    4: fields[4],
    49: fields[49],
    7: sent,
    12: time,
    13: date,
    32: acquirer,
    41: terminal,
    42: merchant,
  };
  const cited = `0200${trace}${sent}${'000001'.padStart(11, '0')}${'0'.repeat(11)}`;
  const reversal = { ...kept, 11: own[11], 37: rrn, 90: cited };
  return Object.fromEntries(Object.entries(reversal).filter(([, value]) => value !== undefined)) as Record<
    number,
    string
  >;
}

export const amount = (minor: number): string => String(minor).padStart(12, '0');
/** DE54 of an account of ours. */
export const balance = (minor: number): string => `0002840C${amount(minor)}`;

/** BASE24 tokens, written from the public layout. */
function tokens(entries: readonly (readonly [string, string])[]): string {
  const five = (value: number): string => String(value).padStart(5, '0');
  const body = entries.map(([id, data]) => `! ${id}${five(data.length)} ${data}`).join('');
  return `& ${five(entries.length + 1)}${five(12 + body.length)}${body}`;
}
/** DE126 of a bank host: the prepaid token behind another. */
export const q1 = (utility: string, phone: string, voucher = ''): string =>
  tokens([
    ['C4', '000000001032'],
    ['Q1', `${utility.padEnd(4)}${phone.padEnd(19)}${voucher.padEnd(18)}12345678901`],
  ]);

interface Layout {
  readonly framing: unknown;
  readonly wire: Wire;
  readonly format: string;
  readonly profile: string;
  readonly shapes: Shapes;
}
const plainWire: Wire = { length: 'binary', header: '' };
const usual = { framing: 'length2', wire: plainWire, shapes: STANDARD };
export const LAYOUTS = {
  topup: {
    ...usual,
    framing: 'ascii',
    wire: { length: 'digits', header: '' },
    format: 'ascii-topup',
    profile: 'ascii-topup',
  },
  electricity: { ...usual, format: 'electricity-1987', profile: 'electricity-1987' },
  electricity03: { ...usual, shapes: YEAR_2003, format: 'electricity-2003', profile: 'electricity-2003' },
  bank: {
    ...usual,
    framing: { kind: 'length2', headerBytes: 12 },
    wire: { length: 'binary', header: 'ISO026000010' },
    format: 'bank-tokens',
    profile: 'bank-tokens',
  },
  west: { ...usual, format: 'west-african', profile: 'west-african' },
  codes: { ...usual, format: 'iso87-ascii', profile: 'processing-codes' },
} as const satisfies Record<string, Layout>;
export type Name = keyof typeof LAYOUTS;

const pin = { kind: 'pin', currency: '840', route: ['stock'] };
const wallet = {
  kind: 'credit',
  currency: '840',
  amountMin: 100,
  amountMax: 100_000,
  amountStep: 100,
  route: ['ledger'],
};
/** `vendor`: the port of an HTTP supplier that makes tokens for meters. */
export const configOf = (vendor: number) => ({
  suppliers: [{ name: 'vendor', kind: 'http', url: `http://127.0.0.1:${vendor}` }],
  links: Object.entries(LAYOUTS).map(([name, { framing, format, profile }]) => ({
    ...{
      name,
      mode: 'listen',
      host: '127.0.0.1',
      port: 0,
      framing,
      format,
      profile,
      acquirer: '000001',
      peer: 'host',
    },
  })),
  catalogue: {
    providers: [
      { code: 'TELCO', name: 'Telco', ranges: [{ prefix: '555' }] },
      { code: 'CARDS', name: 'Voucher house', direct: false, ranges: [{ prefix: '777' }] },
      {
        code: 'POWER',
        name: 'Power company',
        direct: false,
        ranges: [{ prefix: '0', lengthMin: 11, lengthMax: 12 }],
      },
      { code: 'TALKCO', name: 'Talk Company' },
    ],
    products: [
      { ...wallet, code: 'TOPUP', name: 'Top-up', provider: 'TELCO' },
      { ...wallet, code: 'TOPUP2', name: 'Voucher', provider: 'CARDS', route: ['stock'] },
      { ...pin, code: 'VOUCHER10', name: 'Voucher 10', provider: 'CARDS', price: 1000 },
      { ...pin, code: 'VOUCHER20', name: 'Voucher 20', provider: 'CARDS', price: 2000 },
      {
        ...wallet,
        code: 'ELECTRICITY',
        name: 'Electricity',
        provider: 'POWER',
        currency: '360',
        route: ['stock'],
      },
      { ...pin, code: 'TOKEN20', name: 'Token 20', provider: 'POWER', currency: '360', price: 20_000 },
      {
        ...{ ...pin, code: 'TOKEN', name: 'Token', provider: 'POWER', currency: '360', forAccount: true },
        ...{ amountMin: 9_000, amountMax: 15_000, amountStep: 100, route: ['vendor'] },
      },
      { ...pin, code: 'TALK10', name: 'Talk 10', provider: 'TALKCO', price: 1000 },
    ],
    merchants: [{ id: SHOP, name: 'Shop' }],
    terminals: [
      { id: 'DEMO0001', merchant: SHOP },
      { id: 'DEMO0009', merchant: SHOP },
    ],
  },
});
