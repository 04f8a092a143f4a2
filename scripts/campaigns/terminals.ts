/**
 * Terminals of a campaign: they sell, repeat what was not answered until it is, reverse now and then, and keep books of
 * their own, which are held against a switch's journal (as those of `simulate terminals`) and audit at the end. What
 * they send and hear they build and read by themselves.
 */
import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { transactions } from '../../src/cli/filters.js';
import { NO_FILTER } from '../../src/cli/journalSource.js';
import { transactionRecord } from '../../src/cli/records.js';
import type { Store } from '../../src/store/store.js';
import { type Asked, FleetBooks, transactionId } from '../../src/tools/books/fleetBooks.js';
import { checkFleet } from '../../src/tools/books/fleetCheck.js';
import type { JournalRecord } from '../../src/tools/books/journal.js';
import { pinHash, verdictOf } from '../../src/tools/books/told.js';
import { violationText } from '../../src/tools/books/violations.js';
import { Client, identity, reversalOf, saleOf } from '../../test/support/client.js';
import { type IsoFields, type IsoMessage, parseTlv } from '../../test/support/iso.js';

const ANSWER_MS = 3_000;
const REVERSED_SHARE = 0.1;
const REPEATED_SHARE = 0.1;

export interface Book {
  readonly fleet: FleetBooks;
  /** Of each request, by what names it: what its terminal was told. */
  readonly soldBy: Map<string, { readonly pin: string; readonly serial: string }>;
  /** The request that was answered with a PIN. */
  readonly ownerOf: Map<string, string>;
  readonly violations: string[];
  unanswered: number;
  repeatsAnswered: number;
  reversed: number;
}

/** Of one switch; several share `ownerOf` and `violations`. */
export async function newBook(shared?: Pick<Book, 'ownerOf' | 'violations'>): Promise<Book> {
  const { ownerOf = new Map(), violations = [] } = shared ?? {};
  const fleet = await FleetBooks.open(undefined, systemClock);
  const today = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  await fleet.begin('campaign', 0, today);
  return { fleet, soldBy: new Map(), ownerOf, violations, unanswered: 0, repeatsAnswered: 0, reversed: 0 };
}

/** What names a request in its terminal's books; `undoes` of a reversal. */
export function askedBy(
  request: Record<number, string>,
  undoes: Asked | undefined,
  own: 'pin-sale' | 'account-credit' = 'pin-sale',
): Asked {
  const isSale = !undoes && own === 'pin-sale';
  return {
    terminal: request[41] ?? '',
    date: `${new Date().getUTCFullYear()}${request[13]}`,
    time: request[12] ?? '',
    stan: request[11] ?? '',
    rrn: request[37] ?? '',
    messageClass: undoes ? '4' : '2',
    service: undoes ? 'reversal' : own,
    product: isSale ? 'TALK10' : null,
    quantity: isSale ? 1 : null,
    amount: Number(request[4]),
    currency: request[49] ?? null,
    undoes: undoes ? transactionId(undoes) : null,
    bad: null,
  };
}

/** The last answer that it was told. */
export async function book(fleet: FleetBooks, asked: Asked, { fields }: IsoMessage): Promise<void> {
  const entries = new Map(parseTlv(fields[63] ?? ''));
  const pin = entries.get('PN');
  await fleet.answered(transactionId(asked), {
    code: fields[39] ?? '',
    verdict: verdictOf(fields[39] ?? ''),
    pins: pin === undefined ? [] : [{ hash: pinHash(pin), serial: entries.get('SN') ?? '' }],
    approval: fields[38] ?? '',
    amount: fields[4] === undefined ? null : Number(fields[4]),
    itemsApproved: null,
  });
}

/** What names a request in `soldBy` and `ownerOf`. */
export function keyOf(request: IsoFields): string {
  return `${request[11]}|${request[12]}|${request[13]}|${request[37]}`;
}

function enter(book: Book, request: Record<number, string>, answer: IsoMessage): void {
  if (answer.fields[39] !== '00') return;
  const entries = new Map(parseTlv(answer.fields[63] ?? ''));
  const key = keyOf(request);
  const pin = entries.get('PN') ?? '';
  const serial = entries.get('SN') ?? '';
  const known = book.soldBy.get(key);
  if (known && known.pin !== pin)
    book.violations.push(`STAN ${request[11]} was told two PINs: ${known.serial}, ${serial}`);
  const owner = book.ownerOf.get(pin);
  if (owner !== undefined && owner !== key)
    book.violations.push(`PIN of serial ${serial} in two answers: ${owner} and ${key}`);
  book.soldBy.set(key, { pin, serial });
  book.ownerOf.set(pin, key);
}

