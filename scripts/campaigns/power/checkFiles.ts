/** Looks at an installation as a power cut left it amid what operators did, with the program's own means. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { keyFile } from '../../../src/app/data.js';
import { loadKeyring } from '../../../src/stock/keyring.js';
import type { Connection } from '../../../src/store/sqlite/database.js';
import { faultOfBooks } from './books.js';
import type { Files } from './disk.js';
import { faultGoingOn } from './goOn.js';
import { ARCHIVE, type Done, ELSEWHERE, MADE, OLD_KEY, OLD_SALES, PINS, type Step } from './steps.js';

const DATABASE = 'data/switch.db';

export interface FilesCheckerOptions {
  readonly root: string;
  /** What was below the root at the end. */
  readonly left: Files;
  readonly steps: readonly Done[];
  /** After how many images the program goes on with one, which takes a third of a second. */
  readonly goOnEach: number;
}

export class FilesChecker {
  readonly #options: FilesCheckerOptions;
  #images = 0;

  constructor(options: FilesCheckerOptions) {
    this.#options = options;
  }

  /** What is wrong, in words; undefined where nothing is. `at`: bytes of the trace at the cut. */
  async fault(at: number): Promise<string | undefined> {
    const { root, steps, goOnEach } = this.#options;
    const done = new Set(steps.filter((step) => step.at <= at).map(({ step }) => step));
    this.#images += 1;
    const fault = this.#faultOfFiles(done) ?? faultOfData(root, done);
    if (fault !== undefined || this.#images % goOnEach !== 0 || !existsSync(join(root, DATABASE)))
      return fault;
    return (await faultGoingOn(join(root, 'data'), join(root, ARCHIVE))) ?? faultOfData(root, done);
  }

  #faultOfFiles(done: ReadonlySet<Step>): string | undefined {
    const { root, left } = this.#options;
    for (const [path, step] of MADE) {
      const file = join(root, path);
      if (!done.has(step)) continue;
      if (!existsSync(file)) return `${path} was made and is not there`;
      if (!left.get(path)?.equals(readFileSync(file))) return `${path} is not as it was made`;
    }
    const elsewhere = join(root, 'other/store.url');
    if (!existsSync(elsewhere))
      return done.has('elsewhere') ? 'store.url was made and is not there' : undefined;
    return readFileSync(elsewhere, 'utf8') === `${ELSEWHERE}\n` ? undefined : 'store.url is there in part';
  }
}

function faultOfData(root: string, done: ReadonlySet<Step>): string | undefined {
  const file = join(root, DATABASE);
  if (!existsSync(file))
    return done.has('first intake') ? 'PINs were taken in and switch.db is not there' : undefined;
  return faultOfBooks(file, (db, { takenIn }) => {
    const told = PINS * (Number(done.has('first intake')) + Number(done.has('second intake')));
    if (takenIn < told) return `${told} PINs were taken in, ${takenIn} are there`;
    return (
      faultOfKeys(db, join(root, 'data')) ??
      (done.has('old sales') ? faultOfOldSales(db, join(root, ARCHIVE)) : undefined)
    );
  });
}

function faultOfKeys(db: Connection, folder: string): string | undefined {
  const wrapping = db.prepare<[], string>('SELECT DISTINCT key_id FROM key_batch').pluck().all();
  if (wrapping.length === 0) return undefined;
  const { keys } = loadKeyring(keyFile(folder), {});
  const missing = wrapping.find((id) => !keys.has(id));
  return missing && `PINs are sealed under ${missing}, which is not in the key file`;
}

/** Each is in the journal or in an archive that the books name; while one is taken out, in both. */
function faultOfOldSales(db: Connection, archive: string): string | undefined {
  const keys = new Set(db.prepare<[], string>('SELECT key FROM journal').pluck().all());
  const files = existsSync(archive) ? readdirSync(archive) : [];
  for (const name of db.prepare<[], string>('SELECT name FROM archive').pluck().all()) {
    if (!files.includes(name)) return `archive ${name} is not there`;
    const lines = gunzipSync(readFileSync(join(archive, name)))
      .toString()
      .trimEnd()
      .split('\n');
    for (const line of lines) keys.add((JSON.parse(line) as { key: string }).key);
  }
  const old = [...keys].filter((key) => key.startsWith(OLD_KEY));
  return old.length === OLD_SALES ? undefined : `${old.length} of ${OLD_SALES} old sales are there`;
}
