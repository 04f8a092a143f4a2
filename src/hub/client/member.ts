/**
 * What the parts of a member switch's side share: its store and keys, the hub's calls, and how it stands with the hub:
 * whether the hub answers, and whether it has told this switch to stop for good.
 *
 * Told to stop, it sells nothing from that moment in this process; stops before that is on disk: the next start hears
 * it again before any link opens. Stops after it: nothing is sold until it is enrolled anew.
 */
import type { Clock } from '../../base/clock.js';
import { safeText } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import type { Vault } from '../../stock/vault.js';
import type { Membership, Store } from '../../store/store.js';
import type { Recipient } from '../wire/parcel.js';
import type { HubAnswer, HubApi } from './api.js';
import { type Rest, Rounds, Waits } from './rounds.js';
import type { MemberOptions } from './schema.js';

export interface MemberDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class Member {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly api: HubApi;
  readonly options: MemberOptions;
  readonly recipient: Recipient;
  /** Runs when the hub no longer answers. */
  onAway = (): void => {};
  /** Runs when the hub answers again after a time in which it did not. */
  onBack = (): void => {};
  #isConnected = false;
  #contactAt: number;
  #stopped: string;
  /** Of the last refusal, and of the last call without an answer; '' where there was none since an answer. */
  #refusal = '';
  #away = '';
  #awaySince = 0;

  constructor(deps: MemberDeps, api: HubApi, options: MemberOptions, recipient: Recipient, it: Membership) {
    this.store = deps.store;
    this.vault = deps.vault;
    this.clock = deps.clock;
    this.random = deps.random;
    this.log = deps.log;
    this.api = api;
    this.options = options;
    this.recipient = recipient;
    this.#contactAt = it.contactAt;
    this.#stopped = it.stopped;
  }

  /** The hub has answered the last call. */
  get isConnected(): boolean {
    return this.#isConnected && this.#stopped === '';
  }

  /** When the hub acknowledged the last contact, milliseconds since the epoch; 0: never. */
  get contactAt(): number {
    return this.#contactAt;
  }

  /** Why it must not sell; ''. */
  get stopped(): string {
    return this.#stopped;
  }

  /** Enough of a membership to go on with; there is one as long as this lives. */
  async standing(): Promise<Membership> {
    const membership = await this.store.membership();
    if (!membership) throw new Error('the membership is gone');
    return membership;
  }

  acknowledged(at: number): void {
    this.#contactAt = at;
  }

  /** What became of a call: its answer, or undefined; log and standing follow. */
  async met<T>(answer: HubAnswer<T>): Promise<T | undefined> {
    if (answer.kind === 'away') {
      this.#lose(answer.why);
      return undefined;
    }
    this.#find();
    if (answer.kind === 'answer') return answer.value;
    const { error, detail, fatal } = answer.refusal;
    if (fatal) await this.#stop(`${error}: ${detail}`);
    else if (this.#refusal !== error) this.log.warn({ error, detail }, 'the hub refuses this switch');
    this.#refusal = error;
    return undefined;
  }

  /** The hub takes what it refused before. */
  taken(): void {
    if (this.#refusal !== '') this.log.info({ refusal: this.#refusal }, 'the hub refuses no longer');
    this.#refusal = '';
  }

  /** A part's rounds: what fails in one is the store's or the program's, told to the log, and tried again. */
  rounds(what: string, round: () => Promise<Rest>): Rounds {
    const waits = this.waits();
    return new Rounds(this.clock, round, (error) => {
      this.log.error({ error: safeText(error), what }, 'a round of the network failed');
      return waits.next();
    });
  }

  waits(): Waits {
    return new Waits(this.random, this.options.times);
  }

  #lose(why: string): void {
    this.#isConnected = false;
    if (this.#away === '') {
      this.#awaySince = this.clock.now();
      this.log.warn({ why }, 'the hub is away: selling goes on');
      this.#away = why;
      this.onAway();
    }
  }

  #find(): void {
    this.#isConnected = true;
    if (this.#away === '') return;
    this.#away = '';
    this.log.info({ ms: this.clock.now() - this.#awaySince }, 'the hub is back');
    this.onBack();
  }

  async #stop(why: string): Promise<void> {
    if (this.#stopped !== '') return;
    this.#stopped = why;
    this.log.error({ why }, 'the hub has told this switch to stop selling: enrol it anew');
    await this.#keepStopped(why);
  }

  /** On disk as soon as the store takes it. */
  async #keepStopped(why: string): Promise<void> {
    try {
      await this.store.stopSelling(why);
    } catch (error) {
      this.log.error({ error: safeText(error) }, 'that it must not sell could not be stored yet');
      this.clock.after(this.options.times.retryMaxMs, () => void this.#keepStopped(why));
    }
  }
}
