/**
 * Intake: PINs enter stock from a supplier's batch. Each chunk of rows is sealed and stored with the batch's
 * progress in one commit, so an intake that was stopped anywhere goes on behind the last stored chunk when it is
 * run again, and no PIN enters twice. A PIN already known is refused and reported by its line.
 *
 * Stops before a chunk's commit: the chunk is read again. Stops after it: the next run begins behind it.
 * Only one process writes to the database at a time, and one that waits looks only now and then whether it may:
 * between two chunks of a file lies a pause, in which a switch on the same database commits its sales.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../base/clock.js';
import { dateAt } from '../base/dates.js';
import type { IntakeChunk, IntakeResult, IntakeRow, IntakeState, Store } from '../store/store.js';
import {
  type BadRow,
  type BatchLayout,
  type BatchRow,
  type BatchSource,
  PIN_BATCH,
  rowsOf,
  summarise,
} from './batchFile.js';
import type { Vault } from './vault.js';

export interface IntakePace {
  /** Rows in one commit: a sale waits for one chunk at most. */
  readonly chunkRows: number;
  /** Between two commits. */
  readonly pauseMs: number;
}

export const INTAKE_PACE = {
  /** Others may be selling: measured, four times the sales beside it of 1,000 rows without a pause. */
  beside: { chunkRows: 500, pauseMs: 4 },
  /** Nobody sells yet. */
  alone: { chunkRows: 2_000, pauseMs: 0 },
} as const;

export interface IntakeDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}

export interface IntakeOptions {
  readonly supplier: string;
  /** What the batch calls a product, and what it is here; rows of others are refused. Undefined: all, as they are called. */
  readonly products?: ReadonlyMap<string, string>;
  /** A batch that is in as a whole is not read again: what it came to the first time is told. */
  readonly once?: boolean;
  readonly pace?: IntakePace;
  /** Lines done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of each row of this run that was refused, in the file's order, once its chunk is stored. Never holds a PIN. */
  readonly onRefused?: (row: BadRow) => void;
}

/** Of the whole batch, runs that were cut short before this one included. */
export interface IntakeReport {
  readonly taken: number;
  readonly refused: number;
  /** Line behind which this run began; 0 where it began at the start. */
  readonly resumedAfter: number;
}

/** What enters: PINs, or cards (cardIntake.ts). */
export interface Goods<Row, Sealed> {
  readonly layout: BatchLayout<Row>;
  readonly seal: (row: Row, batch: number, supplier: string) => Sealed;
  readonly takeIn: (
    chunk: Omit<IntakeChunk, 'rows'> & { readonly rows: readonly Sealed[] },
  ) => Promise<IntakeResult>;
  readonly stateOf: (intake: string) => Promise<IntakeState | undefined>;
  /** Why a row is refused that was taken in before. */
  readonly known: string;
}

function pins({ store, vault }: IntakeDeps): Goods<BatchRow, IntakeRow> {
  return {
    layout: PIN_BATCH,
    seal: ({ line, product, code, serial, expiry }, batch, supplier) => ({
      line,
      product,
      sealed: vault.sealPin(batch, product, serial, code),
      mark: vault.markPin(supplier, code),
      serial,
      expiry,
    }),
    takeIn: (chunk) => store.takeIn(chunk),
    stateOf: (intake) => store.intakeState(intake),
    known: 'PIN already known',
  };
}

/** A row that is made, not read: demonstration stock. */
export type GeneratedPin = Omit<BatchRow, 'line'>;

/** Throws BatchError where it cannot be read or is no batch; nothing has been changed then. */
export function intakeFile(
  deps: IntakeDeps,
  file: BatchSource,
  options: IntakeOptions,
): Promise<IntakeReport> {
  return takeInFile(deps, file, options, pins(deps));
}

/** The same for goods of any kind. */
export async function takeInFile<Row extends AnyRow, Sealed>(
  deps: IntakeDeps,
  file: BatchSource,
  options: IntakeOptions,
  goods: Goods<Row, Sealed>,
): Promise<IntakeReport> {
  const { hash, lines } = await summarise(file, goods.layout.header);
  const start = await unfinishedPass(goods.stateOf, `${hash}:${options.supplier}`, lines, options.once);
  const { after, taken, refused } = start;
  if (after >= lines) return { taken, refused, resumedAfter: after };
  const intake = new Intake(deps, goods, options, start, await deps.vault.newBatch());
  for await (const rows of rowsOf(file, start.after, goods.layout)) {
    for (const row of rows) {
      if (intake.isFull()) {
        await intake.write(row.line - 1);
        options.onProgress?.(row.line - 1, lines);
      }
      intake.add(row);
    }
  }
  const report = await intake.finish(lines);
  options.onProgress?.(lines, lines);
  return report;
}

