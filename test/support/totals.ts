/** Reconciliations and cutovers as terminals and acquirers send them, and what their answers say. */
import { identity } from './client.js';
import type { IsoFields, IsoMessage } from './iso.js';

const NUMBERS = { credits: 74, creditReversals: 75, debits: 76, debitReversals: 77 } as const;
const AMOUNTS = {
  creditAmount: 86,
  creditReversalAmount: 87,
  debitAmount: 88,
  debitReversalAmount: 89,
} as const;

export type Claims = Partial<Record<keyof typeof NUMBERS | keyof typeof AMOUNTS, number>>;

/** The data elements of these totals. */
export function totalsOf(claims: Claims): Record<number, string> {
  const fields: Record<number, string> = {};
  for (const [name, value] of Object.entries(claims)) {
    const isAmount = name in AMOUNTS;
    const field = { ...NUMBERS, ...AMOUNTS }[name as keyof Claims];
    fields[field] = String(value).padStart(isAmount ? 16 : 10, '0');
  }
  return fields;
}

export function reconciliationOf(claims: Claims, overrides: IsoFields = {}): Record<number, string> {
  return identity({ ...totalsOf(claims), ...overrides });
}

/** The figures of an answer, as numbers. */
export function figuresOf(answer: IsoMessage | undefined): Claims {
  const figures: Record<string, number> = {};
  for (const [name, field] of Object.entries({ ...NUMBERS, ...AMOUNTS })) {
    figures[name] = Number(answer?.fields[field] ?? Number.NaN);
  }
  return figures;
}

export const NONE: Claims = Object.fromEntries(
  [...Object.keys(NUMBERS), ...Object.keys(AMOUNTS)].map((name) => [name, 0]),
);
