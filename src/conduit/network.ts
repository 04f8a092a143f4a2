/**
 * Network messages that we begin (sign-on, sign-off, echo), made from the same rule by which the profile knows the
 * peer's: its MTI and the fields that it names, with a STAN and the time where the profile's facts stand.
 */
import { dateAt, timeAt } from '../base/dates.js';
import type { Codec } from '../iso8583/index.js';
import type { LinkMac } from './mac.js';
import { type Profile, ProfileError } from './profile.js';

export type NetworkService = 'sign-on' | 'sign-off' | 'echo';

/** STAN of six digits; `instant` in milliseconds since the epoch. */
export type NetworkWriter = (stan: string, instant: number) => Buffer;

/** Throws ProfileError where the profile has no such rule, or one that says too little to make a message of. */
export function networkWriter(
  profile: Profile,
  codec: Codec,
  service: NetworkService,
  utcOffsetMinutes: number,
  mac?: LinkMac,
): NetworkWriter {
  const rule = profile.rules.find((one) => one.service === service);
  const mti = rule?.mti[0];
  if (!rule || mti === undefined) {
    throw new ProfileError(`${profile.name}: has no rule for ${service}, so none can be sent`);
  }
  const named = Object.entries(rule.when).filter(([, value]) => !value.includes('x'));
  return (stan, instant) => {
    const texts = new Texts();
    for (const [path, value] of named) texts.put(path, value);
    for (const [fact, value] of Object.entries(moments(instant, utcOffsetMinutes))) {
      const path = profile.facts[fact as keyof ReturnType<typeof moments>]?.[0];
      if (path !== undefined) texts.put(path, value);
    }
    const place = profile.facts.stan?.[0];
    if (place !== undefined) texts.put(place, stan);
    const fields = texts.fields();
    if (!mac) return codec.build(mti, fields);
    const [de, zeros] = mac.placeholder(Object.keys(fields).map(Number));
    return mac.sign(codec.build(mti, { ...fields, [de]: zeros }));
  };
}

function moments(instant: number, utcOffsetMinutes: number) {
  return {
    transmittedAt: dateAt(instant, 0).slice(4) + timeAt(instant, 0),
    localDate: dateAt(instant, utcOffsetMinutes),
    localTime: timeAt(instant, utcOffsetMinutes),
  };
}

/** Whole fields (`7`), and fields put together of parts (`12@1-6`, `12@7-12`); subfields are left out. */
class Texts {
  readonly #whole = new Map<number, string>();

  put(path: string, value: string): void {
    const [field = '', part] = path.split('@');
    if (!/^\d+$/.test(field)) return;
    const [first = 1, last = 0] = (part ?? '').split('-').map(Number);
    const place = Number(field);
    if (part === undefined) {
      // A date stands with or without its year: the last digits count.
      this.#whole.set(place, value.length === 8 ? value.slice(4) : value);
      return;
    }
    const old = (this.#whole.get(place) ?? '').padEnd(last, '0');
    this.#whole.set(place, old.slice(0, first - 1) + value.slice(first - 1 - last) + old.slice(last));
  }

  fields(): Record<number, string> {
    return Object.fromEntries(this.#whole);
  }
}
