/**
 * The poll: a call that the hub holds until it has something for this switch. What it says is handed to those who carry
 * it out, each at its own pace; the next poll says what the switch knows of, done or not, so that nothing is told twice
 * in one process. A new process begins with what is done, and is told the rest again. After an answer that says nothing
 * new it rests for `lookMs`, so that a hub, or a proxy, that never holds a poll is not called without end.
 */
import type { PollAnswer } from '../wire/messages.js';
import type { Member } from './member.js';
import { AGAIN, type Rest, type Rounds, UNTIL_WOKEN, type Waits } from './rounds.js';

export interface Instructed {
  /** The hub has made transfers up to this one. */
  fetchTo(transfer: number): void;
  recall(recalls: PollAnswer['recalls']): void;
  /** The hub's catalogue is at that revision. */
  follow(revision: number): void;
  /** Since when, by the hub's clock, it wants a statement. */
  stateSince(wanted: number): void;
  /** Resolves when the hub has been told all that this switch holds; false where it could not be. */
  restate(): Promise<boolean>;
}

export class Polling {
  readonly #member: Member;
  readonly #instructed: Instructed;
  readonly #rounds: Rounds;
  readonly #waits: Waits;
  /** Known of, done or not. */
  #transfer = 0;
  #recall = 0;
  #revision: number | undefined;
  #statementWanted = 0;
  #giveUp: AbortController | undefined;
  /** The first one is not held: a start waits for what it says. */
  #first: (() => void) | undefined;

  constructor(member: Member, instructed: Instructed) {
    this.#member = member;
    this.#instructed = instructed;
    this.#waits = member.waits();
    this.#rounds = member.rounds('poll', () => this.#round());
  }

  /** Resolves when the hub has told what there is, or could not be asked. */
  start(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#first = resolve;
    });
    this.#rounds.wake();
    return first;
  }

  async stop(): Promise<void> {
    const stopped = this.#rounds.stop();
    this.#giveUp?.abort();
    await stopped;
  }

  /** The hub is away, or has come back: a poll that it may have forgotten is given up, and made again. */
  renew(): void {
    this.#giveUp?.abort();
    this.#rounds.rouse();
  }

  async #round(): Promise<Rest> {
    const answer = this.#member.stopped === '' ? await this.#poll() : undefined;
    if (answer === 'given up') return AGAIN;
    const isNews = answer !== undefined && this.#isNews(answer);
    if (answer) this.#instruct(answer);
    this.#first?.();
    this.#first = undefined;
    if (this.#member.stopped !== '') return UNTIL_WOKEN;
    if (!answer || (answer.restate && !(await this.#instructed.restate()))) return this.#waits.next();
    this.#waits.reset();
    return isNews ? AGAIN : { ms: this.#member.options.times.lookMs };
  }

  #isNews({ transfer, recalls, revision, statementWanted, restate }: PollAnswer): boolean {
    const isFurther = transfer > this.#transfer || statementWanted > this.#statementWanted;
    const isRecall = recalls.some(({ number }) => number > this.#recall);
    return isFurther || isRecall || restate || revision !== this.#revision;
  }

  #instruct({ transfer, recalls, revision, statementWanted }: PollAnswer): void {
    this.#transfer = Math.max(this.#transfer, transfer);
    this.#recall = recalls.reduce((last, { number }) => Math.max(last, number), this.#recall);
    this.#revision = revision;
    this.#statementWanted = statementWanted;
    this.#instructed.recall(recalls);
    this.#instructed.fetchTo(transfer);
    this.#instructed.follow(revision);
    this.#instructed.stateSince(statementWanted);
  }

  async #poll(): Promise<PollAnswer | 'given up' | undefined> {
    const { api, options, recipient } = this.#member;
    const { transfer, recall, revision } = await this.#member.standing();
    this.#giveUp = new AbortController();
    const answer = await api.poll(
      {
        epoch: recipient.epoch,
        transfer: Math.max(transfer, this.#transfer),
        recall: Math.max(recall, this.#recall),
        revision: this.#revision ?? revision,
        statedAt: this.#statementWanted,
        waitMs: this.#first ? 0 : options.times.pollMs,
      },
      this.#giveUp.signal,
    );
    const isGivenUp = this.#giveUp.signal.aborted;
    this.#giveUp = undefined;
    return isGivenUp ? 'given up' : this.#member.met(answer);
  }
}
