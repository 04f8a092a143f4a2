/**
 * The store's verbs on the calling side: each packs its arguments, and unpacks its result when it is on disk.
 * Writes go to one worker, reads to another; what a resolved verb wrote, a later read sees.
 */
import type { Custody } from '../../../domain/transaction.js';
import type {
  AccountMemory,
  Adjustment,
  Attempt,
  Audit,
  Balance,
  Batch,
  CataloguePortion,
  Closing,
  Crediting,
  Decision,
  Forwarding,
  IntakeChunk,
  JournalEntry,
  NewRevision,
  Opening,
  OriginalQuery,
  Reversing,
  RevisionResult,
  Sale,
  StatementLine,
  StatementQuery,
  StockLevel,
  Store,
  StoredOutcome,
  TransactionQuery,
} from '../../store.js';
import { type PackedRevision, takeRevision } from '../catalogue.js';
import { pushItem } from '../journal/batchItems.js';
import type { PackedClosing } from '../journal/closing.js';
import type { PackedCrediting } from '../journal/crediting.js';
import type { PackedChunk } from '../stock/stocking.js';
import { count, nothing, whether } from './caller.js';
import { CardStore } from './cardClient.js';
import { pushEntry, pushOutcome, takeTransaction } from './columns.js';
import { packEffects } from './effects.js';
import { type Cursor, toLatin1 } from './flat.js';
import {
  orShort,
  takeBatchResult,
  takeCloseResult,
  takeCreditResult,
  takeIntakeState,
  takeKeyBatch,
  takeList,
  takeOpenResult,
  takePostResult,
  takeQuarantined,
  takeReverseResult,
  takeSaleResult,
  takeStoredBatch,
} from './results.js';

const saleOrShort = orShort(takeSaleResult);
const openOrShort = orShort(takeOpenResult);
const batchOrShort = orShort(takeBatchResult);
const possibly = (input: Cursor) => (whether(input) ? takeTransaction(input) : undefined);
const scalarText = (input: Cursor): string | undefined => (input.scalar() as string | null) ?? undefined;

export class SqlStore extends CardStore implements Store {
  sell({ entry, outcome, today, orElse, effects, remember, mayWait }: Sale) {
    return this.write(
      'sell',
      (out) => {
        pushEntry(out, entry);
        pushOutcome(out, outcome);
        out.push(today, this.clock.now(), orElse ?? null, packEffects(effects), remember ?? null);
        out.push(mayWait ? 1 : 0);
      },
      saleOrShort,
    );
  }

  sellBatch({ entry, approvalCode, today, items, mayWait }: Batch) {
    return this.write(
      'sellBatch',
      (out) => {
        pushEntry(out, entry);
        out.push(approvalCode, today, this.clock.now(), items.length);
        for (const item of items) pushItem(out, item);
        out.push(mayWait ? 1 : 0);
      },
      batchOrShort,
    );
  }

  credit({ entry, outcome, effects, reward, account, remember, mayWait }: Crediting) {
    return this.write(
      'credit',
      (out) => {
        pushEntry(out, entry);
        pushOutcome(out, outcome);
        const packed: PackedCrediting = { effects, reward, account, remember };
        out.push(this.clock.now(), packed, mayWait ? 1 : 0);
      },
      orShort((input) => takeCreditResult(input, outcome)),
    );
  }

  decline(entry: JournalEntry, outcome: StoredOutcome) {
    return this.write(
      'decline',
      (out) => {
        pushEntry(out, entry);
        pushOutcome(out, outcome);
        out.push(this.clock.now());
      },
      takeOpenResult,
    );
  }

  open({ entry, supplier, reference, deadlineAt, doubt, effects, reward, mayWait }: Opening) {
    return this.write(
      'open',
      (out) => {
        pushEntry(out, entry);
        out.push({ supplier, reference, deadlineAt, doubt }, this.clock.now(), packEffects(effects));
        out.push(reward ?? null, mayWait ? 1 : 0);
      },
      openOrShort,
    );
  }

