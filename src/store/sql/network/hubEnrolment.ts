/**
 * Switches come into the network and leave it: invited with a one-time code, enrolled by it, retired by a decision.
 *
 * Stops before an enrolment's commit: the code is as good as before. Stops after it, the answer lost: the same key and
 * token get it again. Stops before a retirement's commit: it is active as before; after it: refused at its next call.
 */
import type { Enrolment, Invitation, Retirement } from '../../hubVerbs.js';
import type { Books } from '../books.js';
import type { Handler } from '../journal/journal.js';
import { byProduct } from './hubArrivals.js';
import { Holdings } from './hubHoldings.js';
import { isServed, Switches, type SwitchRow } from './hubSwitches.js';

export function invite(books: Books): Handler {
  const switches = new Switches(books.db);
  const add = books.db
    .prepare<[string, string, number, string], number>(
      `INSERT INTO network_switch (name, epoch, holder, state, why, code_sha256, code_expires_at, public_key,
     token_sha256, certificate_sha256, transfer, applied, recall, recalled, contact, link, seen_at, change,
     restated_change, journal, settling, difference, stated_at, restated)
     VALUES (?, 0, 0, 'invited', '', ?, ?, '', '', ?, 0, 0, 0, 0, 0, '', 0, 0, 0, 0, 0, '', 0, 0) RETURNING id`,
    )
    .pluck();
  const again = books.db.prepare<[string, number, string, number]>(
    `UPDATE network_switch SET state = 'invited', code_sha256 = ?, code_expires_at = ?, certificate_sha256 = ?
     WHERE id = ?`,
  );
  return (input, out) => {
    const { name, codeSha256, expiresAt, certificateSha256 } = input.object<Invitation>();
    const known = switches.byName(name);
    if (known && isServed(known)) {
      out.push({ kind: 'active' });
      return;
    }
    if (known) again.run(codeSha256, expiresAt, certificateSha256, known.id);
    const id = known?.id ?? (add.get(name, codeSha256, expiresAt, certificateSha256) as number);
    out.push({ kind: 'invited', id });
  };
}

export function enrol(books: Books): Handler {
  const switches = new Switches(books.db);
  const held = new HeldByFormer(books);
  const holder = books.db
    .prepare<[number, number], number>(
      'INSERT INTO network_holder (switch, epoch, ended_at) VALUES (?, ?, 0) RETURNING id',
    )
    .pluck();
  const begin = books.db.prepare<[number, number, string, string, number]>(
    `UPDATE network_switch SET state = 'active', why = '', epoch = ?, holder = ?, public_key = ?, token_sha256 = ?,
     transfer = 0, applied = 0, recall = 0, recalled = 0, contact = 0, link = '', seen_at = 0, change = 0,
     restated_change = 0, journal = 0, settling = 0, difference = '', stated_at = 0, restated = 1 WHERE id = ?`,
  );
  return (input, out) => {
    const { codeSha256, publicKey, tokenSha256, certificateSha256 = '', at } = input.object<Enrolment>();
    const known = switches.byCode(codeSha256);
    if (!known) {
      out.push({ kind: 'refused', why: 'unknown-code' });
      return;
    }
    const { id, name } = known;
    if (known.certificateSha256 !== '' && known.certificateSha256 !== certificateSha256) {
      out.push({ kind: 'refused', why: 'certificate' });
      return;
    }
    if (known.state !== 'invited') {
      const isRepeat = isServed(known) && known.publicKey === publicKey && known.tokenSha256 === tokenSha256;
      out.push(
        isRepeat ? { kind: 'enrolled', id, name, epoch: known.epoch } : { kind: 'refused', why: 'used' },
      );
      return;
    }
    if (at >= known.codeExpiresAt) {
      out.push({ kind: 'refused', why: 'expired' });
      return;
    }
    const epoch = known.epoch + 1;
    held.quarantine(known, 'hub', `${name} enrolled anew, epoch ${epoch}`, at);
    const next = holder.get(id, epoch) as number;
    begin.run(epoch, next, publicKey, tokenSha256, id);
    out.push({ kind: 'enrolled', id, name, epoch });
  };
}

export function retire(books: Books): Handler {
  const switches = new Switches(books.db);
  const held = new HeldByFormer(books);
  const end = books.db.prepare<[string, number]>(
    "UPDATE network_switch SET state = 'retired', why = ? WHERE id = ?",
  );
  return (input, out) => {
    const { name, by, why, at } = input.object<Retirement>();
    const known = switches.byName(name);
    if (!known || known.state === 'retired') {
      out.push({ kind: known ? 'already' : 'unknown' });
      return;
    }
    const pins = held.quarantine(known, by, `${name} retired: ${why}`, at);
    end.run(why, known.id);
    out.push({ kind: 'retired', pins });
  };
}

/** PINs in one recorded decision. */
const DECISION_PINS = 10_000;

/**
 * What a switch that will not be heard again had, or had under way: out of sale, until somebody decides who knows what
 * became of it. Its leases stay on its accounts for the same reason.
 */
class HeldByFormer {
  readonly #holdings;
  readonly #take;
  readonly #record;
  readonly #leases;
  readonly #recalls;
  readonly #end;

  constructor(books: Books) {
    const { db } = books;
    this.#holdings = new Holdings(books);
    const take = (from: string) =>
      db
        .prepare<[number], [string, string, number]>(
          `UPDATE pin SET custody = 'quarantined' WHERE holder = ? AND custody = '${from}'
           RETURNING product, mark, id`,
        )
        .raw();
    this.#take = { transit: take('transit'), away: take('away') };
    this.#record = db.prepare<[string, string, number, string, string]>(
      `INSERT INTO decision (decided_by, why, at, from_custody, to_custody, pins)
       VALUES (?, ?, ?, ?, 'quarantined', ?)`,
    );
    this.#leases = db
      .prepare<[number], number>('SELECT count(*) FROM lease WHERE holder = ? AND leased <> 0')
      .pluck();
    this.#recalls = db.prepare<[number]>('DELETE FROM network_recall WHERE holder = ?');
    this.#end = db.prepare<[number, number]>(
      'UPDATE network_holder SET ended_at = ? WHERE id = ? AND ended_at = 0',
    );
  }

  /** Once each, recorded even where there is nothing to take. Says how many PINs. */
  quarantine({ holder }: SwitchRow, by: string, why: string, at: number): number {
    if (this.#end.run(at, holder).changes === 0) return 0;
    const leases = this.#leases.get(holder) ?? 0;
    const told = leases === 0 ? why : `${why}; ${leases} leases stay on its accounts`;
    const pins = this.#move(holder, 'transit', by, told, at) + this.#move(holder, 'away', by, told, at);
    if (pins === 0) this.#record.run(by, told, at, 'away', '');
    this.#holdings.write();
    this.#recalls.run(holder);
    return pins;
  }

  #move(holder: number, from: 'transit' | 'away', by: string, why: string, at: number): number {
    const taken = this.#take[from].all(holder);
    for (const [product, marks] of byProduct(taken.map(([product, mark]) => [product, mark])))
      this.#holdings.move(product, { holder, custody: from }, { holder, custody: 'quarantined' }, marks);
    for (let next = 0; next < taken.length; next += DECISION_PINS) {
      const ids = taken.slice(next, next + DECISION_PINS).map(([, , id]) => id);
      this.#record.run(by, why, at, from, ids.join());
    }
    return taken.length;
  }
}
