/** A switch whose accounts have providers of every kind, and terminals that speak to it in three dialects. */
import type { Test } from 'tap';
import { Client, identity } from './client.js';
import { buildTlv, type IsoFields, type IsoMessage, parseTlv } from './iso.js';
import { startSwitch, type TestSwitch } from './process.js';
import { startSupplier, type TestSupplier } from './supplier.js';

const CREDIT = { kind: 'credit', currency: '840', amountMin: 100, amountMax: 10_000, amountStep: 100 };
const PIN = { kind: 'pin', currency: '840', route: ['stock'] };
export const OTHER_SHOP = { 41: 'OTHER001', 42: 'OTHERMERCHANT01' };

function link(name: string, format: string, profile: string): object {
  const rest = { mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2', acquirer: '000001' };
  return { name, format, profile, ...rest };
}

/** TALKCO by range, METERCO by the table, REGCO with regions, CARDCO not directly, SPARECO where its supplier is up. */
function configOf(port: number): Record<string, unknown> {
  const route = ['topup'];
  return {
    links: [
      link('ascii', 'iso87-ascii', 'default'),
      link('y1993', 'iso93-ascii', 'default-1993'),
      link('telco', 'iso87-ascii', 'telco-gateway'),
    ],
    suppliers: [
      { kind: 'http', name: 'topup', url: `http://127.0.0.1:${port}` },
      {
        kind: 'iso8583',
        name: 'away',
        link: { host: '127.0.0.1', port: 1, framing: 'length2' },
        format: 'iso87-ascii',
        acquirer: '000001',
      },
    ],
    catalogue: {
      providers: [
        { code: 'TALKCO', name: 'Talk', ranges: [{ prefix: '555' }] },
        { code: 'NEARCO', name: 'Near', ranges: [{ prefix: '5557' }, { prefix: '5550009999' }] },
        { code: 'METERCO', name: 'Meter' },
        {
          code: 'REGCO',
          name: 'Regions',
          ranges: [{ prefix: '666' }],
          regions: [
            { code: 'NORTH', name: 'North' },
            { code: 'SOUTH', name: 'South' },
          ],
        },
        { code: 'CARDCO', name: 'Card', direct: false, ranges: [{ prefix: '888' }] },
        { code: 'SPARECO', name: 'Spare', ranges: [{ prefix: '889' }] },
        { code: 'FIXCO', name: 'Fixed', ranges: [{ prefix: '777' }] },
      ],
      accounts: { METERCO: '5550001111 4440001111' },
      products: [
        { ...CREDIT, code: 'TALK', name: 'Talk', provider: 'TALKCO', route },
        { ...CREDIT, code: 'TALKDATA', name: 'Talk data', provider: 'TALKCO', route },
        { ...CREDIT, code: 'NEAR', name: 'Near', provider: 'NEARCO', route },
        { ...CREDIT, code: 'METER', name: 'Meter', provider: 'METERCO', route },
        { ...CREDIT, code: 'REG', name: 'Regions', provider: 'REGCO', route, regionRequired: true },
        {
          kind: 'credit',
          code: 'FIX5',
          name: 'Fixed 5',
          provider: 'FIXCO',
          currency: '840',
          price: 500,
          route,
        },
        { ...CREDIT, code: 'SPARE', name: 'Spare', provider: 'SPARECO', route: ['away', 'stock'] },
        { ...PIN, code: 'CARD10', name: 'Card 10', provider: 'CARDCO', price: 1_000 },
        { ...PIN, code: 'CARD20', name: 'Card 20', provider: 'CARDCO', price: 2_000 },
        { ...PIN, code: 'SPARE10', name: 'Spare 10', provider: 'SPARECO', price: 1_000 },
      ],
      merchants: [
        { id: 'DEMOMERCHANT001', name: 'Demonstration shop' },
        { id: 'OTHERMERCHANT01', name: 'Another shop' },
      ],
      terminals: [
        { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
        { id: 'DEMO0002', merchant: 'DEMOMERCHANT001' },
        { id: 'OTHER001', merchant: 'OTHERMERCHANT01' },
      ],
    },
  };
}

export interface Spoken {
  /** The answer's DE39, as 1987 has it: of the codes met here, 1993 has a digit before it or a word of its own. */
  readonly code: string;
  readonly fields: IsoFields;
  tag(name: string): string | undefined;
}

export type Ask = (fields: IsoFields, mti?: string) => Promise<Spoken>;

const IN_1987: Readonly<Record<string, string>> = {
  '000': '00',
  '110': '13',
  '111': '14',
  '185': '85',
  '184': '84',
};

function spoken(answer: IsoMessage | undefined): Spoken {
  const fields = answer?.fields ?? {};
  const code = fields[39] ?? '';
  const entries = /^[A-Z]{2}\d{3}/.test(fields[63] ?? '') ? parseTlv(fields[63] ?? '') : [];
  return {
    code: IN_1987[code] ?? code,
    fields,
    tag: (name) => entries.find(([tag]) => tag === name)?.[1],
  };
}

/** The same request, in the words of 1993. */
function in1993(fields: IsoFields): IsoFields {
  const { 12: time, 13: date, ...rest } = fields;
  const year = String(new Date().getUTCFullYear()).slice(2);
  return { ...rest, 12: `${year}${date}${time}` };
}

export async function dialects(
  t: Test,
  { ports }: TestSwitch,
): Promise<Record<'1987' | '1993' | 'telco', Ask>> {
  const open = async (name: string): Promise<Client> => {
    const client = await Client.open(ports[name] ?? 0);
    t.teardown(() => client.close());
    return client;
  };
  const [ascii, y1993, telco] = [await open('ascii'), await open('y1993'), await open('telco')];
  return {
    '1987': async (fields, mti = '0200') => spoken(await ascii.ask(mti, fields)),
    '1993': async (fields, mti = '0200') => spoken(await y1993.ask(mti.replace(/^0/, '1'), in1993(fields))),
    telco: async (fields, mti = '0200') => spoken(await telco.ask(mti, fields)),
  };
}

/** A credit that says only what is given: `48` as tags, and DE4 where there is an amount. */
export function credit(
  account: string,
  said: { amount?: number; tags?: readonly (readonly [string, string])[]; shop?: IsoFields } = {},
): Record<number, string> {
  return identity({
    3: '210000',
    ...(said.amount === undefined ? {} : { 4: String(said.amount).padStart(12, '0'), 49: '840' }),
    ...(said.tags ? { 48: buildTlv(said.tags) } : {}),
    ...(account === '' ? {} : { 102: account }),
    ...said.shop,
  });
}

export async function orderFor(supplier: TestSupplier, account: string) {
  return (await supplier.ledger()).filter((one) => one.account === account).at(-1);
}

export async function started(t: Test, options: Parameters<typeof startSwitch>[1] = {}) {
  const supplier = await startSupplier(t, 'http');
  const running = await startSwitch(t, {
    ...options,
    config: { ...configOf(supplier.port), ...options.config },
  });
  return { supplier, running };
}
