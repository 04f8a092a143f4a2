/**
 * Asks: PINs, or a merchant's money, that a sale lacks. All who lack the same thing at the same moment ask once, for
 * what they lack together; who comes while that is under way is in the next one. What the hub gives comes as transfers
 * in the answer itself, and is ordinary stock: whoever sells first has it.
 *
 * Stops anywhere: what the hub has given is a transfer like any other, and is fetched after the next start.
 */
import { safeText } from '../../base/errors.js';
import type { AskRequest } from '../wire/messages.js';
import type { Member } from './member.js';
import type { Taking } from './taking.js';

const ASK_BYTES = 16;

/** What is asked for, but for how much of it. */
export type Asked =
  | { readonly kind: 'pins'; readonly product: string }
  | { readonly kind: 'lease'; readonly merchant: string; readonly currency: string };

/** Those that will ask together. */
interface Group {
  count: number;
  until: number;
  readonly askers: ((came: boolean) => void)[];
}

/** One thing that is asked for: who gathers for it, and how many asks are under way. */
interface Want {
  readonly asked: Asked;
  gathering: Group | undefined;
  underWay: number;
}

export class Asks {
  readonly #member: Member;
  readonly #taking: Taking;
  /** By what is asked for; those that nobody waits for are dropped. Maximum: `askersMax`. */
  readonly #wants = new Map<string, Want>();
  #underWay = 0;
  #askers = 0;

  constructor(member: Member, taking: Taking) {
    this.#member = member;
    this.#taking = taking;
  }

  /** True where it came, or may have come, before `until` (milliseconds since the epoch). Never rejects. */
  ask(asked: Asked, count: number, until: number): Promise<boolean> {
    const { isConnected, options, clock } = this.#member;
    const isLate = until - clock.now() <= options.times.askMarginMs;
    if (!isConnected || isLate || this.#askers >= options.limits.askersMax) return Promise.resolve(false);
    const name = nameOf(asked);
    const want = this.#wants.get(name) ?? { asked, gathering: undefined, underWay: 0 };
    this.#wants.set(name, want);
    want.gathering ??= this.#gather(name, want);
    const group = want.gathering;
    group.count += count;
    group.until = Math.max(group.until, until);
    return this.#inTime(group, until);
  }

  /** Each asker waits for as long as itself has time. */
  #inTime(group: Group, until: number): Promise<boolean> {
    const { clock } = this.#member;
    this.#askers += 1;
    return new Promise((resolve) => {
      const end = (came: boolean): void => {
        cancel();
        if (isOver) return;
        isOver = true;
        this.#askers -= 1;
        resolve(came);
      };
      let isOver = false;
      // What is on its way may come at any moment: the shelf is worth one more look.
      const cancel = clock.after(until - clock.now(), () => end(true));
      group.askers.push(end);
    });
  }

  /** Those of the same turn of the program go together at the least. */
  #gather(name: string, want: Want): Group {
    this.#member.clock.soon(() => this.#send(name, want));
    return { count: 0, until: 0, askers: [] };
  }

  #send(name: string, want: Want): void {
    const { asksMax, asksOfOneMax } = this.#member.options.limits;
    const group = want.gathering;
    if (!group) {
      if (want.underWay === 0) this.#wants.delete(name);
      return;
    }
    if (this.#underWay >= asksMax || want.underWay >= asksOfOneMax) return;
    want.gathering = undefined;
    want.underWay += 1;
    this.#underWay += 1;
    void this.#exchange(want.asked, group)
      .then((came) => {
        for (const end of group.askers) end(came);
      })
      .finally(() => {
        want.underWay -= 1;
        this.#underWay -= 1;
        this.#send(name, want);
        // One that had to wait for another thing's ask.
        if (this.#underWay < asksMax) this.#sendOthers();
      });
  }

  #sendOthers(): void {
    for (const [name, want] of this.#wants) if (want.gathering) this.#send(name, want);
  }

  async #exchange(asked: Asked, group: Group): Promise<boolean> {
    const { api, clock, options, log } = this.#member;
    const before = this.#taking.count;
    const leftMs = group.until - clock.now();
    const withinMs = Math.floor(leftMs - options.times.askMarginMs);
    if (withinMs <= 0) return false;
    try {
      const request = await this.#request(asked, group.count, withinMs);
      const answer = await this.#member.met(await api.ask(request, leftMs));
      const parcels = answer?.parcels ?? [];
      await this.#taking.take(parcels.map((parcel) => Buffer.from(parcel, 'base64')));
      // It may also have come by another way meanwhile.
      return parcels.length > 0 || this.#taking.count > before;
    } catch (error) {
      log.error({ error: safeText(error) }, 'what the hub sent for a sale could not be taken in');
      return false;
    }
  }

  async #request(asked: Asked, count: number, withinMs: number): Promise<AskRequest> {
    const { random, recipient } = this.#member;
    const { transfer } = await this.#member.standing();
    const ask = random.bytes(ASK_BYTES).toString('hex');
    const common = { epoch: recipient.epoch, ask, transfer, withinMs };
    return asked.kind === 'pins' ? { ...asked, ...common, count } : { ...asked, ...common, amount: count };
  }
}

function nameOf(asked: Asked): string {
  return asked.kind === 'pins' ? `pins ${asked.product}` : `lease ${asked.merchant}\u0000${asked.currency}`;
}
