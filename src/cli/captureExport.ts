/**
 * `prepaid-switch capture export`: a capture as a hex list, a pcapng of chosen connections, or the bytes of one
 * direction. Everything in clear, so files are new ones that only their owner reads. Exit code 1 where nothing was in it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { StreamEvent } from '../tools/capture/events.js';
import type { Exported, Write } from '../tools/capture/export.js';
import {
  ANY_TPDU,
  type CaptureOptions,
  Faults,
  numbers,
  trafficOptions,
  withCapture,
} from './captureOptions.js';
import { EXIT, print, printJson, UsageError } from './command.js';

const CONNECTION_MAX = 2 ** 31;
/** Bytes gathered before they are written. */
const GATHERED_BYTES = 1_048_576;
const STDOUT = 1;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 5;

interface Options extends CaptureOptions {
  readonly hex?: string;
  readonly pcapng?: string;
  readonly raw?: string;
  readonly framing?: string;
  readonly tpdu?: boolean;
  readonly connection?: readonly number[];
  readonly direction?: 'to-server' | 'to-client';
}

const NOTES = `
A hex list without --framing has the bytes as on the wire, a segment a line, below a line #framed; with --framing it
has the messages, without TPDU and other headers. What is exported is in clear: card numbers and PINs too.

Examples:
  prepaid-switch capture export friday.pcapng --hex friday.txt --framing length2
  prepaid-switch capture export friday.pcapng --pcapng three.pcapng --connection 1,4,9
  prepaid-switch capture export friday.pcapng --raw answers.bin --connection 4 --direction to-client`;

export function register(capture: Command): void {
  withCapture(capture.command('export'))
    .description(
      'write a capture as a hex list, as a pcapng of chosen connections, or one direction as it is',
    )
    .option('--hex <file>', 'a hex list; - is standard output')
    .option('--pcapng <file>', 'a pcapng, its packets made up anew')
    .option('--raw <file>', 'the bytes of one direction of one connection')
    .option('--framing <name>', 'with --hex: messages, cut with this framing')
    .option('--tpdu', 'with --framing: a TPDU (5 bytes) stands before each message')
    .option(
      '--connection <numbers>',
      'only these, by their numbers in capture list (with the same --port)',
      numbers(CONNECTION_MAX),
    )
    .option('--direction <direction>', 'with --raw: to-server or to-client', direction)
    .addHelpText('after', NOTES)
    .action(exportCapture);
}

async function exportCapture(file: string, options: Options): Promise<void> {
  const target = targetOf(options);
  const faults = new Faults();
  const out = new Output(target);
  let done: Exported;
  try {
    done = await exported(file, options, out.write, faults);
  } finally {
    out.close();
    faults.end();
  }
  if (done.pieces === 0) process.exitCode = EXIT.notSo;
  const { connections, pieces, bytes } = done;
  if (options.json) printJson({ connections, pieces, bytes, faults: faults.count });
  else if (target !== '-') print(`${target}: ${connections} connections, ${pieces} pieces, ${bytes} bytes`);
}

function targetOf({ hex, pcapng, raw, connection, direction, framing, json }: Options): string {
  const targets = [hex, pcapng, raw].filter((one) => one !== undefined);
  const [target] = targets;
  if (target === undefined || targets.length > 1)
    throw new UsageError('one of --hex, --pcapng and --raw is needed');
  if (raw !== undefined && (connection?.length !== 1 || direction === undefined))
    throw new UsageError('--raw needs --connection with one number, and --direction');
  if (framing !== undefined && hex === undefined) throw new UsageError('--framing goes with --hex');
  if (target === '-' && json) throw new UsageError('--json goes with a file, not with standard output');
  return target;
}

async function exported(file: string, options: Options, write: Write, faults: Faults): Promise<Exported> {
  const { chosen, exportHex, exportPcapng, exportRaw } = await import('../tools/capture/export.js');
  const { readStreams, readTraffic } = await import('../tools/capture/traffic.js');
  const { terminalFraming } = await import('../tools/terminal/framing.js');
  const ids = options.connection && new Set(options.connection);
  const reading = await trafficOptions(options);
  if (options.framing !== undefined) {
    const framing = terminalFraming(options.framing, options.tpdu ? ANY_TPDU : undefined);
    return exportHex(chosen(readTraffic(file, framing, reading), ids, faults.tell), write, false);
  }
  const streams = (): Generator<StreamEvent> => chosen(readStreams(file, reading), ids, faults.tell);
  if (options.hex !== undefined) return exportHex(streams(), write, true);
  if (options.pcapng !== undefined) return exportPcapng(streams(), write);
  return exportRaw(streams(), write, options.direction ?? 'to-server');
}

/** A file that is opened when there is something to write, so that a wrong source leaves none behind. */
class Output {
  readonly #target: string;
  #file: number | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(target: string) {
    this.#target = target;
  }

  readonly write = (bytes: Buffer | string): void => {
    const piece = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes >= GATHERED_BYTES) this.#flush();
  };

  close(): void {
    this.#flush();
    if (this.#file !== undefined && this.#file !== STDOUT) closeSync(this.#file);
  }

  #flush(): void {
    if (this.#heldBytes === 0) return;
    this.#file ??= opened(this.#target);
    writeAll(this.#file, Buffer.concat(this.#held));
    this.#held = [];
    this.#heldBytes = 0;
  }
}

/** A pipe that is full says so, where another process shares it and made it so: then it is tried again. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
    }
  }
}

function opened(target: string): number {
  if (target === '-') return STDOUT;
  try {
    return openSync(target, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${target}: is there already`);
  }
}

function direction(text: string): 'to-server' | 'to-client' {
  if (text !== 'to-server' && text !== 'to-client')
    throw new InvalidArgumentError('It must be to-server or to-client.');
  return text;
}
