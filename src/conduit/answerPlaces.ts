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
    const isShort = pin !== undefined && code !== '' && code.length <= pin.lengthMax;
    let isPinTold = code === '';
    for (const de of fields) {
      const before = echoed.has(de) ? request.value(de) : undefined;
      let value = before;
      if (isShort && pin.de === de && (pin.steps.length === 1 || request.text(pin.path) !== undefined)) {
        value = tried(codec, de, put(before, pin.steps, code)) ?? before;
        isPinTold = value !== before;
      }
      for (const [steps, text] of putsOf(de, outcome, isPinTold)) {
        value = tried(codec, de, put(value, steps, text)) ?? value;
      }
      if (value !== undefined && value !== before) changed.push([de, value]);
    }
    if (pin && !isPinTold) changed.push([pin.longer, code]);
    return changed;
  };

  /** Words first, and lines as long as there are tags. */
  function* putsOf(de: number, outcome: Outcome, isPinTold: boolean): Generator<Put> {
    for (const one of words) {
      const text = one.de === de ? wordOf(outcome, one.word) : '';
      if (text !== '') yield [one.steps, text];
    }
    if (lines?.field !== de) return;
    const taken = isPinTold && outcome.pins.length > 0 && pin?.de === de ? pin.steps[0] : undefined;
    const tags = lines.tags.filter((tag) => tag !== taken);
    for (const [at, line] of piecesOf(outcome.receipt, lines.lengthMax).entries()) {
      const tag = tags[at];
      if (tag === undefined) return;
      yield [[tag], line];
    }
  }
}

function piecesOf(lines: readonly string[], lengthMax: number): readonly string[] {
  return lines.flatMap((line) =>
    Array.from({ length: Math.max(1, Math.ceil(line.length / lengthMax)) }, (_, at) =>
      line.slice(at * lengthMax, (at + 1) * lengthMax),
    ),
  );
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
