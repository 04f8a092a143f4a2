/**
 * Single values of a document set by their path, as `terminals.DEMO0001.enabled=false`: the part, the item's code, the
 * member, and what it holds in YAML; nothing behind the sign takes the member away. The result is checked whole.
 */
import { parse as parseYaml } from 'yaml';
import { checked, faultLine } from '../../base/schema.js';
import { codeOf } from './difference.js';
import { CatalogueError, checkCatalogue } from './references.js';
import { type CatalogueDocument, catalogueSchema } from './schema.js';

/** Throws CatalogueError: the assignment, or the path in the result, and what is allowed. */
export function withAssignments(
  document: CatalogueDocument,
  assignments: readonly string[],
): CatalogueDocument {
  const changed: unknown = structuredClone(document);
  for (const assignment of assignments) assign(changed, assignment);
  const result = checked(catalogueSchema, changed);
  if (!result.ok) throw new CatalogueError(`catalogue: ${faultLine(result)}`);
  checkCatalogue(result.value, 'catalogue: ');
  return result.value;
}

function assign(document: unknown, assignment: string): void {
  const at = assignment.indexOf('=');
  if (at < 1) throw new CatalogueError(`"${assignment}": must be PATH=VALUE`);
  const path = assignment.slice(0, at);
  const value = yamlValue(path, assignment.slice(at + 1));
  let holder = document;
  let rest = path;
  for (;;) {
    const next = stepInto(holder, rest);
    if (!next) break;
    [holder, rest] = next;
  }
  if (Array.isArray(holder) || rest.includes('.') || !isObject(holder) || holder === document) {
    throw new CatalogueError(`${path}: there is no "${rest}"`);
  }
  if (value === null) delete holder[rest];
  else holder[rest] = value;
}

/** What stands under the longest name that the path goes on with, and the rest of it; undefined at the last member. */
function stepInto(holder: unknown, path: string): [unknown, string] | undefined {
  const entries = Array.isArray(holder)
    ? holder.map((item, at): [string, unknown] => [codeOf(item) ?? String(at), item])
    : Object.entries(isObject(holder) ? holder : {});
  const fits = entries.filter(([name]) => path.startsWith(`${name}.`));
  const best = fits.sort(([one], [other]) => other.length - one.length)[0];
  return best && [best[1], path.slice(best[0].length + 1)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function yamlValue(path: string, text: string): unknown {
  try {
    return parseYaml(text, { logLevel: 'error' }) as unknown;
  } catch (cause) {
    throw new CatalogueError(`${path}: not YAML`, { cause });
  }
}
