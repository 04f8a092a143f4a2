/**
 * What `prepaid-switch terminal` does: builds the message, exchanges it, prints both sides. Both are masked unless
 * --clear was given; the commands that it names hold the arguments it was called with.
 */
import { basename, relative } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import { type Codec, Iso8583Error, loadFormat, type Message } from '../iso8583/index.js';
import { isApproved, ownResponseMeaning } from '../tools/meaning/responses.js';
import { answerTo, type Exchanged, exchange } from '../tools/terminal/exchange.js';
import { terminalFraming } from '../tools/terminal/framing.js';
import * as messages from '../tools/terminal/messages.js';
import { type OpenedPin, openedPins, terminalKeyOf } from '../tools/terminal/pins.js';
import { bytesOfHex, EXIT, print, printJson, readStdin } from './command.js';
import { fieldTable, fieldTree } from './fields.js';
import type {
  BatchOptions,
  CreditOptions,
  EchoOptions,
  IdentityOptions,
  InquireOptions,
  ReverseOptions,
  SellOptions,
  SharedOptions,
} from './terminal-options.js';

const BCD_TPDU = '6000010002';

/** Commands to go on with, by what they do. */
type Next = Readonly<Record<string, string>>;

export async function sell(options: SellOptions, command: Command): Promise<void> {
  const identity = identityOf(options);
  await run(messages.sale(identity, options), options, bothNext(command, identity));
}

export async function credit(options: CreditOptions, command: Command): Promise<void> {
  const identity = identityOf(options);
  await run(messages.credit(identity, options), options, bothNext(command, identity));
}

export async function batch(
  items: readonly messages.BatchItem[],
  options: BatchOptions,
  command: Command,
): Promise<void> {
  const identity = identityOf(options);
  await run(messages.batch(identity, { ...options, items }), options, bothNext(command, identity));
}

export async function inquire(options: InquireOptions, command: Command): Promise<void> {
  const identity = identityOf(options);
  await run(messages.inquiry(identity, options), options, { again: again(command, identity) });
}

export async function reverse(options: ReverseOptions, command: Command): Promise<void> {
  const { transmitted, ...rest } = options;
  const original = identityOf(rest);
  const built = messages.reversal(original, {
    ...options,
    ...(transmitted === undefined ? {} : { originalTransmitted: transmitted }),
  });
  await run(built, options, { again: again(command, original, transmitted) });
}

export async function echo(options: EchoOptions, _command: Command): Promise<void> {
  await run(messages.networkManagement(identityOf(options), options.code), options, {});
}

export async function send(hex: string[], options: SharedOptions): Promise<void> {
  const bytes = bytesOfHex(hex.length === 1 && hex[0] === '-' ? await readStdin() : hex.join(''));
  const codec = codecOf(options);
  await converse(bytes, codec, options, {});
}

function identityOf(options: IdentityOptions): messages.Identity {
  const utcOffsetMinutes = -new Date(systemClock.now()).getTimezoneOffset();
  return messages.identityOf(options, systemClock, systemRandom, utcOffsetMinutes);
}

function codecOf(options: SharedOptions): Codec {
  return loadFormat(options.format ?? (options.bcd ? 'iso87-bcd' : 'iso87-ascii'));
}

async function run(built: messages.Built, options: SharedOptions, next: Next): Promise<void> {
  const codec = codecOf(options);
  await converse(codec.build(built.mti, built.fields), codec, options, next);
}

async function converse(body: Buffer, codec: Codec, options: SharedOptions, next: Next): Promise<void> {
  const request = readable(codec, body);
  const pinKey = options.pinKey === undefined ? undefined : terminalKeyOf(options.pinKey);
  const to = options.to ?? { host: '127.0.0.1', port: options.bcd ? 8584 : 8583 };
  const framing = terminalFraming(options.framing, options.tpdu ?? (options.bcd ? BCD_TPDU : undefined));
  if (!options.json) {
    print(`Request to ${to.host}:${to.port}, ${codec.name}`);
    print(shown(codec, request, body, options));
  }
  const peer = { ...to, framing, timeoutMs: options.timeout * 1000 };
  const exchanged = await exchange(peer, body, answerTo(codec, request.message?.text(11)));
  const answer = exchanged.answer === undefined ? undefined : readable(codec, exchanged.answer);
  const code = answer?.message?.text(39) ?? '';
  if (!isApproved(code)) process.exitCode = EXIT.notSo;
  const pins =
    pinKey && request.message && answer?.message && openedPins(request.message, answer.message, pinKey);
  if (pins?.some((pin) => pin.code === undefined)) process.exitCode = EXIT.notSo;
  if (options.json) {
    printJson({
      request: asJson(codec, request, options),
      answer: answer ? asJson(codec, answer, options) : null,
      approved: isApproved(code),
      ...(pins ? { pins: pins.map((pin) => pinText(pin, options) ?? null) } : {}),
      meaning: answer ? ownResponseMeaning(code) : silenceText(exchanged, options),
      elapsedMs: Math.round(exchanged.elapsedMs * 100) / 100,
      next,
    });
    return;
  }
  printAnswer(codec, answer, exchanged, options);
  for (const pin of pins ?? []) print(pinLine(pin, options));
  for (const [what, command] of Object.entries(next)) print(`\n${HEADINGS[what] ?? what}:\n  ${command}`);
}

