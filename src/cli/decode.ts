/**
 * `prepaid-switch decode`: one message field by field, with its bytes and what they mean, for people or scripts. Offsets count from the message's
 * first byte, behind the framing. A message that cannot be read ends in exit code 1, with the field, the offset,
 * what was expected, and everything that was read before.
 */
import type { Command } from 'commander';
import { SafeError } from '../base/errors.js';
import type { Iso8583Error } from '../iso8583/index.js';
import type { MeaningRow } from '../tools/meaning/meaning.js';
import { EXIT, NotSo, print, printJson } from './command.js';
import { fieldTable, fieldTree } from './fields.js';
import { messageBytes } from './operand.js';
import { tagOrder } from './treeFields.js';

interface DecodeOptions {
  readonly format: string;
  readonly framing?: string;
  readonly tpdu?: boolean;
  readonly clear?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
In JSON a field with subfields is an object by tag or part; a tag that repeats has an array of its values; "order" has
the tags of fields in which they stand otherwise; "rows" has offset, length, bytes and meaning of each:
  {"format":"iso87-ascii","mti":"0200","fields":{"3":"280000","48":{"PR":"TALK10","QT":"1"}},"rows":[...]}
prepaid-switch encode makes the message of it again.

Examples:
  prepaid-switch decode --format iso87-ascii 303830302232000000000000...
  prepaid-switch decode --format iso87-bcd --framing length2 --tpdu --json - < message.hex
  prepaid-switch decode --format iso87-ascii friday.pcapng:12`;

export function register(program: Command): void {
  program
    .command('decode')
    .description('show a message field by field: offset, bytes, value, meaning; sensitive fields masked')
    .argument(
      '<hex...>',
      'the message in hexadecimal, spaces allowed; FILE:N for a frame of a capture; - reads standard input',
    )
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
  const { meaningRows } = await import('../tools/meaning/meaning.js');
  const codec = loadFormat(options.format);
  const body = await messageOf(hex.join(''), options);
  if (body === undefined) return;
  try {
    const message = codec.parse(body);
    const rows = meaningRows(codec, message, options.clear === true);
    if (options.json) printJson({ format: options.format, mti: message.mti, ...asJson(rows) });
    else print(fieldTable(rows));
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    const rows = error.partial ? meaningRows(codec, error.partial, options.clear === true) : [];
    refuse(error, rows, options);
  }
}

/** The message without its framing; undefined where the bytes are no whole frame and that was printed as JSON. */
async function messageOf(text: string, options: DecodeOptions): Promise<Buffer | undefined> {
  try {
    return await messageBytes(text, options);
  } catch (error) {
    if (!options.json || !(error instanceof SafeError) || error.name !== 'FramingError') throw error;
    const expected = `one whole frame of framing ${options.framing}`;
    printJson({ error: { field: 'framing', offset: 0, expected, found: error.message }, fields: {} });
    process.exitCode = EXIT.notSo;
    return undefined;
  }
}

function asJson(rows: readonly MeaningRow[]): object {
  const fields = fieldTree(rows);
  const order = tagOrder(rows, fields);
  return { fields, ...(Object.keys(order).length > 0 ? { order } : {}), rows };
}

function refuse(error: Iso8583Error, rows: readonly MeaningRow[], options: DecodeOptions): void {
  if (!options.json) {
    if (rows.length > 0) print(fieldTable(rows));
    throw new NotSo(error.message);
  }
  const { field, offset, expected, found, hint, mti } = error;
  printJson({ error: { field, offset, expected, found, hint }, mti, ...asJson(rows) });
  process.exitCode = EXIT.notSo;
}
