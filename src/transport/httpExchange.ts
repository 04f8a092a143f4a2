/**
 * One HTTP request and what became of it, told apart by what matters for money: whether a byte of it may
 * have left this host. undici calls `onRequestStart` just before it writes a request to a connected socket;
 * whatever fails before that call was not sent, whatever fails after it may have arrived.
 * Maximums: `connectionsMax` sockets, `inFlightMax` requests sent or waiting, `answerBytesMax` of a body.
 * A connection carries one request at a time, so an answer can only be taken for the request before it.
 */
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { Clock } from '../base/clock.js';
import { SafeError } from '../base/errors.js';
import type { TlsSpec } from './schema.js';
import { connectTls } from './tls.js';

/** Times in milliseconds. */
export interface HttpExchangeOptions {
  /** http or https; a path in it stands before every request's. */
  readonly url: string;
  readonly tls?: TlsSpec | undefined;
  readonly connectMs: number;
  /** An idle connection is closed after so long. */
  readonly idleMs: number;
  readonly connectionsMax: number;
  readonly inFlightMax: number;
  readonly answerBytesMax: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below the configured URL; begins with '/'. Never holds an account. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Aborted, the request is given up as if its time had passed. */
  readonly signal?: AbortSignal;
}

export type HttpResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer }
  /** No byte left this host. */
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'over-limit' }
  /** Sent; no whole answer in time. */
  | { readonly kind: 'timeout' }
  /** Sent; the connection ended, or what came was not HTTP. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'oversize' };

/** Requests and what became of them, whatever carries them. */
export interface Exchange {
  /** Never rejects. */
  send(request: HttpRequest, timeoutMs: number): Promise<HttpResult>;
  /** Resolves when what is under way has ended. */
  close(): Promise<void>;
  /** What is under way fails. */
  destroy(): Promise<void>;
}

export class HttpExchange implements Exchange {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #inFlightMax: number;
  readonly #answerBytesMax: number;
  #inFlight = 0;

  constructor(config: HttpExchangeOptions, clock: Clock) {
    const url = new URL(config.url);
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#clock = clock;
    this.#inFlightMax = config.inFlightMax;
    this.#answerBytesMax = config.answerBytesMax;
    this.#pool = new Pool(url.origin, {
      connections: config.connectionsMax,
      pipelining: 1,
      keepAliveTimeout: config.idleMs,
      keepAliveMaxTimeout: config.idleMs,
      // One time limit for the whole of a request is kept below; undici's own are per part and coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connectOptions(config),
    });
  }

  send(request: HttpRequest, timeoutMs: number): Promise<HttpResult> {
    if (this.#inFlight >= this.#inFlightMax) return Promise.resolve({ kind: 'over-limit' });
    if (request.signal?.aborted) return Promise.resolve({ kind: 'not-sent' });
    this.#inFlight += 1;
    return new Promise((resolve) => {
      const pending = new Pending(this.#answerBytesMax, resolve);
      const giveUp = (): void => pending.expire();
      const cancelTimer = this.#clock.after(Math.max(timeoutMs, 1), giveUp);
      const { signal } = request;
      signal?.addEventListener('abort', giveUp);
      const left = (): void => {
        cancelTimer();
        signal?.removeEventListener('abort', giveUp);
        this.#inFlight -= 1;
      };
      try {
        this.#pool.dispatch(
          {
            method: request.method,
            path: `${this.#prefix}${request.path}`,
            headers: { ...request.headers },
            body: request.body ?? null,
          },
          handlerFor(pending, left),
        );
      } catch {
        left();
        pending.fail();
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** Over https without `tls`, the system's own authorities are trusted. */
function connectOptions(config: HttpExchangeOptions): Partial<buildConnector.BuildOptions> {
  const tls = config.tls === undefined ? {} : connectTls(config.tls);
  return { ...tls, timeout: config.connectMs } as Partial<buildConnector.BuildOptions>;
}

/** The state of one request: queued, sent, done. Resolves once. */
class Pending {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #done = false;

  constructor(
    readonly bytesMax: number,
    readonly resolve: (result: HttpResult) => void,
  ) {}

  begin(controller: Dispatcher.DispatchController): void {
    // Timed out while it waited for a connection: thrown before the first byte is written, so it is not sent.
    if (this.#done) throw new SafeError('request given up before it was sent');
    this.#controller = controller;
  }

  head(status: number): void {
    this.#status = status;
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.bytesMax) {
      this.#chunks.push(chunk);
      return;
    }
    this.#finish({ kind: 'oversize' });
    this.#controller?.abort(new SafeError('answer over the limit'));
  }

  end(): void {
    this.#finish({ kind: 'answer', status: this.#status, body: Buffer.concat(this.#chunks) });
  }

  fail(): void {
    this.#finish({ kind: this.#controller === undefined ? 'not-sent' : 'lost' });
  }

  expire(): void {
    this.#finish({ kind: this.#controller === undefined ? 'not-sent' : 'timeout' });
    this.#controller?.abort(new SafeError('no answer in time'));
  }

  #finish(result: HttpResult): void {
    if (this.#done) return;
    this.#done = true;
    this.resolve(result);
  }
}

function handlerFor(pending: Pending, left: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => pending.begin(controller),
    onResponseStart: (_controller, status) => pending.head(status),
    onResponseData: (_controller, chunk) => pending.data(chunk),
    onResponseEnd: () => {
      left();
      pending.end();
    },
    onResponseError: () => {
      left();
      pending.fail();
    },
  };
}
