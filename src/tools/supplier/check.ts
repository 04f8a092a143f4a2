/**
 * A simulated supplier's ledger held against the switch's journal. What must be so:
 *
 *   - value that was given and not taken back stands in the journal approved, with the same amount, currency and
 *     product; or its end is still open there. A PIN that a supplier cannot take back may be kept back by the switch
 *   - value that was taken back, refused, or never given stands approved nowhere
 *   - what the journal has approved at this supplier, this ledger gave
 *   - nothing was given twice, or taken back twice, under one reference
 *
 * Without the supplier's name, which rows are this supplier's is told by the references that both know: rows from the
 * first of these on. Accounts are never told.
 * Maximum in memory: the ledger's references, and one row for each.
 */
import { SafeError } from '../../base/errors.js';
import type { JournalRecord } from '../books/journal.js';
import { readJsonLines } from '../books/lines.js';
import { Violations } from '../books/violations.js';
import { orderEventSchema } from './ledgerLine.js';

interface Given {
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly product: string;
  readonly serials: readonly string[];
  readonly isPinSale: boolean;
  /** How often value was given, and taken back. */
  credits: number;
  reversals: number;
}

export interface SupplierCheck {
  /** References of the ledger; of these, how many gave value and were not undone. */
  readonly references: number;
  readonly standing: number;
  readonly reversed: number;
  /** Rows of this supplier. */
  readonly journalRows: number;
  /** Value given whose row is pending or being undone. */
  readonly open: number;
  /** PINs of undone sales that this supplier never took back: the switch keeps them. */
  readonly keptBack: number;
  readonly violations: Violations;
}

/** `supplier`: its name in the switch's configuration, where it is known. The journal comes in the order of its ids. */
export async function checkSupplier(
  ledgerFile: string,
  journal: AsyncIterable<JournalRecord>,
  supplier: string | undefined,
): Promise<SupplierCheck> {
  const check = new Check(await readLedger(ledgerFile), supplier);
  for await (const row of journal) check.meet(row);
  return check.end();
}

class Check {
  readonly #violations = new Violations();
  /** References of the ledger that the journal has, and whose these rows are. */
  readonly #met = new Set<string>();
  readonly #names = new Set<string>();
  #open = 0;
  #keptBack = 0;

  constructor(
    private readonly ledger: ReadonlyMap<string, Given>,
    private readonly supplier: string | undefined,
  ) {}

  meet(row: JournalRecord): void {
    if (row.reference === '') return;
    const given = this.ledger.get(row.reference);
    if (given) {
      this.#met.add(given.reference);
      this.#names.add(row.supplier);
      this.#compare(given, row);
    } else if (row.state === 'approved' && this.#isOurs(row)) {
      this.#add(row, row.reference, `approved in the journal (id ${row.id}), but nothing was given`);
    }
  }

  end(): SupplierCheck {
    const all = [...this.ledger.values()];
    for (const { reference, credits, reversals } of all) {
      if (credits > 1) this.#add(NOBODY, reference, `value was given ${credits} times`);
      if (reversals > 1) this.#add(NOBODY, reference, `it was taken back ${reversals} times`);
    }
    for (const given of all.filter(stands)) {
      if (this.#met.has(given.reference)) continue;
      this.#add(NOBODY, given.reference, 'value was given that the journal does not know');
    }
    return {
      references: all.length,
      standing: all.filter(stands).length,
      reversed: all.filter(({ reversals }) => reversals > 0).length,
      journalRows: this.#met.size,
      open: this.#open,
      keptBack: this.#keptBack,
      violations: this.#violations,
    };
  }

  #isOurs({ supplier }: JournalRecord): boolean {
    return this.supplier === undefined ? this.#names.has(supplier) : this.supplier === supplier;
  }

  #compare(given: Given, row: JournalRecord): void {
    const { reference, isPinSale, credits } = given;
    if (!stands(given)) {
      const done = credits > 0 ? 'it was taken back' : 'nothing was given';
      if (row.state === 'approved')
        this.#add(row, reference, `${done}, yet approved in the journal (id ${row.id})`);
    } else if (row.state === 'pending' || row.state === 'reversing') this.#open += 1;
    else if (row.state === 'reversed' && isPinSale && row.pins.length > 0) this.#keptBack += 1;
    else if (row.state === 'approved') {
      for (const difference of differencesOf(given, row)) this.#add(row, reference, difference);
    } else this.#add(row, reference, `value was given, but the journal says ${row.state} (id ${row.id})`);
  }

  #add(whose: Pick<JournalRecord, 'terminal' | 'stan' | 'rrn'>, reference: string, what: string): void {
    this.#violations.add(whose, `reference ${reference}: ${what}`);
  }
}

/** Of what the journal does not know nobody can say which terminal it was for. */
const NOBODY = { terminal: '', stan: '', rrn: '' };

function stands({ credits, reversals }: Given): boolean {
  return credits > 0 && reversals === 0;
}

function* differencesOf(given: Given, row: JournalRecord): Generator<string> {
  for (const member of ['amount', 'currency', 'product'] as const) {
    if (given[member] !== row[member]) {
      yield `${member} ${given[member]} here, ${row[member]} in the journal (id ${row.id})`;
    }
  }
  const kept = new Set(row.pins.map(({ serial }) => serial));
  if (given.serials.length !== kept.size || given.serials.some((serial) => !kept.has(serial))) {
    yield `the journal has other PINs (id ${row.id})`;
  }
}

async function readLedger(path: string): Promise<ReadonlyMap<string, Given>> {
  const ledger = new Map<string, Given>();
  for await (const { value, number } of readJsonLines(path, path)) {
    const result = orderEventSchema.safeParse(value);
    if (!result.success) throw new SafeError(`${path}: line ${number} is no line of a supplier's ledger`);
    const event = result.data;
    if (event.event === 'asked') continue;
    if (event.event === 'reversed') {
      const given = ledger.get(event.reference);
      if (given) given.reversals += 1;
      continue;
    }
    const { reference, amount, currency, product, service, state, pins } = event.entry;
    const known = ledger.get(reference);
    const serials = pins.map(({ serial }) => serial);
    const isPinSale = service === 'pin-sale';
    const given = known ?? {
      reference,
      amount,
      currency,
      product,
      serials,
      isPinSale,
      credits: 0,
      reversals: 0,
    };
    if (state === 'credited') given.credits += 1;
    ledger.set(reference, given);
  }
  return ledger;
}