  reroute(id: number, { supplier, reference, deadlineAt, doubt }: Attempt) {
    return this.write(
      'reroute',
      (out) => out.push(id, { supplier, reference, deadlineAt, doubt }, this.clock.now()),
      whether,
    );
  }

  close(closing: Closing) {
    const issued = closing.issued.map((pin) => ({ ...pin, sealed: toLatin1(pin.sealed) }));
    const packed: PackedClosing = { ...closing, issued };
    return this.write('close', (out) => out.push(packed), takeCloseResult);
  }

  inquire(id: number, reference: string, nextAt: number) {
    return this.write('inquire', (out) => out.push(id, reference, nextAt), whether);
  }

  reverse({ entry, ...packed }: Reversing) {
    return this.write(
      'reverse',
      (out) => {
        pushEntry(out, entry);
        out.push(packed);
      },
      takeReverseResult,
    );
  }

  original(query: OriginalQuery, of: 'transaction' | 'reversal') {
    return this.write('original', (out) => out.push(query, of), possibly);
  }

  countAttempt(id: number, attempts: number, nextAt: number) {
    return this.write('countAttempt', (out) => out.push(id, attempts, nextAt), whether);
  }

  settleForwarding(id: number) {
    return this.write('settleForwarding', (out) => out.push(id), whether);
  }

  internReceipt(lines: readonly string[]) {
    return this.write('internReceipt', (out) => out.push(JSON.stringify(lines)), count);
  }

  addKeyBatch(keyId: string, wrapped: Uint8Array) {
    return this.write('addKeyBatch', (out) => out.push(keyId, toLatin1(wrapped)), count);
  }

  rewrapKeyBatch(id: number, keyId: string, wrapped: Uint8Array) {
    return this.write('rewrapKeyBatch', (out) => out.push(id, keyId, toLatin1(wrapped)), nothing);
  }

  takeIn({ rows, ...chunk }: IntakeChunk) {
    const packed: PackedChunk = { ...chunk, count: rows.length };
    return this.write(
      'takeIn',
      (out) => {
        out.push(packed);
        for (const { line, product, sealed, mark, serial, expiry } of rows) {
          out.push(line, product, toLatin1(sealed), mark, serial, expiry);
        }
      },
      (input) => ({ taken: input.number(), known: input.object<number[]>() }),
      Math.max(this.limits.batchMax, rows.length),
    );
  }

  /** Many short commits, so that sales go on beside it. */
  async expire(today: string) {
    for (let total = 0; ; ) {
      const moved = await this.write('expire', (out) => out.push(today, this.limits.expireMax), count);
      total += moved;
      if (moved < this.limits.expireMax) return total;
    }
  }

  decide(decision: Decision) {
    return this.write('decide', (out) => out.push({ ...decision, pinIds: [...decision.pinIds] }), count);
  }

  post({ postings, ...adjustment }: Adjustment) {
    const effects = packEffects({ postings, usage: [] });
    return this.write('post', (out) => out.push({ ...adjustment, effects }), takePostResult);
  }

  setSetting(name: string, value: string) {
    return this.write('setSetting', (out) => out.push(name, value), nothing);
  }

  stagePortions(portions: readonly CataloguePortion[]) {
    return this.write(
      'stagePortions',
      (out) => {
        out.push(portions.length);
        for (const { digest, content } of portions) out.push(digest, content);
      },
      nothing,
    );
  }

  addRevision({ expected, ...rest }: NewRevision) {
    const packed: PackedRevision = { ...rest, expected: expected ?? null };
    return this.write(
      'addRevision',
      (out) => out.push(packed),
      (input): RevisionResult => ({ kind: input.text() as RevisionResult['kind'], revision: input.number() }),
    );
  }

