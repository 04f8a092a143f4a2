/** Effects as they cross between threads and stand in the journal: one text, JSON of arrays, read only where it is needed. */
import type { Effects } from '../../ledgerVerbs.js';

interface Packed {
  readonly p: readonly (readonly [string, string, number, number | null])[];
  readonly u: readonly (readonly [string, string, string, number | null, number | null, number])[];
}

/** Null where there are none. */
export function packEffects(effects: Effects | undefined): string | null {
  if (!effects || (effects.postings.length === 0 && effects.usage.length === 0)) return null;
  const packed: Packed = {
    p: effects.postings.map(({ account, currency, amount, floor }) => [account, currency, amount, floor]),
    u: effects.usage.map(({ subject, window, period, countMax, amountMax, amount }) => [
      subject,
      window,
      period,
      countMax,
      amountMax,
      amount,
    ]),
  };
  return JSON.stringify(packed);
}

/** None for null. */
export function unpacked(text: string | null): Effects {
  return text === null ? { postings: [], usage: [] } : unpackEffects(text);
}

export function unpackEffects(text: string): Effects {
  const { p, u } = JSON.parse(text) as Packed;
  return {
    postings: p.map(([account, currency, amount, floor]) => ({ account, currency, amount, floor })),
    usage: u.map(([subject, window, period, countMax, amountMax, amount]) => ({
      subject,
      window,
      period,
      countMax,
      amountMax,
      amount,
    })),
  };
}
