/** What every connection of a link shares, and what a link is given from outside. */
import type { Clock } from '../base/clock.js';
import { safeText } from '../base/errors.js';
import { type LinkLimits, RATED_NAMES_MAX } from '../base/limits.js';
import type { Log, LogFields } from '../base/log.js';
import { TokenBuckets } from '../base/tokenBuckets.js';
import type { ConnectionContext, LinkHandlers } from './connection.js';
import type { Counters, LinkEvent } from './counters.js';
import type { Measure } from './cutter.js';
import { createFraming, type Framing } from './framing.js';
import { type LinkOptions, linkLimits } from './schema.js';
import type { LinkTap } from './tap.js';

export interface LinkDeps {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log?: Log;
  /** Where a message ends, for framing `none`. */
  readonly measure?: Measure;
  /** Sees what passes, where the link is recorded. */
  readonly tap?: LinkTap | undefined;
}

export class LinkContext implements ConnectionContext {
  readonly link: string;
  readonly framing: Framing;
  readonly limits: LinkLimits;
  readonly clock: Clock;
  readonly handlers: LinkHandlers;
  readonly keepAliveMs: number | undefined;
  readonly tap: LinkTap | undefined;
  readonly addresses: TokenBuckets;
  readonly #counters: Counters;
  readonly #log: Log | undefined;

  constructor(options: LinkOptions, handlers: LinkHandlers, deps: LinkDeps) {
    this.link = options.name;
    this.limits = linkLimits(options);
    this.framing = createFraming(options.framing, this.limits.frameBytesMax, deps.measure);
    this.clock = deps.clock;
    this.handlers = handlers;
    this.keepAliveMs = options.keepAliveMs;
    this.tap = deps.tap;
    const { addressFramesPerSecond: perSecond, addressFramesBurst: burst } = this.limits;
    this.addresses = new TokenBuckets({ perSecond, burst, namesMax: RATED_NAMES_MAX }, deps.clock);
    this.#counters = deps.counters;
    this.#log = deps.log;
  }

  count(event: LinkEvent, n = 1): void {
    this.#counters.add(event, this.link, n);
  }

  warn(message: string, error: unknown, more: LogFields = {}): void {
    const text = typeof error === 'string' ? error : safeText(error);
    this.#log?.warn({ link: this.link, ...more, error: text }, message);
  }
}
