/** What a hub's configuration may hold (hub.yaml; see specs/hub.yaml). */
import { z } from 'zod';
import { KEEPER_LIMITS } from '../../hub/keeper/settings.js';
import { DEFAULT_POLICY } from '../../hub/policy/policy.js';
import { HUB_LIMITS } from '../../hub/server/settings.js';
import { type VendorConfig, vendorSchema } from '../../hub/vendors/schema.js';
import { WIRE_LIMITS } from '../../hub/wire/messages.js';
import { tlsSchema } from '../../transport/index.js';
import { catalogueMember } from '../configFile.js';
import { storeSchema } from '../store.js';

/** Of the HTTP side. */
export const HTTP_LIMITS = {
  connectionsMax: 2_000,
  bodyBytesMax: WIRE_LIMITS.bodyBytesMax,
  /** A request's head and body must have come within this, milliseconds. */
  requestMs: 30_000,
  /** A connection without a request is closed after this, milliseconds. */
  idleMs: 60_000,
} as const;
export type HttpLimits = { readonly [Name in keyof typeof HTTP_LIMITS]: number };

const limit = z.int().min(1).max(2_147_483_647);

/** Every limit may be set; those that are not have their own values. */
function limitsOf<T extends Readonly<Record<string, number>>>(
  defaults: T,
): { readonly [N in keyof T]: z.ZodDefault<typeof limit> } {
  const members = Object.entries(defaults).map(([name, value]) => [name, limit.default(value)]);
  return Object.fromEntries(members) as { readonly [N in keyof T]: z.ZodDefault<typeof limit> };
}

const port = z.int().min(0).max(65_535);
const ms = z.int().min(0).max(31_536_000_000);
const share = z.number().min(0).max(1);
const name = z.string().min(1).max(40);

const { orders: ORDERS } = DEFAULT_POLICY;

/** The allocation policy's settings; what each is for stands in hub/policy/terms.ts. */
const policy = z.strictObject({
  surviveMs: ms.default(DEFAULT_POLICY.surviveMs),
  restockMs: ms.default(DEFAULT_POLICY.restockMs),
  serviceLevel: share.default(DEFAULT_POLICY.serviceLevel),
  pinsPerTransfer: z.int().min(1).default(DEFAULT_POLICY.pinsPerTransfer),
  lotMs: ms.default(DEFAULT_POLICY.lotMs),
  reserveShare: z.number().min(0).max(0.99).default(DEFAULT_POLICY.reserveShare),
  giveBelow: share.default(DEFAULT_POLICY.giveBelow),
  recallAbove: z.number().min(1).default(DEFAULT_POLICY.recallAbove),
  silentMs: ms.default(DEFAULT_POLICY.silentMs),
  expiringMs: ms.default(DEFAULT_POLICY.expiringMs),
  /** Floors and ceilings of desired levels: of a product, at a switch, or both. */
  limits: z
    .array(
      z
        .strictObject({
          /** Its name; left out: every switch. */
          switch: name.optional(),
          product: name.optional(),
          floor: z.int().min(0).optional(),
          ceiling: z.int().min(0).optional(),
        })
        .refine(({ floor = 0, ceiling = floor }) => floor <= ceiling, {
          path: ['ceiling'],
          error: 'must be at least the floor',
        }),
    )
    .default([]),
  orders: z
    .strictObject({
      serviceLevel: share.default(ORDERS.serviceLevel),
      lotMs: ms.default(ORDERS.lotMs),
      leadMs: ms.default(ORDERS.leadMs),
      leadSpreadMs: ms.default(ORDERS.leadSpreadMs),
    })
    .prefault({}),
});

export const hubSchema = z.strictObject({
  /** Minutes east of UTC of the days in which PINs expire. */
  utcOffsetMinutes: z.int().min(-720).max(840).default(0),
  /** PostgreSQL; the embedded database in the data folder where it is left out. */
  store: storeSchema.optional(),
  /** Where switches call. */
  listen: z.strictObject({ host: z.string().min(1).default('127.0.0.1'), port, tls: tlsSchema.optional() }),
  admin: z.strictObject({ host: z.string().default('127.0.0.1'), port }),
  catalogue: catalogueMember,
  /** Names of the suppliers that switches have: what the catalogue's routes may name. */
  suppliers: z.array(name).default([]),
  policy: policy.prefault({}),
  keeper: z.strictObject(limitsOf(KEEPER_LIMITS)).prefault({}),
  /** Where PINs are ordered from; of several that sell a product, the first is asked first. */
  vendors: z
    .array(vendorSchema)
    .default([])
    .refine(areDistinct, { error: 'must each have a name of its own, and each product once' }),
  acquisition: z
    .strictObject({
      /** Between two looks whether something is to be ordered. */
      lookMs: z.int().min(10).max(86_400_000).default(5_000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      ...limitsOf(HUB_LIMITS),
      ...limitsOf(HTTP_LIMITS),
      storeQueueMax: z.int().min(1).optional(),
      drainMs: z.int().min(0).max(600_000).default(10_000),
    })
    .prefault({}),
});

function areDistinct(vendors: readonly VendorConfig[]): boolean {
  const names = new Set(vendors.map((vendor) => vendor.name));
  const once = vendors.every(
    ({ products }) => new Set(products.map((product) => product.code)).size === products.length,
  );
  return once && names.size === vendors.length;
}

export type PolicyConfig = z.output<typeof policy>;
