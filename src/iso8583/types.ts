/**
 * What users of the codec see: values, messages and codecs. No code here.
 * Text is what a person reads: digits as they stand on the wire with their leading zeros, EBCDIC translated,
 * packed digits unpacked, binary as upper-case hexadecimal, the space padding of fixed text cut at its right end.
 */

/** One TLV: the tag as text (binary tags in upper-case hexadecimal) and its value. */
export type TlvEntry = readonly [tag: string, value: FieldValue];

/**
 * A field's value. Text and digits are strings; binary data is a Buffer (a string is then read as hexadecimal);
 * a TLV field is a list of entries in wire order, repeats kept; other nested fields are objects by subfield.
 */
export type FieldValue = string | Buffer | readonly TlvEntry[] | { readonly [subfield: string]: FieldValue };

/** Values by data element number. An undefined one is absent. */
export type Fields = { readonly [de: number]: FieldValue | undefined };

/**
 * The same as a list of [data element number, value] in any order, each number once. Objects with numbers for keys
 * are slow to list in V8; where every message counts, this form is a third of a microsecond cheaper.
 */
export type FieldList = readonly (readonly [de: number, value: FieldValue | undefined])[];

/** One row of a message laid out for people: a field or, after it, its subfields. */
export interface FieldRow {
  /** '4', '48.PR', '127.25'; 'mti' and 'bitmap' for the rows before the fields. */
  readonly path: string;
  readonly name: string;
  /** Byte offset in the frame of the content, behind its length prefix. */
  readonly offset: number;
  /** Bytes of the content on the wire. */
  readonly length: number;
  /** The text, masked when the field is sensitive and the caller did not ask for clear text. */
  readonly value: string;
  readonly sensitive: boolean;
}

/** A parsed message. It refers to the frame it was parsed from, which must not be overwritten afterwards. */
export interface Message {
  /** Four digits. */
  readonly mti: string;
  readonly frame: Buffer;
  /** The name of the format it was read by. */
  readonly format: string;
  has(de: number): boolean;
  /** The data elements present, ascending. */
  fields(): number[];
  /** A field or, by a path such as '48.PR', '90.stan' or '127.25', a subfield; the first of repeated tags. */
  text(path: number | string): string | undefined;
  value(de: number): FieldValue | undefined;
  /** The content's bytes as on the wire, without the length prefix. A view of the frame, not a copy. */
  raw(de: number): Buffer | undefined;
  /** Byte offset of the content in the frame, and where it ends. */
  offset(de: number): number | undefined;
  end(de: number): number | undefined;
  /**
   * The message in another frame that was made from this one's by writing contents over: no field has another length
   * or coding, and each holds what the format lets it hold.
   */
  over(frame: Buffer): Message;
  /** Why a field that the format takes as text when it is not well-formed TLV could not be read as TLV. */
  problem(de: number): Error | undefined;
  /** Masked, so that a logged message tells no secret. */
  toJSON(): { mti: string; fields: Record<string, string> };
}

/** A compiled format. Holds no state between calls that a caller could notice; calls may nest. */
export interface Codec {
  readonly name: string;
  readonly description: string;
  /** Reads a whole frame without its framing. Throws Iso8583Error; never anything else, whatever the bytes. */
  parse(frame: Buffer): Message;
  /** Writes a message. Throws Iso8583Error that names the field when a value does not fit. */
  build(mti: string, fields: Fields | FieldList): Buffer;
  /**
   * Writes the answer to a request: `echo` lists the fields copied from it (where present) without decoding
   * them; `fields` win over the echo. A request read by another format is echoed by value.
   */
  respond(request: Message, mti: string, echo: readonly number[], fields: Fields | FieldList): Buffer;
  /** The message field by field with offsets, subfields behind their field, masked unless `clear`. */
  describe(message: Message, options?: { readonly clear?: boolean }): FieldRow[];
  /** Whether the format marks a field or subfield, such as 2, '35' or '63.PN', as sensitive. */
  isSensitive(path: number | string): boolean;
  /** The text as it may be logged: itself where the field is not sensitive. */
  mask(path: number | string, text: string): string;
  /**
   * A copy of a frame to be kept: as long, with sensitive content overwritten (digits 0, text *, binary 00; of a card
   * number the first six and last four stay), read by the format as before. What the format cannot read is blanked.
   */
  overwritten(frame: Buffer): Buffer;
  /** The field's name, undefined for a field that the format does not define. */
  fieldName(path: number | string): string | undefined;
}
