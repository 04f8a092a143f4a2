/**
 * `prepaid-switch encode`: a message from JSON, of the form that `decode --json` prints; what decode told unmasked
 * comes out as the same bytes. Of the JSON only "format", "mti", "fields" and "order" count.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { NotSo, print, printJson, readStdin, textOf, UsageError } from './command.js';
import type { FieldTree } from './fields.js';
import { type TagOrder, treeFields } from './treeFields.js';

interface EncodeOptions {
  readonly format?: string;
  readonly framing?: string;
  readonly tpdu?: string;
  readonly json?: boolean;
}

interface Document {
  readonly format: string | undefined;
  readonly mti: string;
  readonly fields: { readonly [de: string]: FieldTree };
  readonly order: TagOrder;
}

const EXAMPLES = `
Numbers are filled with zeros and fixed text with spaces; binary data are hexadecimal text. A message authentication
code is written as given, not made.

Examples:
  echo '{"mti":"0800","fields":{"7":"1123134502","11":"138","70":"301"}}' | prepaid-switch encode --format iso87-ascii -
  prepaid-switch decode --format iso87-bcd --clear --json HEX > message.json
  prepaid-switch encode --framing length2 --tpdu 6000010002 message.json`;

export function register(program: Command): void {
  program
    .command('encode')
    .description('write a message from JSON, as decode --json prints it, in hexadecimal')
    .argument('<file>', 'the JSON; - reads it from standard input')
    .option(
      '--format <name>',
      'a shipped format or the path of a format file; without it, the one in the JSON',
    )
    .option('--framing <name>', 'put this framing around the message; without it, none')
    .option(
      '--tpdu <hex>',
      'with --framing: the TPDU before the message, ten digits',
      textOf(/^[0-9A-Fa-f]{10}$/, 'ten hexadecimal digits'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(encode);
}

async function encode(file: string, options: EncodeOptions): Promise<void> {
  const { Iso8583Error, loadFormat } = await import('../iso8583/index.js');
  const document = documentOf(file === '-' ? await readStdin() : readFileSync(file, 'utf8'));
  const format = options.format ?? document.format;
  if (format === undefined) throw new UsageError('no format: the JSON names none, and --format is not given');
  const codec = loadFormat(format);
  let body: Buffer;
  try {
    body = codec.build(document.mti, treeFields(codec, document.fields, document.order));
  } catch (error) {
    if (!(error instanceof Iso8583Error)) throw error;
    throw new NotSo(error.message);
  }
  const bytes = options.framing === undefined ? body : await framed(body, options.framing, options.tpdu);
  const hex = bytes.toString('hex').toUpperCase();
  if (options.json) printJson({ format, bytes: bytes.length, hex });
  else print(hex);
}

async function framed(body: Buffer, name: string, tpdu: string | undefined): Promise<Buffer> {
  const { terminalFraming, wrap } = await import('../tools/terminal/framing.js');
  return wrap(terminalFraming(name, tpdu), body);
}

function documentOf(text: string): Document {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError('the message must be JSON, as decode --json prints it');
  }
  if (!isObject(value)) throw new UsageError('the message must be a JSON object');
  const { format, mti, fields, order = {} } = value;
  if (typeof mti !== 'string') throw new UsageError('"mti" must be text of four digits');
  if (!isObject(fields)) throw new UsageError('"fields" must be an object by data element number');
  if (!isOrder(order)) throw new UsageError('"order" must be an object of lists of tags');
  if (format !== undefined && typeof format !== 'string') throw new UsageError('"format" must be text');
  return { format, mti, fields: fields as Document['fields'], order };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOrder(value: unknown): value is TagOrder {
  return (
    isObject(value) &&
    Object.values(value).every((tags) => Array.isArray(tags) && tags.every((tag) => typeof tag === 'string'))
  );
}
