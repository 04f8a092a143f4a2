/** `network` of a switch's configuration: how it reaches its hub. What it is a member of stands in its database. */
import { z } from 'zod';
import { tlsSchema } from '../../transport/index.js';

const ms = (standard: number, min: number, max = 3_600_000) => z.int().min(min).max(max).default(standard);

export const memberSchema = z.strictObject({
  /** Whom to trust as the hub, and the certificate to show it; over https without it, the system's authorities. */
  tls: tlsSchema.optional(),
  /** Milliseconds. */
  times: z
    .strictObject({
      /** How long a start waits for the hub's word that this switch may sell; without an answer it sells on. */
      startMs: ms(5_000, 0),
      /** How often it is looked for anything that the hub does not know yet. */
      lookMs: ms(100, 10, 10_000),
      /** A contact at least so often, also where there is nothing new. */
      heartbeatMs: ms(3_000, 100),
      /** How long the hub may hold a poll. */
      pollMs: ms(30_000, 0, 600_000),
      /** One call, from its beginning to the end of its answer, besides what it may be held. */
      callMs: ms(10_000, 100, 600_000),
      connectMs: ms(2_000, 10),
      /** First wait after a call without an answer; doubles up to the last. */
      retryFirstMs: ms(100, 10),
      retryMaxMs: ms(3_000, 10),
      /** What is kept of a sale's time for the way back of what it asked for. */
      askMarginMs: ms(50, 0, 60_000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Asks under way at once: in all, and for one product or one merchant's money. */
      asksMax: z.int().min(1).max(1_000).default(16),
      asksOfOneMax: z.int().min(1).max(1_000).default(2),
      /** Sales that wait for an ask; more are declined at once. */
      askersMax: z.int().min(1).max(1_000_000).default(10_000),
    })
    .prefault({}),
});

export type MemberOptions = z.output<typeof memberSchema>;
