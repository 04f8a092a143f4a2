/**
 * `prepaid-switch decode`: one message field by field, for people or scripts. Offsets count from the message's
 * first byte, behind the framing. A message that cannot be read ends in exit code 1, with the field, the offset,
 * what was expected, and everything that was read before.
 */
import type { Command } from 'commander';
import { SafeError } from '../base/errors.js';
import type { Codec, Iso8583Error } from '../iso8583/index.js';
import { EXIT, NotSo, print, printJson } from './command.js';
import { fieldTable, fieldTree } from './fields.js';
import { givenBytes, unframed } from './operand.js';

interface DecodeOptions {
  readonly format: string;
  readonly framing?: string;
  readonly tpdu?: boolean;
  readonly clear?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
In JSON a field with subfields is an object by tag or part; a tag that repeats has an array of its values:
  {"mti":"0200","fields":{"3":"280000","48":{"PR":"TALK10","QT":"1"}}}

Examples:
  prepaid-switch decode --format iso87-ascii 303830302232000000000000...
  prepaid-switch decode --format iso87-bcd --framing length2 --tpdu --json - < message.hex`;

export function register(program: Command): void {
  program
    .command('decode')
    .description('show a message field by field, with offsets; sensitive fields masked')
    .argument('<hex...>', 'the message in hexadecimal, spaces allowed; - reads it from standard input')
    .requiredOption('--format <name>', 'a shipped format (such as iso87-ascii) or the path of a format file')
    .option('--framing <name>', 'the framing whose header stands before the message; without it, none does')
    .option('--tpdu', 'with --framing: a TPDU (5 bytes) stands before the message')
    .option('--clear', 'show sensitive fields unmasked')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(decode);
}

async function decode(hex: string[], options: DecodeOptions): Promise<void> {
  const { Iso8583Error, loadFormat } = await import('../iso8583/index.js');
  const codec = loadFormat(options.format);
  const body = await messageOf(await givenBytes(hex.join('')), options);
  if (body === undefined) return;
  try {
    const message = codec.parse(body);
    const rows = codec.describe(message, { clear: options.clear === true });
    if (options.json) printJson({ mti: message.mti, fields: fieldTree(rows) });
    else print(fieldTable(rows));
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    refuse(error, codec, options);
  }
}

/** The message without its framing; undefined where the bytes are no whole frame and that was printed as JSON. */
async function messageOf(bytes: Buffer, options: DecodeOptions): Promise<Buffer | undefined> {
  try {
    return await unframed(bytes, options);
  } catch (error) {
    if (!options.json || !(error instanceof SafeError) || error.name !== 'FramingError') throw error;
    const expected = `one whole frame of framing ${options.framing}`;
    printJson({ error: { field: 'framing', offset: 0, expected, found: error.message }, fields: {} });
    process.exitCode = EXIT.notSo;
    return undefined;
  }
}

function refuse(error: Iso8583Error, codec: Codec, options: DecodeOptions): void {
  const rows = error.partial ? codec.describe(error.partial, { clear: options.clear === true }) : [];
  if (!options.json) {
    if (rows.length > 0) print(fieldTable(rows));
    throw new NotSo(error.message);
  }
  const { field, offset, expected, found, hint, mti } = error;
  printJson({ error: { field, offset, expected, found, hint }, mti, fields: fieldTree(rows) });
  process.exitCode = EXIT.notSo;
}
