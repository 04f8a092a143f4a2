/**
 * The simulator's ledger: an append-only file of JSON lines, one an event, on disk (fsync) before anyone is
 * answered. Appends that wait while an fsync is under way go together into the next one. A last line that
 * a crash cut short is dropped at the next start. Without a file the ledger is kept in memory alone.
 * Maximum: LEDGER_QUEUE_MAX lines waiting.
 */
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import { SafeError } from '../../base/errors.js';

/** Lines waiting for the disk. */
const LEDGER_QUEUE_MAX = 100_000;

interface Waiting {
  readonly line: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export class Ledger {
  readonly #file: FileHandle | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle | undefined) {
    this.#file = file;
  }

  /** Reads what stands, line by line, then appends after it. Throws SafeError on a line that is no JSON. */
  static async open(path: string | undefined, onLine: (event: unknown) => void): Promise<Ledger> {
    if (path === undefined) return new Ledger(undefined);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
    whole.split('\n').forEach((line, index) => {
      if (line !== '') onLine(parseLine(line, index + 1));
    });
    return new Ledger(await open(path, 'a'));
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
        await file.datasync();
        for (const item of batch) item.done();
      } catch (error) {
        for (const item of batch) item.failed(error);
      }
    }
    this.#writing = undefined;
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new SafeError(`ledger: line ${number} is not JSON`);
  }
}
