/**
 * A catalogue document as it was written: checked whole, names that point at nothing or at two things too. A fault
 * is one line: file, path, what is allowed.
 */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { SafeError } from '../../base/errors.js';
import { checked, faultLine } from '../../base/schema.js';
import { type CatalogueDocument, catalogueSchema } from './schema.js';

export class CatalogueError extends SafeError {
  override name = 'CatalogueError';
}

/** Reads YAML or JSON. Throws CatalogueError: file, path, what is allowed. */
export function readCatalogue(file: string): CatalogueDocument {
  let spec: unknown;
  try {
    spec = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new CatalogueError(`${file}: ${detail}`);
  }
  const result = checked(catalogueSchema, spec);
  if (!result.ok) throw new CatalogueError(`${file}: ${faultLine(result)}`);
  checkCatalogue(result.value, `${file}: `);
  return result.value;
}

/** `where` is put before the path: `FILE: `, or `FILE: catalogue.`. */
export function checkCatalogue(document: CatalogueDocument, where: string): void {
  const merchants = new Set(document.merchants.map(({ id }) => id));
  for (const { id, merchant } of document.terminals) {
    if (!merchants.has(merchant)) {
      throw new CatalogueError(`${where}terminals.${id}.merchant: "${merchant}" is none of the merchants`);
    }
  }
  const { products, merchants: shops, terminals } = document;
  unique(
    products.map((one) => one.code),
    `${where}products`,
  );
  unique(
    shops.map(({ id }) => id),
    `${where}merchants`,
  );
  unique(
    terminals.map(({ id }) => id),
    `${where}terminals`,
  );
}

/** Routes name suppliers of this installation. */
export function checkRoutes(
  document: CatalogueDocument,
  supplierNames: Iterable<string>,
  where: string,
): void {
  const suppliers = new Set(['stock', ...supplierNames]);
  for (const { code, route } of document.products) {
    const unknown = route.find((one) => !suppliers.has(one));
    if (unknown !== undefined) {
      throw new CatalogueError(
        `${where}products.${code}.route: "${unknown}" is none of ${[...suppliers].join(', ')}`,
      );
    }
  }
}

function unique(names: readonly string[], where: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new CatalogueError(`${where}: "${name}" stands twice`);
    seen.add(name);
  }
}
