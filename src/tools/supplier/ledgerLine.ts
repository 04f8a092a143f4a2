/** The form of a line in a simulated supplier's ledger (book.ts), for reading what may have been changed since it was written. */
import { z } from 'zod';

const reference = z.string().max(200);

export const orderEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('order'),
    entry: z.object({
      reference,
      service: z.string(),
      product: z.string(),
      /** Minor units. */
      amount: z.number(),
      currency: z.string(),
      state: z.enum(['credited', 'refused', 'reversed', 'tombstone']),
      pins: z.array(z.object({ serial: z.string() })),
    }),
  }),
  z.object({ event: z.literal('reversed'), reference }),
  z.object({ event: z.literal('asked'), reference }),
]);
