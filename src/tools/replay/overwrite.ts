/**
 * Writes a field's new text over the old one, in a copy of the message's frame: no byte moves. Plain ASCII and packed
 * digits are written as they are, every other coding by the codec.
 */
import { type Codec, Iso8583Error, type Message } from '../../iso8583/index.js';

/** False where the new text does not take the place of the old one. */
export function overwrite(
  codec: Codec,
  message: Message,
  out: Buffer,
  de: number,
  before: string,
  after: string,
): boolean {
  if (before === after) return true;
  const raw = message.raw(de);
  const at = message.offset(de);
  if (raw === undefined || at === undefined) return false;
  if (after.length === before.length && isLatin(raw, before)) {
    out.write(after, at, 'latin1');
    return true;
  }
  if (2 * raw.length === after.length && raw.toString('hex') === before) {
    out.write(after, at, 'hex');
    return true;
  }
  const built = builtRaw(codec, message.mti, de, after);
  if (built?.length !== raw.length) return false;
  built.copy(out, at);
  return true;
}

function isLatin(raw: Buffer, text: string): boolean {
  if (raw.length < text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (raw[i] !== text.charCodeAt(i)) return false;
  return true;
}

function builtRaw(codec: Codec, mti: string, de: number, text: string): Buffer | undefined {
  try {
    return codec.parse(codec.build(mti, { [de]: text })).raw(de);
  } catch (error) {
    if (error instanceof Iso8583Error) return undefined;
    throw error;
  }
}

/** The message anew with another value of a field or subfield that it has; undefined where the value does not fit. */
export function withValue(codec: Codec, message: Message, path: string, text: string): Buffer | undefined {
  const dot = path.indexOf('.');
  const de = Number(dot < 0 ? path : path.slice(0, dot));
  const value = dot < 0 ? text : nestedWith(message, de, path.slice(dot + 1), text);
  if (value === undefined) return undefined;
  const others = message.fields().filter((one) => one !== de);
  try {
    return codec.respond(message, message.mti, others, [[de, value]]);
  } catch (error) {
    if (error instanceof Iso8583Error) return undefined;
    throw error;
  }
}

type Value = NonNullable<ReturnType<Message['value']>>;

function nestedWith(message: Message, de: number, part: string, text: string): Value | undefined {
  const value = message.value(de);
  if (value === undefined || typeof value === 'string' || Buffer.isBuffer(value)) return undefined;
  if (Array.isArray(value)) {
    const at = value.findIndex((entry) => entry[0] === part);
    return at < 0 ? undefined : value.with(at, [part, text]);
  }
  return part in value ? { ...value, [part]: text } : undefined;
}
