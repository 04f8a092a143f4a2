/**
 * A switch's contact: everything that it has to tell, in one commit. Contacts are a chain: each has the link that the
 * last one promised, so that an older copy of the switch's database, or a second one, is found before it is believed.
 * What a contact says counts by its cursors, so that a repeat, or a range that was told before, changes nothing twice.
 *
 * Stops before its commit: nothing was told, and the same contact comes again. Stops after it, the answer lost: it comes
 * again as a repeat, and is answered with the cursors.
 */
import type { HubContact, HubContactResult } from '../../hubVerbs.js';
import type { NetworkChange } from '../../memberVerbs.js';
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import { Arrivals } from './hubArrivals.js';
import { Changes, type Plan } from './hubChanges.js';
import { Holdings } from './hubHoldings.js';
import { SalesBook } from './hubSales.js';
import { Statements } from './hubStatement.js';
import { isServed, Switches, type SwitchRow } from './hubSwitches.js';

type Refused = Extract<HubContactResult, { kind: 'refused' }>;

/** Contacts of a switch whose links are kept: one that comes later than so many is taken for another copy's. */
const CONTACTS_KEPT = 256;

/** Where the switch stands after this contact. */
interface Position {
  readonly transfer: number;
  readonly recall: number;
  readonly change: number;
  readonly journal: number;
  readonly settling: number;
}

export function contact(books: Books): Handler {
  const chain = new Chain(books);
  const holdings = new Holdings(books);
  const changes = new Changes(books, holdings);
  const arrivals = new Arrivals(books, holdings);
  const sales = new SalesBook(books.db);
  const statements = new Statements(books.db);
  const told = (row: SwitchRow, said: HubContact): HubContactResult => {
    const refused = chain.refusal(row, said) ?? gapOf(said);
    if (refused) return refused;
    const first = row.contact === 0;
    const from = first ? { ...row, change: said.after } : row;
    const fresh = said.changes.filter(({ id }) => id > from.change);
    const plan: Plan | string = changes.plan(row, said.transfer, fresh, said.at);
    if (typeof plan === 'string') return { kind: 'refused', why: 'not-holder', detail: plan };
    const position = {
      transfer: Math.max(row.applied, said.transfer),
      recall: Math.max(row.recalled, said.recall),
      change: Math.max(from.change, said.change),
      ...soldUpTo(row, said),
    };
    if (position.transfer > row.applied) arrivals.take(row.holder, position.transfer);
    changes.carryOut(row, plan, said.at);
    changes.setLeft(row.holder, said.leases);
    holdings.write();
    if (followsSales(row, said)) sales.enter(row.id, said.sales);
    chain.advance(row, said, position);
    const { statement } = said;
    if (statement && statement.change === position.change && statement.transfer === position.transfer)
      chain.state(row.id, statements.difference(row.holder, statement), said.at);
    const { change, journal, settling } = position;
    return { kind: 'accepted', change, journal, settling };
  };
  return (input, out) => {
    const said = input.object<HubContact>();
    const row = chain.switches.byId(said.switchId);
    out.push(row ? told(row, said) : refusal('unknown', `no switch ${said.switchId}`));
  };
}

function refusal(why: Refused['why'], detail: string): Refused {
  return { kind: 'refused', why, detail };
}

/**
 * Sales that begin beyond what stands here, as they do where these books are older than the switch's, are left: the
 * answer's cursors say from where on they are wanted, and the switch still has them all.
 */
function followsSales(row: SwitchRow, said: HubContact): boolean {
  if (row.contact === 0) return true;
  return said.afterJournal <= row.journal && said.afterSettling <= row.settling;
}

function soldUpTo(row: SwitchRow, said: HubContact): Pick<Position, 'journal' | 'settling'> {
  const { journal, settling } = followsSales(row, said) ? said : row;
  return { journal: Math.max(row.journal, journal), settling: Math.max(row.settling, settling) };
}

/** Ranges that end before they begin, or changes that do not lie in theirs. */
function gapOf(said: HubContact): Refused | undefined {
  const { after, change, changes } = said;
  if (change < after || said.journal < said.afterJournal || said.settling < said.afterSettling)
    return refusal('gap', 'a range that ends before it begins');
  const stranger = strangerIn(changes, after, change);
  return stranger && refusal('gap', `change ${stranger.id} is not in order after ${after} up to ${change}`);
}

