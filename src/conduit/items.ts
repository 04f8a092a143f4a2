/**
 * The items of a batch, as a message lists them: TLVs, each item begun by its number, in the order of the message.
 * What is malformed anywhere makes no request at all. At most BATCH_ITEMS_MAX items, and no more of them and their
 * PINs than an answer holds whatever comes of them (answerItems.ts).
 */
import { BATCH_ITEMS_MAX } from '../domain/batch.js';
import { CARD_NUMBER } from '../domain/card.js';
import type { Reason } from '../domain/reason.js';
import type { BatchItem } from '../domain/request.js';
import type { FieldValue, Message } from '../iso8583/index.js';
import { itemsFit } from './answerItems.js';
import { quantityMax } from './pinDelivery.js';
import { type Profile, productMeant } from './profile.js';

export interface ItemFault {
  readonly reason: Reason;
  readonly field: string;
}

export interface ItemReader {
  /** At least one. */
  items(message: Message): readonly BatchItem[] | ItemFault;
  /** Numbers alone: what a reversal names; undefined where it names none. */
  numbers(message: Message): readonly number[] | ItemFault | undefined;
}

type Tags = NonNullable<Profile['batch']>['tags'];
type Member = keyof Tags;

/** What an item says, by member, before it is understood. */
interface Listed {
  readonly number: number;
  readonly said: Map<Member, string>;
}

export function itemReader(profile: Profile): ItemReader {
  const { batch } = profile;
  if (!batch) return { items: () => ({ reason: 'not-supported', field: 'mti' }), numbers: () => undefined };
  const { field, item: itemTag, tags } = batch;
  const pinsMax = quantityMax(profile.answer);
  const members = new Map(Object.entries(tags).map(([member, tag]) => [tag, member as Member]));
  const fault = (reason: Reason, tag: string): ItemFault => ({ reason, field: `${field}.${tag}` });

  /** An unknown tag may be data that was taken for one: it is not named. */
  function listed(message: Message): readonly Listed[] | ItemFault {
    const items: Listed[] = [];
    for (const [tag, text] of entriesOf(message.value(field))) {
      if (tag === itemTag) {
        const number = numberOf(text);
        if (number === undefined) return fault('format-error', tag);
        if (items.some((one) => one.number === number)) return fault('duplicate-item', tag);
        items.push({ number, said: new Map() });
        continue;
      }
      const member = members.get(tag);
      const item = items.at(-1);
      if (!member || !item) return { reason: 'unknown-tag', field: String(field) };
      if (item.said.has(member)) return fault('format-error', tag);
      item.said.set(member, text);
    }
    return items.length > 0 ? items : fault('no-items', itemTag);
  }

  function understood({ number, said }: Listed): BatchItem | ItemFault {
    const wire = said.get('product') ?? '';
    const account = said.get('account');
    const reference = said.get('reference');
    const quantity = wholeNumber(said.get('quantity') ?? '1');
    const amountText = said.get('amount');
    const amount = amountText === undefined ? undefined : wholeNumber(amountText);
    if (amountText !== undefined && amount === undefined) return fault('format-error', tags.amount);
    const card = said.get('card');
    const most = [account, reference, card].every((one) => one === undefined) ? pinsMax : 1;
    if (quantity === undefined || quantity < 1 || quantity > most)
      return fault('format-error', tags.quantity);
    if (account === '') return fault('format-error', tags.account);
    if (reference === '') return fault('format-error', tags.reference);
    if (card !== undefined && !(CARD_NUMBER.test(card) && account === undefined && reference === undefined))
      return fault('format-error', tags.card);
    return {
      number,
      product: productMeant(profile, wire),
      provider: said.get('provider') ?? '',
      region: said.get('region') ?? '',
      quantity,
      account: account ?? '',
      reference: reference ?? '',
      card: card ?? '',
      amount,
    };
  }

  return {
    items(message) {
      const found = listed(message);
      if ('reason' in found) return found;
      const items: BatchItem[] = [];
      for (const one of found) {
        const item = understood(one);
        if ('reason' in item) return item;
        items.push(item);
      }
      const fits = items.length <= BATCH_ITEMS_MAX && itemsFit(profile, items);
      return fits ? items : fault('format-error', itemTag);
    },
    numbers(message) {
      const named: number[] = [];
      for (const [tag, text] of entriesOf(message.value(field))) {
        if (tag !== itemTag) continue;
        const number = numberOf(text);
        if (number === undefined) return fault('format-error', tag);
        if (named.includes(number)) return fault('duplicate-item', tag);
        named.push(number);
      }
      if (named.length > BATCH_ITEMS_MAX) return fault('format-error', itemTag);
      return named.length > 0 ? named : undefined;
    },
  };
}

/** None where the field is absent, or is no list of TLVs. */
function* entriesOf(value: FieldValue | undefined): Generator<readonly [tag: string, text: string]> {
  if (!Array.isArray(value)) return;
  for (const [tag, text] of value as readonly (readonly [string, FieldValue])[]) {
    yield [tag, typeof text === 'string' ? text.trim() : ''];
  }
}

/** 01 to 99. */
function numberOf(text: string): number | undefined {
  return /^\d\d$/.test(text) && text !== '00' ? Number(text) : undefined;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
