/** A switch as its hub hears it: the chain of its contacts, its cursors, and what it says in each. */
import { createHash } from 'node:crypto';
import type {
  Allocation,
  HubContact,
  HubContactResult,
  NetworkChange,
  NetworkSale,
  NetworkSwitch,
  OutgoingPin,
  PinChange,
  Store,
} from '../../src/store/store.js';

/** Milliseconds since the epoch: noon of 1 March 2026. */
export const AT = 1_772_366_400_000;
export const TODAY = '20260301';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export const codeOf = (name: string): string => hash(`code of ${name}`);

export function linkOf(text: string): string {
  return hash(text).slice(0, 32);
}

export class Peer {
  readonly store: Store;
  readonly id: number;
  readonly epoch: number;
  /** As its database stands after the last contact that was answered. */
  contact = 0;
  link = '';
  change = 0;
  journal = 0;
  settling = 0;
  transfer = 0;
  recall = 0;

  constructor(store: Store, id: number, epoch: number) {
    this.store = store;
    this.id = id;
    this.epoch = epoch;
  }

  /** The same database restored, or cloned, as it stands now. */
  copy(store = this.store): Peer {
    return Object.assign(new Peer(store, this.id, this.epoch), { ...this, store });
  }

  next(said: Partial<HubContact> = {}): HubContact {
    const contact = this.contact + 1;
    return {
      switchId: this.id,
      epoch: this.epoch,
      contact,
      link: this.link,
      nextLink: linkOf(`${this.id} ${contact} ${Math.random()}`),
      transfer: this.transfer,
      recall: this.recall,
      after: this.change,
      change: said.changes?.at(-1)?.id ?? this.change,
      changes: [],
      afterJournal: this.journal,
      journal: said.sales?.at(-1)?.transaction ?? this.journal,
      afterSettling: this.settling,
      settling: this.settling,
      sales: [],
      leases: [],
      statement: undefined,
      at: AT,
      ...said,
    };
  }

  /** Makes it, and takes note of its answer. */
  async say(said: Partial<HubContact> = {}): Promise<HubContactResult> {
    const made = this.next(said);
    const result = await this.store.contact(made);
    if (result.kind === 'accepted') this.heard(made, result);
    return result;
  }

  heard(made: HubContact, answer: Extract<HubContactResult, { kind: 'accepted' }>): void {
    this.contact = made.contact;
    this.link = made.nextLink;
    this.transfer = made.transfer;
    this.recall = made.recall;
    this.change = answer.change;
    this.journal = answer.journal;
    this.settling = answer.settling;
  }

  /** Applies what is under way, says so, and names the PINs by their marks. */
  async take(pinsMax = 100_000): Promise<OutgoingPin[]> {
    const taken = await this.store.transfersAfter(this.id, this.transfer, pinsMax);
    this.transfer = taken.at(-1)?.number ?? this.transfer;
    await this.say();
    return taken.flatMap(({ pins }) => pins);
  }

  /** These PINs are there now, told in order. */
  changes(custody: PinChange, ...marks: readonly string[]): NetworkChange[] {
    return marks.map((mark, index) => ({ kind: 'pin', id: this.change + 1 + index, mark, custody }));
  }

  async row(): Promise<NetworkSwitch> {
    const row = (await this.store.switches()).find(({ id }) => id === this.id);
    if (!row) throw new Error('no such switch');
    return row;
  }
}

/** Invited and enrolled. */
export async function enrolled(store: Store, name: string): Promise<Peer> {
  const invitation = { name, codeSha256: codeOf(name), expiresAt: AT + 1_000, certificateSha256: '', at: AT };
  await store.invite(invitation);
  const result = await store.enrol(enrolmentOf(name));
  if (result.kind !== 'enrolled') throw new Error(`not enrolled: ${result.why}`);
  return new Peer(store, result.id, result.epoch);
}

export function enrolmentOf(name: string, token = 'token') {
  return { codeSha256: codeOf(name), publicKey: `key of ${name}`, tokenSha256: hash(token), at: AT };
}

export function allocation({ id }: Peer, count: number, said: Partial<Allocation> = {}): Allocation {
  return { switchId: id, product: 'TALK10', count, notBefore: TODAY, ask: '', at: AT, ...said };
}

export function saleOf(transaction: number, said: Partial<NetworkSale> = {}): NetworkSale {
  return {
    kind: 'sold',
    transaction,
    service: 'pin-sale',
    product: 'TALK10',
    merchant: 'M1',
    terminal: 'TERM0001',
    stan: '000001',
    rrn: '',
    quantity: 1,
    amount: 1_000,
    currency: '840',
    at: AT + transaction,
    ...said,
  };
}
