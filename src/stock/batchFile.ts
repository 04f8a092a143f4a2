/**
 * A supplier's batch file: CSV with a header, PINs' own `product,pin,serial,expiry` (cards': cardBatch.ts), product first
 * and expiry (YYYY-MM-DD) last, UTF-8 with or without a byte order mark, lines ended by LF or CRLF, fields quoted where they need to be (RFC 4180, but no line
 * breaks inside a field). Read as a stream, many lines at a time: memory does not grow with the file or a line.
 * No error and no reason quotes what stands in a row: it may be a PIN in the wrong place.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isDate } from '../base/dates.js';
import { SafeError, safeText } from '../base/errors.js';

export const BATCH_LIMITS = {
  lineBytesMax: 1_024,
  pinCharactersMin: 4,
  pinCharactersMax: 64,
  serialCharactersMax: 40,
  productCharactersMax: 40,
} as const;

/** Of every layout. */
const COLUMNS = 4;
const READ_BYTES = 262_144;
/** Dates whose validity is remembered: a batch has few. */
const DATES_MAX = 1_000;
const LF = 0x0a;

export interface BatchRow {
  /** Counted from 1, the header included. */
  readonly line: number;
  readonly product: string;
  /** Sensitive. */
  readonly code: string;
  readonly serial: string;
  /** YYYYMMDD. */
  readonly expiry: string;
}

/** What a batch is of. Columns as the header has them; product is the first, expiry the last. */
export interface BatchLayout<Row> {
  readonly header: string;
  /** The row, or why it is none; `expiry` is YYYYMMDD, '' where the calendar has no such date. */
  readonly rowOf: (fields: readonly string[], line: number, expiry: string) => Row | string;
}

export const PIN_BATCH: BatchLayout<BatchRow> = {
  header: 'product,pin,serial,expiry',
  rowOf([product = '', code = '', serial = ''], line, expiry) {
    const reason = faultOf(product, code, serial, expiry);
    return reason ?? { line, product, code, serial, expiry };
  },
};

export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

/** A file, or what came over a line: PINs in clear are not put on a disk only to be read from there. */
export type BatchSource = string | { readonly name: string; readonly bytes: Buffer };

export class BatchError extends SafeError {
  override name = 'BatchError';
}

export interface BatchSummary {
  /** SHA-256 of the contents, hexadecimal: names the batch. */
  readonly hash: string;
  /** The header included. */
  readonly lines: number;
}

/** Reads it once: what it is called, and how long it is. Throws BatchError where it is no batch. */
export async function summarise(source: BatchSource, header = PIN_BATCH.header): Promise<BatchSummary> {
  const hash = createHash('sha256');
  let lines = 0;
  let last = LF;
  let head = '';
  for await (const chunk of chunksOf(source)) {
    hash.update(chunk);
    if (lines === 0) head = (head + chunk.toString('latin1')).slice(0, BATCH_LIMITS.lineBytesMax);
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines += 1;
    last = chunk.at(-1) ?? last;
  }
  if (!isHeader(head, header))
    throw new BatchError(`${nameOf(source)}: line 1: expected the header "${header}"`);
  return { hash: hash.digest('hex'), lines: last === LF ? lines : lines + 1 };
}

/** `head` as Latin-1: the header is ASCII behind the byte order mark's three bytes. */
function isHeader(head: string, header: string): boolean {
  const [first = ''] = head.split('\n');
  const names = first.replace(/^\u00ef\u00bb\u00bf/, '').replaceAll('"', '');
  return names.trim().toLowerCase() === header;
}

/** Rows behind line `after`, in order, many at a time. Blank lines are no rows. */
export function rowsOf(source: BatchSource, after: number): AsyncGenerator<readonly (BatchRow | BadRow)[]>;
export function rowsOf<Row>(
  source: BatchSource,
  after: number,
  layout: BatchLayout<Row>,
): AsyncGenerator<readonly (Row | BadRow)[]>;
export async function* rowsOf(
  source: BatchSource,
  after: number,
  layout: BatchLayout<unknown> = PIN_BATCH,
): AsyncGenerator<readonly unknown[]> {
  const first = Math.max(after, 1);
  const dates = new Map<string, string>();
  let line = 0;
  for await (const text of linesOf(source)) {
    const rows: unknown[] = [];
    for (const one of text.split('\n')) {
      line += 1;
      const bare = one.endsWith('\r') ? one.slice(0, -1) : one;
      if (line > first && bare.trim() !== '') rows.push(rowOf(bare, line, dates, layout));
    }
    if (rows.length > 0) yield rows;
  }
}

