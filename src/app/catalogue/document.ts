/** A catalogue document as it was written: YAML or JSON, checked whole. A fault is one line: file, path, what is allowed. */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { safeText } from '../../base/errors.js';
import { checked, faultLine } from '../../base/schema.js';
import { CatalogueError, checkCatalogue } from './references.js';
import { type CatalogueDocument, catalogueSchema } from './schema.js';

/** A file of its own, or a configuration's `catalogue`. Throws CatalogueError. */
export function readCatalogue(file: string): CatalogueDocument {
  const spec = parseFile(file);
  const isConfiguration = typeof spec === 'object' && spec !== null && 'links' in spec && 'catalogue' in spec;
  const where = isConfiguration ? `${file}: catalogue.` : `${file}: `;
  const result = checked(catalogueSchema, isConfiguration ? spec.catalogue : (spec ?? {}));
  if (!result.ok) throw new CatalogueError(`${where}${faultLine(result)}`);
  checkCatalogue(result.value, where);
  return result.value;
}

/** JSON is YAML too, and is read a good deal faster as what it is. */
function parseFile(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return file.endsWith('.json') ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    // A YAML error quotes the line it stands on below its first one.
    const detail = error instanceof Error ? error.message.split('\n')[0] : safeText(error);
    throw new CatalogueError(`${file}: ${detail}`);
  }
}
