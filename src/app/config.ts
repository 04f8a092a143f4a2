/** The switch's configuration (a file as configFile.ts has it): what it may hold, and how its parts fit each other. */
import { z } from 'zod';
import { SafeError } from '../base/errors.js';
import { macFieldsAreHex } from '../conduit/mac.js';
import { loadProfile } from '../conduit/profile.js';
import { memberSchema } from '../hub/client/schema.js';
import { loadFormat } from '../iso8583/index.js';
import { supplierSchema } from '../supply/index.js';
import { apiSchema } from './api/schema.js';
import { OWN_STEPS } from './catalogue/references.js';
import type { CatalogueDocument } from './catalogue/schema.js';
import { ConfigError, catalogueMember, readConfigFile } from './configFile.js';
import { conduitOf } from './dialects.js';
import { switchLink } from './linkSchema.js';
import { writersOf } from './linkSession.js';
import { refuseExposed, refuseExposedSupplier } from './recording/exposed.js';
import { storeSchema } from './store.js';

const configSchema = z.strictObject({
  /** Minutes east of UTC of the terminals' local time. */
  utcOffsetMinutes: z.number().int().min(-720).max(840).default(0),
  admin: z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.number().int().min(0).max(65_535),
  }),
  /** PostgreSQL; the embedded database in the data folder where it is left out. */
  store: storeSchema.optional(),
  /** The web API; none where it is left out. */
  api: apiSchema.optional(),
  links: z.array(switchLink).min(1),
  suppliers: z.array(supplierSchema).default([]),
  catalogue: catalogueMember,
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
  /** How this switch reaches its hub, once `prepaid-switch join` has made it a member of a PIN network. */
  network: memberSchema.optional(),
  times: z
    .strictObject({
      saleMs: z.number().int().min(100).max(600_000).optional(),
      forwardMs: z.number().int().min(100).max(600_000).optional(),
      forwardWaitsMs: z.array(z.number().int().min(10)).min(1).optional(),
      /** How long it says that it is not ready, and serves on, before it drains: a load balancer has to notice. */
      drainDelayMs: z.number().int().min(0).max(600_000).optional(),
      /** How long answers under way may take then. */
      drainMs: z.number().int().min(0).max(600_000).optional(),
    })
    .default({}),
  limits: z
    .strictObject({
      atSuppliersMax: z.number().int().min(1).optional(),
      forwardingsAtOnceMax: z.number().int().min(1).optional(),
      accountReferenceDays: z.number().int().min(1).max(36_500).optional(),
      storeQueueMax: z.number().int().min(1).optional(),
      recordingQueueBytesMax: z.number().int().min(65_536).max(1_073_741_824).optional(),
      linkLogLinesPerSecondMax: z.number().int().min(1).optional(),
    })
    .default({}),
});

export type Config = Omit<z.infer<typeof configSchema>, 'catalogue'> & {
  readonly catalogue: CatalogueDocument;
};

/** Reads, overrides and checks, references, formats and profiles too. Throws ConfigError: file, path, what is allowed. */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  const whole = readConfigFile(configSchema, file, environment, ({ suppliers }) =>
    suppliers.map(({ name }) => name),
  );
  checkNames(whole, file);
  checkDialects(whole, file);
  return whole;
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
      refuseExposed(link);
      if (link.session) writersOf(link.session, conduit, config.utcOffsetMinutes);
    });
  }
  for (const supplier of config.suppliers) {
    if (supplier.kind === 'iso8583') {
      check(`suppliers.${supplier.name}.format`, () => loadFormat(supplier.format));
      check(`suppliers.${supplier.name}.link`, () => refuseExposedSupplier(supplier));
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
