/**
 * A fleet's books held against the switch's journal. What must be so:
 *
 *   - an approved answer stands in the journal under the same key, approved, with the same service, amount, currency,
 *     product, quantity and serials; or undone, where the fleet reversed it
 *   - nothing stands approved that the fleet's terminals, during its run, never sent, that was declined, that was wrong on purpose, or of
 *     which no whole message left; and nothing twice
 *   - an accepted reversal: its original stands no more, and the journal's reversal names that original
 *   - a repeat was answered as its original: the same DE39, DE38 and PINs
 *   - no PIN was told to two transactions
 *
 * What was not answered is told apart by what the journal says of it, and is no violation.
 * Maximum in memory: one entry a transaction of the fleet; the journal passes by row by row.
 */
import { type BookedTransaction, type FleetBooks, transactionId } from './fleetBooks.js';
import type { JournalRecord } from './journal.js';
import type { Told } from './told.js';
import { Violations } from './violations.js';

/** Services that the journal keeps; the others change nothing, and a repeat of one simply asks again. */
const RECORDED = /^(pin-sale|account-credit|batch|reversal|card-.*)$/;

export interface FleetCheck {
  readonly transactions: number;
  /** Of the fleet's terminals. */
  readonly journalRows: number;
  readonly approved: number;
  readonly violations: Violations;
  /** Transactions that got no final answer, by what the journal says of them. */
  readonly unanswered: Unanswered;
  /** Rows whose end is still open: pending, or being undone at a supplier. */
  readonly open: number;
}

export interface Unanswered {
  absent: number;
  approved: number;
  declined: number;
  reversed: number;
  open: number;
}

/** What the journal says of one transaction, as much of it as is compared. */
interface Standing {
  readonly row: JournalRecord;
  readonly items: JournalRecord[];
}

export async function checkFleet(
  books: FleetBooks,
  journal: AsyncIterable<JournalRecord>,
): Promise<FleetCheck> {
  const check = new Check(books);
  for await (const row of journal) check.meet(row);
  return check.end();
}

class Check {
  readonly #books: FleetBooks;
  readonly #violations = new Violations();
  readonly #standing = new Map<string, Standing>();
  readonly #terminals: ReadonlySet<string>;
  readonly #unanswered: Unanswered = { absent: 0, approved: 0, declined: 0, reversed: 0, open: 0 };
  #rows = 0;
  #approved = 0;
  #open = 0;

  constructor(books: FleetBooks) {
    this.#books = books;
    this.#terminals = new Set([...books.transactions()].map(({ terminal }) => terminal));
  }

  meet(row: JournalRecord): void {
    if (!this.#terminals.has(row.terminal)) return;
    const id = idOf(row);
    const booked = this.#books.find(id);
    if (!booked) {
      if (!this.#books.isWithin(localTimeOf(row))) return;
      this.#rows += 1;
      if (isGiven(row)) {
        this.#violations.add(
          row,
          `the journal has an approved ${row.service} (id ${row.id}) that was never sent`,
        );
      }
      return;
    }
    this.#rows += 1;
    if (isOpen(row)) this.#open += 1;
    const known = this.#standing.get(id);
    if (row.batchId !== null) known?.items.push(row);
    else if (known) this.#violations.add(row, `the journal has it twice (ids ${known.row.id} and ${row.id})`);
    else this.#standing.set(id, { row, items: [] });
  }

  end(): FleetCheck {
    const owners = new Map<string, BookedTransaction>();
    for (const one of this.#books.transactions()) {
      this.#checkPins(one, owners);
      if (!RECORDED.test(one.service)) continue;
      this.#checkAnswers(one);
      this.#checkStanding(one, this.#standing.get(one.id));
    }
    return {
      transactions: this.#books.size,
      journalRows: this.#rows,
      approved: this.#approved,
      violations: this.#violations,
      unanswered: this.#unanswered,
      open: this.#open,
    };
  }

  #checkPins(one: BookedTransaction, owners: Map<string, BookedTransaction>): void {
    for (const { hash, serial } of one.answers.flatMap(({ pins }) => pins)) {
      const owner = owners.get(hash);
      if (owner === undefined) owners.set(hash, one);
      else if (owner !== one) {
        const other = `terminal ${owner.terminal}, STAN ${owner.stan}, RRN ${owner.rrn}`;
        this.#violations.add(one, `was told a PIN (serial ${serial}) that was also told to ${other}`);
      }
    }
  }

