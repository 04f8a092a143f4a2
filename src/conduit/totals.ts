/**
 * Reconciliation totals, by the profile's field numbers (in 1987: DE74 to DE77 numbers, DE86 to DE89 amounts, DE97
 * the net amount, DE66 whether both agree): read from a request, and told in its answer.
 */
import type { Outcome } from '../domain/outcome.js';
import { FIGURES, netOf, type SaidFigures } from '../domain/settling.js';
import type { FieldValue, Message } from '../iso8583/index.js';
import type { Profile } from './profile.js';

/** Digits of a number (n10) and of an amount (n16). */
const DIGITS = { number: 10, amount: 16 };
/** DE66. */
const IN_BALANCE = '1';
const OUT_OF_BALANCE = '2';

export type SaidTotals =
  | { readonly ok: true; readonly said: SaidFigures; readonly content: string }
  | { readonly ok: false; readonly field: number };

/** Not ok where a figure is none, or where nothing was said at all. */
export function totalsReader({ totals }: Profile): (message: Message) => SaidTotals {
  return (message) => {
    const said: Record<string, number> = {};
    const content: string[] = [];
    for (const name of [...FIGURES, 'net'] as const) {
      const field = totals?.[name];
      const text = field === undefined ? undefined : message.text(field);
      if (field === undefined || text === undefined) continue;
      const value = name === 'net' ? netSaid(text) : numberSaid(text);
      if (value === undefined) return { ok: false, field };
      said[name] = value;
      content.push(`${name}=${value}`);
    }
    if (content.length === 0) return { ok: false, field: totals?.debits ?? 0 };
    return { ok: true, said, content: content.join() };
  };
}

function numberSaid(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** C for a net credit, D for a net debit, then the amount. */
function netSaid(text: string): number | undefined {
  const amount = numberSaid(text.slice(1));
  if (amount === undefined || !/^[CD]/.test(text)) return undefined;
  return text.startsWith('D') && amount > 0 ? -amount : amount;
}

/** A field's value in the answer; undefined where the outcome has no totals. */
type Told = (outcome: Outcome) => FieldValue | undefined;

/** Our own figures, in the fields in which they were asked for. */
export function toldTotals({ totals: fields }: Profile): readonly (readonly [number, Told])[] {
  if (!fields) return [];
  const told: (readonly [number, Told])[] = FIGURES.map((name) => [
    fields[name],
    ({ totals }) => totals && digits(totals.figures[name], name.endsWith('Amount') ? 'amount' : 'number'),
  ]);
  const { net, settlementCode } = fields;
  if (net !== undefined) told.push([net, ({ totals }) => totals && netText(netOf(totals.figures))]);
  if (settlementCode !== undefined) {
    told.push([settlementCode, ({ totals }) => totals && (totals.agreed ? IN_BALANCE : OUT_OF_BALANCE)]);
  }
  return told;
}

function digits(value: number, kind: keyof typeof DIGITS): string {
  return String(value).padStart(DIGITS[kind], '0');
}

function netText(net: number): string {
  return `${net < 0 ? 'D' : 'C'}${digits(Math.abs(net), 'amount')}`;
}
