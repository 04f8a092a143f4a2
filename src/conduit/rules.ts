/**
 * Which service a message asks for, by its MTI and the fields that the profile's rules name. The first rule that
 * holds counts. Repeats follow the rule of their original.
 */
import type { Message } from '../iso8583/index.js';
import { readerOf } from './facts.js';
import type { Profile } from './profile.js';

export type Service = Profile['rules'][number]['service'];

interface CompiledRule {
  readonly service: Service;
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

export function serviceFinder(profile: Profile): (message: Message) => Service | undefined {
  const rules = profile.rules.map(compileRule);
  return (message) => {
    const mti = foldRepeat(message.mti);
    for (const rule of rules) {
      if (rule.mtis.has(mti) && rule.holds(message)) return rule.service;
    }
    return undefined;
  };
}

function compileRule(rule: Profile['rules'][number]): CompiledRule {
  const tests = Object.entries(rule.when).map(([path, pattern]) => {
    const read = readerOf([path]);
    return pattern.includes('x')
      ? (message: Message) => matches(pattern, read(message))
      : (message: Message) => read(message) === pattern;
  });
  return {
    service: rule.service,
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
