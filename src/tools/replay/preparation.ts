/**
 * Makes captured requests ready to be sent: first what is set and what live answers told in place of captured ones, then
 * what is renewed, then the MAC. The first request's time becomes now.
 */
import type { Clock } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import type { Codec, Message } from '../../iso8583/index.js';
import type { Exchange, Replaced } from './exchange.js';
import { withValue } from './overwrite.js';
import type { Pairing } from './pairing.js';
import { Renewer, shiftFrom } from './renewer.js';
import type { ReplayRules } from './rules.js';

export class Preparation {
  readonly #codec: Codec;
  readonly #rules: ReplayRules;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pairing: Pairing;
  #renewer: Renewer | undefined;
  /** Cited values whose live counterpart no answer told: sent as captured. */
  uncited = 0;

  constructor(codec: Codec, rules: ReplayRules, pairing: Pairing, clock: Clock, random: Random) {
    this.#codec = codec;
    this.#pairing = pairing;
    this.#rules = rules;
    this.#clock = clock;
    this.#random = random;
  }

  /** The body to send; what cannot be read goes as it is. Sets what pairs the exchange with its live answer. */
  of(exchange: Exchange): Buffer {
    const { request, body } = exchange;
    const renewer = this.renewer(exchange);
    if (!request) {
      exchange.key = exchange.capturedKey;
      return body;
    }
    const message = this.#withReplacements(request, exchange);
    const out = Buffer.from(message.frame);
    renewer.renew(message, out, exchange.replaced);
    const { mac } = this.#rules;
    if (mac && (message.has(64) || message.has(128))) mac.sign(out);
    exchange.sent = message.over(out);
    exchange.key = this.#pairing.key(exchange.sent);
    return out;
  }

  /** Made with the first request, whose time becomes now. */
  renewer({ request, timeUs }: Exchange): Renewer {
    if (!this.#renewer) {
      const shift = shiftFrom(request, timeUs, this.#clock.now());
      this.#renewer = new Renewer(this.#codec, this.#rules, shift, this.#random);
    }
    return this.#renewer;
  }

  /** The request with what is set, and with what live answers told in place of what captured ones did. */
  #withReplacements(request: Message, exchange: Exchange): Message {
    const { settings } = this.#rules;
    if (settings.length === 0 && exchange.cites.length === 0) return request;
    const replaced: Replaced[] = [];
    let message = request;
    const replace = (path: string, after: string): void => {
      const before = message.text(path);
      if (before === undefined || before === after) return;
      const frame = withValue(this.#codec, message, path, after);
      if (!frame) return;
      message = this.#codec.parse(frame);
      replaced.push({ path, before, after });
    };
    for (const { path, told } of exchange.cites) {
      if (told.live === undefined) this.uncited += 1;
      else replace(path, told.live);
    }
    for (const { path, text } of settings) replace(path, text);
    exchange.replaced = replaced;
    return message;
  }
}
