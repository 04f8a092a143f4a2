/**
 * How reversals cite their original, by layout (WIRE: "Versions", "Prepaid layouts", "Repeats and reversals"):
 *   standard   DE90 n42: MTI 4, STAN 6, DE7 10, acquirer 11, forwarder 11
 *   base24     DE90: MTI 4, DE37 12, DE13 4, DE12 6 (+ 2), DE17 4, zeros
 *   de56       DE56 of 1993 and 2003: MTI, STAN, local date and time, acquirer
 *   same-stan  nothing cited: STAN, date and time are the original's own
 *   stan       the last six digits of a field are the original's STAN
 */
import type { OriginalReference } from '../domain/request.js';
import type { Message } from '../iso8583/index.js';
import { type FactReaders, zeroIsNothing } from './facts.js';
import type { OriginalLayout } from './profile.js';

type Citation = Pick<
  OriginalReference,
  'messageClass' | 'stan' | 'transmittedAt' | 'localDate' | 'localTime' | 'acquirer' | 'rrn'
>;

type CitationReader = (message: Message) => Citation | undefined;

const NOTHING: Citation = {
  messageClass: '2',
  stan: '',
  transmittedAt: '',
  localDate: '',
  localTime: '',
  acquirer: '',
  rrn: '',
};

export function originalReader(
  layouts: readonly OriginalLayout[],
  facts: FactReaders,
): (message: Message) => OriginalReference {
  const readers = layouts.map((layout) => citationReader(layout, facts));
  return (message) => {
    let citation: Citation | undefined;
    for (const read of readers) citation ??= read(message);
    const cited = citation ?? NOTHING;
    return {
      ...cited,
      rrn: cited.rrn || facts.rrn(message),
      approvalCode: facts.approvalCode(message),
      account: facts.account(message),
    };
  };
}

function citationReader(layout: OriginalLayout, facts: FactReaders): CitationReader {
  const field = layout.field ?? 90;
  switch (layout.layout) {
    case 'standard':
      return (message) => fromField(message, field, 20, standard);
    case 'base24':
      return (message) => fromField(message, field, 26, base24);
    case 'de56':
      return de56;
    case 'stan':
      return (message) =>
        fromField(message, field, 6, (text) => ({ ...NOTHING, stan: zeroIsNothing(text.slice(-6)) }));
    case 'same-stan':
      return (message) => ({
        ...NOTHING,
        stan: facts.stan(message),
        localDate: facts.localDate(message),
        localTime: facts.localTime(message),
      });
  }
}

function fromField(
  message: Message,
  field: number,
  lengthMin: number,
  read: (text: string) => Citation,
): Citation | undefined {
  const text = message.text(field);
  return text !== undefined && text.length >= lengthMin ? read(text) : undefined;
}

function standard(text: string): Citation {
  return {
    ...NOTHING,
    messageClass: zeroIsNothing(text.slice(1, 2)),
    stan: zeroIsNothing(text.slice(4, 10)),
    transmittedAt: zeroIsNothing(text.slice(10, 20)),
    acquirer: zeroIsNothing(text.slice(20, 31)).replace(/^0+/, ''),
  };
}

function base24(text: string): Citation {
  return {
    ...NOTHING,
    messageClass: zeroIsNothing(text.slice(1, 2)),
    rrn: zeroIsNothing(text.slice(4, 16)).trim(),
    localDate: zeroIsNothing(text.slice(16, 20)),
    localTime: zeroIsNothing(text.slice(20, 26)),
  };
}

function de56(message: Message): Citation | undefined {
  const local = message.text('56.local') ?? '';
  if (local.length < 12) return undefined;
  return {
    ...NOTHING,
    messageClass: (message.text('56.mti') ?? '0200').slice(1, 2),
    stan: message.text('56.stan') ?? '',
    localDate: zeroIsNothing(local.slice(0, -6)),
    localTime: zeroIsNothing(local.slice(-6)),
  };
}
