/**
 * The session with an upstream host over one link: signed on before anything else is sent, kept alive by an
 * echo when nothing was heard for `echoMs`, taken down and connected again when `echoMissesMax` echoes in a
 * row got no answer. Answers are matched by message class, STAN and terminal, never by their order.
 * An answer that nobody waits for (late, twice, somebody else's) is counted and ignored.
 */
import type { Clock } from '../base/clock.js';
import { safeText } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import { type Codec, type Fields, Iso8583Error, type Message } from '../iso8583/index.js';
import type { Reply } from '../transport/index.js';
import type { SupplyCounters, SupplyEvent } from './events.js';
import { HostLine } from './iso8583-line.js';
import { matchKey, networkFields } from './iso8583-messages.js';
import type { Iso8583SupplierConfig } from './schema.js';

export interface SessionDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: SupplyCounters;
  readonly log?: Log;
}

export type Asked =
  | { readonly kind: 'answer'; readonly message: Message }
  | { readonly kind: Exclude<Reply['kind'], 'answer'> };

const STANS = 999_999;
const NETWORK_ECHOED = [7, 11, 70];

export class HostSession {
  readonly #config: Iso8583SupplierConfig;
  readonly #codec: Codec;
  readonly #deps: SessionDeps;
  #line: HostLine | undefined;
  #state: 'down' | 'signing-on' | 'up' = 'down';
  /** Counts connections, so that a timer of one that is gone does nothing. */
  #connection = 0;
  #heardAt = 0;
  #networkStan: number;
  #stopped = false;
  #cancelTimer: () => void = () => {};

  constructor(config: Iso8583SupplierConfig, codec: Codec, deps: SessionDeps) {
    this.#config = config;
    this.#codec = codec;
    this.#deps = deps;
    this.#networkStan = deps.random.int(STANS);
  }

  /** Signed on: orders may be sent. */
  get up(): boolean {
    return this.#state === 'up';
  }

  start(): void {
    this.#line ??= new HostLine(this.#config, this.#deps, {
      onUp: () => void this.#begin(),
      onDown: () => this.#end(),
      onFrame: (frame) => this.#hear(frame),
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#end();
    await this.#line?.stop();
  }

  /** Sends a request and waits for its answer. Never rejects: fields that do not fit the format are not sent. */
  async ask(mti: string, fields: Fields, timeoutMs: number): Promise<Asked> {
    const frame = this.#build(mti, fields);
    if (frame === undefined || this.#line === undefined || this.#stopped) return { kind: 'not-sent' };
    const key = this.#key(mti, String(fields[11] ?? ''), String(fields[41] ?? ''));
    const result = await this.#line.request(key, frame, timeoutMs);
    return result.kind === 'answer'
      ? { kind: 'answer', message: this.#codec.parse(result.body) }
      : { kind: result.kind };
  }

  async #begin(): Promise<void> {
    this.#connection += 1;
    this.#state = 'signing-on';
    this.#heardAt = this.#deps.clock.now();
    const connection = this.#connection;
    const welcome = !this.#config.signOn || (await this.#network('001'));
    if (connection !== this.#connection || this.#state !== 'signing-on') return;
    if (welcome) {
      this.#state = 'up';
      this.#count('signed-on');
      this.#deps.log?.info({ supplier: this.#config.name }, 'supplier signed on');
      this.#watch(connection, 0);
    } else {
      this.#count('sign-on-failed');
      this.#deps.log?.warn({ supplier: this.#config.name }, 'supplier refused the sign-on');
      this.#after(this.#config.signOnRetryMs, connection, () => this.#line?.drop('sign-on failed'));
    }
  }

  #end(): void {
    this.#connection += 1;
    this.#state = 'down';
    this.#cancelTimer();
  }

  /** Echoes when nothing was heard for `echoMs`; `missed` echoes in a row went before. */
  #watch(connection: number, missed: number): void {
    const silentMs = this.#deps.clock.now() - this.#heardAt;
    const waitMs = missed > 0 ? 0 : Math.max(this.#config.echoMs - silentMs, 0);
    this.#after(waitMs, connection, async () => {
      if (missed === 0 && this.#deps.clock.now() - this.#heardAt < this.#config.echoMs) {
        this.#watch(connection, 0);
        return;
      }
      const alive = await this.#network('301');
      if (connection !== this.#connection) return;
      if (alive) {
        this.#watch(connection, 0);
        return;
      }
      this.#count('echo-missed');
      if (missed + 1 < this.#config.echoMissesMax) {
        this.#watch(connection, missed + 1);
        return;
      }
      this.#deps.log?.warn({ supplier: this.#config.name }, 'supplier does not answer echoes: reconnecting');
      this.#line?.drop('echoes not answered');
    });
  }

  async #network(code: '001' | '301'): Promise<boolean> {
    this.#networkStan = (this.#networkStan % STANS) + 1;
    const stan = String(this.#networkStan).padStart(6, '0');
    const fields = networkFields(code, stan, this.#deps.clock.now());
    const asked = await this.ask('0800', fields, this.#config.replyMs);
    return asked.kind === 'answer' && asked.message.text(39) === '00';
  }

  #build(mti: string, fields: Fields): Buffer | undefined {
    try {
      return this.#codec.build(mti, fields);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      const safe = { supplier: this.#config.name, mti, stan: String(fields[11]), error: safeText(error) };
      this.#deps.log?.error(safe, 'message does not fit the format');
      return undefined;
    }
  }

  #hear(frame: Buffer): void {
    this.#heardAt = this.#deps.clock.now();
    try {
      const message = this.#codec.parse(frame);
      if (Number(message.mti.charAt(2)) % 2 === 0) {
        this.#answerHost(message);
        return;
      }
      const key = this.#key(message.mti, message.text(11) ?? '', message.text(41) ?? '');
      if (!this.#line?.offer(key, frame)) this.#count('late');
    } catch (error) {
      this.#unreadable(error);
    }
  }

  /** The host's own sign-on and echo. Nothing else may be asked of us. */
  #answerHost(message: Message): void {
    if (message.mti === '0800') {
      this.#line?.send(this.#codec.respond(message, '0810', NETWORK_ECHOED, { 39: '00' }));
    } else {
      this.#count('unexpected');
    }
  }

  #key(mti: string, stan: string, terminal: string): string {
    const byTerminal = this.#config.matchTerminal && mti.charAt(1) !== '8';
    return matchKey(mti, stan, byTerminal ? terminal : '');
  }

  #unreadable(error: unknown): void {
    if (!(error instanceof Iso8583Error)) throw error;
    this.#count('malformed');
    this.#deps.log?.warn(
      { supplier: this.#config.name, error: safeText(error) },
      'supplier message could not be read',
    );
  }

  #after(delayMs: number, connection: number, task: () => void): void {
    this.#cancelTimer = this.#deps.clock.after(delayMs, () => {
      if (connection === this.#connection) task();
    });
  }

  #count(event: SupplyEvent): void {
    this.#deps.counters.add(event, this.#config.name);
  }
}
