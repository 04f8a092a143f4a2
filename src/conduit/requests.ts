/**
 * From a message to a service request. What the codec has let through may still not make sense as a request:
 * then the answer names a reason, and the log the field. Texts are taken as sent, without their padding.
 */

import { CARD_NUMBER } from '../domain/card.js';
import type { Reason } from '../domain/reason.js';
import {
  CARD_SERVICES,
  type CardService,
  type CataloguePart,
  type Identity,
  type LinkRequest,
  type OriginalReference,
} from '../domain/request.js';
import type { Message } from '../iso8583/index.js';
import { factReaders, readerOf } from './facts.js';
import { itemReader } from './items.js';
import { originalReader } from './originals.js';
import { quantityMax } from './pinDelivery.js';
import { type Profile, productMeant, type Rule } from './profile.js';
import { ruleFinder, type Service } from './rules.js';
import { totalsReader } from './totals.js';

export type Understanding =
  | { readonly ok: true; readonly request: LinkRequest }
  | { readonly ok: false; readonly reason: Reason; readonly field: string };

/** What a terminal asks of the catalogue, by its word on the wire. */
const PARTS: ReadonlyMap<string, CataloguePart> = new Map([
  ['PRV', 'providers'],
  ['VAL', 'values'],
  ['REG', 'regions'],
  ['RAT', 'rates'],
]);

/** The message class of reversals. */
const REVERSALS = '4';

/** Data elements that may be an account whatever the profile says of them. */
const PAN = 2;
const SECOND_ACCOUNT = 103;

type Understand = (service: Service, message: Message) => Understanding;

/** `acquirer` stands in where the message names none. */
export function requestReader(profile: Profile, acquirer: string): (message: Message) => Understanding {
  const usual = understander(profile, acquirer);
  const findRule = ruleFinder(profile, ({ service, facts, set, originals = profile.originals }) => {
    if (!facts && !set && originals === profile.originals) return { service, understand: usual };
    const own = { ...profile, facts: { ...profile.facts, ...facts }, originals };
    return { service, understand: understander(own, acquirer, set) };
  });
  return (message) => {
    const rule = findRule(message);
    if (!rule) return { ok: false, reason: 'invalid-transaction', field: 'mti' };
    return rule.understand(rule.service, message);
  };
}

