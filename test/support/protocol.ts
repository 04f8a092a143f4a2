/**
 * A hub's store and its switches' stores, and every message between them: made by one step, delivered by another, once,
 * again or never. What stands is read from the databases themselves, beside the stores.
 */
import { join } from 'node:path';
import type { Contact, HubContact, JournalEntry } from '../../src/store/store.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  entryOf,
  intakeRows,
  reversalEntry,
  reversing,
} from '../contract/sample.js';
import { audits, disagreements, isAllTold, placeFaults } from './protocolBooks.js';
import { Member, type Message, Side, type Step } from './protocolSides.js';
import { Tally } from './protocolTally.js';

export type { Step } from './protocolSides.js';

const NETWORK = '0'.repeat(32);
const TODAY = '20260101';
/** Messages that may still come. */
const WIRE_MAX = 80;
const ROUNDS_MAX = 40;

interface Given {
  readonly member: Member;
  readonly serial: string;
  readonly entry: JournalEntry;
}

export class Protocol {
  readonly #hub: Side;
  readonly #members: readonly Member[];
  readonly #heard = new Set<number>();
  readonly #unbelieved: string[] = [];
  readonly soldTwice: string[] = [];
  #wire: Message[] = [];
  #given: Given[] = [];
  #product = '';
  #taken = 0;
  #stan = 0;
  #link = 0;
  #codes = 0;
  /** The hub was put back, and has not recovered since. */
  #isOld = false;
  #tally = new Tally();

  private constructor(hub: Side, members: readonly Member[]) {
    this.#hub = hub;
    this.#members = members;
  }

  static async open(folder: string, switches: number): Promise<Protocol> {
    const hub = new Side(join(folder, 'hub'));
    await hub.open();
    const members: Member[] = [];
    for (let n = 0; n < switches; n++) {
      const member = new Member(join(folder, `switch-${n}`), `switch-${n}`);
      await member.open();
      members.push(member);
    }
    const protocol = new Protocol(hub, members);
    for (const member of members) await protocol.#enrol(member);
    await protocol.everyoneCalls();
    return protocol;
  }

