/**
 * A configuration file: one YAML (or JSON) file, checked whole before anything starts, and any single value of it
 * replaced by the environment: PREPAID_SWITCH__links__ascii__port=9000 (members by name, list items by their
 * `name`, `id` or `code`, or by position). A fault is one line: file, path, what is allowed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { SafeError } from '../base/errors.js';
import { checked, faultLine } from '../base/schema.js';
import { readCatalogue } from './catalogue/document.js';
import { checkCatalogue, checkRoutes } from './catalogue/references.js';
import { type CatalogueDocument, catalogueSchema } from './catalogue/schema.js';

/** What is sold, by whom: inline, or the path of a file of its own, relative to this one. */
export const catalogueMember = z
  .union([z.string().min(1), z.looseObject({})], { error: 'must be an object, or the path of a file' })
  .default({});

interface WithCatalogue {
  readonly catalogue: string | Record<string, unknown>;
}

export class ConfigError extends SafeError {
  override name = 'ConfigError';
}

/**
 * Reads, overrides and checks; the catalogue too, whose routes may name these suppliers. Throws ConfigError, or
 * CatalogueError: file, path, what is allowed.
 */
export function readConfigFile<C extends WithCatalogue>(
  schema: z.ZodType<C>,
  file: string,
  environment: NodeJS.ProcessEnv,
  suppliersOf: (config: C) => readonly string[],
): Omit<C, 'catalogue'> & { readonly catalogue: CatalogueDocument } {
  let spec: unknown;
  try {
    spec = parseYaml(readFileSync(file, 'utf8'), { logLevel: 'error' });
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new ConfigError(`${file}: ${detail}`);
  }
  const overrides = override(spec, environment, file);
  const config = checkedBy(schema, spec, '', file, overrides);
  const { catalogue } = config;
  const isApart = typeof catalogue === 'string';
  const read = isApart
    ? readCatalogue(join(dirname(file), catalogue))
    : checkedBy(catalogueSchema, catalogue, 'catalogue', file, overrides);
  const where = isApart ? `${join(dirname(file), catalogue)}: ` : `${file}: catalogue.`;
  if (!isApart) checkCatalogue(read, where);
  checkRoutes(read, suppliersOf(config), where);
  return { ...config, catalogue: read };
}

/** `prefix` is the path of `spec` in the file. */
function checkedBy<S extends z.ZodType>(
  schema: S,
  spec: unknown,
  prefix: string,
  file: string,
  overrides: readonly Override[],
): z.output<S> {
  const result = checked(schema, spec);
  if (result.ok) return result.value;
  const path = [prefix, result.path].filter((part) => part !== '').join('.');
  const fault = faultLine({ path: path && `${path}${blamed(path, overrides)}`, fault: result.fault });
  throw new ConfigError(`${file}: ${fault}`);
}

const PREFIX = 'PREPAID_SWITCH__';

/** A value that the environment put in, and where. */
interface Override {
  readonly variable: string;
  readonly path: string;
}

/** Changes `spec` in place. Throws ConfigError where a variable names no place. */
function override(spec: unknown, environment: NodeJS.ProcessEnv, origin: string): Override[] {
  const variables = Object.keys(environment).filter((name) => name.startsWith(PREFIX));
  return variables.map((variable) => {
    const steps = variable.slice(PREFIX.length).split('__');
    const path: string[] = [];
    let parent = spec;
    for (const [at, step] of steps.entries()) {
      if (typeof parent !== 'object' || parent === null) throw nowhere(origin, variable, path);
      const key = Array.isArray(parent) ? indexOf(parent, step) : step;
      if (key === undefined) throw nowhere(origin, variable, path);
      path.push(key);
      const members = parent as Record<string, unknown>;
      if (at === steps.length - 1) members[key] = yamlOf(variable, environment[variable] ?? '');
      else members[key] ??= {};
      parent = members[key];
    }
    return { variable, path: path.join('.') };
  });
}

/** Items of a list are meant by name, or by position. */
function indexOf(list: readonly unknown[], step: string): string | undefined {
  const named = list.findIndex((item) => {
    if (typeof item !== 'object' || item === null) return false;
    const { name, id, code: itemCode } = item as Record<string, unknown>;
    return name === step || id === step || itemCode === step;
  });
  if (named >= 0) return String(named);
  return /^\d+$/.test(step) && Number(step) < list.length ? step : undefined;
}

function yamlOf(variable: string, text: string): unknown {
  try {
    // A warning would quote it as well.
    return parseYaml(text, { logLevel: 'error' });
  } catch (cause) {
    // The message would quote the text, which may be a secret.
    throw new ConfigError(`${variable}: not YAML`, { cause });
  }
}

function nowhere(origin: string, variable: string, path: readonly string[]): ConfigError {
  const place = path.length === 0 ? 'the configuration' : path.join('.');
  return new ConfigError(`${origin}: ${variable}: no such place in ${place}`);
}

/** A fault at, above or below what a variable set is the variable's. */
function blamed(path: string, overrides: readonly Override[]): string {
  const by = overrides.find(
    (one) => `${one.path}.`.startsWith(`${path}.`) || `${path}.`.startsWith(`${one.path}.`),
  );
  return path !== '' && by ? ` (set by ${by.variable})` : '';
}
