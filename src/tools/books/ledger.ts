/**
 * An append-only file of JSON lines, one a fact, on disk (fsync) before anyone is told: what simulators keep their
 * books in. Appends that wait while an fsync is under way go together into the next one. A last line that a crash cut
 * short is dropped at the next start. Without a file it keeps nothing. The file is its owner's alone (mode 600).
 * Maximum: LEDGER_QUEUE_MAX lines waiting.
 */
import { type FileHandle, open, stat, truncate } from 'node:fs/promises';
import { SafeError } from '../../base/errors.js';
import { readJsonLines } from './lines.js';

/** Lines waiting for the disk. */
const LEDGER_QUEUE_MAX = 100_000;

interface Waiting {
  readonly line: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export class Ledger {
  readonly #file: FileHandle | undefined;
  readonly #synced: boolean;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle | undefined, synced: boolean) {
    this.#file = file;
    this.#synced = synced;
  }

  /**
   * Reads what stands, line by line, then appends after it. `synced` false: a line is in the operating system's hands,
   * which outlives the process but not the machine. Throws SafeError on a line that is no JSON.
   */
  static async open(
    path: string | undefined,
    onLine: (event: unknown) => void,
    synced = true,
  ): Promise<Ledger> {
    if (path === undefined) return new Ledger(undefined, synced);
    const bytes = await sizeOf(path);
    let whole = 0;
    if (bytes > 0) {
      for await (const { value, end } of readJsonLines(path, 'ledger')) {
        onLine(value);
        whole = end;
      }
    }
    if (whole < bytes) await truncate(path, whole);
    return new Ledger(await open(path, 'a', 0o600), synced);
  }

  /** Resolves when the event is on disk. */
  append(event: object): Promise<void> {
    if (this.#file === undefined) return Promise.resolve();
    if (this.#waiting.length >= LEDGER_QUEUE_MAX) {
      return Promise.reject(new SafeError(`ledger: over ${LEDGER_QUEUE_MAX} lines waiting`));
    }
    return new Promise((done, failed) => {
      this.#waiting.push({ line: `${JSON.stringify(event)}\n`, done, failed });
      this.#writing ??= this.#drain(this.#file as FileHandle);
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
  }

  async #drain(file: FileHandle): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await file.appendFile(batch.map((item) => item.line).join(''));
        if (this.#synced) await file.datasync();
        for (const item of batch) item.done();
      } catch (error) {
        for (const item of batch) item.failed(error);
      }
    }
    this.#writing = undefined;
  }
}

/** 0 where there is no file yet. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
