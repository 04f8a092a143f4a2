/**
 * Terminals of a campaign: they sell, repeat what was not answered until it is, reverse now and then, and keep books of
 * their own, which are held against a switch's journal and audit at the end.
 */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { Client, identity, reversalOf, saleOf } from '../../test/support/client.js';
import { type IsoMessage, parseTlv } from '../../test/support/iso.js';

const ANSWER_MS = 3_000;
const REVERSED_SHARE = 0.1;
const REPEATED_SHARE = 0.1;

export interface Book {
  /** Serial by STAN and RRN of the request: what its terminal was told. */
  readonly soldBy: Map<
    string,
    { readonly pin: string; readonly serial: string; readonly rrn: string; readonly stan: string }
  >;
  /** The request that was answered with a PIN. */
  readonly ownerOf: Map<string, string>;
  readonly violations: string[];
  unanswered: number;
  repeatsAnswered: number;
  reversed: number;
}

/** Of one switch; several share `ownerOf` and `violations`. */
export function newBook(shared?: Pick<Book, 'ownerOf' | 'violations'>): Book {
  const { ownerOf = new Map(), violations = [] } = shared ?? {};
  return { soldBy: new Map(), ownerOf, violations, unanswered: 0, repeatsAnswered: 0, reversed: 0 };
}

function enter(book: Book, request: Record<number, string>, answer: IsoMessage): void {
  if (answer.fields[39] !== '00') return;
  const entries = new Map(parseTlv(answer.fields[63] ?? ''));
  const key = `${request[11]}|${request[12]}|${request[13]}|${request[37]}`;
  const pin = entries.get('PN') ?? '';
  const serial = entries.get('SN') ?? '';
  const known = book.soldBy.get(key);
  if (known && known.pin !== pin)
    book.violations.push(`STAN ${request[11]} was told two PINs: ${known.serial}, ${serial}`);
  const owner = book.ownerOf.get(pin);
  if (owner !== undefined && owner !== key)
    book.violations.push(`PIN of serial ${serial} in two answers: ${owner} and ${key}`);
  book.soldBy.set(key, { pin, serial, rrn: request[37] ?? '', stan: request[11] ?? '' });
  book.ownerOf.set(pin, key);
}

/** One terminal: sells on and on; what was not answered it sends again, as terminals do, until it is. */
export async function terminal(
  port: number,
  book: Book,
  random: () => number,
  running: () => boolean,
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
  ): Promise<IsoMessage> => {
    let answer = await (await connected()).ask(mti, fields, ANSWER_MS);
    while (!answer) {
      book.unanswered += 1;
      answer = await (await connected()).ask(repeatMti, fields, ANSWER_MS);
      if (answer) book.repeatsAnswered += 1;
    }
    return answer;
  };
  while (running()) {
    const request = saleOf('TALK10', 1000, {
      37: `K${Math.floor(random() * 36 ** 8)
        .toString(36)
        .padStart(11, '0')}`,
    });
    enter(book, request, await askUntilAnswered('0200', '0201', request));
    if (random() < REPEATED_SHARE) enter(book, request, await askUntilAnswered('0201', '0201', request));
    if (random() < REVERSED_SHARE) {
      const answer = await askUntilAnswered(
        '0420',
        '0421',
        reversalOf(request, { ...pick(identity(), [7, 11, 12, 13]) }),
      );
      if (answer.fields[39] === '00') book.reversed += 1;
      else book.violations.push(`reversal of STAN ${request[11]} answered ${answer.fields[39]}`);
    }
  }
  await client?.close();
}

function pick(fields: Record<number, string>, numbers: readonly number[]): Record<number, string> {
  return Object.fromEntries(numbers.map((n) => [n, fields[n] ?? '']));
}

/** Every approval that was told stands in the journal with that PIN, and the audit is clean. */
export async function holdAgainstJournal(folder: string, book: Book): Promise<void> {
  const store = await openSqliteStore({ file: join(folder, 'switch.db'), clock: systemClock });
  for (const [key, { serial, rrn, stan }] of book.soldBy) {
    const found = await store.find({ rrn, limit: 10 });
    const known = found.some(
      (one) =>
        one.stan === stan &&
        one.outcome?.reason === 'approved' &&
        one.pins.some((pin) => pin.serial === serial),
    );
    if (!known)
      book.violations.push(`the journal does not know the approval of ${key} with serial ${serial}`);
  }
  const audit = await store.audit();
  const accounted = Object.values(audit.byCustody).reduce((sum, count) => sum + count, 0);
  if (accounted !== audit.takenIn)
    book.violations.push(`audit: ${audit.takenIn} taken in, ${accounted} accounted for`);
  book.violations.push(...audit.faults.map((fault) => `audit: ${fault}`));
  await store.shutdown();
}