/** Takes in rows that a program makes, before anything is sold. */
export async function intakeRows(
  deps: IntakeDeps,
  source: { readonly supplier: string; readonly name: string; readonly rows: Iterable<GeneratedPin> },
): Promise<IntakeReport> {
  const start = { name: source.name, after: 0, taken: 0, refused: 0 };
  const options = { supplier: source.supplier, pace: INTAKE_PACE.alone };
  const intake = new Intake(deps, pins(deps), options, start, await deps.vault.newBatch());
  let line = 0;
  for (const row of source.rows) {
    if (intake.isFull()) await intake.write(line);
    line += 1;
    intake.add({ ...row, line });
  }
  return intake.finish(line);
}

interface Start {
  readonly name: string;
  readonly after: number;
  readonly taken: number;
  readonly refused: number;
}

/** A whole pass over the same file is done: then it is read again under a new name, and every row is known; or not. */
async function unfinishedPass(
  stateOf: Goods<unknown, unknown>['stateOf'],
  batch: string,
  lines: number,
  once = false,
): Promise<Start> {
  for (let pass = 1; ; pass++) {
    const name = `${batch}:${pass}`;
    const state = await stateOf(name);
    if (!state) return { name, after: 0, taken: 0, refused: 0 };
    const { progress, taken, refused } = state;
    if (progress < lines || once) return { name, after: progress, taken, refused };
  }
}

/** What is looked at in a row of any kind. */
type AnyRow = Pick<BatchRow, 'line' | 'product' | 'expiry'>;

class Intake<Row extends AnyRow, Sealed> {
  readonly #deps: IntakeDeps;
  readonly #goods: Goods<Row, Sealed>;
  readonly #options: IntakeOptions;
  readonly #pace: IntakePace;
  readonly #start: Start;
  readonly #batch: number;
  readonly #today: string;
  #rows: Sealed[] = [];
  #bad: BadRow[] = [];
  #writing: Promise<void> = Promise.resolve();
  #taken: number;
  #refused: number;

  constructor(
    deps: IntakeDeps,
    goods: Goods<Row, Sealed>,
    options: IntakeOptions,
    start: Start,
    batch: number,
  ) {
    this.#deps = deps;
    this.#goods = goods;
    this.#options = options;
    this.#pace = options.pace ?? INTAKE_PACE.beside;
    this.#start = start;
    this.#batch = batch;
    this.#today = dateAt(deps.clock.now(), 0);
    this.#taken = start.taken;
    this.#refused = start.refused;
  }

  isFull(): boolean {
    return this.#rows.length + this.#bad.length >= this.#pace.chunkRows;
  }

  add(row: Row | BadRow): void {
    const { products } = this.#options;
    if ('reason' in row) this.#bad.push(row);
    else {
      const product = products ? products.get(row.product) : row.product;
      if (product === undefined) {
        this.#bad.push({ line: row.line, reason: 'product: not one of the configuration' });
      } else if (row.expiry < this.#today) this.#bad.push({ line: row.line, reason: 'expired' });
      else this.#rows.push(this.#goods.seal({ ...row, product }, this.#batch, this.#options.supplier));
    }
  }

  /** One chunk is written while the next is sealed. `progress`: the last line that this chunk settles. */
  async write(progress: number): Promise<void> {
    await this.#writing;
    const rows = this.#rows;
    const bad = this.#bad;
    this.#rows = [];
    this.#bad = [];
    this.#writing = this.#store(rows, bad, progress);
    // A rejection is met by the next await; until then it is not unhandled.
    this.#writing.catch(() => {});
  }

  async finish(lines: number): Promise<IntakeReport> {
    await this.write(lines);
    await this.#writing;
    return { taken: this.#taken, refused: this.#refused, resumedAfter: this.#start.after };
  }

  async #store(rows: readonly Sealed[], bad: readonly BadRow[], progress: number): Promise<void> {
    const { taken, known } = await this.#goods.takeIn({
      supplier: this.#options.supplier,
      intake: this.#start.name,
      batch: this.#batch,
      rows,
      malformed: bad.length,
      progress,
      at: this.#deps.clock.now(),
    });
    this.#taken += taken;
    this.#refused += bad.length + known.length;
    this.#tell([...bad, ...known.map((line) => ({ line, reason: this.#goods.known }))]);
    if (this.#pace.pauseMs > 0) await sleep(this.#pace.pauseMs);
  }

  #tell(refused: BadRow[]): void {
    const { onRefused } = this.#options;
    if (onRefused) for (const row of refused.sort((a, b) => a.line - b.line)) onRefused(row);
  }
}
