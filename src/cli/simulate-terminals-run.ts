/** Running a fleet, holding its books against the journal, and how both are told. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../base/clock.js';
import { SafeError } from '../base/errors.js';
import { systemRandom } from '../base/random.js';
import { CARD_NUMBER } from '../domain/card.js';
import { FleetBooks } from '../tools/books/fleetBooks.js';
import { checkFleet, type FleetCheck } from '../tools/books/fleetCheck.js';
import { ownResponseMeaning } from '../tools/meaning/responses.js';
import { terminalFraming } from '../tools/terminal/framing.js';
import { type FleetResult, type FleetTick, runFleet } from '../tools/terminals/fleet.js';
import { loadScenario, shippedScenarios } from '../tools/terminals/scenario.js';
import type { ServiceResult } from '../tools/terminals/tally.js';
import { EXIT } from './command.js';
import { table } from './fields.js';
import { type JournalOptions, settled, violationLines } from './journalSource.js';
import { progressBar } from './progress.js';
import type { TerminalsOptions } from './simulate-terminals-options.js';

const BCD_TPDU = '6000010002';
/** How far a switch's clock may be behind the fleet's, milliseconds. */
const CLOCKS_MS = 3_600_000;
const SEED_MAX = 2 ** 32;

export function listed(): string {
  return table(
    shippedScenarios().map((name) => [name, loadScenario(name).about]),
    0,
  );
}

export async function fleet(
  nameOrFile: string,
  options: TerminalsOptions,
): Promise<{ readonly result: FleetResult; readonly books: FleetBooks }> {
  const { bcd = false, rate, seconds, tills, terminals, merchant, acquirer, count } = options;
  const scenario = loadScenario(nameOrFile, {
    ...given({ seconds, perSecond: rate, tills, terminals, merchant, acquirer }),
  });
  const framing = terminalFraming(options.framing, options.tpdu ?? (bcd ? BCD_TPDU : undefined));
  const cards = options.cards === undefined ? [] : cardsOf(options.cards);
  const books = await FleetBooks.open(options.books, systemClock);
  const bar = progressBar(scenario.name, 's');
  const stop = stopBySignal();
  try {
    const result = await runFleet(
      {
        scenario,
        seed: options.seed ?? systemRandom.int(SEED_MAX),
        ...(options.to ?? { host: '127.0.0.1', port: bcd ? 8584 : 8583 }),
        ...given({ count }),
        framing,
        format: options.format ?? (bcd ? 'iso87-bcd' : 'iso87-ascii'),
        cards,
      },
      {
        clock: systemClock,
        random: systemRandom,
        utcOffsetMinutes: -new Date(systemClock.now()).getTimezoneOffset(),
        books,
        onTick: (tick) => bar.update(...progress(tick, scenario.seconds)),
        isStopping: stop.isStopping,
      },
    );
    return { result, books };
  } finally {
    stop.forget();
    bar.stop();
    await books.close();
  }
}

/** Members that were given. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The first signal ends the run, and its books are still held against the journal; a second one ends the program. */
function stopBySignal(): { readonly isStopping: () => boolean; forget(): void } {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(EXIT.notSo);
    stopping = true;
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    isStopping: () => stopping,
    forget: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Only the place of a line is ever told. */
function cardsOf(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const column = lines[0]?.split(',').indexOf('card') ?? -1;
  return lines.flatMap((line, at) => {
    if (line === '' || (at === 0 && column >= 0)) return [];
    const number = line.split(',')[Math.max(0, column)]?.trim() ?? '';
    if (!CARD_NUMBER.test(number)) throw new SafeError(`${file}: line ${at + 1} has no card's number`);
    return [number];
  });
}

function progress({ elapsedMs, tally, busy, waiting }: FleetTick, seconds: number): [number, number, string] {
  const total = Math.round(seconds);
  const counts = [
    `${tally.total('sent')} sent`,
    `${tally.total('approved')} approved`,
    `${tally.total('declined')} declined`,
    `${tally.total('unanswered')} unanswered`,
    `${busy} tills busy`,
    ...(waiting > 0 ? [`${waiting} customers waiting`] : []),
  ];
  return [Math.min(total, Math.round(elapsedMs / 1_000)), total, counts.join(', ')];
}

export function checkBooks(books: FleetBooks, options: JournalOptions): Promise<FleetCheck> {
  return settled(options, Math.max(0, books.startedAt - CLOCKS_MS), (rows) => checkFleet(books, rows));
}

export async function checkFile(file: string, options: JournalOptions): Promise<FleetCheck> {
  return checkBooks(await FleetBooks.read(file, systemClock), options);
}

export function checkRecord({ violations, ...rest }: FleetCheck) {
  return { ...rest, violations: violations.count, first: violations.first };
}

export function checkText(check: FleetCheck): string {
  const { transactions, journalRows, approved, violations, unanswered, open } = check;
  const { absent, approved: sold, declined, reversed, open: doubtful } = unanswered;
  const apart = [
    `${sold} approved`,
    `${declined} declined`,
    `${reversed} reversed`,
    `${doubtful} open`,
    `${absent} not there`,
  ];
  return [
    `Books against the journal: ${transactions} transactions, ${approved} answered approved; ${journalRows} rows of these terminals, ${open} open`,
    `Unanswered, in the journal: ${apart.join(', ')}`,
    ...violationLines(violations),
  ].join('\n');
}

const HEAD = [
  'sent',
  'approved',
  'declined',
  'unanswered',
  'repeated',
  'reversed',
  'p50 ms',
  'p99 ms',
  'service',
];

export function told(result: FleetResult): string {
  const rows = Object.entries(result.services).map(([label, row]) => cells(label, row));
  const { made, broken, cut } = result.connections;
  const codes = Object.entries(result.codes).map(
    ([code, count]) => `  ${count} × ${code === '' ? 'no DE39' : code}: ${ownResponseMeaning(code)}`,
  );
  const aside: readonly (readonly [number, string])[] = [
    [result.turnedAway, 'customers turned away: every till busy'],
    [result.queueLongest, 'customers waited at most'],
    [result.unreachable, 'transactions without a connection'],
    [result.late, 'late answers'],
    [result.strangers, 'answers that fit no message'],
    [result.unreadable, 'frames that could not be read'],
    [result.cardsLacking, 'cards lacking: --cards FILE'],
  ];
  return [
    `${result.scenario}: ${result.customers} customers in ${result.seconds.toFixed(1)} s, seed ${result.seed}`,
    '',
    table([HEAD, ...rows], HEAD.length - 1),
    '',
    ...(codes.length > 0 ? ['Answered otherwise than approved:', ...codes] : []),
    `Connections: ${made} made, ${broken} broken, ${cut} cut on purpose`,
    ...aside.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
  ].join('\n');
}

function cells(label: string, row: ServiceResult): readonly string[] {
  const counts = [row.sent, row.approved, row.declined, row.unanswered, row.repeated, row.reversed].map(
    String,
  );
  const ms = [row.p50Ms, row.p99Ms].map((value) => (value === null ? '-' : value.toFixed(1)));
  return [...counts, ...ms, label];
}