  /** All that was finally told of one transaction says the same, but for the end that a reversal brings. */
  #checkAnswers(one: BookedTransaction): void {
    const final = one.answers.filter(({ verdict }) => verdict !== 'transient');
    for (const [at, told] of final.entries()) {
      const before = final[at - 1];
      if (!before || (one.undoing && told.verdict === 'declined')) continue;
      const difference = differenceOf(before, told);
      if (difference) this.#violations.add(one, `a repeat was answered otherwise: ${difference}`);
    }
  }

  #checkStanding(one: BookedTransaction, standing: Standing | undefined): void {
    const { row } = standing ?? {};
    if (row && row.rrn !== one.rrn) this.#violations.add(one, `the journal has it under RRN ${row.rrn}`);
    if (row && one.whole === 0)
      this.#violations.add(one, `no whole message left, yet it is in the journal (id ${row.id})`);
    if (row && isGiven(row) && one.bad !== null) {
      this.#violations.add(one, `wrong on purpose (${one.bad}), yet approved in the journal (id ${row.id})`);
      return;
    }
    if (row && one.undone && (row.state === 'approved' || row.state === 'pending')) {
      this.#violations.add(
        one,
        `its reversal was accepted, yet the journal has it ${row.state} (id ${row.id})`,
      );
    }
    const given = one.answers.find(({ verdict }) => verdict === 'approved' || verdict === 'partial');
    if (given) this.#checkGiven(one, given, standing);
    else if (one.answers.some(({ verdict }) => verdict === 'declined')) this.#checkDeclined(one, row);
    else if (one.bad === null) this.#tellApart(row);
  }

  #checkGiven(one: BookedTransaction, told: Told, standing: Standing | undefined): void {
    this.#approved += 1;
    if (one.bad !== null)
      this.#violations.add(one, `wrong on purpose (${one.bad}), yet answered ${told.code}`);
    if (!standing) {
      this.#violations.add(one, `answered ${told.code}, but the journal does not know it`);
      return;
    }
    const { row, items } = standing;
    if (row.reason !== 'approved' && row.reason !== 'partial') {
      const stands = `${row.state}${row.reason === null ? '' : `, ${row.reason}`}`;
      this.#violations.add(one, `answered ${told.code}, but the journal says ${stands} (id ${row.id})`);
      return;
    }
    if (row.state !== 'approved' && !one.undoing) {
      this.#violations.add(
        one,
        `answered ${told.code} and never reversed, but the journal says ${row.state} (id ${row.id})`,
      );
    }
    for (const difference of differencesOf(one, told, row, items)) this.#violations.add(one, difference);
    if (one.undoes !== null) this.#checkUndone(one, row);
  }

  /** An accepted reversal names the transaction that it undid. */
  #checkUndone(one: BookedTransaction, row: JournalRecord): void {
    const original = this.#standing.get(one.undoes ?? '')?.row;
    if (row.originalId !== null && original && row.originalId !== original.id) {
      this.#violations.add(one, `it undid id ${row.originalId}, not its original (id ${original.id})`);
    }
    if (row.originalId !== null && !original) {
      this.#violations.add(one, `it undid id ${row.originalId}, which is not its original`);
    }
  }

  #checkDeclined(one: BookedTransaction, row: JournalRecord | undefined): void {
    if (row?.state !== 'approved') return;
    const code = one.answers.at(-1)?.code ?? '';
    this.#violations.add(one, `answered ${code}, but the journal has it approved (id ${row.id})`);
  }

  #tellApart(row: JournalRecord | undefined): void {
    if (!row) this.#unanswered.absent += 1;
    else if (isOpen(row)) this.#unanswered.open += 1;
    else if (row.state === 'approved') this.#unanswered.approved += 1;
    else if (row.state === 'declined') this.#unanswered.declined += 1;
    else this.#unanswered.reversed += 1;
  }
}

/** Second digit of the MTI, which the journal does not tell. */
function classOf(service: string): string {
  if (service === 'reversal') return '4';
  if (service === 'reconciliation') return '5';
  return service === 'card-preauthorisation' ? '1' : '2';
}

function idOf({ terminal, localDate: date, localTime: time, stan, service }: JournalRecord): string {
  return transactionId({ terminal, date, time, stan, messageClass: classOf(service) });
}

/** By the terminal's own clock, which the row keeps. */
function localTimeOf({ localDate, localTime }: JournalRecord): string {
  return localDate + localTime.padEnd(6, '0');
}

function isOpen({ state, batchId }: JournalRecord): boolean {
  return state === 'reversing' || (state === 'pending' && batchId === null);
}

function isGiven({ state, reason }: JournalRecord): boolean {
  return state === 'approved' || (state === 'reversing' && reason === 'approved');
}

function differenceOf(before: Told, after: Told): string | undefined {
  if (before.code !== after.code) return `DE39 ${before.code}, then ${after.code}`;
  const hashes = ({ pins }: Told): string => pins.map(({ hash }) => hash).join();
  if (hashes(before) !== hashes(after)) return 'another PIN';
  return before.approval === after.approval ? undefined : `DE38 ${before.approval}, then ${after.approval}`;
}

/** Where row and books disagree about what was given. */
function* differencesOf(
  one: BookedTransaction,
  told: Told,
  row: JournalRecord,
  items: readonly JournalRecord[],
): Generator<string> {
  const inPlace = row.inPlaceOfCredit;
  const differ = (what: string, ours: unknown, theirs: unknown): string =>
    `${what}: ${ours} here, ${theirs} in the journal (id ${row.id})`;
  if (row.service !== one.service && !inPlace) yield differ('service', one.service, row.service);
  const amount = told.amount ?? one.amount;
  if (amount !== null && amount !== row.amount) yield differ('amount', amount, row.amount);
  if (one.undoes !== null) return;
  if (one.currency !== null && one.currency !== row.currency)
    yield differ('currency', one.currency, row.currency);
  if (one.product !== null && one.product !== row.product && !inPlace) {
    yield differ('product', one.product, row.product);
  }
  if (one.quantity !== null && one.quantity !== row.quantity)
    yield differ('quantity', one.quantity, row.quantity);
  const rows = one.service === 'batch' ? items : [row];
  const kept = new Set(rows.flatMap(({ pins }) => pins.map(({ serial }) => serial)));
  const stranger = told.pins.find(({ serial }) => serial !== '' && !kept.has(serial));
  if (stranger)
    yield `was told the PIN of serial ${stranger.serial}, which the journal has elsewhere (id ${row.id})`;
  if (kept.size !== told.pins.length) yield differ('PINs', told.pins.length, kept.size);
  if (told.itemsApproved === null) return;
  const approved = items.filter(({ reason }) => reason === 'approved').length;
  if (approved !== told.itemsApproved) yield differ('approved items', told.itemsApproved, approved);
}
