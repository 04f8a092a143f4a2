/**
 * PINs and money wanted inside a sale. From the hub's own stock, with some more than was asked for, so that the switch
 * is not short again at once; else from a connected switch: a recall, a wait for the contact that brings it back, and
 * that is given on. What is just on its way somewhere is waited for: it will lie there in a moment, and can be recalled.
 * An ask has a name, and each step of it is given once under that name, however often it is asked.
 *
 * Every step is a commit of its own. A crash after a recall leaves PINs that come back as the hub's stock; a crash after
 * the giving leaves a transfer that the switch fetches when it is back.
 */
import type { Log } from '../../base/log.js';
import type { NetworkSwitch, PendingRecall, RecallOrder, TransferResult } from '../../store/store.js';
import type { AskRequest } from '../wire/messages.js';
import { HubRefusal } from './refusal.js';

/** A transfer on its way is looked at again after this, milliseconds, or when the books change. */
const MOVING_MS = 50;

export interface AskTerms {
  /** Milliseconds. */
  readonly askMs: number;
  readonly recallMs: number;
  readonly asksPerSwitchMax: number;
  readonly recallsPerAskMax: number;
}

/** What is asked for, PINs or money: how to give it, and of whom to get it. */
export interface Wanted {
  /** PINs, or minor units. */
  readonly count: number;
  /** Gives so many, or more, or less where there is less, under that name. */
  give(count: number, ask: string): Promise<TransferResult>;
  /** A connected switch that has some, the best first, and what to recall from it; undefined for none. */
  source(count: number, tried: ReadonlySet<number>): Promise<Omit<RecallOrder, 'at'> | undefined>;
  /** Recalls of the same that connected switches have not carried out yet. */
  pending(): Promise<readonly PendingRecall[]>;
  /** Whether some is on its way to the asker, or to another connected switch. */
  moving(): Promise<'here' | 'elsewhere' | undefined>;
}

export interface Hunting {
  now(): number;
  recallFrom(order: RecallOrder): Promise<number>;
  /** Resolves when that switch has carried the recall out, or at `until`, or when `gone`. */
  carriedOut(switchId: number, recall: number, until: number, gone: AbortSignal): Promise<void>;
  /** Resolves when the books were changed, or after `ms`, or when `gone`. */
  changed(ms: number, gone: AbortSignal): Promise<void>;
  /** The books were changed. */
  wake(): void;
  readonly log: Log;
}

interface UnderWay {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  /** Requests that wait for it. */
  waiting: number;
}

export class Asks {
  readonly #hunting: Hunting;
  readonly #terms: AskTerms;
  /** By switch, then by the ask's name: at most `asksPerSwitchMax` each. */
  readonly #underWay = new Map<number, Map<string, UnderWay>>();

  constructor(hunting: Hunting, terms: AskTerms) {
    this.#hunting = hunting;
    this.#terms = terms;
  }

  /** Of all switches. */
  get underWay(): number {
    return [...this.#underWay.values()].reduce((sum, asks) => sum + asks.size, 0);
  }

  /** Resolves when it was given, or cannot be in time. The same ask again joins the one under way. Throws HubRefusal. */
  async ask(by: NetworkSwitch, request: AskRequest, wanted: Wanted, gone: AbortSignal): Promise<void> {
    const asks = this.#underWay.get(by.id) ?? new Map<string, UnderWay>();
    this.#underWay.set(by.id, asks);
    const underWay = asks.get(request.ask) ?? this.#begin(by, request, wanted, asks);
    underWay.waiting += 1;
    const leave = (): void => {
      underWay.waiting -= 1;
      if (underWay.waiting === 0) underWay.stop.abort();
    };
    gone.addEventListener('abort', leave, { once: true });
    if (gone.aborted) leave();
    try {
      await underWay.done;
    } finally {
      gone.removeEventListener('abort', leave);
    }
  }

  #begin(by: NetworkSwitch, request: AskRequest, wanted: Wanted, asks: Map<string, UnderWay>): UnderWay {
    if (asks.size >= this.#terms.asksPerSwitchMax) {
      const detail = `at most ${asks.size} asks of a switch may be under way`;
      throw new HubRefusal(429, { error: 'too-many-asks', detail });
    }
    const stop = new AbortController();
    const until = this.#hunting.now() + Math.min(request.withinMs, this.#terms.askMs);
    const done = this.#hunt(by.id, request.ask, wanted, until, stop.signal).finally(() => {
      asks.delete(request.ask);
    });
    const underWay: UnderWay = { done, stop, waiting: 0 };
    asks.set(request.ask, underWay);
    return underWay;
  }

  async #hunt(id: number, ask: string, wanted: Wanted, until: number, gone: AbortSignal): Promise<void> {
    const { now } = this.#hunting;
    const tried = new Set([id]);
    const awaited = new Set<string>();
    let missing = wanted.count - (await this.#give(wanted, wanted.count, ask));
    for (let step = 1; missing > 0 && now() < until && !gone.aborted; step += 1) {
      if (step > this.#terms.recallsPerAskMax) return;
      const from = (await this.#recall(wanted, missing, tried)) ?? (await this.#underWayOf(wanted, awaited));
      if (from) await this.#fetched(from, until, gone);
      else if ((await wanted.moving()) === 'elsewhere') {
        await this.#hunting.changed(Math.min(MOVING_MS, until - now()), gone);
        // What moved lies somewhere else by now, also where there was nothing before.
        tried.clear();
        tried.add(id);
      } else return;
      if (gone.aborted) return;
      missing -= await this.#give(wanted, missing, `${ask}-${step}`);
    }
  }

  async #fetched({ switchId, number, of }: PendingRecall, until: number, gone: AbortSignal): Promise<void> {
    const { now, carriedOut, log } = this.#hunting;
    const began = now();
    await carriedOut(switchId, number, Math.min(until, began + this.#terms.recallMs), gone);
    log.info({ from: switchId, of, ms: now() - began }, 'recalled for a sale');
  }

  /** Asks the next switch; undefined where there is none. */
  async #recall(wanted: Wanted, missing: number, tried: Set<number>): Promise<PendingRecall | undefined> {
    const { now, recallFrom, wake } = this.#hunting;
    const order = await wanted.source(missing, tried);
    if (!order) return undefined;
    tried.add(order.switchId);
    const recall = { ...order, at: now() };
    const number = await recallFrom(recall);
    wake();
    return { ...recall, number };
  }

  /** One that somebody else has asked for may bring enough for both. */
  async #underWayOf(wanted: Wanted, awaited: Set<string>): Promise<PendingRecall | undefined> {
    const key = ({ switchId, number }: PendingRecall): string => `${switchId} ${number}`;
    const found = (await wanted.pending()).find((one) => !awaited.has(key(one)));
    if (found) awaited.add(key(found));
    return found;
  }

  async #give(wanted: Wanted, count: number, ask: string): Promise<number> {
    const result = await wanted.give(count, ask);
    if (result.kind === 'refused') throw notGiven(result.why);
    if (result.kind === 'nothing') return 0;
    if (result.kind === 'transferred') this.#hunting.wake();
    return result.count;
  }
}

function notGiven(why: 'not-active' | 'hub-behind'): HubRefusal {
  return why === 'hub-behind'
    ? new HubRefusal(409, { error: 'hub-behind', detail: "the hub's books are old: nothing is given out" })
    : new HubRefusal(403, { error: 'retired', detail: 'this switch is not active', fatal: true });
}
