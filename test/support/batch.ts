/** Batches of the tests' own: requests by items, answers taken apart field by field as a terminal would. */
import { identity } from './client.js';
import { buildTlv, type IsoFields, type IsoMessage, parseTlv } from './iso.js';

/** One item's TLVs, without its number. */
export type AskedItem = readonly (readonly [string, string])[];

export interface ToldItem {
  readonly number: string;
  readonly code: string;
  readonly pins: readonly string[];
  readonly tags: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

export function itemTlvs(items: readonly AskedItem[]): string {
  return buildTlv(items.flatMap((item, at) => [['IT', String(at + 1).padStart(2, '0')] as const, ...item]));
}

export function batchOf(items: readonly AskedItem[], overrides: IsoFields = {}): Record<number, string> {
  return identity({ 3: '290000', 48: itemTlvs(items), 49: '840', ...overrides });
}

export const pin = (product: string, quantity = 1): AskedItem =>
  quantity === 1
    ? [['PR', product]]
    : [
        ['PR', product],
        ['QT', String(quantity)],
      ];

export const credit = (account: string, amount: number): AskedItem => [
  ['AC', account],
  ['AM', String(amount)],
];

/** DE63, then DE62, then DE61: each holds whole TLVs. */
export function itemsOf(answer: IsoMessage | undefined): ToldItem[] {
  const entries = [63, 62, 61].flatMap((de) => parseTlv(answer?.fields[de] ?? ''));
  const items: {
    number: string;
    code: string;
    pins: string[];
    tags: string[];
    values: Record<string, string>;
  }[] = [];
  for (const [tag, value] of entries) {
    if (tag === 'IT') items.push({ number: value, code: '', pins: [], tags: [], values: {} });
    const item = items.at(-1);
    if (!item || tag === 'IT') continue;
    if (tag === 'RC') item.code = value;
    if (tag === 'PN') item.pins.push(value);
    item.tags.push(tag);
    item.values[tag] = value;
  }
  return items;
}

export const codesOf = (answer: IsoMessage | undefined): string[] => itemsOf(answer).map(({ code }) => code);

/** DE48 of a reversal that names items. */
export function named(...numbers: readonly number[]): Record<number, string> {
  return { 48: buildTlv(numbers.map((number) => ['IT', String(number).padStart(2, '0')] as const)) };
}
