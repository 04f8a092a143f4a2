/**
 * The hub's calls, as a switch makes them: JSON checked by the wire's schemas both ways of which one is ours, parcels as
 * they come. No call rejects; each ends in its time with an answer, a refusal that says why, or neither.
 * Maximums: one request a connection, `connectionsMax` of them, `answerBytesMax` of an answer.
 */
import type { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import { checked, faultLine } from '../../base/schema.js';
import { type Exchange, HttpExchange, type HttpResult } from '../../transport/httpExchange.js';
import {
  type AskRequest,
  askAnswer,
  type ContactRequest,
  catalogueAnswer,
  contactAnswer,
  type EnrolRequest,
  enrolAnswer,
  type PollRequest,
  pollAnswer,
  type Refusal,
  type RestateRequest,
  refusal,
} from '../wire/messages.js';
import type { MemberOptions } from './schema.js';

/** Idle connections are closed before the hub does it. */
const IDLE_MS = 30_000;
/** Besides asks: contact, poll, transfers (one ahead), catalogue, restatement, one to spare. */
const OTHER_CALLS_MAX = 8;
/** Bytes of one answer; the parcels of one come to a few millions. */
const ANSWER_BYTES_MAX = 67_108_864;
/** Characters of a refusal's texts that are kept. */
const REFUSAL_CHARS_MAX = 300;

export type HubAnswer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** No answer that can be used. `why` is safe to log. `isSent`: the hub may have it all the same. */
  | { readonly kind: 'away'; readonly why: string; readonly isSent: boolean };

export interface HubAddress {
  readonly url: string;
  /** Undefined before it has enrolled. */
  readonly caller: { readonly name: string; readonly epoch: number; readonly token: string } | undefined;
  readonly options: MemberOptions;
}

export class HubApi {
  readonly #exchange: Exchange;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #callMs: number;

  /** Throws SafeError where the certificates in the configuration cannot be used. */
  constructor({ url, caller, options }: HubAddress, clock: Clock, exchange?: Exchange) {
    const connectionsMax = options.limits.asksMax + OTHER_CALLS_MAX;
    this.#headers = caller
      ? { authorization: `Bearer ${caller.token}`, 'x-switch': `${caller.name} ${caller.epoch}` }
      : {};
    this.#callMs = options.times.callMs;
    const limits = { connectionsMax, inFlightMax: connectionsMax, answerBytesMax: ANSWER_BYTES_MAX };
    const { connectMs } = options.times;
    this.#exchange =
      exchange ?? new HttpExchange({ url, tls: options.tls, connectMs, idleMs: IDLE_MS, ...limits }, clock);
  }

  enrol(request: EnrolRequest) {
    return this.#post('/v1/enrol', request, enrolAnswer);
  }

  contact(request: ContactRequest) {
    return this.#post('/v1/contact', request, contactAnswer);
  }

  /** `signal`: given up. */
  poll(request: PollRequest, signal: AbortSignal) {
    return this.#post('/v1/poll', request, pollAnswer, request.waitMs + this.#callMs, signal);
  }

  /** A stream of parcels: parcelsIn (wire/parcel.ts). */
  async transfers(after: number): Promise<HubAnswer<Buffer>> {
    const result = await this.#send('GET', `/v1/transfers?after=${after}`, undefined, this.#callMs);
    return answered(result, (value) => ({ kind: 'answer', value }));
  }

  ask(request: AskRequest, timeoutMs: number) {
    return this.#post('/v1/ask', request, askAnswer, timeoutMs);
  }

  async catalogue(revision: number) {
    const result = await this.#send('GET', `/v1/catalogue/${revision}`, undefined, this.#callMs);
    return answered(result, (body) => read(body, catalogueAnswer));
  }

  async portion(digest: string): Promise<HubAnswer<string>> {
    const result = await this.#send('GET', `/v1/portions/${digest}`, undefined, this.#callMs);
    return answered(result, (body) => ({ kind: 'answer', value: body.toString('utf8') }));
  }

  async restate(request: RestateRequest): Promise<HubAnswer<undefined>> {
    const result = await this.#send('POST', '/v1/restate', request, this.#callMs);
    return answered(result, () => ({ kind: 'answer', value: undefined }));
  }

  /** Calls under way are given up. */
  close(): Promise<void> {
    return this.#exchange.destroy();
  }

  async #post<S extends z.ZodType>(
    path: string,
    request: object,
    schema: S,
    timeoutMs: number = this.#callMs,
    signal?: AbortSignal,
  ): Promise<HubAnswer<z.output<S>>> {
    const result = await this.#send('POST', path, request, timeoutMs, signal);
    return answered(result, (body) => read(body, schema));
  }

  #send(
    method: 'GET' | 'POST',
    path: string,
    request: object | undefined,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<HttpResult> {
    const headers = {
      ...this.#headers,
      ...(request ? { 'content-type': 'application/json' } : {}),
    };
    const body = request && JSON.stringify(request);
    return this.#exchange.send({ method, path, headers, body, ...(signal ? { signal } : {}) }, timeoutMs);
  }
}

function answered<T>(result: HttpResult, take: (body: Buffer) => HubAnswer<T>): HubAnswer<T> {
  if (result.kind !== 'answer') {
    const isSent = result.kind !== 'not-sent' && result.kind !== 'over-limit';
    return { kind: 'away', why: WORDS[result.kind], isSent };
  }
  const { status, body } = result;
  if (status >= 200 && status < 300) return take(body);
  const told = status >= 400 && status < 500 ? read(body, refusal) : undefined;
  if (told?.kind !== 'answer') return { kind: 'away', why: `it answered ${status}`, isSent: true };
  const { error, detail, fatal } = told.value;
  return { kind: 'refused', refusal: { error: short(error), detail: short(detail), fatal } };
}

const WORDS = {
  'not-sent': 'it cannot be reached',
  'over-limit': 'too many calls under way',
  timeout: 'no answer in time',
  lost: 'the connection was lost',
  oversize: 'its answer is too long',
} as const;

function read<S extends z.ZodType>(body: Buffer, schema: S): HubAnswer<z.output<S>> {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    // The cause would quote it.
    return { kind: 'away', why: 'its answer is not JSON', isSent: true };
  }
  const result = checked(schema, document);
  if (result.ok) return { kind: 'answer', value: result.value };
  return { kind: 'away', why: `its answer is not as it should be: ${faultLine(result)}`, isSent: true };
}

/** One line, of printable characters. */
function short(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, REFUSAL_CHARS_MAX);
}
