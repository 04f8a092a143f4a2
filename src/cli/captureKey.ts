/**
 * `prepaid-switch capture key`: a key pair for encrypted recordings. The private half goes to a file that must not be
 * there yet, readable by its owner alone; the public half is printed, for `record` of a link. No command shows the
 * private one.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createDurably } from '../base/durable.js';
import { systemRandom } from '../base/random.js';
import { print, printJson, UsageError } from './command.js';

interface KeyOptions {
  readonly show?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  prepaid-switch capture key auditor.key             # the public half goes into the configuration
  prepaid-switch serve --demo --record captures --record-for 7f3c...
  prepaid-switch capture list captures/ascii-20261126T050000-1.pcapng.sealed --key auditor.key`;

export function register(capture: Command): void {
  capture
    .command('key')
    .description(
      'make a key pair for encrypted recordings: the private half to a file, the public half printed',
    )
    .argument('<file>', 'where the private half goes; must not be there yet')
    .option('--show', 'make none: print the public half of the key in the file')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(key);
}

async function key(file: string, options: KeyOptions): Promise<void> {
  const { makeSealingKey, publicKeyOf, sealingKeyOf } = await import('../capture/sealed.js');
  if (options.show) {
    tell(publicKeyOf(sealingKeyOf(readFileSync(file, 'utf8'))), file, 'is in', options);
    return;
  }
  const { privateKey, publicKey } = makeSealingKey(systemRandom);
  const text = [
    '# Private key of recordings that are encrypted for:',
    `# ${publicKey.toString('hex')}`,
    privateKey.toString('hex'),
    '',
  ].join('\n');
  try {
    createDurably(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${file}: is there already`);
  }
  tell(publicKey, file, 'made in', options);
}

function tell(publicKey: Buffer, file: string, where: string, { json }: KeyOptions): void {
  const hex = publicKey.toString('hex');
  if (json) printJson({ publicKey: hex, file });
  else print(`${hex}\nits private half ${where} ${file}: whoever has that reads the recordings`);
}