function strangerIn(
  changes: readonly NetworkChange[],
  after: number,
  last: number,
): NetworkChange | undefined {
  let before = after;
  return changes.find(({ id }) => {
    const isIn = id > before && id <= last;
    before = id;
    return !isIn;
  });
}

class Chain {
  readonly switches: Switches;
  readonly #link;
  readonly #keep;
  readonly #forget;
  readonly #advance;
  readonly #carriedOut;
  readonly #state;

  constructor({ db }: Books) {
    this.switches = new Switches(db);
    this.#link = db
      .prepare<[number, number], string>('SELECT link FROM network_contact WHERE holder = ? AND contact = ?')
      .pluck();
    this.#keep = db.prepare<[number, number, string]>(
      'INSERT INTO network_contact (holder, contact, link) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#forget = db.prepare<[number, number]>(
      'DELETE FROM network_contact WHERE holder = ? AND contact <= ?',
    );
    this.#advance = db.prepare<(number | string)[]>(
      `UPDATE network_switch SET contact = ?, link = ?, seen_at = ?, applied = ?, recalled = ?, change = ?,
       journal = ?, settling = ? WHERE id = ?`,
    );
    this.#carriedOut = db.prepare<[number, number]>(
      'DELETE FROM network_recall WHERE holder = ? AND number <= ?',
    );
    this.#state = db.prepare<[string, number, number]>(
      'UPDATE network_switch SET difference = ?, stated_at = ? WHERE id = ?',
    );
  }

  /** Why this contact is not taken. What it shows of the switch, or of these books, is recorded. */
  refusal(row: SwitchRow, said: HubContact): Refused | undefined {
    const { id, name, epoch } = row;
    if (!isServed(row)) return refusedForGood(row);
    if (said.epoch !== epoch) return refusal('epoch', `epoch ${said.epoch}, here ${epoch}`);
    const where = `contact ${said.contact}, here ${row.contact}`;
    if (said.contact > row.contact + 1) return this.#behind(row, `${name} is at ${where}`);
    const follows = said.contact === row.contact + 1 && said.link === row.link;
    const repeats = said.contact === row.contact && said.nextLink === row.link && row.contact > 0;
    if (!follows && !repeats) {
      const why = said.contact === row.contact + 1 ? 'forked' : 'stale';
      // One that was under way for long is known by its link: whoever waits for its answer must stop, others need not.
      if (this.#link.get(row.holder, said.contact) !== said.nextLink) this.switches.refuse(id, why);
      return refusal(why, why === 'forked' ? `another copy of ${name} has spoken` : where);
    }
    // The same contact made again tells as much at least: this is an earlier one of it, or was made by an older copy.
    if (repeats && (said.change < row.change || said.transfer < row.applied))
      return refusal('stale', `${where}, which has told more`);
    if (said.transfer > row.transfer)
      return this.#behind(row, `${name} has transfer ${said.transfer}, here ${row.transfer}`);
    if (said.recall > row.recall)
      return this.#behind(row, `${name} has recall ${said.recall}, here ${row.recall}`);
    if (row.contact > 0 && said.after > row.change)
      return this.#behind(row, `${name} has told change ${said.after}, here ${row.change}`);
    return undefined;
  }

  advance({ id, holder }: SwitchRow, said: HubContact, position: Position): void {
    const { transfer, recall, change, journal, settling } = position;
    this.#advance.run(said.contact, said.nextLink, said.at, transfer, recall, change, journal, settling, id);
    this.#keep.run(holder, said.contact, said.nextLink);
    this.#forget.run(holder, said.contact - CONTACTS_KEPT);
    this.#carriedOut.run(holder, recall);
  }

  state(id: number, difference: string, at: number): void {
    this.#state.run(difference, at, id);
  }

  #behind(row: SwitchRow, detail: string): Refused {
    this.switches.fallBehind(row.id, detail);
    return refusal('hub-behind', detail);
  }
}

function refusedForGood({ state, why, name }: SwitchRow): Refused {
  if (state !== 'retired' && (why === 'stale' || why === 'forked'))
    return refusal(why, `${name} must be enrolled anew`);
  return refusal('retired', `${name} was retired`);
}
