/**
 * A switch's side of its PIN network, put together: contacts tell the hub, the poll hears from it, and transfers,
 * recalls, the catalogue and asks are carried out beside each other. While the hub is away everything here waits and
 * sales go on; told to stop, everything here ends.
 */
import type { Membership } from '../../store/store.js';
import type { Exchange } from '../../transport/httpExchange.js';
import { HubApi } from './api.js';
import { Asks } from './asks.js';
import { CatalogueFollowing, type CatalogueUse } from './catalogue.js';
import { Contacts } from './contacts.js';
import { Member, type MemberDeps } from './member.js';
import { Polling } from './polling.js';
import { Recalls } from './recalls.js';
import { restate } from './restating.js';
import type { MemberOptions } from './schema.js';
import { openSecrets } from './secrets.js';
import { Taking } from './taking.js';

export interface HubClientDeps extends MemberDeps {
  readonly catalogue: CatalogueUse;
  /** What carries its calls; HTTP where it is left out. */
  readonly exchange?: Exchange | undefined;
}

export class HubClient {
  readonly #member: Member;
  readonly #contacts: Contacts;
  readonly #taking: Taking;
  readonly #recalls: Recalls;
  readonly #catalogue: CatalogueFollowing;
  readonly #polling: Polling;
  readonly #asks: Asks;

  /** Throws SafeError where its secrets, or the configuration's certificates, cannot be used. */
  constructor(membership: Membership, options: MemberOptions, deps: HubClientDeps) {
    const { keys, token } = openSecrets(deps.vault, membership.secrets);
    const { network, name, epoch, hub, hubKey } = membership;
    const api = new HubApi({ url: hub, caller: { name, epoch, token }, options }, deps.clock, deps.exchange);
    const member = new Member(deps, api, options, { network, name, epoch, hubKey, keys }, membership);
    this.#member = member;
    this.#contacts = new Contacts(member);
    this.#taking = new Taking(member, (hasLeases) => this.#contacts.soon(hasLeases));
    this.#recalls = new Recalls(member, () => this.#contacts.wake());
    this.#catalogue = new CatalogueFollowing(member, deps.catalogue);
    this.#asks = new Asks(member, this.#taking);
    this.#polling = new Polling(member, {
      fetchTo: (transfer) => this.#taking.fetchTo(transfer),
      recall: (recalls) => this.#recalls.add(recalls),
      follow: (revision) => this.#catalogue.follow(revision),
      stateSince: (wanted) => this.#contacts.stateSince(wanted),
      restate: () => this.#restate(),
    });
    member.onAway = () => this.#polling.renew();
    member.onBack = () => this.#rouse();
  }

  /** Resolves when the hub has said whether this switch may sell, or `startMs` have passed without an answer. */
  async start(): Promise<void> {
    const { stopped, options, clock, log } = this.#member;
    if (stopped !== '') {
      log.error({ why: stopped }, 'this switch must not sell: enrol it anew at its hub');
      return;
    }
    const overdue = new Promise<void>((resolve) => clock.after(options.times.startMs, resolve));
    await Promise.race([this.#begin(), overdue]);
  }

  /** What is sold is known before the first sale. */
  async #begin(): Promise<void> {
    await this.#contacts.start();
    await this.#polling.start();
    await this.#catalogue.tried();
  }

  async stop(): Promise<void> {
    const rounds = [this.#polling, this.#contacts, this.#taking, this.#recalls, this.#catalogue];
    const stopped = rounds.map((each) => each.stop());
    await this.#member.api.close();
    await Promise.all(stopped);
  }

  askPins(product: string, count: number, until: number): Promise<boolean> {
    return this.#asks.ask({ kind: 'pins', product }, count, until);
  }

  askMoney(merchant: string, currency: string, amount: number, until: number): Promise<boolean> {
    return this.#asks.ask({ kind: 'lease', merchant, currency }, amount, until);
  }

  /** Why it must not sell; '' where it may. */
  get stopped(): string {
    return this.#member.stopped;
  }

  get isConnected(): boolean {
    return this.#member.isConnected;
  }

  /** When the hub acknowledged the last contact, milliseconds since the epoch; 0: never. */
  get contactAt(): number {
    return this.#member.contactAt;
  }

  #rouse(): void {
    this.#contacts.rouse();
    this.#polling.renew();
    this.#taking.rouse();
    this.#catalogue.rouse();
  }

  async #restate(): Promise<boolean> {
    const isDone = await restate(this.#member);
    if (!isDone) return false;
    this.#contacts.restated();
    this.#catalogue.doubt();
    return true;
  }
}
