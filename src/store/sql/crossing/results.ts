/** Unpacking of the verbs' results on the calling side; the worker's handlers pack in the same order. */
import type { Reason } from '../../../domain/reason.js';
import type {
  BatchResult,
  CloseResult,
  CreditResult,
  IntakeState,
  ItemResult,
  KeyBatch,
  Lack,
  Met,
  OpenResult,
  PostResult,
  Refusal,
  Refused,
  ReverseResult,
  SaleResult,
  SealedPin,
  Short,
  StoredBatch,
  StoredOutcome,
} from '../../store.js';
import { takePin, takePins, takeTransaction } from './columns.js';
import { type Cursor, fromLatin1 } from './flat.js';

type ReverseRefusal = Extract<ReverseResult, { kind: 'refused' }>['reason'];

export function takeList<T>(input: Cursor, each: (input: Cursor) => T): T[] {
  const list: T[] = [];
  for (let left = input.number(); left > 0; left -= 1) list.push(each(input));
  return list;
}

/** Of a verb that was told that it may wait. */
export function orShort<T>(take: (input: Cursor) => T): (input: Cursor) => T | Short {
  return (input) => {
    if (input.values[input.at] !== 'short') return take(input);
    input.at += 1;
    return { kind: 'short', lacks: input.object<Lack[]>() };
  };
}

export function takeSaleResult(input: Cursor): SaleResult {
  const kind = input.text() as SaleResult['kind'];
  switch (kind) {
    case 'sold':
      return { kind, id: input.number(), pins: takePins(input) };
    case 'out-of-stock':
    case 'opened':
      return { kind, id: input.number() };
    case 'refused':
      return takeRefused(input);
    default:
      return takeMet(kind, input);
  }
}

export function takeBatchResult(input: Cursor): BatchResult {
  const kind = input.text() as BatchResult['kind'];
  if (kind !== 'entered') return takeMet(kind, input);
  return { kind, id: input.number(), items: takeList(input, takeItemResult) };
}

function takeItemResult(input: Cursor): ItemResult {
  const kind = input.text() as ItemResult['kind'];
  switch (kind) {
    case 'credited':
      return { kind, id: input.number(), balance: input.number(), receiptId: input.number() };
    case 'sold':
      return { kind, id: input.number(), pins: takePins(input) };
    case 'card-refused':
      return { kind, id: input.number(), reason: input.text() as Reason };
    case 'refused':
      return takeRefused(input);
    default:
      return { kind, id: input.number() };
  }
}

export function takeStoredBatch(input: Cursor): StoredBatch | undefined {
  const [batch, ...items] = takeList(input, takeTransaction);
  return batch && { batch, items };
}

/** `outcome` is the one that was handed in. */
export function takeCreditResult(input: Cursor, outcome: StoredOutcome): CreditResult {
  const kind = input.text() as CreditResult['kind'];
  switch (kind) {
    case 'credited': {
      const id = input.number();
      const balance = input.number();
      const balanceCurrency = input.text();
      return { kind, id, outcome: { ...outcome, balance, balanceCurrency, receiptId: input.number() } };
    }
    case 'refused':
      return takeRefused(input);
    default:
      return takeMet(kind, input);
  }
}

export function takeOpenResult(input: Cursor): OpenResult {
  const kind = input.text() as OpenResult['kind'];
  switch (kind) {
    case 'opened':
      return { kind, id: input.number() };
    default:
      return takeOpened(kind, input);
  }
}

/** What an opening came to where it did not open. */
export function takeOpened(kind: Met['kind'] | 'refused', input: Cursor): Met | Refused {
  return kind === 'refused' ? takeRefused(input) : takeMet(kind, input);
}

function takeRefused(input: Cursor): Refused {
  return { kind: 'refused', id: input.number(), reason: input.text() as Refusal };
}

function takeMet(kind: Met['kind'], input: Cursor): Met {
  switch (kind) {
    case 'repeat':
      return { kind, transaction: takeTransaction(input) };
    case 'conflict':
      return { kind };
    case 'tombstone':
      return { kind, id: input.number() };
  }
}

export function takeCloseResult(input: Cursor): CloseResult {
  const kind = input.text() as CloseResult['kind'];
  switch (kind) {
    case 'closed':
      return { kind, receiptId: input.number(), pins: takePins(input) };
    case 'superseded':
    case 'stands':
      return { kind, transaction: takeTransaction(input) };
    case 'issued-before':
      return { kind };
  }
}

export function takeReverseResult(input: Cursor): ReverseResult {
  const kind = input.text() as ReverseResult['kind'];
  switch (kind) {
    case 'repeat':
      return { kind, transaction: takeTransaction(input) };
    case 'conflict':
    case 'unrecorded':
      return { kind };
    case 'unknown':
      return { kind, id: input.number() };
    case 'refused':
      return { kind, id: input.number(), reason: input.text() as ReverseRefusal };
    default:
      return { kind, id: input.number(), original: takeTransaction(input) };
  }
}

export function takePostResult(input: Cursor): PostResult {
  const kind = input.text() as PostResult['kind'];
  return kind === 'refused' ? { kind } : { kind, id: input.number() };
}

export function takeKeyBatch(input: Cursor): KeyBatch {
  return { id: input.number(), keyId: input.text(), wrapped: fromLatin1(input.text()) };
}

export function takeIntakeState(input: Cursor): IntakeState | undefined {
  const [progress, taken, refused] = input.take(3) as (number | null)[];
  return typeof progress === 'number' && typeof taken === 'number' && typeof refused === 'number'
    ? { progress, taken, refused }
    : undefined;
}

export function takeQuarantined(
  input: Cursor,
): SealedPin & { readonly product: string; readonly transaction: number } {
  const product = input.text();
  const transaction = input.number();
  return { ...takePin(input), product, transaction };
}
