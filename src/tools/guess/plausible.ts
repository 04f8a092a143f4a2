/**
 * How plausible what a message says is: each field of which public facts tell what it may hold is a check that holds
 * or not. A format that cuts a message in the wrong places reads it to the end now and then, but not to dates, codes
 * and names that make sense.
 */
import type { FieldValue, Message } from '../../iso8583/index.js';
import { additionalAmountsMeaning } from '../meaning/additionalAmounts.js';
import { countryMeaning, isCurrency } from '../meaning/currencies.js';
import { type DatePattern, dateMeaning } from '../meaning/dates.js';
import { networkMeaning, reasonMeaning } from '../meaning/functions.js';
import { isAnswer, messageTypeMeaning } from '../meaning/messageTypes.js';
import { entryMeaning } from '../meaning/pointOfService.js';
import { processingMeaning } from '../meaning/processingCodes.js';
import { isKnownResponse } from '../meaning/responses.js';

export interface Judgement {
  /** Weights of the checks made, and of those that held. */
  readonly made: number;
  readonly held: number;
  /** Fields that the format reads as subfields. */
  readonly structured: number;
  /** Fields whose check did not hold. */
  readonly doubtful: readonly number[];
}

interface Check {
  readonly holds: (text: string, message: Message) => boolean;
  /** 1 where it is left out. */
  readonly weight?: number;
}

export function judge(message: Message): Judgement {
  const doubtful: number[] = [];
  let structured = 0;
  let made = 2;
  let held = messageTypeMeaning(message.mti) === undefined ? 0 : 2;
  for (const de of message.fields()) {
    const check = CHECKS[de] ?? TEXT;
    const weight = check.weight ?? 1;
    if (isStructured(message.value(de))) structured += 1;
    made += weight;
    if (check.holds(message.text(de) ?? '', message)) held += weight;
    else doubtful.push(de);
  }
  return { made, held, structured, doubtful };
}

function isStructured(value: FieldValue | undefined): boolean {
  return typeof value === 'object' && !Buffer.isBuffer(value);
}

const PRINTABLE = /^[\x20-\x7e\r\n\t\xa0-\xff]*$/;
/** What ASCII text read as EBCDIC, or the other way round, does not look like. */
const TEXT: Check = { weight: 0.5, holds: (text) => PRINTABLE.test(text) };

const pattern = (form: RegExp, weight = 1): Check => ({ weight, holds: (text) => form.test(text) });

const date = (...patterns: readonly DatePattern[]): Check => ({
  holds: (text) => patterns.some((form) => form.length === text.length && isLikely(form, text)),
});

/** A date; a year among those of living systems. */
function isLikely(form: DatePattern, text: string): boolean {
  if (dateMeaning(form, text) === undefined) return false;
  const year = form.startsWith('CC') ? text.slice(0, 4) : `20${text.slice(0, 2)}`;
  return !/YY/.test(form) || form === 'YYMM' || (Number(year) >= 2000 && Number(year) <= 2060);
}

const known = (meaning: (text: string) => string | undefined, weight = 1): Check => ({
  weight,
  holds: (text) => meaning(text) !== undefined,
});

/** 2003 has other things in these fields. */
const currency: Check = {
  holds: (text) => (text.length === 3 ? isCurrency(text) : PRINTABLE.test(text)),
};
const country: Check = { holds: (text) => countryMeaning(text) !== undefined, weight: 0.5 };
const identifier = pattern(/^[\x21-\x7e][\x20-\x7e]*$/);
/** Twelve digits of which the first are zero in all but the largest amounts. */
const amount: Check = {
  holds: (text) => (text.length === 16 ? isCurrency(text.slice(0, 3)) : /^00\d{10}$/.test(text)),
};
const CHECKS: Readonly<Record<number, Check>> = {
  2: pattern(/^\d{7,19}$/),
  3: known(processingMeaning, 2),
  4: amount,
  5: amount,
  6: amount,
  7: date('MMDDhhmmss'),
  11: pattern(/[1-9]/),
  12: date('hhmmss', 'YYMMDDhhmmss', 'CCYYMMDDhhmmss'),
  13: date('MMDD', 'YYMM', 'YYMMDD', 'CCYYMMDD'),
  14: date('YYMM'),
  15: date('MMDD', 'YYMMDD', 'CCYYMMDD'),
  16: date('MMDD', 'YYMMDD'),
  17: date('MMDD'),
  18: pattern(/^\d{4}$/),
  19: country,
  20: country,
  21: country,
  // 2003 has sixteen bytes of flags.
  22: { holds: (text) => text.length === 32 || entryMeaning(text) !== undefined },
  25: {
    holds: (text) => text.length !== 4 || reasonMeaning(text) !== undefined || /^[1-8]\d{3}$/.test(text),
  },
  32: pattern(/^\d+$/),
  35: pattern(/^\d{8,19}[=D]\d{4,}[^ ]*$/),
  37: pattern(/^[0-9A-Za-z][0-9A-Za-z ]*$/),
  38: pattern(/^[0-9A-Za-z ]*$/),
  39: { holds: isKnownResponse, weight: 2 },
  41: identifier,
  42: identifier,
  43: identifier,
  49: currency,
  50: currency,
  51: currency,
  54: { holds: (text) => additionalAmountsMeaning(text) !== undefined, weight: 0.5 },
  70: { holds: (text, { mti }) => !mti.startsWith('0') || networkMeaning(text) !== undefined },
  73: date('YYMMDD', 'CCYYMMDD'),
  90: { holds: (text) => messageTypeMeaning(text.slice(0, 4)) !== undefined || /^0+$/.test(text) },
};

/** Fewer may be samples that have nothing to do with each other. */
const PAIRS_TELLING = 8;

/** By connection, the STANs of requests and whether answers cite them: told of all messages together. */
export class Pairs {
  readonly #asked = new Set<string>();
  readonly #answered: string[] = [];

  add(connection: number, message: Message): void {
    const stan = message.text(11);
    if (stan === undefined) return;
    const key = `${connection} ${stan}`;
    if (isAnswer(message.mti)) this.#answered.push(key);
    else this.#asked.add(key);
  }

  /** The share of answers that cite a request; undefined where there are too few to tell. */
  get share(): number | undefined {
    if (this.#asked.size < PAIRS_TELLING || this.#answered.length < PAIRS_TELLING) return undefined;
    return this.#answered.filter((key) => this.#asked.has(key)).length / this.#answered.length;
  }
}
