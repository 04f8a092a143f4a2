/** A balance as DE54 has it: account type 2, amount type 2, currency 3, sign 1, amount 12. */
import type { Money } from '../domain/money.js';

/** Undefined for one that the twelve digits cannot say. */
export function balanceText({ amount, currency }: Money): string | undefined {
  const digits = String(Math.abs(amount)).padStart(12, '0');
  return digits.length > 12 ? undefined : `0002${currency}${amount < 0 ? 'D' : 'C'}${digits}`;
}
