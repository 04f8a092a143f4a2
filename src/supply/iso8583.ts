/**
 * A supplier that is an upstream ISO 8583 host (its messages are in iso8583-messages.ts, its session in
 * iso8583-session.ts). An order is "unavailable" only where nothing was sent (not signed on, no connection,
 * a field that does not fit) or the host said that it did nothing; a time-out or a lost connection is
 * "unknown". Doubt is ended by 0420, then 0421, or by the order itself as 0201: the host performs one STAN
 * and RRN once and repeats its first answer, so that an order which had never arrived is performed then.
 * A late answer is counted and ignored: the reversal is already due.
 */
import type { Codec } from '../iso8583/index.js';
import type { SupplyEvent } from './events.js';
import { Health } from './health.js';
import { type CodeMeaning, DEFAULT_CODES } from './iso8583-codes.js';
import {
  type AnswerVerdict,
  type Identification,
  isUndone,
  orderFields,
  readOrderAnswer,
  reversalFields,
} from './iso8583-messages.js';
import { type Asked, HostSession, type SessionDeps } from './iso8583-session.js';
import type { Iso8583SupplierConfig } from './schema.js';
import type { Supplier, SupplyOrder, SupplyResult, UndoResult } from './supply.js';

const UNKNOWN: SupplyResult = { kind: 'unknown' };
const UNAVAILABLE: SupplyResult = { kind: 'unavailable' };

/** `codec` is the compiled format that the configuration names. */
export function createIso8583Supplier(
  config: Iso8583SupplierConfig,
  codec: Codec,
  deps: SessionDeps,
): Supplier {
  return new Iso8583Supplier(config, codec, deps);
}

class Iso8583Supplier implements Supplier {
  readonly name: string;
  readonly doubt: 'reversal' | 'inquiry';
  readonly #config: Iso8583SupplierConfig;
  readonly #deps: SessionDeps;
  readonly #session: HostSession;
  readonly #health: Health;
  readonly #us: Identification;
  readonly #codes: ReadonlyMap<string, CodeMeaning>;
  readonly #undoneCodes: ReadonlySet<string>;

  constructor(config: Iso8583SupplierConfig, codec: Codec, deps: SessionDeps) {
    this.name = config.name;
    this.doubt = config.doubt;
    this.#config = config;
    this.#deps = deps;
    this.#session = new HostSession(config, codec, deps);
    this.#health = new Health(deps.clock, config);
    this.#us = {
      acquirer: config.acquirer,
      terminal: config.terminal,
      merchant: config.merchant,
      utcOffsetMinutes: config.utcOffsetMinutes,
    };
    this.#codes = new Map(Object.entries({ ...DEFAULT_CODES, ...config.codes }));
    this.#undoneCodes = new Set(config.undoneCodes);
  }

  ready(): boolean {
    return this.#session.up && this.#health.ready();
  }

  async start(): Promise<void> {
    this.#session.start();
  }

  async stop(): Promise<void> {
    await this.#session.stop();
  }

  perform(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    return this.#health.guard(() => this.#order(order, timeoutMs), UNAVAILABLE);
  }

  async #order(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    this.#count('asked');
    const asked = await this.#place(order, this.#deps.clock.now() + timeoutMs);
    // An account inquiry does nothing, so nothing was done where it failed.
    const result = order.service === 'account-inquiry' && asked.kind === 'unknown' ? UNAVAILABLE : asked;
    this.#count(result.kind);
    return result;
  }

  async reverse(order: SupplyOrder, attempt: number, timeoutMs: number): Promise<UndoResult> {
    if (order.service === 'account-inquiry') return { kind: 'undone' };
    const mti = attempt <= 1 ? '0420' : '0421';
    const since = this.#deps.clock.now();
    const asked = await this.#ask(mti, order, timeoutMs);
    if (asked.kind === 'answer') {
      if (isUndone(asked.message, order, this.#undoneCodes)) {
        this.#answered(order, since);
        this.#count('undone');
        return { kind: 'undone' };
      }
      this.#fault(order, 'supplier-fault');
    }
    this.#count('not-undone');
    return { kind: 'unknown' };
  }

  async inquire(order: SupplyOrder, timeoutMs: number): Promise<SupplyResult> {
    const since = this.#deps.clock.now();
    const verdict = this.#read(await this.#ask('0201', order, timeoutMs), order, since);
    // "Unavailable" says that nothing was done now, and nothing of what was done before.
    return verdict?.kind === 'approved' || verdict?.kind === 'refused' ? verdict : UNKNOWN;
  }

  async #place(order: SupplyOrder, until: number): Promise<SupplyResult> {
    const { clock } = this.#deps;
    const since = clock.now();
    const first = await this.#ask('0200', order, until - clock.now());
    if (first.kind === 'not-sent' || first.kind === 'duplicate-key') return UNAVAILABLE;
    let verdict = this.#read(first, order, since);
    while (verdict?.kind === 'in-progress') {
      if (clock.now() + this.#config.pollMs >= until) {
        this.#fault(order, 'timeout');
        return UNKNOWN;
      }
      await this.#wait(this.#config.pollMs);
      this.#count('repeated');
      verdict = this.#read(await this.#ask('0201', order, until - clock.now()), order, since);
      if (verdict?.kind === 'unavailable') return UNKNOWN;
    }
    return verdict === undefined || verdict.kind === 'fault' ? UNKNOWN : verdict;
  }

  async #ask(mti: string, order: SupplyOrder, timeoutMs: number): Promise<Asked> {
    if (!this.#session.up) return { kind: 'not-sent' };
    const fields = mti.startsWith('04') ? reversalFields(order, this.#us) : orderFields(order, this.#us);
    const asked = await this.#session.ask(mti, fields, Math.min(timeoutMs, this.#config.replyMs));
    if (asked.kind === 'timeout' || asked.kind === 'lost') this.#fault(order, asked.kind);
    if (asked.kind === 'duplicate-key') this.#count('over-limit');
    return asked;
  }

  /** Undefined where there was no answer. `since`: when the order that this answers was first sent. */
  #read(asked: Asked, order: SupplyOrder, since: number): AnswerVerdict | undefined {
    if (asked.kind !== 'answer') return undefined;
    const verdict = readOrderAnswer(asked.message, order, this.#codes);
    if (verdict.kind === 'fault') this.#fault(order, verdict.fault);
    // One in progress is judged by its last word.
    else if (verdict.kind !== 'in-progress') this.#answered(order, since);
    return verdict;
  }

  #answered(order: SupplyOrder, since: number): void {
    if (this.#health.isSlow(since)) this.#fault(order, 'slow');
    else this.#health.good();
  }

  #fault(order: SupplyOrder, event: SupplyEvent): void {
    this.#count(event);
    this.#deps.log?.warn({ supplier: this.name, reference: order.reference, event }, 'supplier fault');
    if (this.#health.fault()) {
      this.#count('rest');
      this.#deps.log?.warn({ supplier: this.name, restMs: this.#config.restMs }, 'supplier rests');
    }
  }

  #count(event: SupplyEvent): void {
    this.#deps.counters.add(event, this.name);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.clock.after(delayMs, resolve);
    });
  }
}
