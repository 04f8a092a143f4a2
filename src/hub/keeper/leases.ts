/**
 * Merchants' money at switches. A switch sells on what was leased to it alone, so however much is sold where, together
 * it is never more than the merchant has paid in and may owe: the hub's ledger does not go below that. What a merchant
 * spends at a switch is seen in what is left of its lease there; so much as it spends in `leaseMs` is kept there, filled
 * up from half of it on. What lies idle is recalled when it is lacking elsewhere, and never because time passes. The
 * pace of spending is remembered while the hub runs, and learnt anew after.
 */
import { balanceFloor } from '../../domain/merchant.js';
import { MERCHANT } from '../../store/ledgerVerbs.js';
import type { LeaseState, NetworkSwitch, PendingRecall } from '../../store/store.js';
import { Pace } from './pace.js';
import type { KeeperDeps, KeeperSettings } from './settings.js';

/** Of what the hub may give, so much at once: the rest is for what is asked inside a sale. */
const GIVEN_PART = 0.75;
/** Less than this part of a target is not worth a transfer. */
const WORTH_PART = 0.05;

/** One merchant's money in one currency, as it lies now. Minor units. */
export interface Purse {
  /** What the hub may still give: below zero where more is out than the merchant may owe by now. */
  readonly free: number;
  readonly places: readonly PursePlace[];
}

export interface PursePlace {
  readonly switchId: number;
  readonly left: number;
  /** It has all that was given to it: only then is what it says is left the whole, and more may be given. */
  readonly isSettled: boolean;
  /** What it is to have there. */
  readonly target: number;
}

export interface PursePlan {
  readonly give: readonly { readonly switchId: number; readonly amount: number }[];
  readonly recall: readonly { readonly switchId: number; readonly amount: number }[];
}

/** What to give and what to recall, of the places that are connected. */
export function planPurse({ free, places }: Purse): PursePlan {
  const poor = places.filter(({ left, target, isSettled }) => isSettled && left * 2 < target);
  const wanted = poor.reduce((sum, { left, target }) => sum + target - left, 0);
  const given = free < 0 ? free : Math.floor(free * GIVEN_PART);
  const share = wanted > 0 ? Math.min(1, Math.max(given, 0) / wanted) : 0;
  const give = poor
    .map((one) => ({ ...one, amount: Math.floor((one.target - one.left) * share) }))
    .filter(({ amount, target }) => amount > target * WORTH_PART)
    .map(({ switchId, amount }) => ({ switchId, amount }));
  // Where more is out than may be, all that is left is asked for; else what is more than twice the target.
  const spare = places
    .map(({ switchId, left, target }) => {
      const idle = left > target * 2 ? left - target : 0;
      return { switchId, amount: free < 0 ? left : idle };
    })
    .filter(({ amount }) => amount > 0)
    .sort((one, other) => other.amount - one.amount);
  const recall: { switchId: number; amount: number }[] = [];
  let lacking = wanted - given;
  for (const { switchId, amount } of spare) {
    if (lacking <= 0) break;
    recall.push({ switchId, amount: Math.min(amount, lacking) });
    lacking -= amount;
  }
  return { give, recall };
}

export class LeaseKeeper {
  readonly #deps: KeeperDeps;
  readonly #settings: KeeperSettings;
  readonly #pace: Pace;
  #dueAt = 0;

  constructor(deps: KeeperDeps, settings: KeeperSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#pace = new Pace(settings.leaseMs);
  }

  async round(served: readonly NetworkSwitch[]): Promise<void> {
    const { store, clock, catalogue } = this.#deps;
    const now = clock.now();
    if (now < this.#dueAt) return;
    this.#dueAt = now + this.#settings.leasesEveryMs;
    const states = await store.leases();
    if (states.length === 0) return;
    const settled = new Set(served.filter((one) => one.transfer === one.applied).map(({ id }) => id));
    for (const one of states) {
      if (settled.has(one.switchId)) this.#pace.see(keyOf(one), one.leased - one.left, now);
    }
    const recalling = served.filter(({ recall, recalled }) => recall > recalled);
    const [balances, ...pending] = await Promise.all([
      store.balances(MERCHANT),
      ...recalling.map(({ id }) => store.recalls(id)),
    ]);
    const money = new Map(balances.map((one) => [`${one.currency} ${one.account}`, one.balance]));
    for (const [first, ...others] of purses(states)) {
      if (!first) continue;
      const account = catalogue.merchant(first.merchant)?.account;
      if (!account) continue;
      const floor = balanceFloor(account, first.currency);
      const balance = money.get(`${first.currency} ${MERCHANT}${first.merchant}`) ?? 0;
      await this.#carryOut(
        first,
        floor,
        this.#purse(balance - floor, [first, ...others], settled),
        pending.flat(),
      );
    }
  }

  #purse(free: number, states: readonly LeaseState[], settled: ReadonlySet<number>): Purse {
    const connected = this.#deps.connected();
    const places = states
      .filter(({ switchId }) => connected.has(switchId))
      .map((one) => ({
        switchId: one.switchId,
        left: one.left,
        isSettled: settled.has(one.switchId),
        target: Math.ceil(this.#pace.of(keyOf(one)) * this.#settings.leaseMs),
      }));
    return { free, places };
  }

  async #carryOut(
    { merchant, currency }: Pick<LeaseState, 'merchant' | 'currency'>,
    floor: number,
    purse: Purse,
    pending: readonly PendingRecall[],
  ): Promise<void> {
    const { store, clock, wake } = this.#deps;
    const { give, recall } = planPurse(purse);
    for (const { switchId, amount } of give) {
      const lease = { switchId, merchant, currency, amount, floor, ask: '', at: clock.now() };
      const result = await store.leaseOut(lease);
      if (result.kind === 'transferred') wake.wake();
    }
    for (const { switchId, amount } of recall) {
      const isAsked = pending.some(
        (one) =>
          one.kind === 'lease' &&
          one.switchId === switchId &&
          one.of === merchant &&
          one.currency === currency,
      );
      if (isAsked) continue;
      const order = { switchId, kind: 'lease', of: merchant, currency, count: amount } as const;
      const number = await store.recallFrom({ ...order, first: 'soonest', at: clock.now() });
      if (number > 0) wake.wake();
    }
  }
}

function keyOf({ switchId, merchant, currency }: LeaseState): string {
  return `${switchId} ${currency} ${merchant}`;
}

/** By merchant and currency. */
function purses(states: readonly LeaseState[]): LeaseState[][] {
  const byPurse = new Map<string, LeaseState[]>();
  for (const one of states) {
    const key = `${one.currency} ${one.merchant}`;
    const purse = byPurse.get(key);
    if (purse) purse.push(one);
    else byPurse.set(key, [one]);
  }
  return [...byPurse.values()];
}