  batch(id: number) {
    return this.read('batch', (out) => out.push(id), takeStoredBatch);
  }

  pending({ from, to } = { from: 1, to: 0 }) {
    return this.read(
      'pending',
      (out) => out.push(from, to),
      (input) => takeList(input, takeTransaction),
    );
  }

  forwardings(limit: number) {
    return this.read(
      'forwardings',
      (out) => out.push(limit),
      (input) =>
        takeList(input, (each): Forwarding => {
          const kind = each.text() as Forwarding['kind'];
          const attempts = each.number();
          const nextAt = each.number();
          const transaction = takeTransaction(each);
          return { id: transaction.id, transaction, kind, attempts, nextAt };
        }),
    );
  }

  forwardingCount() {
    return this.read('forwardingCount', nothing, count);
  }

  find(query: TransactionQuery) {
    return this.read(
      'find',
      (out) => out.push({ ...query }),
      (input) => takeList(input, takeTransaction),
    );
  }

  receipts() {
    return this.read('receipts', nothing, (input): ReadonlyMap<number, readonly string[]> => {
      const one = (each: Cursor): [number, string[]] => [each.number(), JSON.parse(each.text())];
      return new Map(takeList(input, one));
    });
  }

  keyBatches() {
    return this.read('keyBatches', nothing, (input) => takeList(input, takeKeyBatch));
  }

  intakeState(intake: string) {
    return this.read('intakeState', (out) => out.push(intake), takeIntakeState);
  }

  levels() {
    return this.read('levels', nothing, (input) =>
      takeList(
        input,
        (each): StockLevel => ({
          product: each.text(),
          custody: each.text() as Custody,
          count: each.number(),
        }),
      ),
    );
  }

  quarantined(limit: number) {
    return this.read(
      'quarantined',
      (out) => out.push(limit),
      (input) => takeList(input, takeQuarantined),
    );
  }

  audit() {
    return this.read('audit', nothing, (input) => input.object<Audit>());
  }

  balances(prefix: string) {
    return this.read(
      'balances',
      (out) => out.push(prefix),
      (input) =>
        takeList(
          input,
          (each): Balance => ({ account: each.text(), currency: each.text(), balance: each.number() }),
        ),
    );
  }

  statement(query: StatementQuery) {
    return this.read(
      'statement',
      (out) => out.push({ ...query }),
      (input) =>
        takeList(input, (each): StatementLine => {
          const number = each.number();
          const origin = each.number();
          const [transaction, adjustment] = origin > 0 ? [origin, 0] : [0, -origin];
          return { number, transaction, adjustment, amount: each.number(), at: each.number() };
        }),
    );
  }

  recall(accountMark: string) {
    return this.read(
      'recall',
      (out) => out.push(accountMark),
      (input) => (input.scalar() as AccountMemory | null) ?? undefined,
    );
  }

  lastRevision() {
    return this.read('lastRevision', nothing, count);
  }

  revisions(from: number, limit: number) {
    return this.read(
      'revisions',
      (out) => out.push(from, limit),
      (input) => takeList(input, takeRevision),
    );
  }

  cataloguePortion(revision: number, number: number) {
    return this.read('cataloguePortion', (out) => out.push(revision, number), scalarText);
  }

  portionDigests(revision: number) {
    return this.read(
      'portionDigests',
      (out) => out.push(revision),
      (input) => input.object<string[]>(),
    );
  }

  portion(digest: string) {
    return this.read('portion', (out) => out.push(digest), scalarText);
  }

  portionsLacking(digests: readonly string[]) {
    return this.read(
      'portionsLacking',
      (out) => out.push([...digests]),
      (input) => input.object<string[]>(),
    );
  }

  setting(name: string) {
    return this.read('setting', (out) => out.push(name), scalarText);
  }

  servesAlone() {
    return this.read('servesAlone', nothing, whether);
  }

  leads() {
    return this.read('leads', nothing, whether);
  }
}
