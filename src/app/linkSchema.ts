/** The configuration of a switch's link: a transport link, its dialect, and its session. Times in milliseconds. */
import { z } from 'zod';
import { type FramingSpec, linkMembers } from '../transport/index.js';

const wait = z.int().min(10).max(86_400_000);

const session = z.strictObject({
  /** We sign on as soon as the connection is there; refused or not answered, it is closed. */
  signOn: z.boolean().default(false),
  /** The peer has to sign on before it may ask for anything else. */
  peerSignsOn: z.boolean().default(false),
  /** We ask for an echo when nothing was heard for so long; never where it is left out. */
  echoMs: wait.optional(),
  /** Echoes in a row without an answer, after which the connection is closed. */
  echoMissesMax: z.int().min(1).max(100).default(2),
  /** How long an answer to a sign-on or an echo may take. */
  replyMs: wait.default(10_000),
});
export type SessionOptions = z.output<typeof session>;

export const switchLink = z
  .strictObject({
    ...linkMembers,
    format: z.string(),
    profile: z.string(),
    /** DE32 of requests that do not bring their own. */
    acquirer: z.string().regex(/^\d{1,11}$/, 'one to eleven digits, in quotes'),
    /** None where it is left out: we answer the peer's sign-on and echo, and begin none. */
    session: session.optional(),
  })
  .refine(({ keepAliveMs, framing }) => keepAliveMs === undefined || hasEmptyFrames(framing), {
    path: ['keepAliveMs'],
    error: 'the framing has no keep-alives',
  });

function hasEmptyFrames({ kind, keepAlive }: FramingSpec): boolean {
  return kind !== 'none' && keepAlive;
}
