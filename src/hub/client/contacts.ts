/**
 * Contacts: everything that the hub has to learn, in order, by cursor. As soon as there is anything new (a look every
 * `lookMs`, or woken by who knows it), else every `heartbeatMs`; in portions, one behind the other, until nothing is
 * left. Each is a link of a chain, stored before it is sent: an old copy of this database, or a second one, cannot
 * continue it.
 *
 * Stops before the contact is stored: nothing was said. Stops after it, before the hub has it: it is begun again under
 * the same link. Stops after the hub has it, before its answer is stored: begun again too; the hub knows that link,
 * applies nothing twice and answers with its cursors.
 */
import type { Lease, Membership, NetworkChange, SalesPortion, StockStatement } from '../../store/store.js';
import { type ContactRequest, WIRE_LIMITS } from '../wire/messages.js';
import type { Member } from './member.js';
import { AGAIN, type Rest, type Rounds, UNTIL_WOKEN, type Waits } from './rounds.js';

const LINK_BYTES = 16;
/** What merchants have left is read at most so often, milliseconds. */
const LEASES_MS = 1_000;
/** What came in within this time is told together, milliseconds. */
const TOGETHER_MS = 20;
const MERCHANT = 'merchant:';

type SalesCursors = Pick<SalesPortion, 'journal' | 'settling'>;

interface Told {
  readonly request: ContactRequest;
  readonly hasMore: boolean;
}

export class Contacts {
  readonly #member: Member;
  readonly #rounds: Rounds;
  readonly #waits: Waits;
  #isDue = true;
  /** Where the hub wants sales from, as its last answer said: a hub whose books are old wants some of them again. */
  #sold: SalesCursors | undefined;
  /** Behind what was looked through and is nothing to tell by itself. */
  #seen: SalesCursors = { journal: 0, settling: 0 };
  /** The last recall of which everything was told. */
  #recall = 0;
  #statementWanted = 0;
  /** As it was wanted when the hub got the last one. */
  #statedAt = 0;
  /** By merchant and currency, as the hub has it. */
  readonly #left = new Map<string, number>();
  #leasesAt = 0;
  /** Sales were told without what they have left. */
  #areLeasesDue = true;
  #first: (() => void) | undefined;
  #isSoon = false;

  constructor(member: Member) {
    this.#member = member;
    this.#waits = member.waits();
    this.#rounds = member.rounds('contact', () => this.#round());
  }

