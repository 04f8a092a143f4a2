/** Terminals of dialects, and what their messages hold, put together by hand. */
import type { Test } from 'tap';
import { Client, identity } from './client.js';
import { buildWire, parseWire, type WireDialect, type WireFields, type WireMessage } from './wire.js';

/** A terminal of one dialect. */
export class Peer {
  readonly #client: Client;
  readonly #dialect: WireDialect;

  private constructor(client: Client, of: WireDialect) {
    this.#client = client;
    this.#dialect = of;
  }

  static async open(t: Test, port: number | undefined, of: WireDialect): Promise<Peer> {
    const client = await Client.open(port ?? 0);
    t.teardown(() => client.close());
    return new Peer(client, of);
  }

  send(mti: string, fields: WireFields): void {
    this.#client.send(buildWire(this.#dialect, mti, fields));
  }

  async ask(mti: string, fields: WireFields): Promise<WireMessage> {
    this.send(mti, fields);
    const read = (frame: Buffer): WireMessage => parseWire(this.#dialect, frame);
    const frame = await this.#client.take((one) => read(one).fields[11] === fields[11]);
    if (!frame) throw new Error(`no answer to ${mti}`);
    return read(frame);
  }
}

/** What all four layouts have in common; STAN and RRN are new. */
export function common(amount: number, said: WireFields = {}): Record<number, string> {
  const {
    7: at = '',
    11: stan = '',
    12: time = '',
    13: date = '',
    37: rrn = '',
    41: terminal = '',
  } = identity();
  return {
    4: String(amount).padStart(12, '0'),
    7: at,
    11: stan,
    12: time,
    13: date,
    37: rrn,
    41: terminal,
    49: '840',
    ...said,
  };
}

export const renewed = (fields: WireFields, said: WireFields = {}): Record<number, string> => {
  const { 7: at = '', 11: stan = '', 12: time = '', 37: rrn = '' } = identity();
  return { ...fields, 7: at, 11: stan, 12: time, 37: rrn, ...said };
};

export const without = (fields: WireFields, ...numbers: number[]): Record<number, string> =>
  Object.fromEntries(Object.entries(fields).filter(([de]) => !numbers.includes(Number(de))));

/** DE126 of a BASE24-like host, put together by hand. */
export function tokens(utility: string, phone: string, voucher?: string): string {
  const data =
    utility.padEnd(4) + phone.padEnd(19) + (voucher === undefined ? '' : voucher.padEnd(18) + ' '.repeat(11));
  const token = `! Q1${String(data.length).padStart(5, '0')} ${data}`;
  return `& 00002${String(12 + token.length).padStart(5, '0')}${token}`;
}

export const tlv = (entries: readonly (readonly [string, string])[]): string =>
  entries.map(([tag, value]) => tag + String(value.length).padStart(2, '0') + value).join('');

export function tlvOf(text = ''): Record<string, string> {
  const entries: [string, string][] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + 4 + Number(text.slice(at + 2, at + 4));
    entries.push([text.slice(at, at + 2), text.slice(at + 4, end)]);
    at = end;
  }
  return Object.fromEntries(entries);
}
