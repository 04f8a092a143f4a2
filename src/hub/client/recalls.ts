/**
 * Recalls: PINs, or a merchant's money, that the hub asks back. Whatever is still here of what was asked for is the
 * hub's again in one commit (giveBack), which the log of changes tells; the contact is made at once, because somebody
 * may wait for it in the middle of a sale.
 *
 * Stops before that commit: nothing was given back, the hub tells of the recall again. Stops after it: it is not for
 * sale here any more, and the next contact says so; the recall's number keeps it from being carried out twice.
 */
import type { Recall } from '../../store/store.js';
import type { Member } from './member.js';
import { type Rest, type Rounds, UNTIL_WOKEN } from './rounds.js';

export class Recalls {
  readonly #member: Member;
  readonly #rounds: Rounds;
  /** By number: as many as the hub has asked for at once. */
  readonly #due = new Map<number, Recall>();
  readonly #given: () => void;

  /** `given` is told of each that was carried out. */
  constructor(member: Member, given: () => void) {
    this.#member = member;
    this.#given = given;
    this.#rounds = member.rounds('recalls', () => this.#round());
  }

  add(recalls: readonly Recall[]): void {
    for (const recall of recalls) this.#due.set(recall.number, recall);
    if (recalls.length > 0) this.#rounds.wake();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(): Promise<Rest> {
    const { store, clock } = this.#member;
    for (const recall of [...this.#due.values()].sort((one, other) => one.number - other.number)) {
      await store.giveBack(recall, clock.now());
      this.#due.delete(recall.number);
      this.#given();
    }
    return UNTIL_WOKEN;
  }
}
