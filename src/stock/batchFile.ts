/**
 * A supplier's batch file: CSV with the header `product,pin,serial,expiry`, expiry as YYYY-MM-DD, UTF-8 with or
 * without a byte order mark, lines ended by LF or CRLF, fields quoted where they need to be (RFC 4180, but no line
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

const HEADER = 'product,pin,serial,expiry';
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

export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

export class BatchError extends SafeError {
  override name = 'BatchError';
}

export interface BatchSummary {
  /** SHA-256 of the contents, hexadecimal: names the batch. */
  readonly hash: string;
  /** The header included. */
  readonly lines: number;
}

/** Reads the file once: what it is called, and how long it is. Throws BatchError where it is no batch. */
export async function summarise(file: string): Promise<BatchSummary> {
  const hash = createHash('sha256');
  let lines = 0;
  let last = LF;
  let head = '';
  for await (const chunk of chunksOf(file)) {
    hash.update(chunk);
    if (lines === 0) head = (head + chunk.toString('latin1')).slice(0, BATCH_LIMITS.lineBytesMax);
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines += 1;
    last = chunk.at(-1) ?? last;
  }
  if (!isHeader(head)) throw new BatchError(`${file}: line 1: expected the header "${HEADER}"`);
  return { hash: hash.digest('hex'), lines: last === LF ? lines : lines + 1 };
}

/** `head` as Latin-1: the header is ASCII behind the byte order mark's three bytes. */
function isHeader(head: string): boolean {
  const [first = ''] = head.split('\n');
  const names = first.replace(/^\u00ef\u00bb\u00bf/, '').replaceAll('"', '');
  return names.trim().toLowerCase() === HEADER;
}

/** Rows behind line `after`, in order, many at a time. Blank lines are no rows. */
export async function* rowsOf(file: string, after: number): AsyncGenerator<readonly (BatchRow | BadRow)[]> {
  const first = Math.max(after, 1);
  const dates = new Map<string, string>();
  let line = 0;
  for await (const text of linesOf(file)) {
    const rows: (BatchRow | BadRow)[] = [];
    for (const one of text.split('\n')) {
      line += 1;
      const bare = one.endsWith('\r') ? one.slice(0, -1) : one;
      if (line > first && bare.trim() !== '') rows.push(rowOf(bare, line, dates));
    }
    if (rows.length > 0) yield rows;
  }
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) yield chunk as Buffer;
  } catch (cause) {
    throw new BatchError(`${file}: cannot be read (${safeText(cause)})`, { cause });
  }
}

/** Whole lines, joined by LF, without the last one's. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(file)) {
    const buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = buffer.lastIndexOf(LF);
    if (end >= 0) yield buffer.toString('utf8', 0, end);
    // Of a line that is too long enough is kept to say so.
    rest = buffer.subarray(end + 1, end + 2 + BATCH_LIMITS.lineBytesMax);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function rowOf(text: string, line: number, dates: Map<string, string>): BatchRow | BadRow {
  const { lineBytesMax } = BATCH_LIMITS;
  if (text.length * 3 > lineBytesMax && Buffer.byteLength(text) > lineBytesMax) {
    return { line, reason: `line longer than ${lineBytesMax} bytes` };
  }
  if (text.includes('\ufffd')) return { line, reason: 'not UTF-8' };
  const fields = text.includes('"') ? quotedFields(text) : text.split(',');
  if (!fields) return { line, reason: 'quotes do not match' };
  if (fields.length !== 4) return { line, reason: `${fields.length} fields, expected 4` };
  const [product = '', code = '', serial = '', date = ''] = fields.map((field) => field.trim());
  const expiry = expiryOf(date, dates);
  const reason = faultOf(product, code, serial, expiry);
  return reason === undefined ? { line, product, code, serial, expiry } : { line, reason };
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
  const { productCharactersMax, pinCharactersMin, pinCharactersMax, serialCharactersMax } = BATCH_LIMITS;
  if (product === '' || product.length > productCharactersMax || /\p{Cc}/u.test(product)) {
    return `product: expected 1 to ${productCharactersMax} printable characters`;
  }
  if (code.length < pinCharactersMin || code.length > pinCharactersMax || !/^[\x21-\x7e]+$/.test(code)) {
    return `pin: expected ${pinCharactersMin} to ${pinCharactersMax} printable ASCII characters without spaces`;
  }
  if (serial === '' || serial.length > serialCharactersMax || !/^[\x20-\x7e]+$/.test(serial)) {
    return `serial: expected 1 to ${serialCharactersMax} printable ASCII characters`;
  }
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