/**
 * One sale, asked once, in the books with what was answered. Undefined where no answer came, else the answer and the
 * milliseconds until it was there.
 */
export async function sellOnce(
  client: Client,
  books: Book,
): Promise<{ readonly answer: IsoMessage; readonly ms: number } | undefined> {
  const request = saleOf('TALK10', 1000);
  const asked = askedBy(request, undefined);
  await books.fleet.sent(transactionId(asked), '0200', true, asked);
  const begun = performance.now();
  const answer = await client.ask('0200', request, ANSWER_MS);
  const ms = performance.now() - begun;
  if (!answer) return undefined;
  await book(books.fleet, asked, answer);
  enter(books, request, answer);
  return { answer, ms };
}

/** Who looks at what a terminal is told. */
export interface Watch {
  /** The request may be asked again, by the same key. */
  isForNow(answer: IsoMessage): boolean;
  /** A sale is asked for, the first time; what is returned hears the answer. */
  asks(request: Record<number, string>): (answer: IsoMessage | undefined) => void;
}

const NO_WATCH: Watch = { isForNow: () => false, asks: () => () => {} };
/** Before what was refused for now is asked again. */
const REFUSED_MS = 50;

/** One terminal: sells on and on; what was not answered it sends again, as terminals do, until it is. */
export async function terminal(
  port: number,
  books: Book,
  random: () => number,
  running: () => boolean,
  watch: Watch = NO_WATCH,
): Promise<void> {
  let client: Client | undefined;
  const connected = async (): Promise<Client> => {
    while (!client || client.closed) {
      client = await Client.open(port).catch(() => undefined);
      if (!client) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return client;
  };
  const askUntilAnswered = async (
    mti: string,
    repeatMti: string,
    fields: Record<number, string>,
    asked: Asked,
  ): Promise<IsoMessage> => {
    await books.fleet.sent(transactionId(asked), mti, true, asked);
    const connection = await connected();
    const told = mti === '0200' ? watch.asks(fields) : undefined;
    let answer = await connection.ask(mti, fields, ANSWER_MS);
    told?.(answer);
    while (!answer || watch.isForNow(answer)) {
      if (answer) await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
      else books.unanswered += 1;
      answer = await (await connected()).ask(repeatMti, fields, ANSWER_MS);
      if (answer) books.repeatsAnswered += 1;
    }
    await book(books.fleet, asked, answer);
    return answer;
  };
  while (running()) {
    const request = saleOf('TALK10', 1000, {
      37: `K${Math.floor(random() * 36 ** 8)
        .toString(36)
        .padStart(11, '0')}`,
    });
    const asked = askedBy(request, undefined);
    enter(books, request, await askUntilAnswered('0200', '0201', request, asked));
    if (random() < REPEATED_SHARE)
      enter(books, request, await askUntilAnswered('0201', '0201', request, asked));
    if (random() < REVERSED_SHARE) {
      const reversal = reversalOf(request, { ...pick(identity(), [7, 11, 12, 13]) });
      const answer = await askUntilAnswered('0420', '0421', reversal, askedBy(reversal, asked));
      if (answer.fields[39] === '00') books.reversed += 1;
      else books.violations.push(`reversal of STAN ${request[11]} answered ${answer.fields[39]}`);
    }
  }
  await client?.close();
}

function pick(fields: Record<number, string>, numbers: readonly number[]): Record<number, string> {
  return Object.fromEntries(numbers.map((n) => [n, fields[n] ?? '']));
}

async function* journalOf(store: Store): AsyncGenerator<JournalRecord> {
  for await (const page of transactions(store, NO_FILTER, 0, Number.MAX_SAFE_INTEGER)) {
    for (const one of page) yield transactionRecord(one);
  }
}

/** The terminals' books and the journal say the same, and the audit is clean. */
export async function holdAgainstJournal(folder: string, { fleet, violations }: Book): Promise<void> {
  const store = await openStoreOf({ dataFolder: folder, clock: systemClock });
  const check = await checkFleet(fleet, journalOf(store));
  violations.push(...check.violations.first.map(violationText));
  const audit = await store.audit();
  const accounted = Object.values(audit.byCustody).reduce((sum, count) => sum + count, 0);
  if (accounted !== audit.takenIn)
    violations.push(`audit: ${audit.takenIn} taken in, ${accounted} accounted for`);
  violations.push(...audit.faults.map((fault) => `audit: ${fault}`));
  await store.shutdown();
}
