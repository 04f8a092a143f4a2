/** Reading facts from a message by the profile's paths: the closures are made once, at start. */
import type { Message } from '../iso8583/index.js';
import type { Fact, Profile, Rule } from './profile.js';

/** The text at a path, '' where the message has none. */
export type Reader = (message: Message) => string;

export function readerOf(paths: readonly string[]): Reader {
  const readers = paths.map(readerOfPath);
  const [first, ...rest] = readers;
  if (!first) return () => '';
  if (rest.length === 0) return first;
  return (message) => {
    for (const read of readers) {
      const text = read(message);
      if (text !== '') return text;
    }
    return '';
  };
}

/** `41`, `48.PR`, or a part of either: `12@1-6` is its first six characters. */
function readerOfPath(path: string): Reader {
  const [field = '', part] = path.split('@');
  const place = /^\d+$/.test(field) ? Number(field) : field;
  if (part === undefined) return (message) => message.text(place) ?? '';
  const [first = 1, last = 1] = part.split('-').map(Number);
  return (message) => (message.text(place) ?? '').slice(first - 1, last);
}

/** Zeros and spaces alone say nothing: a STAN, RRN or time that a field has to have and a terminal does not know. */
export function zeroIsNothing(text: string): string {
  return /^[0 ]*$/.test(text) ? '' : text;
}

export type FactReaders = Readonly<Record<Fact, Reader>>;

/** `set`: what is meant where the message says nothing of it. */
export function factReaders(profile: Profile, set: Rule['set'] = {}): FactReaders {
  const of = (fact: Fact): Reader => {
    const read = readerOf(profile.facts[fact] ?? []);
    const meant = (set as Partial<Record<Fact, string>>)[fact];
    return meant === undefined ? read : (message) => read(message) || meant;
  };
  const rrn = of('rrn');
  return {
    acquirer: of('acquirer'),
    merchant: of('merchant'),
    terminal: of('terminal'),
    stan: of('stan'),
    rrn: (message) => zeroIsNothing(rrn(message)),
    localDate: of('localDate'),
    localTime: of('localTime'),
    transmittedAt: of('transmittedAt'),
    amount: of('amount'),
    currency: of('currency'),
    product: of('product'),
    quantity: of('quantity'),
    region: of('region'),
    provider: of('provider'),
    part: of('part'),
    page: of('page'),
    account: of('account'),
    accountReference: of('accountReference'),
    card: of('card'),
    approvalCode: of('approvalCode'),
    settlementDate: of('settlementDate'),
    settlementCurrency: of('settlementCurrency'),
    keyBlock: of('keyBlock'),
    keyCheck: of('keyCheck'),
  };
}
