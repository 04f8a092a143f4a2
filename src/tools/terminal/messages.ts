/**
 * The messages that a terminal of the default profile sends (specs/profiles/default.json), as field values. A
 * reversal carries its original's STAN, RRN, date and time, as the standard has it (DE11, DE12, DE13 and DE37
 * stay for the life of a transaction), and cites it in DE90 besides; it may have a STAN of its own.
 */
import type { Clock } from '../../base/clock.js';
import { dateAt, timeAt } from '../../base/dates.js';
import { SafeError } from '../../base/errors.js';
import type { Random } from '../../base/random.js';
import type { Fields, TlvEntry } from '../../iso8583/index.js';

/** Who sends, and what names the transaction. All as on the wire. */
export interface Identity {
  readonly terminal: string;
  readonly merchant: string;
  readonly acquirer: string;
  /** 6 digits. */
  readonly stan: string;
  /** 12 characters. */
  readonly rrn: string;
  /** MMDD, local. */
  readonly date: string;
  /** hhmmss, local. */
  readonly time: string;
  /** DE7, MMDDhhmmss, UTC. */
  readonly transmitted: string;
}

export interface Built {
  readonly mti: string;
  readonly fields: Fields;
}

export class MessageError extends SafeError {
  override name = 'MessageError';
}

const PIN_SALE = '280000';
const ACCOUNT_CREDIT = '210000';
const BATCH = '290000';
const ACCOUNT_INQUIRY = '310000';
const CATALOGUE = '360000';
export const ECHO = '301';

/** What a terminal's clock and counters give where the caller gave nothing. */
export function identityOf(
  given: Partial<Identity> & Pick<Identity, 'terminal' | 'merchant' | 'acquirer'>,
  clock: Clock,
  random: Random,
  utcOffsetMinutes: number,
): Identity {
  const now = clock.now();
  const stan = (given.stan ?? String(1 + random.int(999_999))).padStart(6, '0');
  return {
    ...given,
    stan,
    rrn: given.rrn ?? retrievalReference(now, stan),
    date: given.date ?? dateAt(now, utcOffsetMinutes).slice(4),
    time: given.time ?? timeAt(now, utcOffsetMinutes),
    transmitted: given.transmitted ?? dateAt(now, 0).slice(4) + timeAt(now, 0),
  };
}

