/** The form of a line in a fleet's books (fleetBooks.ts), for reading what may have been changed since it was written. */
import { z } from 'zod';

const text = z.string().max(200);
const amount = z.int().min(0).nullable();
const at = z.number();

/** YYYYMMDDhhmmss. */
const local = z.string().regex(/^\d{14}$/);

const asked = z.object({
  terminal: text,
  date: z.string().regex(/^\d{8}$/),
  time: z.string().regex(/^\d{6}$/),
  stan: text,
  rrn: text,
  messageClass: z.string().regex(/^\d$/),
  service: text,
  product: text.nullable(),
  quantity: amount,
  amount,
  currency: text.nullable(),
  undoes: text.nullable(),
  bad: text.nullable(),
});

const told = z.object({
  code: text,
  verdict: z.enum(['approved', 'partial', 'declined', 'transient']),
  pins: z.array(z.object({ hash: text, serial: text })).max(2_000),
  approval: text,
  amount,
  itemsApproved: amount,
});

export const factSchema = z.discriminatedUnion('fact', [
  z.object({
    fact: z.literal('run'),
    at,
    scenario: text,
    seed: z.number(),
    from: local,
  }),
  z.object({ fact: z.literal('sent'), at, id: text, mti: text, whole: z.boolean(), asked }),
  z.object({ fact: z.literal('answer'), at, id: text, told }),
  z.object({ fact: z.literal('silence'), at, id: text, why: z.enum(['timeout', 'closed', 'cut']) }),
  z.object({ fact: z.literal('end'), at, to: local }),
]);
