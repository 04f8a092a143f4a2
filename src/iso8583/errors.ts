/**
 * The two errors of the codec. Both are one line and safe to log: they name the place, what was expected and
 * lengths or single bytes that are not data, never a field's content.
 * `partial` and `mti` hold what was read before the fault; `partial` is kept off the enumerable properties so
 * that a logger which copies an error's properties does not copy a message with card data.
 */
import { SafeError } from '../base/errors.js';
import type { Message } from './types.js';

/** A format file (or object) that cannot be used: file, JSON path and allowed values in one line. */
export class FormatError extends SafeError {
  override name = 'FormatError';
  constructor(
    /** The file, or 'format' for an object handed in. */
    readonly origin: string,
    /** Where in the file, such as `fields.48.nested.kind`; empty for the file as a whole. */
    readonly path: string,
    detail: string,
  ) {
    super(`${origin}: ${path === '' ? '' : `${path}: `}${detail}`);
  }
}

/** What went wrong with one message, before the message around it is known. */
export interface Fault {
  /** Field path such as '4', '48.PR' or '127.25'; 'mti', 'bitmap' or 'message' outside of any field. */
  readonly field: string;
  /** Byte offset in the frame; when building, undefined. */
  readonly offset?: number;
  /** What should have stood there. */
  readonly expected: string;
  /** What stood there instead, without any content of a field. */
  readonly found?: string;
}

/** A frame that cannot be read, or a value that does not fit its field. */
export class Iso8583Error extends SafeError {
  override name = 'Iso8583Error';
  readonly field: string;
  readonly offset: number | undefined;
  readonly expected: string;
  readonly found: string | undefined;
  /** A guess at the cause, such as a length header left in the frame. */
  readonly hint: string | undefined;
  /** The message type, when it could be read. */
  readonly mti: string | undefined;
  readonly #partial: Message | undefined;

  constructor(
    fault: Fault,
    context: { mti?: string | undefined; partial?: Message | undefined; hint?: string | undefined } = {},
  ) {
    const place = fault.offset === undefined ? '' : ` at byte ${fault.offset}`;
    const found = fault.found === undefined ? '' : `, found ${fault.found}`;
    const hint = context.hint === undefined ? '' : ` (${context.hint})`;
    super(`${placeName(fault.field)}${place}: expected ${fault.expected}${found}${hint}`);
    this.field = fault.field;
    this.offset = fault.offset;
    this.expected = fault.expected;
    this.found = fault.found;
    this.hint = context.hint;
    this.mti = context.mti;
    this.#partial = context.partial;
  }

  /** The message as far as it was read before the fault; undefined when not even the bitmap could be. */
  get partial(): Message | undefined {
    return this.#partial;
  }

  /** The same fault with what is known of the message around it. */
  within(context: {
    mti?: string | undefined;
    partial?: Message | undefined;
    hint?: string | undefined;
  }): Iso8583Error {
    return new Iso8583Error(this.fault(), context);
  }

  /** The same fault at another offset. */
  moved(offset: number): Iso8583Error {
    return new Iso8583Error({ ...this.fault(), offset });
  }

  /** The same fault under another field path. */
  at(field: string): Iso8583Error {
    return new Iso8583Error({ ...this.fault(), field });
  }

  private fault(): Fault {
    return {
      field: this.field,
      expected: this.expected,
      ...(this.offset === undefined ? {} : { offset: this.offset }),
      ...(this.found === undefined ? {} : { found: this.found }),
    };
  }
}

function placeName(field: string): string {
  return /^\d/.test(field) ? `field ${field}` : field;
}

/** Throws; typed so that a caller may write `return fault(...)`. */
export function fault(field: string, offset: number | undefined, expected: string, found?: string): never {
  throw new Iso8583Error({
    field,
    expected,
    ...(offset === undefined ? {} : { offset }),
    ...(found === undefined ? {} : { found }),
  });
}

/** A byte as an error may show it. */
export function byteText(byte: number | undefined): string {
  return byte === undefined ? 'the end' : `0x${byte.toString(16).padStart(2, '0').toUpperCase()}`;
}

/** How many bytes are left, as an error tells it. */
export function leftText(bytes: number): string {
  return bytes <= 0 ? 'the end' : `only ${bytes} more`;
}
