/**
 * What answers tell and later requests cite: a captured value leads to what the live answer told in its place. An
 * echo of the request's own value is not told anew.
 * Remembered of each cited field: the last 16,384 values and up to as many before them; a request that cites an older
 * one is sent as captured. Two generations, since taking single values out of a large map costs more than all the rest.
 */
import type { Message } from '../../iso8583/index.js';
import type { Cited, Exchange, Told } from './exchange.js';
import type { Carried } from './rules.js';

const GENERATION_MAX = 16_384;

export class CarriedValues {
  readonly #rules: readonly Carried[];
  /** By the path that cites. */
  readonly #told: ReadonlyMap<string, Generations>;

  constructor(rules: readonly Carried[]) {
    this.#rules = rules;
    this.#told = new Map(rules.map(({ to }) => [to, new Generations()]));
  }

  /** The captured answer of an exchange was read. */
  tell(exchange: Exchange, answer: Message): void {
    let tells: { path: string; told: Told }[] | undefined;
    for (const { from, to } of this.#rules) {
      const text = textAt(answer, from);
      if (text === undefined || text === '') continue;
      if (exchange.request && textAt(exchange.request, from) === text) continue;
      const told: Told = { live: undefined, exchange };
      this.#told.get(to)?.add(text, told);
      tells ??= [];
      tells.push({ path: from, told });
    }
    if (!tells) return;
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
    for (const [path, generations] of this.#told) {
      if (generations.isEmpty) continue;
      const before = textAt(request, path);
      const told = before === undefined ? undefined : generations.get(before);
      if (before !== undefined && told) found.push({ path, before, told });
    }
    return found;
  }
}

class Generations {
  #young = new Map<string, Told>();
  #old: ReadonlyMap<string, Told> = new Map();

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  add(text: string, told: Told): void {
    if (this.#young.size >= GENERATION_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, told);
  }

  get(text: string): Told | undefined {
    return this.#young.get(text) ?? this.#old.get(text);
  }
}

function textAt(message: Message, path: string): string | undefined {
  const dot = path.indexOf('.');
  if (dot < 0) return message.text(Number(path));
  return message.has(Number(path.slice(0, dot))) ? message.text(path) : undefined;
}
