/**
 * `prepaid-switch check`: configurations of a switch or a hub, catalogues, formats and profiles, recognised by what they
 * hold. A configuration is checked with every format and profile that it names. A bad file is one line that names file,
 * path and what is allowed, and exit code 2.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { EXIT, explain, print, printJson, UsageError } from './command.js';

type Kind = 'hub configuration' | 'configuration' | 'catalogue' | 'format' | 'profile';

/** Members that only one kind has; `name`, `extends` and the like say nothing. */
const MEMBERS: Readonly<Record<Kind, readonly string[]>> = {
  'hub configuration': ['listen', 'policy', 'keeper', 'vendors', 'acquisition'],
  configuration: ['links', 'admin', 'suppliers', 'catalogue', 'times', 'limits'],
  format: ['mti', 'bitmap', 'fields', 'defaults'],
  profile: [
    'rules',
    'facts',
    'answer',
    'reasons',
    'originals',
    'unknownOriginal',
    'cardActivation',
    'key',
    'content',
  ],
  catalogue: ['providers', 'merchants', 'terminals'],
};

const EXAMPLES = `
Examples:
  prepaid-switch check switch.yaml
  prepaid-switch check my-format.json my-profile.json --json`;

export function register(program: Command): void {
  program
    .command('check')
    .description(
      'check configurations and catalogues (YAML), formats and profiles (JSON), and all that they refer to',
    )
    .argument('<file...>', 'the files')
    .option('--json', 'print one JSON object a file')
    .addHelpText('after', EXAMPLES)
    .action(check);
}

async function check(files: string[], options: { json?: boolean }): Promise<void> {
  for (const file of files) {
    try {
      const { kind, detail } = await checkFile(file);
      if (options.json) printJson({ file, kind, ok: true });
      else print(`${file}: ok (${kind}${detail})`);
    } catch (error) {
      const { line } = explain(error);
      if (options.json) printJson({ file, ok: false, error: line });
      else process.stderr.write(`prepaid-switch: ${line}\n`);
      process.exitCode = EXIT.usage;
    }
  }
}

async function checkFile(file: string): Promise<{ kind: Kind; detail: string }> {
  const kind = await kindOf(file);
  if (kind === 'configuration') return { kind, detail: await checkConfiguration(file) };
  if (kind === 'hub configuration') {
    const { readHubConfig } = await import('../app/hub/config.js');
    const { vendors, catalogue } = readHubConfig(file, process.env);
    return { kind, detail: `: ${vendors.length} vendors, ${catalogue.products.length} products` };
  }
  if (kind === 'catalogue') {
    const { readCatalogue } = await import('../app/catalogue/document.js');
    return { kind, detail: `: ${readCatalogue(file).products.length} products` };
  }
  if (kind === 'profile') {
    const { loadProfile } = await import('../conduit/profile.js');
    return { kind, detail: ` ${loadProfile(file).name}` };
  }
  const { loadFormat } = await import('../iso8583/index.js');
  return { kind, detail: ` ${loadFormat(file).name}` };
}

async function checkConfiguration(file: string): Promise<string> {
  const { readConfig } = await import('../app/config.js');
  const { links, suppliers, catalogue } = readConfig(file, process.env);
  return `: ${links.length} links, ${suppliers.length} suppliers, ${catalogue.products.length} products`;
}

async function kindOf(file: string): Promise<Kind> {
  if (!file.endsWith('.json')) return (await kindOfYaml(file)) ?? 'configuration';
  const found = kindWith(readJson(file));
  if (found) return found;
  const all = Object.entries(MEMBERS).map(([kind, names]) => `${kind} (${names.join(', ')})`);
  throw new UsageError(`${file}: has no member of any kind of file known: ${all.join('; ')}`);
}

function kindWith(document: object): Kind | undefined {
  const members = Object.keys(document);
  return (Object.keys(MEMBERS) as Kind[]).find((kind) =>
    MEMBERS[kind].some((member) => members.includes(member)),
  );
}

/** Of one of those that are written in YAML; undefined also for what is none, or cannot be read. */
async function kindOfYaml(file: string): Promise<Kind | undefined> {
  const { parse } = await import('yaml');
  try {
    const document: unknown = parse(readFileSync(file, 'utf8'));
    if (typeof document !== 'object' || document === null || 'links' in document) return undefined;
    const kind = kindWith(document);
    return kind === 'catalogue' || kind === 'hub configuration' ? kind : undefined;
  } catch {
    return undefined;
  }
}

function readJson(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${file}: must be JSON: ${error.message}`);
  }
  throw new UsageError(`${file}: must be a JSON object`);
}
