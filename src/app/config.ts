/**
 * The configuration: one YAML (or JSON) file, checked whole before anything starts, and any single value of it
 * replaced by the environment: PREPAID_SWITCH__links__ascii__port=9000 (members by name, list items by their
 * `name`, `id` or `code`, or by position). A fault is one line: file, path, what is allowed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { SafeError } from '../base/errors.js';
import { checked, faultLine } from '../base/schema.js';
import { macFieldsAreHex } from '../conduit/mac.js';
import { loadProfile } from '../conduit/profile.js';
import { loadFormat } from '../iso8583/index.js';
import { supplierSchema } from '../supply/index.js';
import { apiSchema } from './api/schema.js';
import { readCatalogue } from './catalogue/document.js';
import { checkCatalogue, checkRoutes, OWN_STEPS } from './catalogue/references.js';
import { type CatalogueDocument, catalogueSchema } from './catalogue/schema.js';
import { conduitOf } from './dialects.js';
import { switchLink } from './linkSchema.js';
import { writersOf } from './linkSession.js';

const configSchema = z.strictObject({
  /** Minutes east of UTC of the terminals' local time. */
  utcOffsetMinutes: z.number().int().min(-720).max(840).default(0),
  admin: z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.number().int().min(0).max(65_535),
  }),
  /** The web API; none where it is left out. */
  api: apiSchema.optional(),
  links: z.array(switchLink).min(1),
  suppliers: z.array(supplierSchema).default([]),
  /** What is sold, by whom: inline, or the path of a file of its own, relative to this one. */
  catalogue: z
    .union([z.string().min(1), z.looseObject({})], { error: 'must be an object, or the path of a file' })
    .default({}),
  /** When the business day ends, besides by command. */
  endOfDay: z
    .strictObject({
      /** HH:MM of the terminals' local time; before noon it closes the day before. */
      cutoverAt: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM, in quotes')
        .optional(),
      /** Acquirers whose cutover message (0800) closes the day; without it, every one's does. */
      acquirers: z.array(z.string().regex(/^\d{1,11}$/, 'one to eleven digits, in quotes')).optional(),
    })
    .default({}),
  times: z
    .strictObject({
      saleMs: z.number().int().min(100).max(600_000).optional(),
      forwardMs: z.number().int().min(100).max(600_000).optional(),
      forwardWaitsMs: z.array(z.number().int().min(10)).min(1).optional(),
      drainMs: z.number().int().min(0).max(600_000).optional(),
    })
    .default({}),
  limits: z
    .strictObject({
      atSuppliersMax: z.number().int().min(1).optional(),
      forwardingsAtOnceMax: z.number().int().min(1).optional(),
      accountReferenceDays: z.number().int().min(1).max(36_500).optional(),
      storeQueueMax: z.number().int().min(1).optional(),
      linkLogLinesPerSecondMax: z.number().int().min(1).optional(),
    })
    .default({}),
});

export type Config = Omit<z.infer<typeof configSchema>, 'catalogue'> & {
  readonly catalogue: CatalogueDocument;
};

export class ConfigError extends SafeError {
  override name = 'ConfigError';
}

/** Reads, overrides and checks, references, formats and profiles too. Throws ConfigError: file, path, what is allowed. */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  let spec: unknown;
  try {
    spec = parseYaml(readFileSync(file, 'utf8'), { logLevel: 'error' });
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new ConfigError(`${file}: ${detail}`);
  }
  const overrides = override(spec, environment, file);
  const config = checkedBy(configSchema, spec, '', file, overrides);
  const { catalogue, ...rest } = config;
  const isApart = typeof catalogue === 'string';
  const read = isApart
    ? readCatalogue(join(dirname(file), catalogue))
    : checkedBy(catalogueSchema, catalogue, 'catalogue', file, overrides);
  const where = isApart ? `${join(dirname(file), catalogue)}: ` : `${file}: catalogue.`;
  if (!isApart) checkCatalogue(read, where);
  checkRoutes(
    read,
    config.suppliers.map(({ name }) => name),
    where,
  );
  const whole = { ...rest, catalogue: read };
  checkNames(whole, file);
  checkDialects(whole, file);
  return whole;
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

/** Formats and profiles are there, are right, and fit each other. */
function checkDialects(config: Config, origin: string): void {
  const check = (path: string, task: () => unknown): void => {
    try {
      task();
    } catch (error) {
      if (!(error instanceof SafeError)) throw error;
      throw new ConfigError(`${origin}: ${path}: ${error.message}`);
    }
  };
  for (const link of config.links) {
    const path = `links.${link.name}`;
    check(`${path}.format`, () => loadFormat(link.format));
    check(`${path}.profile`, () => loadProfile(link.profile));
    check(path, () => {
      const conduit = conduitOf(link);
      if (link.mac) macFieldsAreHex(loadFormat(link.format));
      if (link.session) writersOf(link.session, conduit, config.utcOffsetMinutes);
    });
  }
  for (const supplier of config.suppliers) {
    if (supplier.kind === 'iso8583') {
      check(`suppliers.${supplier.name}.format`, () => loadFormat(supplier.format));
    }
  }
}

function checkNames(config: Config, origin: string): void {
  unique(
    config.links.map(({ name }) => name),
    'links',
    origin,
  );
  unique(
    config.suppliers.map(({ name }) => name),
    'suppliers',
    origin,
  );
  const own = config.suppliers.find(({ name }) => OWN_STEPS.includes(name));
  if (own) throw new ConfigError(`${origin}: suppliers: "${own.name}" is a route's word for what is our own`);
}

function unique(names: readonly string[], where: string, origin: string): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ConfigError(`${origin}: ${where}: "${twice}" stands twice`);
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
