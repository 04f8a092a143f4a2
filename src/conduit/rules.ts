/**
 * Which service a message asks for, by its MTI and the fields that the profile's rules name. The first rule that
 * holds counts. Repeats follow the rule of their original.
 */
import type { Message } from '../iso8583/index.js';
import { readerOf } from './facts.js';
import type { Profile, Rule } from './profile.js';

export type Service = Rule['service'];

interface CompiledRule<T> {
  readonly found: T;
  readonly mtis: ReadonlySet<string>;
  readonly holds: (message: Message) => boolean;
}

/** The MTI of the original of a repeat: odd origins (xxx1, xxx3, xxx5) are repeats of the even one before. */
export function foldRepeat(mti: string): string {
  const origin = mti.charCodeAt(3) - 0x30;
  return origin % 2 === 1 && origin < 6 ? `${mti.slice(0, 3)}${origin - 1}` : mti;
}

/** True for a request or an advice, false for an answer to one: only the former may be answered. */
export function mayBeAnswered(mti: string): boolean {
  const third = mti.charCodeAt(2) - 0x30;
  return third === 0 || third === 2;
}

/** The answer's MTI: 0200 and 0201 are answered by 0210, 0420 and 0421 by 0430, 1804 by 1814. */
export function answerMti(mti: string): string {
  const original = foldRepeat(mti);
  return `${original.slice(0, 2)}${Number(original.charAt(2)) + 1}${original.charAt(3)}`;
}

/** The MTI of an answer that refuses: as any other, or (BASE24-like hosts) the request's own with another first digit. */
export function refusalMti(mti: string, rejectMti: Profile['answer']['rejectMti']): string {
  return rejectMti?.[foldRepeat(mti)] ?? answerMti(mti);
}

/** What `meaningOf` made of the rule that holds, at start. */
export function ruleFinder<T>(
  profile: Profile,
  meaningOf: (rule: Rule) => T,
): (message: Message) => T | undefined {
  const rules = profile.rules.map((rule) => compileRule(rule, meaningOf(rule)));
  return (message) => {
    const mti = foldRepeat(message.mti);
    for (const rule of rules) {
      if (rule.mtis.has(mti) && rule.holds(message)) return rule.found;
    }
    return undefined;
  };
}

function compileRule<T>(rule: Rule, found: T): CompiledRule<T> {
  const tests = Object.entries(rule.when).map(([path, pattern]) => {
    const read = readerOf([path]);
    if (pattern === '') return (message: Message) => read(message).trim() === '';
    return pattern.includes('x')
      ? (message: Message) => matches(pattern, read(message))
      : (message: Message) => read(message) === pattern;
  });
  return {
    found,
    mtis: new Set(rule.mti),
    holds: (message) => tests.every((test) => test(message)),
  };
}

function matches(pattern: string, text: string): boolean {
  if (pattern.length !== text.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== 'x' && pattern[i] !== text[i]) return false;
  }
  return true;
}
