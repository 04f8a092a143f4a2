/**
 * `prepaid-switch diff`: two messages of one format, field by field. Exit code 0 where they say the same, 1 where
 * they differ, as of a field that only one of them has. What is compared are values: the same digits filled in
 * another way are no difference.
 */
import type { Command } from 'commander';
import { EXIT, NotSo, print, printJson, UsageError } from './command.js';
import { table, visible } from './fields.js';
import { messageBytes } from './operand.js';

interface DiffOptions {
  readonly format: string;
  readonly framing?: string;
  readonly tpdu?: boolean;
  readonly ignore?: readonly string[];
  readonly clear?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Exit code 1 where the messages differ.

Examples:
  prepaid-switch diff --format iso87-ascii 30383030... 30383130...
  prepaid-switch diff --format iso87-ascii --ignore 7,11,63.PN 30323130... 30323130... --json
  prepaid-switch diff --format iso87-bcd --framing length2 --tpdu monday.pcapng:12 friday.pcapng:12`;

export function register(program: Command): void {
  program
    .command('diff')
    .description('compare two messages field by field; sensitive fields masked')
    .argument(
      '<before>',
      'a message in hexadecimal, FILE:N for a frame of a capture or hex list, - for standard input',
    )
    .argument('<after>', 'the other')
    .requiredOption('--format <name>', 'a shipped format (such as iso87-ascii) or the path of a format file')
    .option('--framing <name>', 'the framing whose header stands before the messages; without it, none does')
    .option('--tpdu', 'with --framing: a TPDU (5 bytes) stands before the messages')
    .option('--ignore <path,…>', 'fields and subfields to pass over, such as 7,11,63.PN', pathList)
    .option('--clear', 'show sensitive fields unmasked')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(diff);
}

async function diff(before: string, after: string, options: DiffOptions): Promise<void> {
  if (before === '-' && after === '-') throw new UsageError('only one of the messages can be standard input');
  const { loadFormat } = await import('../iso8583/index.js');
  const { differences, masked } = await import('../tools/difference/difference.js');
  const codec = loadFormat(options.format);
  const one = await read(before, 'the first message');
  const other = await read(after, 'the second message');
  const found = differences(codec, one, other, new Set(options.ignore));
  const shown = options.clear ? found : found.map((difference) => masked(codec, difference));
  if (options.json) printJson({ same: found.length === 0, differences: shown });
  else if (found.length === 0) print('no difference');
  else {
    const cells = shown.map(({ path, name, ...sides }) => [
      visible(path),
      name,
      side(sides.before),
      side(sides.after),
    ]);
    print(table([['field', 'name', 'before', 'after'], ...cells], 0));
  }
  if (found.length > 0) process.exitCode = EXIT.notSo;

  async function read(text: string, which: string) {
    const { Iso8583Error } = await import('../iso8583/index.js');
    try {
      return codec.parse(await messageBytes(text, options));
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      throw new NotSo(`${which}: ${error.message}`);
    }
  }
}

function side(text: string | undefined): string {
  return text === undefined ? '(none)' : visible(text);
}

function pathList(text: string): readonly string[] {
  return text.split(',').map((path) => path.trim());
}
