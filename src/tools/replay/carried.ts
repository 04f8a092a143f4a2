/**
 * What answers tell and later requests cite: a captured value leads to what the live answer told in its place. An
 * echo of the request's own value is not told anew.
 * Maximum remembered: 32,768 values; a request that cites an older one is sent as captured.
 */
import type { Message } from '../../iso8583/index.js';
import type { Cited, Exchange, Told } from './exchange.js';
import type { Carried } from './rules.js';

const REMEMBERED_MAX = 32_768;

export class CarriedValues {
  readonly #rules: readonly Carried[];
  readonly #cited: readonly string[];
  readonly #told = new Map<string, Told>();

  constructor(rules: readonly Carried[]) {
    this.#rules = rules;
    this.#cited = [...new Set(rules.map(({ to }) => to))];
  }

  /** The captured answer of an exchange was read. */
  tell(exchange: Exchange, answer: Message): void {
    const tells: { path: string; told: Told }[] = [];
    for (const { from, to } of this.#rules) {
      const text = textAt(answer, from);
      if (text === undefined || text === '') continue;
      if (exchange.request && textAt(exchange.request, from) === text) continue;
      const told: Told = { live: undefined, exchange };
      this.#remember(`${to} ${text}`, told);
      tells.push({ path: from, told });
    }
    exchange.tells = tells;
    this.hear(exchange);
  }

  /** The live answer came, before or after the captured one was read, or it will not come. */
  hear(exchange: Exchange): void {
    if (!exchange.isHeard) return;
    const { tells, liveAnswer } = exchange;
    for (const { path, told } of tells) {
      if (liveAnswer) told.live = textAt(liveAnswer, path);
      told.exchange = undefined;
    }
  }

  /** What a captured request cites. */
  citedBy(request: Message): readonly Cited[] {
    const found: Cited[] = [];
    for (const path of this.#cited) {
      const before = textAt(request, path);
      const told = before === undefined ? undefined : this.#told.get(`${path} ${before}`);
      if (before !== undefined && told) found.push({ path, before, told });
    }
    return found;
  }

  #remember(key: string, told: Told): void {
    this.#told.delete(key);
    this.#told.set(key, told);
    if (this.#told.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }
}

function textAt(message: Message, path: string): string | undefined {
  const dot = path.indexOf('.');
  if (dot < 0) return message.text(Number(path));
  return message.has(Number(path.slice(0, dot))) ? message.text(path) : undefined;
}