  /** Resolves when the hub has taken a contact, or refused it. */
  start(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#first = resolve;
    });
    this.#rounds.wake();
    return first;
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** There is something that the hub should know at once. */
  wake(): void {
    this.#isDue = true;
    this.#rounds.wake();
  }

  /** A transfer came: many may come one behind the other. Money: the hub wants to know what merchants have now. */
  soon(hasLeases: boolean): void {
    if (hasLeases) {
      this.#leasesAt = 0;
      this.#areLeasesDue = true;
    }
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#member.clock.after(TOGETHER_MS, () => {
      this.#isSoon = false;
      this.wake();
    });
  }

  /** The hub's books were old: what it was told of merchants' money may be in them no more. */
  restated(): void {
    this.#left.clear();
    this.#leasesAt = 0;
    this.rouse();
  }

  /** The hub has come back: a wait for it is over. */
  rouse(): void {
    this.#isDue = true;
    this.#rounds.rouse();
  }

  /** Since when, by the hub's clock, it wants a statement; 0: never. */
  stateSince(wanted: number): void {
    if (wanted <= this.#statementWanted) return;
    this.#statementWanted = wanted;
    this.wake();
  }

  async #round(): Promise<Rest> {
    const { clock, options } = this.#member;
    if (this.#member.stopped !== '') return UNTIL_WOKEN;
    const isBeat = clock.now() - this.#member.contactAt >= options.times.heartbeatMs;
    if (!this.#isDue && !isBeat && !(await this.#hasNews())) return { ms: options.times.lookMs };
    this.#isDue = false;
    const told = await this.#tell();
    // A hub that refuses without stopping this switch has had its say too.
    if (told || this.#member.isConnected || this.#member.stopped !== '') this.#first?.();
    if (!told) {
      this.#isDue = true;
      return this.#waits.next();
    }
    this.#waits.reset();
    if (!told.hasMore) return { ms: options.times.lookMs };
    this.#isDue = true;
    return AGAIN;
  }

  /** A few small reads of the store. */
  async #hasNews(): Promise<boolean> {
    const { store, clock } = this.#member;
    if (this.#areLeasesDue && clock.now() - this.#leasesAt >= LEASES_MS) return true;
    const standing = await this.#member.standing();
    if ((await store.changes(standing.toldChange, 1)).length > 0) return true;
    const from = this.#sold ?? soldIn(standing);
    const journal = Math.max(this.#seen.journal, from.journal);
    const settling = Math.max(this.#seen.settling, from.settling);
    const portion = await store.networkSales(journal, settling, 1);
    if (portion.sales.length > 0) return true;
    this.#seen = portion;
    return portion.more;
  }

  /** Undefined where the hub did not take it. */
  async #tell(): Promise<Told | undefined> {
    const member = this.#member;
    const statementWanted = this.#statementWanted;
    const told = await this.#compose();
    const { request } = told;
    const answer = await member.met(await member.api.contact(request));
    if (!answer) return undefined;
    const at = member.clock.now();
    await member.store.endContact({ link: request.nextLink, ...answer, at });
    const areSalesLeft = answer.journal < request.journal || answer.settling < request.settling;
    this.#sold = answer;
    if (areSalesLeft) this.#seen = answer;
    member.acknowledged(at);
    member.taken();
    this.#recall = request.recall;
    if (request.statement) this.#statedAt = statementWanted;
    for (const lease of request.leases) this.#left.set(leaseKey(lease), lease.amount);
    return { request, hasMore: told.hasMore || areSalesLeft };
  }

  /**
   * The order of the reads matters. A recall counts as carried out only where all its changes are told; a change is
   * never told before the transfer of its PIN; a statement is held against exactly what is told with it.
   */
  async #compose(): Promise<Told> {
    const { store, recipient, random, clock } = this.#member;
    const { changesMax, salesMax } = WIRE_LIMITS;
    const before = await this.#member.standing();
    const statement = this.#statementWanted > this.#statedAt ? await store.statementOfStock() : undefined;
    const found = await store.changes(before.toldChange, changesMax);
    const isWhole = found.length < changesMax;
    const stated = isWhole ? statement : undefined;
    const changes = stated ? found.filter(({ id }) => id <= stated.change) : found;
    const from = this.#sold ?? soldIn(before);
    const sold = await store.networkSales(from.journal, from.settling, salesMax);
    const leases = await this.#changedLeases();
    const { transfer } = stated ?? (await this.#member.standing());
    const { contact, link, nextLink } = await store.beginContact(random.bytes(LINK_BYTES).toString('hex'));
    const request: ContactRequest = {
      epoch: recipient.epoch,
      contact,
      link,
      nextLink,
      now: clock.now(),
      transfer,
      recall: isWhole ? before.recall : this.#recall,
      after: before.toldChange,
      change: lastOf(changes, stated, before.toldChange),
      changes: [...changes],
      ...salesOf(from, sold),
      leases,
      ...(stated ? { statement: { ...stated, lines: [...stated.lines] } } : {}),
    };
    const hasMore = !isWhole || sold.more || changes.length < found.length;
    return { request, hasMore: hasMore || leases.length === WIRE_LIMITS.leasesMax };
  }

  /** What is left to merchants, where it is not what the hub was told last. */
  async #changedLeases(): Promise<Lease[]> {
    const { store, clock } = this.#member;
    if (clock.now() - this.#leasesAt < LEASES_MS) {
      this.#areLeasesDue = true;
      return [];
    }
    const changed: Lease[] = [];
    for (const { account, currency, balance } of await store.balances(MERCHANT)) {
      const lease = { merchant: account.slice(MERCHANT.length), currency, amount: balance };
      if (this.#left.get(leaseKey(lease)) === balance) continue;
      if (changed.push(lease) === WIRE_LIMITS.leasesMax) return changed;
    }
    this.#leasesAt = clock.now();
    this.#areLeasesDue = false;
    return changed;
  }
}

function lastOf(changes: readonly NetworkChange[], stated: StockStatement | undefined, told: number): number {
  return Math.max(stated?.change ?? 0, changes.at(-1)?.id ?? 0, told);
}

function soldIn({ toldJournal, toldSettling }: Membership): SalesCursors {
  return { journal: toldJournal, settling: toldSettling };
}

function salesOf(from: SalesCursors, { journal, settling, sales }: SalesPortion) {
  return {
    afterJournal: from.journal,
    journal,
    afterSettling: from.settling,
    settling,
    sales: [...sales],
  };
}

function leaseKey({ merchant, currency }: Lease): string {
  return `${merchant}\u0000${currency}`;
}
