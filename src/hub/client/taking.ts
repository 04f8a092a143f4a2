/**
 * Transfers come in, one after the other by their numbers, whoever brought them: fetched, because the hub has said that
 * there are more, or in the answer to an ask. Opened, their data keys kept, then one commit each (transferIn).
 *
 * Stops before that commit: nothing came, at most a data key; the parcel is fetched again. Stops after it: it is stock,
 * and the next contact tells the hub. A transfer that comes again changes nothing; one too early is fetched in its turn.
 */
import { SafeError, safeText } from '../../base/errors.js';
import type { IncomingResult } from '../../store/store.js';
import { openParcel, parcelsIn } from '../wire/parcel.js';
import type { HubAnswer } from './api.js';
import type { Member } from './member.js';
import { AGAIN, type Rest, type Rounds, UNTIL_WOKEN, type Waits } from './rounds.js';

/** What the hub has sent cannot be taken in. */
class TakingError extends SafeError {
  override name = 'TakingError';
}

export class Taking {
  readonly #member: Member;
  readonly #taken: (hasLeases: boolean) => void;
  readonly #rounds: Rounds;
  readonly #waits: Waits;
  /** One parcel at a time is taken in. */
  #last: Promise<unknown> = Promise.resolve();
  #wanted = 0;
  #count = 0;
  /** Fetched while those before it are taken in. */
  #ahead: { readonly after: number; readonly answer: Promise<HubAnswer<Buffer>> } | undefined;

  /** `taken` is told of each that came. */
  constructor(member: Member, taken: (hasLeases: boolean) => void) {
    this.#member = member;
    this.#taken = taken;
    this.#waits = member.waits();
    this.#rounds = member.rounds('transfers', () => this.#round());
  }

  /** The hub has made transfers up to this one. */
  fetchTo(transfer: number): void {
    if (transfer <= this.#wanted) return;
    this.#wanted = transfer;
    this.#rounds.wake();
  }

  /** How many were taken in by this process. */
  get count(): number {
    return this.#count;
  }

  async stop(): Promise<void> {
    await this.#rounds.stop();
    await this.#last;
  }

  rouse(): void {
    if (this.#wanted > 0) this.#rounds.rouse();
  }

  /** In the order of the parcels; false where one before them has not come yet. Rejects with a SafeError, or the store's, where one could not be taken in. */
  take(parcels: readonly Uint8Array[]): Promise<boolean> {
    const taken = this.#last.then(async () => {
      for (const parcel of parcels) if (!(await this.#takeOne(parcel))) return false;
      return true;
    });
    this.#last = taken.catch(() => undefined);
    return taken;
  }

  async #takeOne(bytes: Uint8Array): Promise<boolean> {
    const { vault, store, clock, log, recipient } = this.#member;
    const { epoch, number, product, dataKeys, pins, leases } = openParcel(bytes, recipient);
    const batches = new Map<number, number>();
    for (const [origin, key] of dataKeys) batches.set(origin, await vault.adoptBatch(key));
    // Thousands of them: a spread of each would take this thread as long again as all the rest.
    const incoming = pins.map(({ supplier, batch, sealed, mark, serial, expiry }) => {
      return { product, supplier, batch: batches.get(batch) ?? 0, sealed, mark, serial, expiry };
    });
    const result = await store.transferIn({ epoch, number, pins: incoming, leases, at: clock.now() });
    if (result.kind === 'taken') {
      this.#count += 1;
      if (result.known > 0) log.warn({ transfer: number, pins: result.known }, 'PINs came that were here');
      this.#taken(leases.length > 0);
    }
    return this.#follows(result, number);
  }

  #follows(result: IncomingResult, number: number): boolean {
    if (result.kind === 'refused')
      throw new TakingError(`transfer ${number}: not to be taken in (${result.why})`);
    if (result.kind !== 'gap') return true;
    this.fetchTo(number);
    return false;
  }

  async #round(): Promise<Rest> {
    const { transfer } = await this.#member.standing();
    if (this.#member.stopped !== '' || transfer >= this.#wanted) {
      this.#ahead = undefined;
      return UNTIL_WOKEN;
    }
    const parcels = await this.#fetch(transfer);
    if (!parcels) return this.#waits.next();
    try {
      if (!(await this.take(parcels))) return this.#waits.next();
    } catch (error) {
      this.#ahead = undefined;
      this.#member.log.error({ after: transfer, error: safeText(error) }, 'a transfer could not be taken in');
      return this.#waits.next();
    }
    this.#waits.reset();
    return AGAIN;
  }

  /** Undefined where none came. */
  async #fetch(after: number): Promise<Buffer[] | undefined> {
    const { api, log } = this.#member;
    const ahead = this.#ahead?.after === after ? this.#ahead.answer : undefined;
    this.#ahead = undefined;
    const stream = await this.#member.met(await (ahead ?? api.transfers(after)));
    if (!stream) return undefined;
    let parcels: Buffer[];
    try {
      parcels = parcelsIn(stream);
    } catch (error) {
      log.error({ after, error: safeText(error) }, 'what the hub sent are no parcels');
      return undefined;
    }
    if (parcels.length === 0) return undefined;
    const next = after + parcels.length;
    if (next < this.#wanted) this.#ahead = { after: next, answer: api.transfers(next) };
    return parcels;
  }
}
