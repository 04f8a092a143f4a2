/** What has happened in the schedules of protocol.ts: one in which nothing happens proves nothing. */
import type { HubContact, HubContactResult, Incoming, IncomingResult } from '../../src/store/store.js';

export class Tally {
  messages = 0;
  sold = 0;
  reversed = 0;
  decided = 0;
  /** Given back by a switch, as the hub was told. */
  returned = 0;
  /** Taken by a switch after one had taken it before. */
  sentAgain = 0;
  /** Transfers that came once more, or too early. */
  parcelsRepeated = 0;
  gaps = 0;
  /** Contacts that the hub had accepted, and accepted again; and changes that were told in one before. */
  contactsRepeated = 0;
  changesRepeated = 0;
  /** Contacts that were refused: late ones, mostly. */
  refused = 0;
  readonly #taken = new Set<string>();
  readonly #links = new Set<string>();
  /** The last change that was told, by switch and epoch. */
  readonly #told = new Map<string, number>();

  came({ pins }: Incoming, { kind }: IncomingResult): void {
    if (kind === 'repeat') this.parcelsRepeated += 1;
    if (kind === 'gap') this.gaps += 1;
    if (kind !== 'taken') return;
    for (const { mark } of pins) {
      if (this.#taken.has(mark)) this.sentAgain += 1;
      this.#taken.add(mark);
    }
  }

  told({ switchId, epoch, nextLink, changes }: HubContact, { kind }: HubContactResult): void {
    if (kind === 'refused') {
      this.refused += 1;
      return;
    }
    if (this.#links.has(nextLink)) this.contactsRepeated += 1;
    this.#links.add(nextLink);
    const who = `${switchId}/${epoch}`;
    const last = this.#told.get(who) ?? 0;
    for (const change of changes) {
      if (change.id <= last) this.changesRepeated += 1;
      else if (change.kind === 'pin' && change.custody === 'returned') this.returned += 1;
    }
    this.#told.set(who, Math.max(last, changes.at(-1)?.id ?? 0));
  }

  /** One line. */
  toString(): string {
    return [
      `${this.messages} messages, PINs: ${this.sold} sold, ${this.reversed} reversed, ${this.decided} decided on`,
      `${this.returned} returned, ${this.sentAgain} sent again; repeated: ${this.parcelsRepeated} parcels`,
      `${this.contactsRepeated} contacts, ${this.changesRepeated} changes; ${this.gaps} gaps, ${this.refused} refused`,
    ].join(', ');
  }
}
