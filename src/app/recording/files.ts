/**
 * The files of one link's recording: one behind the other, each begun when there is something to write, ended when it
 * is long enough, the oldest deleted for the next. Only whole pcapng blocks (or sealed chunks) go out, in writes of
 * 64 KiB or when flushed, so that a process that is killed leaves files that can be read. Names: LINK-TIME-N.pcapng,
 * and .sealed where they are. Every fault is a SafeError, with what was half written taken back.
 * Maximums: rotateBytes and 128 KiB a file, filesMax files.
 */
import { closeSync, ftruncateSync, openSync, readdirSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SafeError, safeText } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import { Sealer } from '../../capture/sealed.js';
import type { RecordOptions } from '../../transport/index.js';

const WRITE_BYTES = 65_536;
/** How far over rotateBytes a file may go where it had better not end now. */
const OVER_BYTES_MAX = 65_536;

export interface RecordingFileOptions extends RecordOptions {
  /** Of the link. */
  readonly name: string;
}

export class RecordingFiles {
  readonly #options: RecordingFileOptions;
  readonly #random: Random;
  readonly #names: RegExp;
  #file: OpenFile | undefined;
  #number = 0;

  constructor(options: RecordingFileOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#names = new RegExp(`^${options.name}-(\\d{8}T\\d{6})-(\\d+)\\.pcapng(\\.sealed)?$`);
  }

  get open(): boolean {
    return this.#file !== undefined;
  }

  /** Begins a file, named by the time of its first record. */
  begin(timeUs: number): void {
    this.#deleteOldest();
    const time = new Date(timeUs / 1_000).toISOString().replace(/[-:]|\.\d+Z$/g, '');
    const sealed = this.#options.contents === 'encrypted';
    for (;;) {
      this.#number += 1;
      const file = `${this.#options.name}-${time}-${this.#number}.pcapng${sealed ? '.sealed' : ''}`;
      const path = join(this.#options.folder, file);
      const descriptor = openNew(path);
      if (descriptor === undefined) continue;
      const sealer = sealed
        ? new Sealer(Buffer.from(this.#options.for ?? '', 'hex'), this.#random)
        : undefined;
      this.#file = new OpenFile(path, descriptor, sealer, this.#options);
      return;
    }
  }

  /** Whole blocks. */
  append(block: Buffer): void {
    this.#file?.append(block);
  }

  /** Writes what waits. */
  flush(): void {
    this.#file?.flush(false);
  }

  /** True where the file is long enough; `midFrame`: better not yet. */
  isFull(midFrame: boolean): boolean {
    const bytes = this.#file?.bytes ?? 0;
    return bytes >= this.#options.rotateBytes + (midFrame ? OVER_BYTES_MAX : 0);
  }

  /** Ends the file, with what waits. */
  end(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.end();
  }

  /** Closes the file as it stands; one that has nothing goes. */
  abandon(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close();
    if (!file?.isEmpty) return;
    try {
      unlinkSync(file.path);
    } catch {
      // It went with its folder.
    }
  }

  #deleteOldest(): void {
    const { folder, filesMax } = this.#options;
    try {
      const files = readdirSync(folder).flatMap((file) => {
        const [, time = '', number = ''] = this.#names.exec(file) ?? [];
        return time === '' ? [] : [{ file, time, number: Number(number) }];
      });
      files.sort((a, b) => (a.time === b.time ? a.number - b.number : a.time < b.time ? -1 : 1));
      for (const { file } of files.slice(0, Math.max(0, files.length - filesMax + 1)))
        unlinkSync(join(folder, file));
    } catch (cause) {
      throw new SafeError(`an old recording could not be deleted (${safeText(cause)})`, { cause });
    }
  }
}

/** Undefined where there is a file of that name. */
function openNew(file: string): number | undefined {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw new SafeError(`a file could not be made (${safeText(cause)})`, { cause });
  }
}

class OpenFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #sealer: Sealer | undefined;
  readonly #folder: string;
  readonly #freeBytesMin: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** On disk, as far as this program is concerned. */
  #written = 0;

  constructor(path: string, descriptor: number, sealer: Sealer | undefined, options: RecordingFileOptions) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#sealer = sealer;
    this.#folder = options.folder;
    this.#freeBytesMin = options.freeBytesMin;
  }

  get bytes(): number {
    return this.#written + this.#waitingBytes;
  }

  get isEmpty(): boolean {
    return this.#written === 0;
  }

  append(block: Buffer): void {
    this.#waiting.push(block);
    this.#waitingBytes += block.length;
    if (this.#waitingBytes >= WRITE_BYTES) this.flush(false);
  }

  flush(last: boolean): void {
    if (this.#waitingBytes === 0 && !(last && this.#sealer)) return;
    const clear = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (!this.#sealer) this.#write(clear);
    else {
      const header = this.#written === 0 ? [this.#sealer.header] : [];
      this.#write(Buffer.concat([...header, this.#sealer.seal(clear, last)]));
    }
  }

  end(): void {
    try {
      this.flush(true);
    } finally {
      this.close();
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(bytes: Buffer): void {
    try {
      if (this.#freeBytesMin > 0) this.#leaveRoom(bytes.length);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
      this.#written += bytes.length;
    } catch (cause) {
      this.#takeBack();
      if (cause instanceof SafeError) throw cause;
      throw new SafeError(`the file could not be written (${safeText(cause)})`, { cause });
    }
  }

  /** A disk that recordings have filled would sell no more. */
  #leaveRoom(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    if (bavail * bsize < this.#freeBytesMin + bytes)
      throw new SafeError(`less than ${this.#freeBytesMin} bytes are free on the disk`);
  }

  /** What was written of a block that is not whole. */
  #takeBack(): void {
    try {
      ftruncateSync(this.#descriptor, this.#written);
    } catch {
      // It stays, and readers say so.
    }
  }
}
