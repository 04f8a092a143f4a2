/** What has to be so, looked at from outside: the database, the suppliers' books, what the terminals were told. */
import type { Outcome } from '../../src/domain/outcome.js';
import type { SimulatedDatabase } from './database.js';
import type { VirtualSupplier } from './supplier.js';
import { accountOf, type Deal, nameOf } from './terminal.js';

interface Row {
  readonly id: number;
  readonly state: string;
  readonly reason: string | null;
  readonly reference: string;
  readonly supplier: string;
  readonly serial: string | null;
}

const ROWS = `SELECT journal.id, state, reason, reference, journal.supplier, serial FROM journal
  LEFT JOIN pin ON pin.id = CAST(journal.pins AS INTEGER)
  WHERE terminal = ? AND stan = ? AND message_class = '2' ORDER BY journal.id`;

function rowsOf(database: SimulatedDatabase, { terminal, stan }: Pick<Deal, 'terminal' | 'stan'>): Row[] {
  return database.statement(ROWS).all(terminal, stan) as Row[];
}

/** What an answer is to. */
export interface Asked {
  readonly kind: string;
  readonly terminal: string;
  readonly stan: string;
}

/** At the moment at which an answer leaves: it has to stand. */
export function answerFault(
  database: SimulatedDatabase,
  asked: Asked,
  { reason, pins }: Outcome,
): string | undefined {
  if (asked.kind === 'reversal' || reason !== 'approved') return undefined;
  const rows = rowsOf(database, asked);
  const serial = pins[0]?.serial ?? null;
  const stands = rows.some((row) => row.reason === 'approved' && (serial === null || row.serial === serial));
  return stands
    ? undefined
    : `an approval of ${asked.terminal}/${asked.stan} was answered that is not in the journal`;
}

/** While anybody may still be asked. */
export function openDoubt(database: SimulatedDatabase): number {
  const open =
    "SELECT (SELECT count(*) FROM journal WHERE state IN ('pending', 'reversing')) + (SELECT count(*) FROM forwarding) AS n";
  return (database.statement(open).get() as { n: number }).n;
}

/** Once all is quiet; undefined where everything is as it should be. */
export function finalFault(
  database: SimulatedDatabase,
  suppliers: Iterable<VirtualSupplier>,
  deals: readonly Deal[],
): string | undefined {
  const { faults, takenIn, byCustody } = database.audit();
  if (faults.length > 0) return `audit: ${faults.join('; ')}`;
  const accounted = Object.values(byCustody).reduce((sum, count) => sum + count, 0);
  if (accounted !== takenIn) return `${takenIn} PINs taken in, ${accounted} accounted for`;
  const books = [...suppliers].flatMap(({ orders }) => [...orders]);
  const told = new Map<string, string>();
  for (const deal of deals) {
    const fault = dealFault(rowsOf(database, deal), books, deal);
    if (fault !== undefined) return `${nameOf(deal)}: ${fault}`;
    const before = deal.serial === '' ? undefined : told.get(deal.serial);
    if (before !== undefined) return `${nameOf(deal)} and ${before} were told the same PIN`;
    told.set(deal.serial, nameOf(deal));
  }
  return orphanOf(database, books);
}

type Books = readonly (readonly [string, { readonly state: string; readonly account: string }])[];

function dealFault(rows: readonly Row[], books: Books, deal: Deal): string | undefined {
  const standing = rows.filter(({ state }) => state === 'approved');
  if (standing.length > 1) return 'stands twice';
  const credited = books.filter(
    ([, order]) => order.state === 'done' && order.account === accountOf(deal),
  ).length;
  if (deal.kind === 'credit' && credited > 1) return 'was credited twice';
  if (deal.reversing) {
    if (!deal.reversed) return undefined;
    if (standing.length > 0) return 'was told to be undone, and stands';
    return deal.kind === 'credit' && credited > 0
      ? "was told to be undone, and is on the supplier's books"
      : undefined;
  }
  if (deal.approved) {
    if (standing.length === 0) return 'was told to be approved, and does not stand';
    if (deal.kind === 'credit')
      return credited === 1 ? undefined : "was told to be credited, and is not on the supplier's books";
    return standing[0]?.serial === deal.serial
      ? undefined
      : `was told ${deal.serial}, and has ${standing[0]?.serial}`;
  }
  if (standing.length > 0) return 'was told to be declined, and stands';
  return credited > 0 ? "was told to be declined, and is on the supplier's books" : undefined;
}

/** What a supplier did that nobody here stands for. */
function orphanOf(database: SimulatedDatabase, books: Books): string | undefined {
  for (const [reference, { state }] of books) {
    if (state !== 'done') continue;
    const found = database
      .statement("SELECT 1 FROM journal WHERE reference = ? AND state = 'approved'")
      .get(reference);
    if (!found) return `a supplier did ${reference}, and no approved transaction stands for it`;
  }
  return undefined;
}