const HEADINGS: Readonly<Record<string, string>> = {
  again: 'The same message again (gets the same answer)',
  reverse: 'Reverse it',
};

/** A message that was read, or why it could not be. */
interface Readable {
  readonly message: Message | undefined;
  readonly fault: Iso8583Error | undefined;
}

function readable(codec: Codec, body: Buffer): Readable {
  try {
    return { message: codec.parse(body), fault: undefined };
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    return { message: error.partial, fault: error };
  }
}

function shown(codec: Codec, { message, fault }: Readable, body: Buffer, options: SharedOptions): string {
  const rows = message ? fieldTable(codec.describe(message, { clear: options.clear === true })) : '';
  const why = fault ? `${body.length} bytes that cannot be read: ${fault.message}` : '';
  return [rows, why].filter((part) => part !== '').join('\n');
}

function asJson(codec: Codec, { message, fault }: Readable, options: SharedOptions): unknown {
  const rows = message ? codec.describe(message, { clear: options.clear === true }) : [];
  return {
    mti: message?.mti ?? fault?.mti,
    fields: fieldTree(rows),
    ...(fault ? { error: { field: fault.field, offset: fault.offset, expected: fault.expected } } : {}),
  };
}

function printAnswer(
  codec: Codec,
  answer: Readable | undefined,
  exchanged: Exchanged,
  options: SharedOptions,
): void {
  if (exchanged.others > 0) print(`\n(${exchanged.others} other frames passed over)`);
  if (!answer || !exchanged.answer) {
    print(`\nNo answer: ${silenceText(exchanged, options)}`);
    return;
  }
  print(`\nAnswer after ${exchanged.elapsedMs.toFixed(1)} ms`);
  print(shown(codec, answer, exchanged.answer, options));
  const code = answer.message?.text(39);
  if (code === undefined) print('\nThe answer has no DE39.');
  else print(`\nDE39 ${code}: ${ownResponseMeaning(code)}`);
}

/** Masked whole unless --clear was given; undefined where the key does not open it. */
function pinText({ code }: OpenedPin, { clear }: SharedOptions): string | undefined {
  return clear ? code : code?.replace(/./g, '*');
}

function pinLine(pin: OpenedPin, options: SharedOptions): string {
  const which = pin.item === 0 ? `PIN ${pin.pin}` : `Item ${pin.item}, PIN ${pin.pin}`;
  return `${which}: ${pinText(pin, options) ?? 'does not open under this key'}`;
}

function silenceText(exchanged: Exchanged, options: SharedOptions): string {
  if (exchanged.silence === 'timeout') return `nothing came within ${options.timeout} s`;
  return 'the other side closed the connection';
}

function bothNext(command: Command, identity: messages.Identity): Next {
  return { again: again(command, identity), reverse: reversalOf(command, identity) };
}

/** Options that only a sale or credit has. */
const NOT_OF_REVERSAL: ReadonlySet<string> = new Set(['product', 'quantity', 'region', 'repeat', 'pinKey']);
const NAMING: ReadonlySet<string> = new Set(['stan', 'rrn', 'date', 'time', 'transmitted']);

function again(command: Command, identity: messages.Identity, transmitted = identity.transmitted): string {
  return [
    program(),
    'terminal',
    command.name(),
    ...command.args.map(quoted),
    ...given(command, NAMING),
    ...naming(identity, transmitted),
  ].join(' ');
}

function reversalOf(command: Command, identity: messages.Identity): string {
  const kept = given(command, new Set([...NAMING, ...NOT_OF_REVERSAL]));
  return [program(), 'terminal reverse', ...kept, ...naming(identity, identity.transmitted)].join(' ');
}

function naming(identity: messages.Identity, transmitted: string): string[] {
  const { stan, rrn, date, time } = identity;
  return Object.entries({ stan, rrn, date, time, transmitted }).map(
    ([name, value]) => `--${name} ${quoted(value)}`,
  );
}

/** The options of a command that was called, as they were given, without some of them. */
function given(command: Command, without: ReadonlySet<string>): string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    if (without.has(name) || command.getOptionValueSource(name) !== 'cli') return [];
    const value: unknown = command.getOptionValue(name);
    if (value === true) return [`${option.long}`];
    const text = name === 'to' ? addressText(value as { host: string; port: number }) : String(value);
    return [`${option.long} ${quoted(text)}`];
  });
}

function addressText({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function quoted(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How this program was called, so that the commands can be typed as they stand. */
function program(): string {
  const script = process.argv[1] ?? '';
  return basename(script) === 'main.js'
    ? `node ${quoted(relative(process.cwd(), script))}`
    : 'prepaid-switch';
}
