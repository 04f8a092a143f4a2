/**
 * Polls: held until there is something for the switch, so that a recall reaches it at once through any firewall. One
 * for each switch: a newer one ends the one before. A poll changes nothing, so a crash or a lost answer costs nothing.
 */
import type { Clock } from '../../base/clock.js';
import type { NetworkSwitch, PendingRecall, Store } from '../../store/store.js';
import type { PollAnswer, PollRequest } from '../wire/messages.js';
import { refusalOf } from './refusal.js';
import type { HubLimits } from './settings.js';
import type { NetworkView, Watch } from './watch.js';

export class Polls {
  readonly #store: Store;
  readonly #watch: Watch;
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  /** Ends the poll that a switch has here now. */
  readonly #held = new Map<number, () => void>();
  /** When a switch was last here; of those that ever enrolled. */
  readonly #left = new Map<number, number>();
  #isClosing = false;

  constructor(store: Store, watch: Watch, clock: Clock, limits: HubLimits) {
    this.#store = store;
    this.#watch = watch;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Switches that what is given or recalled reaches now. */
  connected(): ReadonlySet<number> {
    const since = this.#clock.now() - this.#limits.connectedMs;
    const lately = [...this.#left].filter(([, at]) => at > since).map(([id]) => id);
    return new Set([...this.#held.keys(), ...lately]);
  }

  /** Polls that wait now. */
  get held(): number {
    return this.#held.size;
  }

  /** All polls are answered now, as the hub closes. */
  endAll(): void {
    this.#isClosing = true;
    for (const end of [...this.#held.values()]) end();
  }

  /** Throws HubRefusal, also where the switch is refused while it waits. */
  async poll({ id }: NetworkSwitch, request: PollRequest, gone: AbortSignal): Promise<PollAnswer> {
    this.#held.get(id)?.();
    const over = new AbortController();
    const end = (): void => over.abort();
    if (gone.aborted || this.#isClosing) end();
    gone.addEventListener('abort', end, { once: true });
    this.#held.set(id, end);
    try {
      return await this.#wait(id, request, over.signal);
    } finally {
      gone.removeEventListener('abort', end);
      if (this.#held.get(id) === end) this.#held.delete(id);
      this.#left.set(id, this.#clock.now());
    }
  }

  async #wait(id: number, request: PollRequest, gone: AbortSignal): Promise<PollAnswer> {
    const until = this.#clock.now() + Math.min(request.waitMs, this.#limits.pollMs);
    for (let known = request.recall; ; ) {
      const isDue = (view: NetworkView): boolean => dueIn(view, id, request, known);
      const view = await this.#watch.until(isDue, until, gone);
      const me = view.switches.get(id);
      if (!me) throw new Error('a switch is not in the books any more');
      const refused = refusalOf(me, request.epoch);
      if (refused) throw refused;
      const recalls = me.recall > known ? await this.#recalls(id, request.recall) : [];
      // A recall that is not pending any more is no reason to answer.
      if (recalls.length === 0) known = me.recall;
      if (recalls.length > 0 || isDue(view) || gone.aborted || this.#clock.now() >= until) {
        return {
          transfer: me.transfer,
          recalls: recalls.map(recallOf),
          revision: view.revision,
          statementWanted: view.statementWanted,
          restate: mustRestate(view, me),
        };
      }
    }
  }

  async #recalls(id: number, after: number): Promise<readonly PendingRecall[]> {
    const pending = await this.#store.recalls(id);
    return pending.filter(({ number }) => number > after).slice(0, this.#limits.recallsMax);
  }
}

function dueIn(view: NetworkView, id: number, request: PollRequest, recall: number): boolean {
  const me = view.switches.get(id);
  return (
    !me ||
    refusalOf(me, request.epoch) !== undefined ||
    me.transfer > request.transfer ||
    me.recall > recall ||
    view.revision !== request.revision ||
    view.statementWanted > request.statedAt ||
    mustRestate(view, me)
  );
}

function mustRestate(view: NetworkView, me: NetworkSwitch): boolean {
  return view.behind !== '' && !me.restated;
}

function recallOf({
  number,
  kind,
  of,
  currency,
  count,
  first,
}: PendingRecall): PollAnswer['recalls'][number] {
  return kind === 'pins'
    ? { kind, number, product: of, count, first }
    : { kind, number, merchant: of, currency, amount: count };
}
