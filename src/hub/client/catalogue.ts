/**
 * The hub's catalogue, followed by revision: the portions that are not here yet are fetched by their digests, checked,
 * and staged; then one commit makes them a revision here, by the hub. Whatever was here before it stays readable.
 *
 * Stops before that commit: the last revision counts, what was staged is not fetched again. Stops after it, before the
 * hub's number of it is stored: the same revision is stored again, which changes nothing.
 */
import { createHash } from 'node:crypto';
import { SafeError, safeText } from '../../base/errors.js';
import type { Member } from './member.js';
import { AGAIN, type Rest, type Rounds, UNTIL_WOKEN, type Waits } from './rounds.js';

/** Who made a revision that came from the hub. */
export const BY_HUB = 'hub';

export interface CatalogueUse {
  /** Throws a SafeError where this program cannot read that portion. */
  check(content: string): void;
  /** A new revision is stored. */
  stored(): void;
}

export class CatalogueFollowing {
  readonly #member: Member;
  readonly #use: CatalogueUse;
  readonly #rounds: Rounds;
  readonly #waits: Waits;
  #wanted = 0;
  /** The hub's books have changed: what it calls the same revision may be another one. */
  #isDoubted = false;

  constructor(member: Member, use: CatalogueUse) {
    this.#member = member;
    this.#use = use;
    this.#waits = member.waits();
    this.#rounds = member.rounds('catalogue', () => this.#round());
  }

  /** 0: the hub has none. */
  follow(revision: number): void {
    if (revision === this.#wanted) return;
    this.#wanted = revision;
    this.#rounds.wake();
  }

  doubt(): void {
    this.#isDoubted = true;
    this.#rounds.wake();
  }

  rouse(): void {
    if (this.#wanted > 0) this.#rounds.rouse();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Resolves when the revision that the hub has told of is here, or could not be had. */
  tried(): Promise<void> {
    return this.#rounds.idle();
  }

  async #round(): Promise<Rest> {
    const wanted = this.#wanted;
    const { revision } = await this.#member.standing();
    const isHere = revision === wanted && !this.#isDoubted;
    if (wanted === 0 || isHere || this.#member.stopped !== '') return UNTIL_WOKEN;
    try {
      if (!(await this.#take(wanted))) return this.#waits.next();
    } catch (error) {
      if (!(error instanceof SafeError)) throw error;
      this.#member.log.error(
        { revision: wanted, error: safeText(error) },
        "the hub's catalogue was not taken",
      );
      return this.#waits.next();
    }
    this.#isDoubted = false;
    this.#waits.reset();
    return AGAIN;
  }

  /** False where the hub did not give it. */
  async #take(wanted: number): Promise<boolean> {
    const { store, api, clock, log } = this.#member;
    const listed = await this.#member.met(await api.catalogue(wanted));
    if (!listed) return false;
    const { digest, portions } = listed;
    for (const each of await store.portionsLacking(portions)) {
      const content = await this.#member.met(await api.portion(each));
      if (content === undefined) return false;
      if (createHash('sha256').update(content).digest('hex') !== each) {
        throw new SafeError('catalogue: a portion is not what its digest says');
      }
      this.#use.check(content);
      await store.stagePortions([{ digest: each, content }]);
    }
    const by = { by: BY_HUB, at: clock.now(), expected: undefined };
    const result = await store.addRevision({ digest, portions, ...by });
    await store.tookRevision(listed.revision);
    log.info({ hub: listed.revision, revision: result.revision }, "the hub's catalogue is stored");
    if (result.kind === 'stored') this.#use.stored();
    return true;
  }
}
