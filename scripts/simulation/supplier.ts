/**
 * A supplier of its own on the virtual network: performs each reference once, undoes it, remembers a reversal that came
 * first, and is slow, dead, or loses requests and answers as the history has it. It speaks the JSON API of
 * src/supply/http-api.ts as that is written down there.
 */
import type { Chance } from '../../src/base/chance.js';
import type { Exchange, HttpRequest, HttpResult } from '../../src/transport/httpExchange.js';
import type { VirtualTime } from './time.js';

interface Order {
  state: 'done' | 'reversed' | 'refused';
  readonly amount: number;
  readonly account: string;
  readonly pins: readonly { code: string; serial: string; expiry: string }[];
}

/** How it behaves until the peers answer. */
export interface SupplierMood {
  readonly requestLost: number;
  readonly answerLost: number;
  readonly failing: number;
  readonly refusing: number;
  readonly delayMsMax: number;
}

const GOOD: SupplierMood = { requestLost: 0, answerLost: 0, failing: 0, refusing: 0, delayMsMax: 50 };

export class VirtualSupplier {
  readonly orders = new Map<string, Order>();
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  #mood: SupplierMood;
  readonly #digit: number;
  #issued = 0;

  /** `digit` begins its PINs. */
  constructor(digit: number, time: VirtualTime, chance: Chance, mood: SupplierMood) {
    this.#digit = digit;
    this.#time = time;
    this.#chance = chance;
    this.#mood = mood;
  }

  /** From now on it answers, at once. */
  recover(): void {
    this.#mood = GOOD;
  }

  /** The connection of a process that lives as long as `isAlive` says. */
  exchange(isAlive: () => boolean): Exchange {
    return {
      send: (request, timeoutMs) =>
        new Promise((resolve) => {
          let settled = false;
          const settle = (result: HttpResult): void => {
            if (settled || !isAlive()) return;
            settled = true;
            resolve(result);
          };
          this.#time.after(timeoutMs, () => settle({ kind: 'timeout' }));
          this.#carry(request, settle);
        }),
      close: async () => {},
      destroy: async () => {},
    };
  }

  #carry(request: HttpRequest, settle: (result: HttpResult) => void): void {
    const { requestLost, answerLost, failing, delayMsMax } = this.#mood;
    const chance = this.#chance;
    const isLost = chance.next() < requestLost;
    const isAnswerLost = chance.next() < answerLost;
    const fails = chance.next() < failing;
    const [there, back] = [chance.next() * delayMsMax, chance.next() * delayMsMax];
    if (isLost) return;
    this.#time.after(there, () => {
      const answer = fails ? { status: 503, said: {} } : this.#answer(request);
      if (isAnswerLost) return;
      const body = Buffer.from(JSON.stringify(answer.said));
      this.#time.after(back, () => settle({ kind: 'answer', status: answer.status, body }));
    });
  }

  #answer({ method, path, body }: HttpRequest): { status: number; said: object } {
    const asked = (body === undefined ? {} : JSON.parse(body)) as Record<string, string | number>;
    const reference = String(asked.reference ?? path.split('/')[3]);
    if (method === 'GET') return this.#tell(reference);
    if (path.endsWith('/reversal')) return this.#reverse(reference);
    const known = this.orders.get(reference);
    if (known) return this.#tell(reference);
    const refused = { status: 'refused', reference, reason: 'expired' };
    if (this.#time.now > Date.parse(String(asked.validUntil))) return { status: 409, said: refused };
    const order: Order = {
      state: this.#chance.next() < this.#mood.refusing ? 'refused' : 'done',
      amount: Number(asked.amount),
      account: String(asked.account),
      pins: asked.service === 'pin-sale' ? [this.#newPin()] : [],
    };
    this.orders.set(reference, order);
    return this.#tell(reference);
  }

  #newPin(): Order['pins'][number] {
    this.#issued += 1;
    const code = `${this.#digit}${String(this.#issued).padStart(9, '0')}`;
    return { code, serial: `I${code}`, expiry: '20991231' };
  }

  #reverse(reference: string): { status: number; said: object } {
    const order = this.orders.get(reference);
    if (order?.state === 'done') order.state = 'reversed';
    // Remembered: should the order still come, it is not performed.
    if (!order) this.orders.set(reference, { state: 'reversed', amount: 0, account: '', pins: [] });
    return { status: 200, said: { status: 'reversed', reference } };
  }

  #tell(reference: string): { status: number; said: object } {
    const order = this.orders.get(reference);
    if (!order) return { status: 404, said: { status: 'unknown-order', reference } };
    if (order.state === 'reversed') return { status: 409, said: { status: 'reversed', reference } };
    if (order.state === 'refused')
      return { status: 409, said: { status: 'refused', reference, reason: 'blocked' } };
    const { amount, pins } = order;
    return { status: 200, said: { status: 'approved', reference, amount, currency: '840', pins } };
  }
}
