/** The hub's switches as they stand in their table, and why the hub's own books are old. */
import type { NetworkSwitch } from '../../hubVerbs.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

/** The setting that says why these books are older than a switch's. */
export const BEHIND_SETTING = 'hub.behind';

const COLUMNS = `id, name, epoch, state, why, public_key AS publicKey, token_sha256 AS tokenSha256,
  certificate_sha256 AS certificateSha256, transfer, applied, recall, recalled, contact, link, seen_at AS seenAt,
  change, journal, settling, difference, stated_at AS statedAt, restated`;
export const SWITCHES = `SELECT ${COLUMNS} FROM network_switch ORDER BY id`;
const ROW = `${COLUMNS}, holder, restated_change AS restatedChange, code_sha256 AS codeSha256,
  code_expires_at AS codeExpiresAt`;

/** With what stays in the store. */
export interface SwitchRow extends Omit<NetworkSwitch, 'restated'> {
  readonly restated: number;
  /** Its present one of network_holder; 0 before it has enrolled. */
  readonly holder: number;
  readonly restatedChange: number;
  readonly codeSha256: string;
  readonly codeExpiresAt: number;
}

/** It may be given something. */
export function isServed({ state, why }: Pick<SwitchRow, 'state' | 'why'>): boolean {
  return state === 'active' && why === '';
}

export class Switches {
  readonly #byId;
  readonly #byName;
  readonly #byCode;
  readonly #refuse;
  readonly #setting;
  readonly #mark;
  readonly #unstated;
  readonly #unstatedOne;

  constructor(db: Connection) {
    this.#byId = db.prepare<[number], SwitchRow>(`SELECT ${ROW} FROM network_switch WHERE id = ?`);
    this.#byName = db.prepare<[string], SwitchRow>(`SELECT ${ROW} FROM network_switch WHERE name = ?`);
    this.#byCode = db.prepare<[string], SwitchRow>(
      `SELECT ${ROW} FROM network_switch WHERE code_sha256 = ? AND code_sha256 <> ''`,
    );
    this.#refuse = db.prepare<[string, number]>('UPDATE network_switch SET why = ? WHERE id = ?');
    this.#setting = db
      .prepare<[], string>(`SELECT value FROM setting WHERE name = '${BEHIND_SETTING}'`)
      .pluck();
    this.#mark = db.prepare<[string]>(
      `INSERT INTO setting (name, value) VALUES ('${BEHIND_SETTING}', ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.#unstated = db.prepare('UPDATE network_switch SET restated = 0');
    this.#unstatedOne = db.prepare<[number]>('UPDATE network_switch SET restated = 0 WHERE id = ?');
  }

  byId(id: number): SwitchRow | undefined {
    return this.#byId.get(id);
  }

  byName(name: string): SwitchRow | undefined {
    return this.#byName.get(name);
  }

  byCode(codeSha256: string): SwitchRow | undefined {
    return this.#byCode.get(codeSha256);
  }

  /** For good: until it is enrolled anew. */
  refuse(id: number, why: 'stale' | 'forked'): void {
    this.#refuse.run(why, id);
  }

  /** '' where the books are right. */
  behind(): string {
    return this.#setting.get() ?? '';
  }

  /** These books are older than this switch's: the first finding counts, and everybody is to tell what it holds. */
  fallBehind(id: number, why: string): void {
    if (this.behind() === '') {
      this.#mark.run(why);
      this.#unstated.run();
    } else this.#unstatedOne.run(id);
  }

  caughtUp(): void {
    this.#mark.run('');
  }
}

export function switches(db: Connection): Handler {
  const select = db.prepare<[], SwitchRow>(SWITCHES);
  return (_, out) => {
    out.push(select.all().map((row) => ({ ...row, restated: row.restated === 1 })));
  };
}

export function behind(db: Connection): Handler {
  const select = db.prepare<[], string>(`SELECT value FROM setting WHERE name = '${BEHIND_SETTING}'`).pluck();
  return (_, out) => {
    out.push(select.get() ?? '');
  };
}
