/**
 * What a profile tells in places of its own: a PIN in a subfield of a field that is echoed, an outcome's words in
 * single fields and subfields, receipt lines by tag. A profile that asks for none of it has no teller, and costs
 * nothing. What is told here has been paid for, so nothing here makes an answer impossible: every field is tried
 * before it is sent, and what its place cannot hold is left out; a PIN is then told whole in the profile's `longer`.
 */
import type { Outcome } from '../domain/outcome.js';
import { type Codec, type FieldValue, Iso8583Error, type Message } from '../iso8583/index.js';
import { balanceText } from './balance.js';
import type { Profile, ToldWord } from './profile.js';

/** Any answer: what is tried is one field. */
const ANSWER_MTI = '0210';

export type Teller = (request: Message, outcome: Outcome) => [de: number, value: FieldValue][];

type Put = readonly [steps: readonly string[], text: string];

/** Undefined where the profile asks for nothing of the kind. */
export function placesTeller({ answer }: Profile, codec: Codec): Teller | undefined {
  const { told, lines, pins } = answer;
  const words = Object.entries(told).map(([path, word]) => ({ ...stepsOf(path), word }));
  const pin = pins.layout === 'subfield' ? { ...pins, ...stepsOf(pins.path) } : undefined;
  const fields = new Set(words.map(({ de }) => de));
  if (lines) fields.add(lines.field);
  if (pin) fields.add(pin.de);
  if (fields.size === 0) return undefined;
  const echoed = new Set(answer.echo);

  return (request, outcome) => {
    const changed: [number, FieldValue][] = [];
    const code = outcome.pins.map((one) => one.code).join(',');
    let isPinTold = code === '';
    for (const de of fields) {
      let value = echoed.has(de) ? request.value(de) : undefined;
      const before = value;
      if (pin?.de === de && code !== '' && code.length <= pin.lengthMax) {
        const holds = value !== undefined && request.text(pin.path) !== undefined;
        const with_ = holds ? tried(codec, de, put(value, pin.steps, code)) : undefined;
        if (with_ !== undefined) {
          value = with_;
          isPinTold = true;
        }
      }
      for (const [steps, text] of putsOf(de, outcome)) {
        value = tried(codec, de, put(value, steps, text)) ?? value;
      }
      if (value !== undefined && value !== before) changed.push([de, value]);
    }
    if (pin && !isPinTold) changed.push([pin.longer, code]);
    return changed;
  };

  /** Words first, and lines as long as there is room. */
  function* putsOf(de: number, outcome: Outcome): Generator<Put> {
    for (const one of words) {
      const text = one.de === de ? wordOf(outcome, one.word) : '';
      if (text !== '') yield [one.steps, text];
    }
    if (lines?.field !== de) return;
    for (const [at, line] of outcome.receipt.entries()) {
      const tag = lines.tags[at];
      if (tag === undefined) return;
      yield [[tag], line];
    }
  }
}

export function stepsOf(path: string): { readonly de: number; readonly steps: readonly string[] } {
  const [field = '', ...steps] = path.split('.');
  return { de: Number(field), steps };
}

/** '' where the outcome says nothing of it. */
export function wordOf(outcome: Outcome, word: ToldWord): string {
  switch (word) {
    case 'approvalCode':
    case 'accountExpiry':
    case 'supplierReason':
      return outcome[word];
    case 'accountReference':
      return outcome.accountReference ?? '';
    case 'transactionId':
      return outcome.transactionId?.toString() ?? '';
    case 'amount':
      return outcome.amount?.toString() ?? '';
    case 'balance':
      return (outcome.balance && balanceText(outcome.balance)) ?? '';
    case 'serial':
    case 'expiry':
      return outcome.pins[0]?.[word] ?? '';
  }
}

/** Where nothing is echoed a field begins as an empty list of tags. */
export function put(
  value: FieldValue | undefined,
  [step, ...rest]: readonly string[],
  text: string,
): FieldValue | undefined {
  if (step === undefined) return text;
  if (value === undefined) return [[step, put(undefined, rest, text) ?? text]];
  if (typeof value === 'string' || Buffer.isBuffer(value)) return undefined;
  if (!isEntries(value)) {
    const inner = put(value[step], rest, text);
    return inner === undefined ? undefined : { ...value, [step]: inner };
  }
  const at = value.findIndex(([tag]) => tag === step);
  const inner = put(value[at]?.[1], rest, text);
  if (inner === undefined) return undefined;
  if (at < 0) return [...value, [step, inner]];
  return value.map((entry, index) => (index === at ? [step, inner] : entry));
}

function isEntries(value: FieldValue): value is readonly (readonly [string, FieldValue])[] {
  return Array.isArray(value);
}

/** The value where its field can be written, else undefined. */
function tried(codec: Codec, de: number, value: FieldValue | undefined): FieldValue | undefined {
  if (value === undefined) return undefined;
  try {
    codec.build(ANSWER_MTI, { [de]: value });
    return value;
  } catch (error) {
    if (error instanceof Iso8583Error) return undefined;
    throw error;
  }
}
