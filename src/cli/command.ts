/**
 * What every command shares: exit codes, one clear line for an error, output. Exit codes: 0 done, 1 the thing
 * asked about is not so (or could not be done), 2 wrong usage or configuration.
 */
import { InvalidArgumentError } from 'commander';
import { SafeError, safeText } from '../base/errors.js';

export const EXIT = { done: 0, notSo: 1, usage: 2 } as const;

/** Arguments that make no sense together, or name nothing. */
export class UsageError extends SafeError {
  override name = 'UsageError';
}

/** The command was right, but what it asks for is not so, or could not be done. */
export class NotSo extends SafeError {
  override name = 'NotSo';
}

/** Errors of things that were asked for rightly; every other SafeError is a fault of arguments or files. */
const NOT_SO: ReadonlySet<string> = new Set([
  'NotSo',
  'LinkError',
  'FramingError',
  'NoTraffic',
  'StoreFull',
  'StoreBusy',
  'StoreBroken',
  'CopyDiffers',
]);

/** The exit code and the one line for whatever a command threw. */
export function explain(error: unknown): { code: number; line: string } {
  if (error instanceof SafeError) {
    return { code: NOT_SO.has(error.name) ? EXIT.notSo : EXIT.usage, line: oneLine(error.message) };
  }
  if (isSystemError(error)) return { code: EXIT.usage, line: oneLine(error.message) };
  return { code: EXIT.notSo, line: safeText(error) };
}

/** Errors of the operating system name a call and a path or an address, nothing else. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** For commander: a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** For commander: text of a given form. */
export function textOf(form: RegExp, what: string): (text: string) => string {
  return (text) => {
    if (!form.test(text)) throw new InvalidArgumentError(`It must be ${what}.`);
    return text;
  };
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** For commander: HOST:PORT, [IPv6]:PORT, or a port of this machine. */
export function address(text: string): Address {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be HOST:PORT.');
  return { host: match[1] || match[2] || '127.0.0.1', port };
}

export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Bytes of hexadecimal text; white space between digits is allowed. */
export function bytesOfHex(text: string): Buffer {
  const digits = text.replace(/\s+/g, '');
  if (digits === '')
    throw new UsageError('no bytes given: HEX must be hexadecimal digits, or - for standard input');
  const stranger = /[^0-9A-Fa-f]/.exec(digits);
  if (stranger) throw new UsageError(`HEX: not a hexadecimal digit at digit ${stranger.index + 1}`);
  if (digits.length % 2 === 1) throw new UsageError(`HEX: an odd number of digits (${digits.length})`);
  return Buffer.from(digits, 'hex');
}

/** Of a supplier, an operator: as it stands in listings and logs. */
export const shortName = textOf(
  /^[A-Za-z0-9._-]{1,40}$/,
  'a name of letters, digits, dots, _ and -, 40 at most',
);