  /** Also one that was refused for good, anew. */
  async #enrol(member: Member): Promise<void> {
    this.#codes += 1;
    const code = String(this.#codes).padStart(64, '0');
    const { name } = member;
    const expiresAt = Number.MAX_SAFE_INTEGER;
    const invitation = { name, codeSha256: code, expiresAt, certificateSha256: '', at: 1 };
    const invited = await this.#hub.store.invite(invitation);
    if (invited.kind === 'active') {
      // It was told to stop by the answer to a contact that the hub had known: to the hub it is as it was.
      await this.#hub.store.retire({ name, by: 'property', why: 'put back', at: 1 });
      await this.#hub.store.invite(invitation);
    }
    const enrolled = await this.#hub.store.enrol({
      codeSha256: code,
      publicKey: 'k',
      tokenSha256: code,
      at: 1,
    });
    if (enrolled.kind !== 'enrolled') throw new Error(`not enrolled: ${enrolled.why}`);
    member.id = enrolled.id;
    member.epoch = enrolled.epoch;
    const secrets = new Uint8Array([this.#codes]);
    const joining = { network: NETWORK, name, epoch: member.epoch, hub: 'http://hub', hubKey: 'k', secrets };
    if (!(await member.store.join(joining))) throw new Error('it could not join');
    member.batch = await member.store.adoptKeyBatch(1, 'key', new Uint8Array([1]));
  }

  async close(): Promise<void> {
    for (const side of [this.#hub, ...this.#members]) await side.close();
  }

  /** What has happened since it was last asked. */
  takeTally(): Tally {
    const tally = this.#tally;
    this.#tally = new Tally();
    return tally;
  }

  /** Another product; what was before stays, and messages that are under way may still come. */
  begin(product: string): void {
    this.#product = product;
    this.#taken = 0;
    this.#given = [];
  }

  #member(who: number): Member {
    const member = this.#members[who % this.#members.length];
    if (!member) throw new Error('no switch');
    return member;
  }

  #send(message: Message): void {
    this.#wire.push(message);
    if (this.#wire.length > WIRE_MAX) this.#wire.shift();
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'takeIn':
        return this.#takeIn(step.count);
      case 'give':
        return this.#give(this.#member(step.who), step.count);
      case 'recall':
        return this.#recall(this.#member(step.who), step.count);
      case 'fetch':
        await this.#fetch(this.#member(step.who));
        return;
      case 'bring':
        return this.#bring(this.#member(step.who));
      case 'contact':
        await this.#contact(this.#member(step.who), step.limit);
        return;
      case 'call':
        return this.#call(this.#member(step.who), step.limit);
      case 'deliver':
        return this.#deliver(this.#wire.at(-1 - step.back));
      case 'sell':
        return this.#sell(this.#member(step.who));
      case 'reverse':
        return this.#reverse(step.nth);
      case 'decide':
        return this.#decide(this.#member(step.who), step.to === 'stock' ? 'stock' : 'void');
      case 'reopen': {
        const side = this.#members[step.who] ?? this.#hub;
        await side.close();
        return side.open();
      }
    }
  }

  async #takeIn(count: number): Promise<void> {
    const rows = intakeRows(this.#taken, count, this.#product, '20991231');
    this.#taken += count;
    await this.#hub.store.takeIn(chunkOf(rows, { intake: this.#product }));
  }

  async #give({ id }: Member, count: number): Promise<void> {
    if (!this.#heard.has(id)) return;
    const one = { switchId: id, product: this.#product, count, notBefore: TODAY, ask: '', at: 2 };
    await this.#hub.store.allocate(one);
  }

  async #recall({ id }: Member, count: number): Promise<void> {
    const order = { kind: 'pins', of: this.#product, currency: '', first: 'soonest', at: 2 } as const;
    await this.#hub.store.recallFrom({ ...order, switchId: id, count });
  }

  /** What the switch lacks, put on the wire: transfers in order, and recalls. */
  async #fetch(member: Member): Promise<readonly Message[]> {
    const standing = await member.store.membership();
    const sent: Message[] = [];
    for (const made of await this.#hub.store.transfersAfter(member.id, standing?.transfer ?? 0, 100)) {
      const { epoch, number, product, leases } = made;
      const pins = made.pins.map((pin) => ({ ...pin, product, batch: member.batch }));
      sent.push({ kind: 'parcel', to: member, incoming: { epoch, number, pins, leases, at: 3 } });
    }
    for (const { number, of: product, count, first } of await this.#hub.store.recalls(member.id))
      sent.push({ kind: 'recall', to: member, recall: { kind: 'pins', number, product, count, first } });
    for (const message of sent) this.#send(message);
    return sent;
  }

  /** Fetched, and nothing of it is lost. */
  async #bring(member: Member): Promise<void> {
    for (const message of await this.#fetch(member)) await this.#deliver(message);
  }

  /** Of at most so many changes; a contact that was begun is made again, of as many at least. */
  async #contact(member: Member, limit: number): Promise<void> {
    const { store } = member;
    this.#link += 1;
    const contact: Contact = await store.beginContact(String(this.#link).padStart(32, '0'));
    const before = await store.membership();
    const after = before?.toldChange ?? 0;
    const changes = await store.changes(after, member.portionOf(contact, limit));
    const sales = await store.networkSales(before?.toldJournal ?? 0, before?.toldSettling ?? 0, 1_000);
    const statement = await store.statementOfStock();
    const standing = await store.membership();
    const told: HubContact = {
      ...{ switchId: member.id, epoch: member.epoch, ...contact },
      ...{ transfer: standing?.transfer ?? 0, recall: standing?.recall ?? 0 },
      ...{ after, change: changes.at(-1)?.id ?? after, changes },
      ...{ afterJournal: before?.toldJournal ?? 0, journal: sales.journal },
      ...{ afterSettling: before?.toldSettling ?? 0, settling: sales.settling, sales: sales.sales },
      ...{ leases: [], statement, at: 4 },
    };
    member.request = told;
    this.#send({ kind: 'contact', from: member, life: member.life, told });
  }

  async #deliver(message: Message | undefined): Promise<void> {
    if (!message) return;
    this.#tally.messages += 1;
    switch (message.kind) {
      case 'parcel':
        if (!message.to.waits)
          this.#tally.came(message.incoming, await message.to.store.transferIn(message.incoming));
        return;
      case 'recall':
        if (!message.to.waits) await message.to.store.giveBack(message.recall, 5);
        return;
      case 'contact': {
        const { from, life, told } = message;
        const result = await this.#hub.store.contact(told);
        this.#tally.told(told, result);
        if (result.kind === 'accepted') this.#heard.add(from.id);
        else this.#heard.delete(from.id);
        this.#send({ kind: 'answer', to: from, life, request: told, result });
        return;
      }
      case 'answer':
        return this.#answered(message);
    }
  }

  async #answered({ to, life, request, result }: Extract<Message, { kind: 'answer' }>): Promise<void> {
    const standing = await to.store.membership();
    const { nextLink: link } = request;
    if (life !== to.life || request !== to.request || standing?.nextLink !== link) return;
    if (result.kind === 'accepted') {
      const { change, journal, settling } = result;
      await to.store.endContact({ link, change, journal, settling, at: 5 });
      to.waits = false;
      return;
    }
    const isExpected = result.why === 'hub-behind' ? this.#isOld : to.waits;
    if (!isExpected) this.#unbelieved.push(`${to.name} was refused: ${result.why}, ${result.detail}`);
    if (result.why !== 'hub-behind') await to.store.stopSelling(result.why);
  }

  async #sell(member: Member): Promise<void> {
    if (member.waits) return;
    this.#stan += 1;
    const stan = String(this.#stan).padStart(6, '0');
    const entry = entryOf({ terminal: `T${member.id}`, stan, product: this.#product });
    const result = await member.store.sell({ entry, outcome: APPROVED, today: TODAY });
    if (result.kind !== 'sold') return;
    for (const { serial } of result.pins) {
      if (this.#given.some((one) => one.serial === serial)) this.soldTwice.push(serial);
      this.#given.push({ member, serial, entry });
      this.#tally.sold += 1;
    }
  }

  async #reverse(nth: number): Promise<void> {
    const given = this.#given[nth % Math.max(this.#given.length, 1)];
    if (!given || given.member.waits) return;
    this.#stan += 1;
    const reversal = reversalEntry(this.#stan, { terminal: given.entry.terminal });
    const query = citationOf(given.entry, { amount: null });
    const result = await given.member.store.reverse(reversing(reversal, query));
    if (result.kind !== 'reversed') return;
    this.#tally.reversed += 1;
    this.#given = this.#given.filter((one) => one !== given);
  }

  async #decide({ store }: Member, to: 'stock' | 'void'): Promise<void> {
    const pin = (await store.quarantined(1_000)).find(({ product }) => product === this.#product);
    if (!pin) return;
    await store.decide({ by: 'property', why: 'random', at: 6, pinIds: [pin.id], to });
    this.#tally.decided += 1;
  }

  /** What must be so at any moment. */
  faults(): string[] {
    const sold = this.soldTwice.map((serial) => `${serial} was sold twice`);
    const places = placeFaults(this.#hub, this.#members, this.#product, this.#taken);
    return [...this.#unbelieved, ...sold, ...places];
  }

  /** Every switch calls and is answered, past any contact that was begun before. */
  async everyoneCalls(): Promise<void> {
    for (const member of this.#members) for (let n = 0; n < 2; n++) await this.#call(member);
  }

  /** A contact, and its answer. */
  async #call(member: Member, limit = 1_000): Promise<void> {
    if (member.isStopped) return;
    await this.#contact(member, limit);
    await this.#deliver(this.#wire.at(-1));
    await this.#deliver(this.#wire.at(-1));
  }

  /** Nothing is lost any more. Says what is wrong when all has been told and applied. */
  async quiet(): Promise<string[]> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (const member of this.#members) {
        if (member.isStopped) continue;
        this.#wire = [];
        await this.#bring(member);
        await this.#call(member);
      }
      if (round > 0 && (await isAllTold(this.#hub, this.#members))) break;
    }
    const faults = [
      ...this.faults(),
      ...(await audits(this.#hub, this.#members)),
      ...disagreements(this.#hub, this.#members, this.#product),
    ];
    for (const { id, difference } of await this.#hub.store.switches())
      if (difference !== '') faults.push(`switch ${id} states otherwise: ${difference}`);
    return faults;
  }

  #side(of: 'hub' | 'switch'): Side {
    return of === 'hub' ? this.#hub : this.#member(0);
  }

  /** A copy of one side's books: the hub's, or the first switch's. */
  copy(of: 'hub' | 'switch'): Promise<string> {
    return this.#side(of).copy();
  }

  async putBack(of: 'hub' | 'switch', copy: string): Promise<void> {
    await this.#side(of).putBack(copy);
    if (of === 'hub') {
      // The calls that were made to the hub's former process have ended with it.
      this.#wire = this.#wire.filter(({ kind }) => kind === 'answer');
      this.#heard.clear();
      this.#isOld = true;
    } else {
      this.#member(0).life += 1;
      this.#member(0).waits = true;
    }
  }

  /** After one side was put back: it was found out, and what follows from it is right. */
  async recovered(of: 'hub' | 'switch'): Promise<string[]> {
    await this.everyoneCalls();
    if (of === 'switch') {
      const believed = this.#member(0).isStopped ? [] : ['the old copy was believed'];
      return [...believed, ...this.soldTwice, ...(await audits(this.#hub, this.#members))];
    }
    if ((await this.#hub.store.behind()) === '') return ['the hub does not know that its books are old'];
    for (const member of this.#members) await this.#restate(member);
    const recovered = await this.#hub.store.recover('property', 'put back', 9);
    if (recovered === undefined) return ['it did not recover'];
    this.#taken = this.#hub.rows(this.#product).length;
    await this.everyoneCalls();
    for (const member of this.#members) await this.#give(member, 2);
    const faults = await this.quiet();
    this.#isOld = false;
    return faults;
  }

  /** The switch that was put back and found out enters again, under a new epoch. */
  async enrolAnew(): Promise<void> {
    const member = this.#member(0);
    // The answers to its former process have ended with it. What was sent to its former epoch may still come.
    this.#wire = this.#wire.filter((message) => message.kind !== 'recall' || message.to !== member);
    await this.#enrol(member);
    member.life += 1;
    member.waits = false;
    await this.everyoneCalls();
  }

  async #restate({ store, id }: Member): Promise<void> {
    const standing = await store.membership();
    const held = await store.heldPins(0, 10_000);
    const pins = held.map(({ id: _, ...pin }) => pin);
    const { change: through } = await store.statementOfStock();
    if (!standing) return;
    const { contact, link, transfer, recall, toldChange: change } = standing;
    const end = { contact, link, transfer, recall, change, through };
    await this.#hub.store.restate({ switchId: id, pins, end, at: 8 });
  }
}
