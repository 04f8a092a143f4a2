/** One configured link, opened: its dialect, the keys and sessions that it wants, its transport. */
import type { Clock } from '../base/clock.js';
import { RATED_NAMES_MAX } from '../base/limits.js';
import { LineLimit } from '../base/lineLimit.js';
import { TokenBuckets } from '../base/tokenBuckets.js';
import { loadFormat } from '../iso8583/index.js';
import type { SwitchContext } from '../switch/context.js';
import { type Connector, connect, type Listener, linkLimits, listen } from '../transport/index.js';
import type { Config } from './config.js';
import { conduitOf } from './dialects.js';
import { LinkKeys } from './linkKeys.js';
import { LinkSessions } from './linkSession.js';
import { type LinkWiring, linkHandlers } from './links.js';
import type { Recorder } from './recording/recorder.js';

export type LinkConfig = Config['links'][number];

export interface EndpointDeps extends Pick<LinkWiring, 'journey' | 'metrics' | 'onBroken'> {
  readonly context: SwitchContext;
  readonly utcOffsetMinutes: number;
  /** Lines of the same message that one link's peers may bring about in a second; the rest are counted. */
  readonly logLinesPerSecondMax: number;
  /** Where any link is recorded. */
  readonly recorder: Recorder | undefined;
}

/** Rejects where it cannot be had: its port, its keys. */
export async function openEndpoint(link: LinkConfig, deps: EndpointDeps): Promise<Listener | Connector> {
  const { context, metrics, utcOffsetMinutes } = deps;
  const { clock, random } = context;
  const { name, mac, session, peer, bound } = link;
  const { counters } = metrics;
  const log = new LineLimit(context.log, clock, deps.logLinesPerSecondMax);
  const keys =
    mac && (await LinkKeys.open(mac, { ...context, link: name, codec: loadFormat(link.format), log }));
  const conduit = conduitOf(link, keys?.mac);
  const sessions =
    session &&
    new LinkSessions(session, { link: name, conduit, utcOffsetMinutes, clock, random, log, counters });
  const terminals = terminalRates(link, clock);
  const isHost = peer === 'host';
  const handlers = linkHandlers({ ...deps, name, isHost, conduit, log, sessions, terminals, keys, bound });
  const transport = { clock, random, log, counters, measure: conduit.measure, tap: deps.recorder?.tap(name) };
  return link.mode === 'connect' ? connect(link, handlers, transport) : listen(link, handlers, transport);
}

function terminalRates(link: LinkConfig, clock: Clock): TokenBuckets {
  const { terminalMessagesPerSecond: perSecond, terminalMessagesBurst: burst } = linkLimits(link);
  return new TokenBuckets({ perSecond, burst, namesMax: RATED_NAMES_MAX }, clock);
}
