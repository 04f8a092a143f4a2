/**
 * Requests and their answers over any link: matched by a key that the caller makes of a message (normalised MTI,
 * STAN, terminal), never by their order. A key that is in flight already is refused, not overwritten. An answer
 * that nobody waits for (any more) is the caller's to count. Maximum: `requestsMax` under way.
 */
import type { Clock } from '../base/clock.js';
import type { Frame } from './cutter.js';

export type Reply =
  | { readonly kind: 'answer'; readonly body: Buffer }
  /** Sent, not answered in time. */
  | { readonly kind: 'timeout' }
  /** Sent, then the connection was lost. */
  | { readonly kind: 'lost' }
  /** Nothing left this host: the link is down, or `requestsMax` are under way. */
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'duplicate-key' };

const REQUESTS_MAX = 10_000;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly cancelTimer: () => void;
}

export class Exchange {
  readonly #clock: Clock;
  readonly #send: (body: Buffer) => boolean;
  readonly #requestsMax: number;
  readonly #waiting = new Map<string, Waiting>();

  /** `send` says whether the message was handed to a connection. */
  constructor(clock: Clock, send: (body: Buffer) => boolean, requestsMax = REQUESTS_MAX) {
    this.#clock = clock;
    this.#send = send;
    this.#requestsMax = requestsMax;
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  /** Never rejects. */
  request(key: string, body: Buffer, timeoutMs: number): Promise<Reply> {
    if (this.#waiting.has(key)) return Promise.resolve({ kind: 'duplicate-key' });
    if (this.#waiting.size >= this.#requestsMax) return Promise.resolve({ kind: 'not-sent' });
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.after(timeoutMs, () => this.#settle(key, { kind: 'timeout' }));
      this.#waiting.set(key, { resolve, cancelTimer });
      if (!this.#send(body)) this.#settle(key, { kind: 'not-sent' });
    });
  }

  /** Hands over a message received. False where no request with this key waits: it is late, or somebody else's. */
  offer(key: string, frame: Pick<Frame, 'body'>): boolean {
    if (!this.#waiting.has(key)) return false;
    this.#settle(key, { kind: 'answer', body: frame.body });
    return true;
  }

  /** The connection has closed: nobody can tell what became of the requests under way. */
  lose(): void {
    for (const key of [...this.#waiting.keys()]) this.#settle(key, { kind: 'lost' });
  }

  #settle(key: string, reply: Reply): void {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    this.#waiting.delete(key);
    waiting.cancelTimer();
    waiting.resolve(reply);
  }
}
