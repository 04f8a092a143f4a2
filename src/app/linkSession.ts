/**
 * The session on each connection of a link, where its configuration asks for one: we sign on when it opens, and ask
 * for an echo when nothing was heard for `echoMs`; `echoMissesMax` echoes in a row without an answer, and the
 * connection is closed (a connecting link then calls again). Where the peer has to sign on, what it asks for before
 * that is refused. Answers are matched by STAN, never by their order. Maximum: one network message of ours under
 * way on a connection.
 */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import type { Conduit } from '../conduit/conduit.js';
import type { NetworkService, NetworkWriter } from '../conduit/network.js';
import type { Message } from '../iso8583/index.js';
import { type Connection, type Counters, Exchange } from '../transport/index.js';
import type { SessionOptions } from './linkSchema.js';

const STANS = 999_999;

export interface SessionDeps {
  readonly link: string;
  readonly conduit: Conduit;
  readonly utcOffsetMinutes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
}

type Writers = Partial<Record<NetworkService, NetworkWriter>>;

/** Throws ProfileError where the profile cannot say what the session has to send. */
export function writersOf(
  { signOn, echoMs }: SessionOptions,
  conduit: Conduit,
  utcOffsetMinutes: number,
): Writers {
  return {
    ...(signOn ? { 'sign-on': conduit.network('sign-on', utcOffsetMinutes) } : {}),
    ...(echoMs === undefined ? {} : { echo: conduit.network('echo', utcOffsetMinutes) }),
  };
}

/** Throws ProfileError where the link's profile cannot say what the session has to send. */
export class LinkSessions {
  readonly #options: SessionOptions;
  readonly #deps: SessionDeps;
  readonly #writers: Writers;
  readonly #sessions = new Map<Connection, Session>();

  constructor(options: SessionOptions, deps: SessionDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#writers = writersOf(options, deps.conduit, deps.utcOffsetMinutes);
  }

  opened(connection: Connection): void {
    const session = new Session(connection, this.#options, this.#deps, this.#writers);
    this.#sessions.set(connection, session);
    void session.begin();
  }

  closed(connection: Connection): void {
    this.#sessions.get(connection)?.end();
    this.#sessions.delete(connection);
  }

  heard(connection: Connection): void {
    this.#sessions.get(connection)?.heard();
  }

  /** False where nobody waits for this answer. */
  answered(connection: Connection, message: Message, body: Buffer): boolean {
    return this.#sessions.get(connection)?.answered(message, body) ?? false;
  }

  /** The peer signed on, or off. */
  signed(connection: Connection, on: boolean): void {
    this.#sessions.get(connection)?.signed(on);
  }

  mayAsk(connection: Connection): boolean {
    return !this.#options.peerSignsOn || (this.#sessions.get(connection)?.peerIsOn ?? false);
  }
}

class Session {
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #deps: SessionDeps;
  readonly #writers: Writers;
  readonly #exchange: Exchange;
  peerIsOn = false;
  #stan: number;
  #heardAt: number;
  #ended = false;
  #cancelTimer: () => void = () => {};

  constructor(connection: Connection, options: SessionOptions, deps: SessionDeps, writers: Writers) {
    this.#connection = connection;
    this.#options = options;
    this.#deps = deps;
    this.#writers = writers;
    this.#exchange = new Exchange(deps.clock, (body) => connection.send(body), 1);
    this.#stan = deps.random.int(STANS);
    this.#heardAt = deps.clock.now();
  }

  async begin(): Promise<void> {
    if (this.#options.signOn && !(await this.#ask('sign-on'))) {
      if (this.#ended || !this.#connection.open) return;
      this.#note('sign-on-failed', 'sign-on was not accepted');
      this.#connection.closeUnproven('sign-on was not accepted');
      return;
    }
    if (this.#options.signOn) this.#deps.log.info({ link: this.#deps.link }, 'signed on');
    this.#watch(0);
  }

  end(): void {
    this.#ended = true;
    this.#cancelTimer();
    this.#exchange.lose();
  }

  heard(): void {
    this.#heardAt = this.#deps.clock.now();
  }

  answered(message: Message, body: Buffer): boolean {
    return this.#exchange.offer(this.#deps.conduit.stanOf(message), { body });
  }

  signed(on: boolean): void {
    this.peerIsOn = on;
  }

  /** `missed` echoes in a row had no answer. */
  #watch(missed: number): void {
    const { echoMs } = this.#options;
    if (echoMs === undefined || this.#ended) return;
    const silentMs = this.#deps.clock.now() - this.#heardAt;
    const waitMs = missed > 0 ? 0 : Math.max(echoMs - silentMs, 0);
    this.#cancelTimer = this.#deps.clock.after(waitMs, () => void this.#look(echoMs, missed));
  }

  async #look(echoMs: number, missed: number): Promise<void> {
    const isWell = !this.#isQuiet(echoMs) || (await this.#ask('echo')) || !this.#isQuiet(echoMs);
    // One side has ended: what is owed still goes out, and an echo would prove nothing.
    if (this.#ended || !this.#connection.open) return;
    if (isWell) this.#watch(0);
    else if (missed + 1 < this.#options.echoMissesMax) {
      this.#deps.counters.add('echo-missed', this.#deps.link);
      this.#watch(missed + 1);
    } else {
      this.#note('echo-missed', 'echoes were not answered');
      this.#connection.close('echoes were not answered');
    }
  }

  /** The silence of a peer that we do not read from, because of what it is owed, is ours. */
  #isQuiet(echoMs: number): boolean {
    if (this.#connection.paused) this.heard();
    return this.#deps.clock.now() - this.#heardAt >= echoMs;
  }

  async #ask(service: NetworkService): Promise<boolean> {
    const write = this.#writers[service];
    if (!write) return true;
    this.#stan = (this.#stan % STANS) + 1;
    const stan = String(this.#stan).padStart(6, '0');
    const { conduit, clock } = this.#deps;
    const reply = await this.#exchange.request(stan, write(stan, clock.now()), this.#options.replyMs);
    return reply.kind === 'answer' && conduit.isApproval(conduit.parse(reply.body));
  }

  #note(event: string, reason: string): void {
    const { counters, log, link } = this.#deps;
    counters.add(event, link);
    log.warn({ link, connection: this.#connection.id }, reason);
  }
}
