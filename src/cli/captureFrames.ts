/**
 * `prepaid-switch capture frames`: the frames of a capture, a line each as they come: time, connection, direction and
 * length, and with --format what the message is, masked. Exit code 1 where there is none.
 */
import type { Command } from 'commander';
import { SafeError } from '../base/errors.js';
import type { Codec, FieldRow, Iso8583Error } from '../iso8583/index.js';
import type { TrafficEvent, TrafficFrame } from '../tools/capture/events.js';
import { ANY_TPDU, type CaptureOptions, Faults, trafficOptions, withCapture } from './captureOptions.js';
import { EXIT, print, printJson, wholeNumber } from './command.js';
import { fieldTree, visible } from './fields.js';

interface Options extends CaptureOptions {
  readonly framing: string;
  readonly tpdu?: boolean;
  readonly format?: string;
  readonly connection?: number;
  readonly limit?: number;
  readonly clear?: boolean;
}

/** Fields that tell a message from its neighbours. */
const SHOWN = ['3', '4', '11', '37', '39', '41', '70'];

const NOTES = `
--framing as in the configuration: a name, or JSON such as {"kind":"length2","tpdu":"swap","headerBytes":6}.
Without --format nothing of a message is shown but its header and length.

Examples:
  prepaid-switch capture frames friday.pcapng --framing length2 --format iso87-ascii
  prepaid-switch capture frames friday.pcapng --framing length2 --tpdu --format iso87-bcd --connection 3 --json`;

export function register(capture: Command): void {
  withCapture(capture.command('frames'))
    .description('the frames of a capture: time, connection, direction, and what they are')
    .option('--framing <name>', 'the framing of the connections', 'length2')
    .option('--tpdu', 'a TPDU (5 bytes) stands before each message')
    .option('--format <name>', 'a shipped format or the path of a format file')
    .option(
      '--connection <n>',
      'only this connection, by its number in capture list (with the same --port)',
      wholeNumber(1, 2 ** 31),
    )
    .option('--limit <n>', 'at most so many frames', wholeNumber(1, 2 ** 31))
    .option('--clear', 'show sensitive fields unmasked')
    .addHelpText('after', NOTES)
    .action(frames);
}

async function frames(file: string, options: Options): Promise<void> {
  const { readTraffic } = await import('../tools/capture/traffic.js');
  const { terminalFraming } = await import('../tools/terminal/framing.js');
  const { loadFormat } = await import('../iso8583/index.js');
  const { timeText } = await import('../tools/capture/times.js');
  const framing = terminalFraming(options.framing, options.tpdu ? ANY_TPDU : undefined);
  const codec = options.format === undefined ? undefined : loadFormat(options.format);
  const faults = new Faults();
  let shown = 0;
  for (const event of readTraffic(file, framing, await trafficOptions(options))) {
    if (event.kind === 'fault') faults.tell(event);
    else if (isChosen(event, options)) {
      if (event.kind === 'frame') shown += 1;
      tell(event, timeText(event.timeUs), codec, options);
      if (shown === options.limit) break;
    }
  }
  faults.end();
  if (shown === 0) process.exitCode = EXIT.notSo;
}

type Shown = Exclude<TrafficEvent, { kind: 'fault' }>;

function isChosen(event: Shown, { connection }: Options): boolean {
  return connection === undefined || event.connection.id === connection;
}

function tell(event: Shown, time: string, codec: Codec | undefined, options: Options): void {
  const { kind, connection, offset } = event;
  if (options.json) {
    const base = { kind, time, connection: connection.id, offset };
    if (kind === 'open') printJson({ ...base, ...connection, id: undefined });
    else if (kind === 'close') printJson({ ...base, how: event.how });
    else if (kind === 'gap') printJson({ ...base, direction: event.direction, bytes: event.bytes });
    else if (kind === 'keep-alive') printJson({ ...base, direction: event.direction });
    else printJson({ ...base, ...frameJson(event, codec, options) });
    return;
  }
  if (kind === 'frame') {
    const arrow = event.direction === 'to-server' ? '>' : '<';
    const header = event.header.length > 0 ? ` header ${event.header.toString('hex')}` : '';
    const length = `${event.body.length} bytes`;
    print(
      `${event.number} ${time} @${connection.id} ${arrow} ${length}${header}${summary(event.body, codec, options)}`,
    );
  } else if (kind === 'gap')
    print(`- ${time} @${connection.id} ${event.bytes} bytes are missing, ${event.direction}`);
}

function frameJson(event: TrafficFrame, codec: Codec | undefined, options: Options): object {
  const { number, direction, header, body } = event;
  const base = { number, direction, header: header.toString('hex'), length: body.length };
  if (!codec) return base;
  const { rows, mti, error } = described(body, codec, options);
  return { ...base, mti, fields: fieldTree(rows), error };
}

function summary(body: Buffer, codec: Codec | undefined, options: Options): string {
  if (!codec) return '';
  const { rows, mti, error } = described(body, codec, options);
  const shown = rows.filter(({ path }) => SHOWN.includes(path));
  const fields = shown.map(({ path, value }) => ` ${path}=${visible(value.trim())}`);
  return ` ${mti ?? ''}${fields.join('')}${error === undefined ? '' : ` (${error})`}`;
}

interface Described {
  readonly mti: string | undefined;
  readonly rows: readonly FieldRow[];
  readonly error?: string;
}

function described(body: Buffer, codec: Codec, { clear = false }: Options): Described {
  try {
    const message = codec.parse(body);
    return { mti: message.mti, rows: codec.describe(message, { clear }) };
  } catch (error) {
    if (!(error instanceof SafeError)) throw error;
    const { mti, partial } = error as Iso8583Error;
    return { mti, rows: partial ? codec.describe(partial, { clear }) : [], error: error.message };
  }
}
