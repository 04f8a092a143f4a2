/**
 * `prepaid-switch catalogue`: import, export, compare and list the catalogue's revisions. Works on the database itself;
 * a running switch takes a new revision up within a second. A bad file is one line, and changes nothing.
 */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Difference } from '../app/catalogue/difference.js';
import type { CatalogueDocument } from '../app/catalogue/schema.js';
import { systemClock } from '../base/clock.js';
import type { RevisionResult, Store } from '../store/store.js';
import { EXIT, NotSo, print, printJson, textOf, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { refuseAtMember } from './member.js';

interface WriteOptions extends DataOptions {
  readonly by: string;
  readonly expectRevision?: number;
}

interface ExportOptions extends DataOptions {
  readonly revision?: number;
  readonly output?: string;
}

const LISTED_MAX = 10_000;
/** Characters of a digest that a person is shown. */
const DIGEST_SHOWN = 12;
/** Characters of a changed value that a person is shown. */
const VALUE_SHOWN = 60;

const EXAMPLES = `
Examples:
  prepaid-switch catalogue export > catalogue.yaml
  prepaid-switch catalogue diff catalogue.yaml
  prepaid-switch catalogue import catalogue.yaml --by ann --expect-revision 4
  prepaid-switch catalogue set terminals.DEMO0001.enabled=false
  prepaid-switch catalogue diff 3 4
  prepaid-switch catalogue list --json`;

export function register(program: Command): void {
  const catalogue = program
    .command('catalogue')
    .description('what is sold, by whom and where: import, export and compare its revisions')
    .addHelpText('after', EXAMPLES);
  writing(catalogue.command('import <file>'))
    .description(
      'apply a catalogue (YAML or JSON, or a configuration with one inline) as a new revision, whole or not at all',
    )
    .action(importFile);
  writing(catalogue.command('set <assignments...>'))
    .description('set single values, such as products.TALK10.enabled=false, as a new revision')
    .action(set);
  withData(catalogue.command('export'))
    .description('print a revision as YAML that imports to the same')
    .option('--revision <n>', 'this one (else the last one)', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--output <file>', 'to a file')
    .action(exportRevision);
  withData(catalogue.command('diff <one> [other]'))
    .description(
      'what differs between two, each a file or a revision; of one alone: what importing the file would change, ' +
        'or what changed since that revision. Exit code 1 where anything differs',
    )
    .action(diff);
  withData(catalogue.command('list'))
    .description('the revisions: when, by whom')
    .option('--limit <n>', 'at most so many, latest first', wholeNumber(1, LISTED_MAX), 100)
    .action(list);
}

function writing(command: Command): Command {
  return withData(command)
    .option(
      '--by <name>',
      'who applies it, kept with the revision (else the login name)',
      textOf(/^(?!configuration$)[\x20-\x7e]{1,60}$/, 'up to 60 characters, and not "configuration"'),
      userInfo().username,
    )
    .option(
      '--expect-revision <n>',
      'only where this is the last one; 0 for none',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    );
}

async function importFile(file: string, options: WriteOptions): Promise<void> {
  const { readCatalogue } = await import('../app/catalogue/document.js');
  const { storeDocument } = await import('../app/catalogue/revisions.js');
  const document = readCatalogue(file);
  const task = async (store: Store): Promise<RevisionResult> => {
    await refuseAtMember(store, 'catalogue comes');
    await checkSuppliers(store, document, `${file}: `);
    return storeDocument(store, document, authorOf(options));
  };
  told(await withStore(options, task, true), options);
}

async function set(assignments: string[], options: WriteOptions): Promise<void> {
  const { withAssignments } = await import('../app/catalogue/change.js');
  const { readDocument, storeDocument } = await import('../app/catalogue/revisions.js');
  const result = await withStore(options, async (store) => {
    await refuseAtMember(store, 'catalogue comes');
    const last = await store.lastRevision();
    const document = withAssignments(await readDocument(store, last), assignments);
    await checkSuppliers(store, document, 'catalogue: ');
    // Made from this revision: another's change in between is not undone.
    return storeDocument(store, document, { expected: last, ...authorOf(options) });
  });
  told(result, options);
}

function authorOf({ by, expectRevision }: WriteOptions) {
  const at = systemClock.now();
  return expectRevision === undefined ? { by, at } : { by, at, expected: expectRevision };
}

/** Where a switch was started on this data, routes must name its suppliers. */
async function checkSuppliers(store: Store, document: CatalogueDocument, where: string): Promise<void> {
  const { checkRoutes } = await import('../app/catalogue/references.js');
  const { suppliersOf } = await import('../app/catalogue/start.js');
  const suppliers = await suppliersOf(store);
  if (suppliers) checkRoutes(document, suppliers, where);
}

function told(result: RevisionResult, { json }: DataOptions): void {
  const { kind, revision } = result;
  if (kind === 'unexpected')
    throw new NotSo(`catalogue: the last revision is ${revision}; nothing was changed`);
  if (json) printJson({ revision, changed: kind === 'stored' });
  else print(kind === 'stored' ? `revision ${revision}` : `revision ${revision}, as it was: nothing new`);
}

async function exportRevision(options: ExportOptions): Promise<void> {
  const { yamlOf } = await import('../app/catalogue/document.js');
  const { readDocument } = await import('../app/catalogue/revisions.js');
  const { revision, document } = await withStore(options, async (store) => {
    const wanted = options.revision ?? (await store.lastRevision());
    return { revision: wanted, document: await readDocument(store, wanted) };
  });
  const text = options.json ? `${JSON.stringify({ revision, catalogue: document })}\n` : yamlOf(document);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
}

async function diff(one: string, other: string | undefined, options: DataOptions): Promise<void> {
  const { differences } = await import('../app/catalogue/difference.js');
  const found = await withStore(options, async (store) => {
    const named = await documentNamed(store, one);
    if (other !== undefined) return differences(named, await documentNamed(store, other));
    const last = await documentNamed(store, String(await store.lastRevision()));
    return isRevision(one) ? differences(named, last) : differences(last, named);
  });
  if (found.length > 0) process.exitCode = EXIT.notSo;
  if (options.json) printJson({ differences: found });
  else print(found.map(line).join('\n') || 'Nothing differs.');
}

function isRevision(name: string): boolean {
  return /^\d+$/.test(name);
}

async function documentNamed(store: Store, name: string): Promise<CatalogueDocument> {
  const { readDocument } = await import('../app/catalogue/revisions.js');
  if (isRevision(name)) return readDocument(store, Number(name));
  const { readCatalogue } = await import('../app/catalogue/document.js');
  const { canonical } = await import('../app/catalogue/portions.js');
  return canonical(readCatalogue(name));
}

function line({ kind, part, code, members }: Difference): string {
  const details = members.map(({ member, from, to }) => `${member} ${shown(from)} -> ${shown(to)}`.trim());
  const what = code === '' ? part : `${part}.${code}`;
  return `${kind.padEnd(9)}  ${what}${details.length > 0 ? `: ${details.join(', ')}` : ''}`;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'none' : JSON.stringify(value);
  return text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text;
}

async function list(options: DataOptions & { readonly limit: number }): Promise<void> {
  const found = await withStore(options, (store) => store.revisions(0, options.limit));
  const revisions = found.map(({ revision, at, by, digest }) => ({
    revision,
    at: new Date(at).toISOString(),
    by,
    digest,
  }));
  if (options.json) return printJson({ revisions });
  if (revisions.length === 0) throw new UsageError('catalogue: there is no revision yet');
  const rows = revisions.map(({ revision, at, by, digest }) => [
    String(revision),
    at,
    by,
    digest.slice(0, DIGEST_SHOWN),
  ]);
  print(table([['revision', 'at', 'by', 'digest'], ...rows], 1));
}