/** The common form: last digit of the year, day of the year, hour, STAN. */
function retrievalReference(now: number, stan: string): string {
  const date = new Date(now);
  const day = Math.floor((now - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const year = date.getUTCFullYear() % 10;
  const hour = String(date.getUTCHours()).padStart(2, '0');
  return `${year}${String(day).padStart(3, '0')}${hour}${stan}`;
}

export interface SaleRequest {
  readonly product: string;
  readonly quantity?: number;
  readonly region?: string;
  /** Minor units; a sale may leave it to the product's price. */
  readonly amount?: number;
  readonly currency: string;
  readonly repeat: boolean;
}

export function sale(identity: Identity, request: SaleRequest): Built {
  return {
    mti: request.repeat ? '0201' : '0200',
    fields: { ...common(identity, PIN_SALE), ...money(request), 48: goods(request) },
  };
}

export interface CreditRequest {
  readonly account: string;
  readonly product?: string;
  readonly region?: string;
  readonly amount: number;
  readonly currency: string;
  readonly repeat: boolean;
}

export function credit(identity: Identity, request: CreditRequest): Built {
  return {
    mti: request.repeat ? '0201' : '0200',
    fields: {
      ...common(identity, ACCOUNT_CREDIT),
      ...money(request),
      48: goods(request),
      102: request.account,
    },
  };
}

/** One item of a batch: what it says, by tag, in the order given. */
export type BatchItem = readonly TlvEntry[];

export interface BatchRequest {
  readonly items: readonly BatchItem[];
  /** Minor units, of all items together. */
  readonly amount?: number;
  readonly currency: string;
  readonly repeat: boolean;
}

/** Items are numbered from 01 in their order. */
export function batch(identity: Identity, request: BatchRequest): Built {
  const entries = request.items.flatMap((item, at): TlvEntry[] => [itemNumber(at + 1), ...item]);
  return {
    mti: request.repeat ? '0201' : '0200',
    fields: { ...common(identity, BATCH), ...money(request), 48: entries },
  };
}

function itemNumber(number: number): TlvEntry {
  return tlv('IT', String(number).padStart(2, '0'));
}

export function inquiry(identity: Identity, request: { account: string; product?: string }): Built {
  return {
    mti: '0200',
    fields: { ...common(identity, ACCOUNT_INQUIRY), 48: goods(request), 102: request.account },
  };
}

/** `part`: PRV, VAL, REG or RAT. */
export function catalogue(identity: Identity, request: { part: string; provider?: string }): Built {
  const { part, provider } = request;
  const asked: readonly TlvEntry[] = [
    tlv('CQ', part),
    ...(provider === undefined ? [] : [tlv('PV', provider)]),
  ];
  return { mti: '0200', fields: { ...common(identity, CATALOGUE), 48: asked } };
}

/** A value card's way, by its steps: processing code, and message type without the mark of a repeat. */
const CARD_STEPS = {
  preauthorise: ['720000', '010'],
  activate: ['720000', '020'],
  redeem: ['730000', '020'],
} as const;
export type CardStep = keyof typeof CARD_STEPS;

export interface CardRequest {
  readonly step: CardStep;
  readonly card: string;
  /** Who gains its value, where it is redeemed. */
  readonly account?: string;
  readonly currency: string;
  readonly repeat: boolean;
}

export function card(identity: Identity, request: CardRequest): Built {
  const [processing, mti] = CARD_STEPS[request.step];
  return {
    mti: `${mti}${request.repeat ? '1' : '0'}`,
    fields: {
      ...common(identity, processing),
      48: [tlv('CN', request.card)],
      49: request.currency,
      102: request.account,
    },
  };
}

function tlv(tag: string, value: string): TlvEntry {
  return [tag, value];
}

export interface ReversalRequest {
  /** The STAN of the reversal itself, where it is not the original's. */
  readonly ownStan?: string;
  /** The account, where the original was a credit. */
  readonly account?: string;
  /** Minor units, the original's. */
  readonly amount?: number;
  readonly currency: string;
  readonly repeat: boolean;
  /** Of a batch only these items. */
  readonly items?: readonly number[];
  /** 0420 rather than 0400. */
  readonly advice: boolean;
  /** DE7 of the original; zeros in DE90 where it is not known. */
  readonly originalTransmitted?: string;
}

export function reversal(original: Identity, request: ReversalRequest): Built {
  const processing = request.account === undefined ? PIN_SALE : ACCOUNT_CREDIT;
  return {
    mti: `04${request.advice ? '2' : '0'}${request.repeat ? '1' : '0'}`,
    fields: {
      ...common(original, processing),
      ...money(request),
      11: request.ownStan?.padStart(6, '0') ?? original.stan,
      48: request.items?.map(itemNumber),
      90: citation(original, request.originalTransmitted),
      102: request.account,
    },
  };
}

/** DE90, standard layout: MTI 4, STAN 6, DE7 10, acquirer 11, forwarder 11. */
function citation(original: Identity, transmitted = ''): string {
  const nothing = '0'.repeat(11);
  return `0200${original.stan}${transmitted.padStart(10, '0')}${original.acquirer.padStart(11, '0')}${nothing}`;
}

export function networkManagement(identity: Identity, code: string): Built {
  const { transmitted, stan, time, date, acquirer, terminal } = identity;
  return {
    mti: '0800',
    fields: { 7: transmitted, 11: stan, 12: time, 13: date, 32: acquirer, 41: terminal, 70: code },
  };
}

function common(identity: Identity, processing: string): Record<number, string> {
  return {
    3: processing,
    7: identity.transmitted,
    11: identity.stan,
    12: identity.time,
    13: identity.date,
    32: identity.acquirer,
    37: identity.rrn,
    41: identity.terminal,
    42: identity.merchant,
  };
}

function money(request: { readonly amount?: number; readonly currency: string }): Fields {
  if (request.amount === undefined) return { 49: request.currency };
  return { 4: String(request.amount).padStart(12, '0'), 49: request.currency };
}

/** DE48; undefined where there is nothing to say. */
function goods(request: {
  readonly product?: string;
  readonly quantity?: number;
  readonly region?: string;
}): readonly TlvEntry[] | undefined {
  const entries: TlvEntry[] = [];
  if (request.product !== undefined) entries.push(['PR', request.product]);
  if (request.quantity !== undefined) entries.push(['QT', String(request.quantity)]);
  if (request.region !== undefined) entries.push(['RG', request.region]);
  return entries.length > 0 ? entries : undefined;
}
