/**
 * The configuration: one YAML (or JSON) file, checked whole before anything starts, and any single value of it
 * replaced by the environment: PREPAID_SWITCH__links__ascii__port=9000 (members by name, list items by their
 * `name`, `id` or `code`, or by position). A fault is one line: file, path, what is allowed.
 */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { SafeError } from '../base/errors.js';
import { supplierSchema } from '../supply/index.js';
import { linkMembers } from '../transport/index.js';

const currency = z.string().regex(/^\d{3}$/, 'ISO 4217 numeric, three digits, in quotes');
const minorUnits = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const code = z.string().min(1).max(40);

const productBase = {
  code,
  name: z.string().min(1).max(60),
  currency,
  /** Suppliers by name, in order of preference; `stock` is our own stock. */
  route: z.array(code).min(1),
  receipt: z.array(z.string().max(200)).max(20).default([]),
};

const product = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pin'), ...productBase, price: minorUnits }),
  z.strictObject({
    kind: z.literal('credit'),
    ...productBase,
    amountMin: minorUnits,
    amountMax: minorUnits,
    amountStep: minorUnits.min(1),
    accountPrefixes: z.array(z.string().regex(/^\d*$/, 'digits')).min(1),
    accountLengthMin: z.number().int().min(1).max(28).default(6),
    accountLengthMax: z.number().int().min(1).max(28).default(28),
  }),
]);

const switchLink = z.strictObject({
  ...linkMembers,
  format: z.string(),
  profile: z.string(),
  /** DE32 of requests that do not bring their own. */
  acquirer: z.string().regex(/^\d{1,11}$/, 'one to eleven digits, in quotes'),
});

const configSchema = z.strictObject({
  /** Minutes east of UTC of the terminals' local time. */
  utcOffsetMinutes: z.number().int().min(-720).max(840).default(0),
  admin: z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.number().int().min(0).max(65_535),
  }),
  links: z.array(switchLink).min(1),
  suppliers: z.array(supplierSchema).default([]),
  products: z.array(product).default([]),
  merchants: z
    .array(z.strictObject({ id: code, name: z.string(), enabled: z.boolean().default(true) }))
    .default([]),
  terminals: z
    .array(z.strictObject({ id: code, merchant: code, enabled: z.boolean().default(true) }))
    .default([]),
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
      storeQueueMax: z.number().int().min(1).optional(),
      linkLogLinesPerSecondMax: z.number().int().min(1).optional(),
    })
    .default({}),
});

export type Config = z.infer<typeof configSchema>;

export class ConfigError extends SafeError {
  override name = 'ConfigError';
}

export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  let spec: unknown;
  try {
    spec = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new ConfigError(`${file}: ${detail}`);
  }
  return parseConfig(overridden(spec, environment), file);
}

export function parseConfig(spec: unknown, origin: string): Config {
  const result = configSchema.safeParse(spec);
  if (!result.success) throw new ConfigError(`${origin}: ${faultOf(result.error)}`);
  checkReferences(result.data, origin);
  return result.data;
}

function faultOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'not a configuration';
  return `${issue.path.join('.') || '(top)'}: ${issue.message}`;
}

/** Names that point at nothing, or at two things, are found before the first sale. */
function checkReferences(config: Config, origin: string): void {
  const suppliers = new Set(['stock', ...config.suppliers.map(({ name }) => name)]);
  const merchants = new Set(config.merchants.map(({ id }) => id));
  for (const { code: name, route } of config.products) {
    const unknown = route.find((one) => !suppliers.has(one));
    if (unknown !== undefined) {
      throw new ConfigError(
        `${origin}: products.${name}.route: "${unknown}" is none of ${[...suppliers].join(', ')}`,
      );
    }
  }
  for (const { id, merchant } of config.terminals) {
    if (!merchants.has(merchant)) {
      throw new ConfigError(`${origin}: terminals.${id}.merchant: "${merchant}" is none of the merchants`);
    }
  }
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
  unique(
    config.products.map((one) => one.code),
    'products',
    origin,
  );
  unique(
    config.merchants.map(({ id }) => id),
    'merchants',
    origin,
  );
  unique(
    config.terminals.map(({ id }) => id),
    'terminals',
    origin,
  );
}

function unique(names: readonly string[], where: string, origin: string): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ConfigError(`${origin}: ${where}: "${twice}" stands twice`);
}

const PREFIX = 'PREPAID_SWITCH__';

function overridden(spec: unknown, environment: NodeJS.ProcessEnv): unknown {
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue;
    const path = name.slice(PREFIX.length).split('__');
    const last = path.pop() ?? '';
    const parent = path.reduce<unknown>((at, step) => member(at, step), spec);
    if (typeof parent !== 'object' || parent === null) {
      throw new ConfigError(`${name}: no such place in the configuration`);
    }
    (parent as Record<string, unknown>)[last] = parseYaml(value);
  }
  return spec;
}

function member(parent: unknown, step: string): unknown {
  if (Array.isArray(parent)) {
    return (
      parent.find((item) => item?.name === step || item?.id === step || item?.code === step) ??
      parent[Number(step)]
    );
  }
  if (typeof parent !== 'object' || parent === null) return undefined;
  const object = parent as Record<string, unknown>;
  object[step] ??= {};
  return object[step];
}
