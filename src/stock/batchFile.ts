/**
 * A supplier's batch file: CSV with the header `product,pin,serial,expiry`, expiry as YYYY-MM-DD, UTF-8 with or
 * without a byte order mark, lines ended by LF or CRLF, fields quoted where they need to be (RFC 4180, but no line
 * breaks inside a field). Read as a stream: memory does not grow with the file.
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

/** Reads the file once: what it is called, and how long it is. */
export async function summarise(file: string): Promise<BatchSummary> {
  const hash = createHash('sha256');
  let lines = 0;
  let last = 0x0a;
  for await (const chunk of chunksOf(file)) {
    hash.update(chunk);
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
    last = chunk.at(-1) ?? last;
  }
  return { hash: hash.digest('hex'), lines: last === 0x0a ? lines : lines + 1 };
}

/** Rows behind line `after`. Throws BatchError where the file cannot be read or is no batch. */
export async function* rowsOf(file: string, after: number): AsyncGenerator<BatchRow | BadRow> {
  let line = 0;
  for await (const text of linesOf(file)) {
    line += 1;
    if (line === 1) checkHeader(text, file);
    else if (line > after && text !== '') yield rowOf(text, line);
  }
  if (line === 0) throw new BatchError(`${file}: empty: expected the header "${HEADER}"`);
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 262_144 })) yield chunk as Buffer;
  } catch (cause) {
    throw new BatchError(`${file}: cannot be read (${safeText(cause)})`, { cause });
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(file)) {
    let buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let end = buffer.indexOf(0x0a); end >= 0; end = buffer.indexOf(0x0a)) {
      yield textOf(buffer.subarray(0, end));
      buffer = buffer.subarray(end + 1);
    }
    // Longer than any line: enough is kept to say so, and memory stays bounded.
    rest =
      buffer.length > BATCH_LIMITS.lineBytesMax * 2
        ? buffer.subarray(0, BATCH_LIMITS.lineBytesMax * 2)
        : buffer;
  }
  if (rest.length > 0) yield textOf(rest);
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r$/, '');
}

function checkHeader(text: string, file: string): void {
  const header = text
    .replace(/^\ufeff/, '')
    .replaceAll('"', '')
    .toLowerCase();
  if (header !== HEADER) throw new BatchError(`${file}: line 1: expected the header "${HEADER}"`);
}

function rowOf(text: string, line: number): BatchRow | BadRow {
  if (text.length > BATCH_LIMITS.lineBytesMax) {
    return { line, reason: `line longer than ${BATCH_LIMITS.lineBytesMax} characters` };
  }
  const fields = text.includes('"') ? quotedFields(text) : text.split(',');
  if (fields?.length !== 4) return { line, reason: `${fields?.length ?? 'unclear'} fields, expected 4` };
  const [product = '', code = '', serial = '', date = ''] = fields.map((field) => field.trim());
  const expiry = /^\d{4}-\d{2}-\d{2}$/.test(date) ? date.replaceAll('-', '') : '';
  const reason = faultOf(product, code, serial, expiry);
  return reason === undefined ? { line, product, code, serial, expiry } : { line, reason };
}

function faultOf(product: string, code: string, serial: string, expiry: string): string | undefined {
  const { productCharactersMax, pinCharactersMin, pinCharactersMax, serialCharactersMax } = BATCH_LIMITS;
  if (product === '' || product.length > productCharactersMax) {
    return `product: expected 1 to ${productCharactersMax} characters`;
  }
  if (code.length < pinCharactersMin || code.length > pinCharactersMax || !/^[\x21-\x7e]+$/.test(code)) {
    return `pin: expected ${pinCharactersMin} to ${pinCharactersMax} printable characters without spaces`;
  }
  if (serial === '' || serial.length > serialCharactersMax || !/^[\x20-\x7e]+$/.test(serial)) {
    return `serial: expected 1 to ${serialCharactersMax} printable characters`;
  }
  return expiry !== '' && isDate(expiry) ? undefined : 'expiry: expected a date, YYYY-MM-DD';
}

/** Undefined where quotes do not close. */
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
