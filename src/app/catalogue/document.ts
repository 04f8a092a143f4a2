/**
 * A catalogue document as it was written: YAML or JSON, checked whole. A fault is one line: file, path, what is allowed.
 * No line quotes the file: there may be accounts in it.
 */
import { readFileSync, statSync } from 'node:fs';
import { parse as parseYaml, stringify } from 'yaml';
import { safeText } from '../../base/errors.js';
import { checked, faultLine } from '../../base/schema.js';
import { accountsIn, CatalogueError, checkCatalogue } from './references.js';
import { type CatalogueDocument, catalogueSchema } from './schema.js';

const ACCOUNTS_A_LINE = 8;
/** Bytes of a file at most. Reading YAML takes a hundred times its size in memory, reading JSON not twenty times. */
const YAML_BYTES_MAX = 33_554_432;
const JSON_BYTES_MAX = 268_435_456;

/** A file of its own, or the `catalogue` of a configuration or of an export as JSON. Throws CatalogueError. */
export function readCatalogue(file: string): CatalogueDocument {
  const spec = parseFile(file);
  const isWithin =
    typeof spec === 'object' &&
    spec !== null &&
    'catalogue' in spec &&
    ('links' in spec || 'revision' in spec);
  const where = isWithin ? `${file}: catalogue.` : `${file}: `;
  const result = checked(catalogueSchema, isWithin ? spec.catalogue : (spec ?? {}));
  if (!result.ok) throw new CatalogueError(`${where}${faultLine(result)}`);
  checkCatalogue(result.value, where);
  return result.value;
}

/** As a file that is read as the same document. */
export function yamlOf(document: CatalogueDocument): string {
  const accounts = Object.entries(document.accounts).map(([provider, text]) => [provider, inLines(text)]);
  return stringify({ ...document, accounts: Object.fromEntries(accounts) }, { lineWidth: 0 });
}

function inLines(text: string): string {
  const accounts = accountsIn(text);
  if (accounts.length <= ACCOUNTS_A_LINE) return accounts.join(' ');
  const lines: string[] = [];
  for (let at = 0; at < accounts.length; at += ACCOUNTS_A_LINE) {
    lines.push(accounts.slice(at, at + ACCOUNTS_A_LINE).join(' '));
  }
  return `${lines.join('\n')}\n`;
}

/** JSON is YAML too, and is read a good deal faster as what it is. */
function parseFile(file: string): unknown {
  const isJson = file.endsWith('.json');
  const bytesMax = isJson ? JSON_BYTES_MAX : YAML_BYTES_MAX;
  const { size } = statSync(file);
  if (size > bytesMax) {
    const instead = isJson ? '' : `, or JSON (FILE.json) of at most ${JSON_BYTES_MAX}`;
    throw new CatalogueError(`${file}: must be at most ${bytesMax} bytes long${instead}; found ${size}`);
  }
  const text = readFileSync(file, 'utf8');
  try {
    // A warning would quote the line it stands on.
    return isJson ? JSON.parse(text) : parseYaml(text, { logLevel: 'error' });
  } catch (error) {
    throw new CatalogueError(`${file}: ${withoutQuote(error)}`);
  }
}

/** A YAML error quotes the line it stands on below its first one, a JSON error what stands around it. */
function withoutQuote(error: unknown): string {
  if (!(error instanceof Error)) return safeText(error);
  const [first = ''] = error.message.split('\n');
  return first.startsWith('Unexpected token') ? 'is not JSON' : first.replace(/:$/, '');
}
