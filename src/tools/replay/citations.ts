/**
 * The new values in what a message cites of another one (conduit/originals.ts has the layouts): STAN, RRN, dates and
 * times of the original, each at its place in the field's text.
 */
import type { OriginalLayout } from '../../conduit/profile.js';
import type { Message } from '../../iso8583/index.js';
import type { Substitution } from './substitution.js';
import type { TimeShift } from './timeShift.js';

/** What is renewed; undefined for what stays. */
export interface Renewal {
  readonly stan: Substitution | undefined;
  readonly rrn: Substitution | undefined;
  readonly times: TimeShift | undefined;
}

/** A field that cites: its text anew, and which STAN or RRN it names. */
export interface CitationRule {
  readonly de: number;
  renewed(text: string, message: Message): string;
  named(text: string, message: Message): string;
}

const DIGITS_OF_STAN = 6;
const DIGITS_OF_STAN_2003 = 12;

export function citationRules(layouts: readonly OriginalLayout[], renewal: Renewal): CitationRule[] {
  return layouts.flatMap(({ layout, field = 90 }): CitationRule[] => {
    switch (layout) {
      case 'standard':
        return [
          { de: field, renewed: (text) => standard(text, renewal), named: (text) => text.slice(4, 10) },
        ];
      case 'base24':
        return [{ de: field, renewed: (text) => base24(text, renewal), named: (text) => text.slice(4, 16) }];
      case 'de56':
        return [
          {
            de: 56,
            renewed: (text, { mti }) => de56(text, mti, renewal),
            named: (text, { mti }) => text.slice(4, 4 + stanDigits(mti)),
          },
        ];
      case 'stan':
        return [
          {
            de: field,
            renewed: (text) => lastDigits(text, renewal),
            named: (text) => text.slice(-DIGITS_OF_STAN),
          },
        ];
      default:
        return [];
    }
  });
}

/** MTI 4, STAN 6, DE7 10, institutions. */
function standard(text: string, { stan, times }: Renewal): string {
  if (text.length < 20) return text;
  const own = text.slice(4, 10);
  const transmitted = text.slice(10, 20);
  return (
    text.slice(0, 4) + (stan?.of(own) ?? own) + (times?.joined(transmitted) ?? transmitted) + text.slice(20)
  );
}

/** MTI 4, DE37 12, DE13 4, DE12 6, the rest. */
function base24(text: string, { rrn, times }: Renewal): string {
  if (text.length < 26) return text;
  const own = text.slice(4, 16);
  const local = text.slice(16, 26);
  return text.slice(0, 4) + (rrn?.of(own) ?? own) + (times?.joined(local) ?? local) + text.slice(26);
}

/** MTI 4, STAN (2003: 12), local date and time (2003: with the century), acquirer. */
function de56(text: string, mti: string, { stan, times }: Renewal): string {
  const from = 4 + stanDigits(mti);
  const until = from + (is2003(mti) ? 14 : 12);
  if (text.length < until) return text;
  const own = text.slice(4, from);
  const local = text.slice(from, until);
  return text.slice(0, 4) + (stan?.of(own) ?? own) + (times?.joined(local) ?? local) + text.slice(until);
}

function is2003(mti: string): boolean {
  return mti.startsWith('2');
}

function stanDigits(mti: string): number {
  return is2003(mti) ? DIGITS_OF_STAN_2003 : DIGITS_OF_STAN;
}

function lastDigits(text: string, { stan }: Renewal): string {
  if (text.length < DIGITS_OF_STAN || !stan) return text;
  return text.slice(0, -DIGITS_OF_STAN) + stan.of(text.slice(-DIGITS_OF_STAN));
}