function nameOf(source: BatchSource): string {
  return typeof source === 'string' ? source : source.name;
}

async function* chunksOf(source: BatchSource): AsyncGenerator<Buffer> {
  if (typeof source !== 'string') {
    for (let at = 0; at < source.bytes.length; at += READ_BYTES) {
      yield source.bytes.subarray(at, at + READ_BYTES);
    }
    return;
  }
  try {
    for await (const chunk of createReadStream(source, { highWaterMark: READ_BYTES })) yield chunk as Buffer;
  } catch (cause) {
    throw new BatchError(`${source}: cannot be read (${safeText(cause)})`, { cause });
  }
}

/** Whole lines, joined by LF, without the last one's. */
async function* linesOf(source: BatchSource): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(source)) {
    const buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = buffer.lastIndexOf(LF);
    if (end >= 0) yield buffer.toString('utf8', 0, end);
    // Of a line that is too long enough is kept to say so.
    rest = buffer.subarray(end + 1, end + 2 + BATCH_LIMITS.lineBytesMax);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function rowOf<Row>(
  text: string,
  line: number,
  dates: Map<string, string>,
  layout: BatchLayout<Row>,
): Row | BadRow {
  const { lineBytesMax } = BATCH_LIMITS;
  if (text.length * 3 > lineBytesMax && Buffer.byteLength(text) > lineBytesMax) {
    return { line, reason: `line longer than ${lineBytesMax} bytes` };
  }
  if (text.includes('\ufffd')) return { line, reason: 'not UTF-8' };
  const fields = text.includes('"') ? quotedFields(text) : text.split(',');
  if (!fields) return { line, reason: 'quotes do not match' };
  if (fields.length !== COLUMNS) return { line, reason: `${fields.length} fields, expected ${COLUMNS}` };
  const trimmed = fields.map((field) => field.trim());
  const row = layout.rowOf(trimmed, line, expiryOf(trimmed[COLUMNS - 1] ?? '', dates));
  return typeof row === 'string' ? { line, reason: row } : row;
}

/** YYYYMMDD, '' where the calendar has no such date. */
function expiryOf(date: string, dates: Map<string, string>): string {
  const known = dates.get(date);
  if (known !== undefined) return known;
  const digits = /^\d{4}-\d{2}-\d{2}$/.test(date) ? date.replaceAll('-', '') : '';
  const expiry = digits !== '' && isDate(digits) ? digits : '';
  if (dates.size < DATES_MAX) dates.set(date, expiry);
  return expiry;
}

function faultOf(product: string, code: string, serial: string, expiry: string): string | undefined {
  const { serialCharactersMax } = BATCH_LIMITS;
  const fault = productFault(product) ?? pinFault(code);
  if (fault) return fault;
  if (serial === '' || serial.length > serialCharactersMax || !/^[\x20-\x7e]+$/.test(serial)) {
    return `serial: expected 1 to ${serialCharactersMax} printable ASCII characters`;
  }
  return expiryFault(expiry);
}

export function productFault(product: string): string | undefined {
  const { productCharactersMax } = BATCH_LIMITS;
  const fits = product !== '' && product.length <= productCharactersMax && !/\p{Cc}/u.test(product);
  return fits ? undefined : `product: expected 1 to ${productCharactersMax} printable characters`;
}

export function pinFault(code: string): string | undefined {
  const { pinCharactersMin: min, pinCharactersMax: max } = BATCH_LIMITS;
  const fits = code.length >= min && code.length <= max && /^[\x21-\x7e]+$/.test(code);
  return fits ? undefined : `pin: expected ${min} to ${max} printable ASCII characters without spaces`;
}

export function expiryFault(expiry: string): string | undefined {
  return expiry === '' ? 'expiry: expected a date, YYYY-MM-DD' : undefined;
}

/** Undefined where a quote is not closed, or stands inside an unquoted field. */
function quotedFields(text: string): string[] | undefined {
  const fields: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index !== end) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    end = match.index + match[0].length;
  }
  return end === text.length ? fields : undefined;
}
