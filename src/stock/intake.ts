/**
 * Intake: PINs enter stock from a supplier's batch. Each chunk of rows is sealed and stored with the batch's
 * progress in one commit, so an intake that was stopped anywhere goes on behind the last stored chunk when it is
 * run again, and no PIN enters twice. A PIN already known is refused and reported by its line.
 *
 * Stops before a chunk's commit: the chunk is read again. Stops after it: the next run begins behind it.
 */
import type { Clock } from '../base/clock.js';
import { dateAt } from '../base/dates.js';
import type { IntakeRow, Store } from '../store/store.js';
import { type BadRow, type BatchRow, rowsOf, summarise } from './batchFile.js';
import type { Vault } from './vault.js';

export const INTAKE_LIMITS = {
  /** Rows in one commit: a sale waits for one chunk at most. */
  chunkRows: 1_000,
  /** Refused rows that are listed; all are counted. */
  listedMax: 10_000,
} as const;

export interface IntakeDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}

export interface IntakeReport {
  readonly taken: number;
  readonly refused: number;
  /** The first refused rows; reasons never hold a PIN. */
  readonly rows: readonly BadRow[];
  /** Line behind which this run began; 0 where it began at the start. */
  readonly resumedAfter: number;
}

/** Lines done, of all. */
export type Progress = (done: number, total: number) => void;

/** A row that is made, not read: demonstration stock. */
export type GeneratedPin = Omit<BatchRow, 'line'>;

export async function intakeFile(
  deps: IntakeDeps,
  file: string,
  supplier: string,
  onProgress: Progress = () => {},
): Promise<IntakeReport> {
  const { hash, lines } = await summarise(file);
  const { name, after } = await unfinishedPass(deps.store, hash, lines);
  const batch = await deps.vault.newBatch();
  const intake = new Intake(deps, supplier, name, batch, after);
  for await (const row of rowsOf(file, after)) {
    await intake.add(row, row.line);
    if (row.line % INTAKE_LIMITS.chunkRows === 0) onProgress(row.line, lines);
  }
  const report = await intake.finish(lines);
  onProgress(lines, lines);
  return report;
}

/** Takes in rows that a program makes. */
export async function intakeRows(
  deps: IntakeDeps,
  source: { readonly supplier: string; readonly name: string; readonly rows: Iterable<GeneratedPin> },
): Promise<IntakeReport> {
  const batch = await deps.vault.newBatch();
  const intake = new Intake(deps, source.supplier, source.name, batch, 0);
  let line = 0;
  for (const row of source.rows) {
    line += 1;
    await intake.add({ ...row, line }, line);
  }
  return intake.finish(line);
}

/** A whole pass over the same file is done: then it is read again under a new name, and every row is known. */
async function unfinishedPass(
  store: Store,
  hash: string,
  lines: number,
): Promise<{ name: string; after: number }> {
  for (let pass = 1; ; pass++) {
    const name = `${hash}:${pass}`;
    const state = await store.intakeState(name);
    if (!state) return { name, after: 0 };
    if (state.progress < lines) return { name, after: state.progress };
  }
}

class Intake {
  readonly #deps: IntakeDeps;
  readonly #supplier: string;
  readonly #name: string;
  readonly #batch: number;
  readonly #after: number;
  readonly #today: string;
  #rows: IntakeRow[] = [];
  #writing: Promise<void> = Promise.resolve();
  #taken = 0;
  #refused = 0;
  readonly #listed: BadRow[] = [];

  constructor(deps: IntakeDeps, supplier: string, name: string, batch: number, after: number) {
    this.#deps = deps;
    this.#supplier = supplier;
    this.#name = name;
    this.#batch = batch;
    this.#after = after;
    this.#today = dateAt(deps.clock.now(), 0);
  }

  async add(row: BatchRow | BadRow, line: number): Promise<void> {
    if ('reason' in row) this.#refuse(row.line, row.reason);
    else if (row.expiry < this.#today) this.#refuse(row.line, 'expired');
    else this.#rows.push(this.#sealed(row));
    if (this.#rows.length >= INTAKE_LIMITS.chunkRows) await this.#write(line);
  }

  async finish(lines: number): Promise<IntakeReport> {
    await this.#write(lines);
    await this.#writing;
    this.#listed.sort((a, b) => a.line - b.line);
    return { taken: this.#taken, refused: this.#refused, rows: this.#listed, resumedAfter: this.#after };
  }

  #sealed({ line, product, code, serial, expiry }: BatchRow): IntakeRow {
    const { vault } = this.#deps;
    const sealed = vault.sealPin(this.#batch, product, serial, code);
    return { line, product, sealed, mark: vault.markPin(this.#supplier, code), serial, expiry };
  }

  /** One chunk is written while the next is sealed. */
  async #write(progress: number): Promise<void> {
    await this.#writing;
    const rows = this.#rows;
    this.#rows = [];
    this.#writing = this.#store(rows, progress);
    // A rejection is met by the next await; until then it is not unhandled.
    this.#writing.catch(() => {});
  }

  async #store(rows: readonly IntakeRow[], progress: number): Promise<void> {
    const { taken, known } = await this.#deps.store.takeIn({
      supplier: this.#supplier,
      intake: this.#name,
      batch: this.#batch,
      rows,
      progress,
      at: this.#deps.clock.now(),
    });
    this.#taken += taken;
    for (const line of known) this.#refuse(line, 'PIN already known');
  }

  #refuse(line: number, reason: string): void {
    this.#refused += 1;
    if (this.#listed.length < INTAKE_LIMITS.listedMax) this.#listed.push({ line, reason });
  }
}
