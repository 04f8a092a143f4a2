/** A switch's way to its hub: calls that are slow, lost on the way there or back, cut off for a while. */
import type { Chance } from '../../../src/base/chance.js';
import type { Exchange, HttpRequest, HttpResult } from '../../../src/transport/httpExchange.js';
import type { VirtualTime } from '../time.js';
import type { Answer } from './calls.js';
import type { HubProcess } from './hub.js';

/** How it behaves until the peers answer. */
export interface LineMood {
  readonly lost: number;
  readonly delayMsMax: number;
  /** From and until when nothing gets through. */
  readonly cut: readonly [number, number];
}

const GOOD: LineMood = { lost: 0, delayMsMax: 50, cut: [0, 0] };

export interface LineOptions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly mood: LineMood;
  readonly hub: () => HubProcess | undefined;
  /** What a mutant makes of a request, and of an answer to it. */
  readonly sent?: (request: HttpRequest) => HttpRequest;
  readonly came?: (request: HttpRequest, answer: Answer) => void;
}

export class Line {
  readonly #options: LineOptions;
  #mood: LineMood;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#mood = options.mood;
  }

  /** From now on everything gets through, at once. */
  recover(): void {
    this.#mood = GOOD;
  }

  /** The connections of a process that lives as long as `isAlive` says. */
  exchange(isAlive: () => boolean): Exchange {
    return {
      send: (request, timeoutMs) => this.#send(request, timeoutMs, isAlive),
      close: async () => {},
      destroy: async () => {},
    };
  }

  #send(request: HttpRequest, timeoutMs: number, isAlive: () => boolean): Promise<HttpResult> {
    const { time } = this.#options;
    return new Promise((resolve) => {
      const gone = new AbortController();
      let isSettled = false;
      const settle = (result: HttpResult): void => {
        if (isSettled || !isAlive()) return;
        isSettled = true;
        cancel();
        if (result.kind === 'timeout') gone.abort();
        resolve(result);
      };
      const cancel = time.after(timeoutMs, () => settle({ kind: 'timeout' }));
      request.signal?.addEventListener('abort', () => settle({ kind: 'timeout' }), { once: true });
      this.#carry(this.#options.sent?.(request) ?? request, gone.signal, settle);
    });
  }

  #carry(request: HttpRequest, gone: AbortSignal, settle: (result: HttpResult) => void): void {
    const { time, chance, hub, came } = this.#options;
    const { lost, delayMsMax } = this.#mood;
    const [isLost, isAnswerLost] = [chance.next() < lost, chance.next() < lost];
    const [there, back] = [chance.next() * delayMsMax, chance.next() * delayMsMax];
    const later = (result: HttpResult): void => void time.after(back, () => settle(result));
    if (isLost || this.#isCut()) return;
    time.after(there, () => {
      const answered = (answer: Answer): void => {
        if (isAnswerLost || this.#isCut()) return;
        came?.(request, answer);
        later({ kind: 'answer', ...answer });
      };
      const isTaken = hub()?.call(request, gone, answered, () => later({ kind: 'lost' })) ?? false;
      if (!isTaken) later({ kind: 'not-sent' });
    });
  }

  #isCut(): boolean {
    const [from, until] = this.#mood.cut;
    return this.#options.time.now >= from && this.#options.time.now < until;
  }
}
