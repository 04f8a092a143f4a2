/**
 * The operations of the web API: a path, the schema of its body, and how a body becomes the same service request
 * that a terminal's message becomes. The Idempotency-Key stands where a terminal has its RRN.
 */
import type { z } from 'zod';
import type { CardService, CataloguePart, Identity, ServiceRequest } from '../../domain/request.js';
import {
  accountCredit,
  accountInquiry,
  batch,
  cardMove,
  cardRedemption,
  listProducts,
  listProviders,
  listRates,
  listRegions,
  pinSale,
  reversal,
} from './bodies.js';
import type { ApiClient } from './schema.js';

/** Message classes as in an MTI: the key of a transaction and of its reversal may be the same. */
const FINANCIAL = '2';
const REVERSAL = '4';

export interface Caller {
  readonly client: ApiClient;
  readonly terminal: string;
  readonly key: string;
}

export interface Operation<Body extends z.ZodType = z.ZodType> {
  /** A `get` takes its members from path and query, and answers with a listing. */
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: `{provider}`. */
  readonly path: string;
  readonly id: string;
  readonly body: Body;
  /** False where it changes nothing: then the key is not asked for. */
  readonly keyed: boolean;
  requestOf(body: z.output<Body>, caller: Caller): ServiceRequest;
}

/** For the type of its body. */
function operation<Body extends z.ZodType>(one: Operation<Body>): Operation {
  return one as unknown as Operation;
}

interface Listing {
  readonly provider?: string | undefined;
  readonly product?: string | undefined;
  readonly page: string;
}

function listingOf<Body extends z.ZodType<Listing>>(
  path: string,
  id: string,
  part: CataloguePart,
  body: Body,
): Operation {
  return operation({
    method: 'get',
    path,
    id,
    body,
    keyed: false,
    requestOf: ({ provider = '', product = '', page }, caller) => ({
      kind: 'catalogue-inquiry',
      identity: identityOf(caller, FINANCIAL, []),
      part,
      provider,
      product,
      page,
    }),
  });
}

function cardMoveOf(name: string, id: string, kind: Exclude<CardService, 'card-redemption'>): Operation {
  return operation({
    method: 'post',
    path: `/v1/cards/${name}`,
    id,
    body: cardMove,
    keyed: true,
    requestOf: ({ card, amount, currency = '' }, caller) => ({
      kind,
      identity: identityOf(caller, FINANCIAL, [kind, card, amount, currency], true),
      card,
      account: '',
      region: '',
      amount,
      currency,
    }),
  });
}

export const OPERATIONS: readonly Operation[] = [
  operation({
    method: 'post',
    path: '/v1/pin-sales',
    id: 'sellPin',
    body: pinSale,
    keyed: true,
    requestOf: ({ product = '', provider = '', quantity, amount, currency = '', region = '' }, caller) => ({
      kind: 'pin-sale',
      identity: identityOf(caller, FINANCIAL, [
        ...['pin-sale', product, quantity, amount, currency, region],
        ...said(provider),
      ]),
      product,
      provider,
      quantity,
      amount,
      currency,
      region,
    }),
  }),
  operation({
    method: 'post',
    path: '/v1/account-credits',
    id: 'creditAccount',
    body: accountCredit,
    keyed: true,
    requestOf: (
      { product = '', provider = '', account = '', reference = '', amount, currency = '', region = '' },
      caller,
    ) => ({
      kind: 'account-credit',
      identity: identityOf(
        caller,
        FINANCIAL,
        [...['account-credit', product, account, amount, currency, region], ...said(provider, reference)],
        true,
      ),
      product,
      provider,
      account,
      reference,
      amount,
      currency,
      region,
    }),
  }),
  operation({
    method: 'post',
    path: '/v1/account-inquiries',
    id: 'inquireAccount',
    body: accountInquiry,
    keyed: false,
    requestOf: ({ product = '', provider = '', account = '', reference = '', region = '' }, caller) => ({
      kind: 'account-inquiry',
      identity: identityOf(caller, FINANCIAL, [], true),
      product,
      provider,
      account,
      reference,
      region,
    }),
  }),
  operation({
    method: 'post',
    path: '/v1/batches',
    id: 'performBatch',
    body: batch,
    keyed: true,
    requestOf: ({ items, amount, currency = '' }, caller) => ({
      kind: 'batch',
      identity: identityOf(caller, FINANCIAL, ['batch', JSON.stringify(items), amount, currency], true),
      items: items.map((item, at) => ({
        number: at + 1,
        product: item.product ?? '',
        provider: item.provider ?? '',
        region: item.region ?? '',
        quantity: item.account === undefined ? item.quantity : 1,
        account: item.account ?? '',
        reference: '',
        card: '',
        amount: item.amount,
      })),
      amount,
      currency,
    }),
  }),
  cardMoveOf('preauthorisations', 'preauthoriseCard', 'card-preauthorisation'),
  cardMoveOf('activations', 'activateCard', 'card-activation'),
  operation({
    method: 'post',
    path: '/v1/cards/redemptions',
    id: 'redeemCard',
    body: cardRedemption,
    keyed: true,
    requestOf: ({ card, account, region = '', amount, currency = '' }, caller) => ({
      kind: 'card-redemption',
      identity: identityOf(
        caller,
        FINANCIAL,
        ['card-redemption', card, account, region, amount, currency],
        true,
      ),
      card,
      account,
      region,
      amount,
      currency,
    }),
  }),
  cardMoveOf('deactivations', 'deactivateCard', 'card-deactivation'),
  cardMoveOf('losses', 'reportLostCard', 'card-loss'),
  operation({
    method: 'post',
    path: '/v1/reversals',
    id: 'reverse',
    body: reversal,
    keyed: true,
    requestOf: ({ transaction, items, amount }, caller) => ({
      kind: 'reversal',
      identity: identityOf(caller, REVERSAL, [
        ...['reversal', transaction, amount],
        ...said(items?.join() ?? ''),
      ]),
      amount,
      items,
      original: {
        messageClass: FINANCIAL,
        stan: '',
        transmittedAt: '',
        localDate: '',
        localTime: '',
        acquirer: caller.client.name,
        rrn: transaction,
        approvalCode: '',
        account: '',
      },
    }),
  }),
  listingOf('/v1/providers', 'listProviders', 'providers', listProviders),
  listingOf('/v1/providers/{provider}/products', 'listProducts', 'values', listProducts),
  listingOf('/v1/providers/{provider}/regions', 'listRegions', 'regions', listRegions),
  listingOf('/v1/providers/{provider}/rates', 'listRates', 'rates', listRates),
];

/** What came to be asked for later stands behind the rest, where it is said: a key's content stays what it was. */
function said(...later: readonly string[]): readonly string[] {
  return later.every((text) => text === '') ? [] : later;
}

function identityOf(
  { client, terminal, key }: Caller,
  messageClass: string,
  asked: readonly (string | number | undefined)[],
  isSensitive = false,
): Identity {
  return {
    acquirer: client.name,
    merchant: client.merchant,
    terminal,
    messageClass,
    stan: '',
    rrn: key,
    localDate: '',
    localTime: '',
    transmittedAt: '',
    content: asked.map((value) => value ?? '').join('\u001f'),
    contentIsSensitive: isSensitive,
  };
}
