/**
 * What an answer of the default profile tells, as books keep it: DE39 and what it means, the PINs by their hash and
 * serial, the items of a batch by their DE39. The codes of PINs leave this file as SHA-256 only.
 * Maximum: the entries of one message.
 */
import { createHash } from 'node:crypto';
import { Iso8583Error, type Message, type TlvEntry } from '../../iso8583/index.js';
import { isApproved } from '../meaning/responses.js';

/** PINs and items begin in DE63 and go on in DE62 and DE61. */
const TOLD_IN = [63, 62, 61];

export interface ToldPin {
  /** SHA-256 of its code, hexadecimal. */
  readonly hash: string;
  /** '' where the answer had no room for it. */
  readonly serial: string;
}

/** `transient`: nothing final was told, the same question may be answered otherwise. */
export type Verdict = 'approved' | 'partial' | 'declined' | 'transient';

export interface Told {
  /** DE39; '' where the answer has none. */
  readonly code: string;
  readonly verdict: Verdict;
  readonly pins: readonly ToldPin[];
  /** DE38. */
  readonly approval: string;
  /** DE4, minor units; null where it is not told. */
  readonly amount: number | null;
  /** Of a batch: how many items were approved; null for all else. */
  readonly itemsApproved: number | null;
}

const PARTIAL: ReadonlySet<string> = new Set(['10', '002']);
/** In progress; a malfunction, of which nothing was recorded. */
const TRANSIENT: ReadonlySet<string> = new Set(['', '09', '923', '96', '909']);

export function verdictOf(code: string): Verdict {
  if (isApproved(code)) return 'approved';
  if (PARTIAL.has(code)) return 'partial';
  return TRANSIENT.has(code) ? 'transient' : 'declined';
}

export function pinHash(code: string): string {
  return createHash('sha256').update(code, 'latin1').digest('hex');
}

/** An answer whose DE63 cannot be read tells no PINs. */
export function toldBy(message: Message): Told {
  const code = message.text(39) ?? '';
  const entries = toldEntries(message);
  const amount = message.text(4);
  const items = entries.filter(([tag]) => tag === 'RC').map(([, value]) => String(value));
  return {
    code,
    verdict: verdictOf(code),
    pins: pinsIn(entries),
    approval: message.text(38) ?? '',
    amount: amount === undefined ? null : Number(amount),
    itemsApproved: items.length === 0 ? null : items.filter(isApproved).length,
  };
}

/** The PINs that a message tells, in their order. */
export function pinsTold(message: Message): readonly ToldPin[] {
  return pinsIn(toldEntries(message));
}

/** What its fields hold as TLVs, none where one of them cannot be read. */
export function toldEntries(message: Message): readonly TlvEntry[] {
  try {
    return TOLD_IN.flatMap((de) => {
      const value = message.value(de);
      return Array.isArray(value) ? (value as readonly TlvEntry[]) : [];
    });
  } catch (error) {
    if (error instanceof Iso8583Error) return [];
    throw error;
  }
}

/** A serial belongs to the PIN before it. */
function pinsIn(entries: readonly TlvEntry[]): readonly ToldPin[] {
  const pins: { hash: string; serial: string }[] = [];
  for (const [tag, value] of entries) {
    const last = pins.at(-1);
    if (tag === 'PN') pins.push({ hash: pinHash(String(value)), serial: '' });
    else if (tag === 'SN' && last) last.serial = String(value);
  }
  return pins;
}