function understander(profile: Profile, acquirer: string, set?: Rule['set']): Understand {
  const facts = factReaders(profile, set);
  // What the key is made of has to be there: without it, one message's repeat would be another's.
  const isNamedByRrn = profile.key.includes('rrn') || !profile.key.includes('stan');
  const readTotals = totalsReader(profile);
  const readOriginal = originalReader(profile.originals, facts);
  const nestedFields = nestedFieldsOf(profile);
  const readItems = itemReader(profile);
  const pinsMax = quantityMax(profile.answer);
  const content = profile.content.map((path) => readerOf([path]));

  function identityOf(message: Message): Identity {
    let asked = '';
    for (const read of content) asked += `${read(message)}\u001f`;
    return {
      acquirer: facts.acquirer(message) || acquirer,
      merchant: facts.merchant(message),
      terminal: facts.terminal(message),
      messageClass: message.mti.charAt(1),
      stan: facts.stan(message),
      rrn: facts.rrn(message),
      localDate: facts.localDate(message),
      localTime: facts.localTime(message),
      transmittedAt: facts.transmittedAt(message),
      content: asked,
      contentIsSensitive:
        facts.account(message) !== '' ||
        facts.card(message) !== '' ||
        message.has(PAN) ||
        message.has(SECOND_ACCOUNT),
    };
  }

  function understand(service: Service, message: Message): Understanding {
    const identity = identityOf(message);
    if (service === 'echo' || service === 'sign-on' || service === 'sign-off') {
      return { ok: true, request: { kind: service, identity } };
    }
    if (service === 'cutover') {
      return { ok: true, request: { kind: service, identity, date: facts.settlementDate(message) } };
    }
    if (service === 'reconciliation') return reconciliation(identity, message);
    if (service === 'key-exchange') {
      const keyBlock = facts.keyBlock(message);
      if (keyBlock === '') return fault('keyBlock');
      return { ok: true, request: { kind: service, identity, keyBlock, keyCheck: facts.keyCheck(message) } };
    }
    if (identity.terminal === '') return fault('terminal');
    const malformed = nestedFields.find((de) => message.problem(de) !== undefined);
    if (malformed) return { ok: false, reason: 'format-error', field: String(malformed) };
    if (isUnnamed(identity)) return fault(isNamedByRrn ? 'rrn' : 'stan');
    const amountText = facts.amount(message);
    const amount = amountText === '' ? undefined : wholeNumber(amountText);
    if (Number.isNaN(amount)) return fault('amount');
    if (service === 'reversal') {
      const original = readOriginal(message);
      const items = readItems.numbers(message);
      if (items && 'reason' in items) return { ok: false, ...items };
      return {
        ok: true,
        request: { kind: service, identity: citing(identity, original), amount, original, items },
      };
    }
    if (service === 'status' || service === 'reversal-status') {
      const cited = readOriginal(message);
      // "Not found" would be taken for "not done", of what was never asked after.
      if (namesNothing(cited)) return fault('rrn');
      const isSale = service === 'status';
      const original = isSale ? cited : { ...cited, messageClass: REVERSALS };
      const of = isSale ? 'transaction' : 'reversal';
      // Zeros in an inquiry are a field that has to be there.
      const said = amount === 0 ? undefined : amount;
      return { ok: true, request: { kind: 'status', identity, of, amount: said, original } };
    }
    if (service === 'batch') {
      const items = readItems.items(message);
      if ('reason' in items) return { ok: false, ...items };
      const contentIsSensitive =
        identity.contentIsSensitive || items.some(({ account, card }) => account !== '' || card !== '');
      const currency = facts.currency(message);
      const batch = { identity: { ...identity, contentIsSensitive }, items, amount, currency };
      return { ok: true, request: { kind: service, ...batch } };
    }
    const product = productOf(message);
    const provider = facts.provider(message);
    if (service === 'catalogue-inquiry') {
      const part = PARTS.get(facts.part(message));
      if (!part) return fault('part');
      const page = facts.page(message);
      return { ok: true, request: { kind: service, identity, part, provider, product, page } };
    }
    const region = facts.region(message);
    if (service === 'pin-sale') {
      const quantityText = facts.quantity(message);
      const quantity = quantityText === '' ? 1 : wholeNumber(quantityText);
      if (!(quantity >= 1 && quantity <= pinsMax)) return fault('quantity');
      const currency = facts.currency(message);
      const goods = { product, provider, quantity, region, amount, currency };
      return { ok: true, request: { kind: service, identity, ...goods } };
    }
    const account = facts.account(message);
    if (isCardService(service)) {
      const card = facts.card(message);
      if (!CARD_NUMBER.test(card)) return fault('card');
      const redeems = service === 'card-redemption';
      if (redeems && account === '') return fault('account');
      const currency = facts.currency(message);
      const goods = { card, account: redeems ? account : '', region, amount, currency };
      return { ok: true, request: { kind: service, identity, ...goods } };
    }
    const reference = facts.accountReference(message);
    if (account === '' && reference === '') return fault('account');
    if (service === 'account-inquiry')
      return {
        ok: true,
        request: { kind: service, identity, product, provider, region, account, reference },
      };
    const currency = facts.currency(message);
    const goods = { product, provider, region, account, reference, amount, currency };
    return { ok: true, request: { kind: service, identity, ...goods } };
  }

  /** What was counted is part of what is asked for. */
  function reconciliation(identity: Identity, message: Message): Understanding {
    if (isUnnamed(identity)) return fault(isNamedByRrn ? 'rrn' : 'stan');
    const totals = readTotals(message);
    if (!totals.ok) return { ok: false, reason: 'format-error', field: String(totals.field) };
    const date = facts.settlementDate(message);
    const currency = facts.settlementCurrency(message);
    const content = [identity.content, date, currency, totals.content].join('\u001f');
    const request = { kind: 'reconciliation', date, currency, said: totals.said } as const;
    return { ok: true, request: { ...request, identity: { ...identity, content } } };
  }

  function productOf(message: Message): string {
    const wire = facts.product(message);
    return productMeant(profile, wire);
  }

  function fault(fact: keyof typeof facts): Understanding {
    return { ok: false, reason: 'format-error', field: profile.facts[fact]?.[0] ?? fact };
  }

  function isUnnamed({ stan, rrn }: Identity): boolean {
    return rrn === '' && (isNamedByRrn || stan === '');
  }

  return understand;
}

function isCardService(service: Service): service is CardService {
  return CARD_SERVICES.some((one) => one === service);
}

/** Of digits alone, since Number() also reads signs, fractions and hexadecimal; NaN where it is none. */
function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** What a reversal cites is part of what it asks for: under one key, two of different originals are a conflict. */
function citing(identity: Identity, original: OriginalReference): Identity {
  const { stan, transmittedAt, localDate, localTime } = original;
  const content = [identity.content, stan, transmittedAt, localDate, localTime].join('\u001f');
  return { ...identity, content };
}

function namesNothing({ stan, rrn, approvalCode, account }: OriginalReference): boolean {
  return stan === '' && rrn === '' && (approvalCode === '' || account === '');
}

/** Data elements whose subfields are read: not well-formed ones make no request. */
function nestedFieldsOf(profile: Profile): readonly number[] {
  const paths = Object.values(profile.facts).flat();
  return [...new Set(paths.filter((path) => path.includes('.')).map((path) => Number(path.split('.')[0])))];
}
