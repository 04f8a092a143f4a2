/**
 * The operations of the web API: a path, the schema of its body, and how a body becomes the same service request
 * that a terminal's message becomes. The Idempotency-Key stands where a terminal has its RRN.
 */
import type { z } from 'zod';
import type { Identity, ServiceRequest } from '../../domain/request.js';
import { accountCredit, accountInquiry, pinSale, reversal } from './bodies.js';
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

export const OPERATIONS: readonly Operation[] = [
  operation({
    path: '/v1/pin-sales',
    id: 'sellPin',
    body: pinSale,
    keyed: true,
    requestOf: ({ product, quantity, amount, currency = '', region = '' }, caller) => ({
      kind: 'pin-sale',
      provider: '',
      identity: identityOf(caller, FINANCIAL, ['pin-sale', product, quantity, amount, currency, region]),
      product,
      quantity,
      amount,
      currency,
      region,
    }),
  }),
  operation({
    path: '/v1/account-credits',
    id: 'creditAccount',
    body: accountCredit,
    keyed: true,
    requestOf: ({ product = '', account, amount, currency = '', region = '' }, caller) => ({
      kind: 'account-credit',
      provider: '',
      identity: identityOf(
        caller,
        FINANCIAL,
        ['account-credit', product, account, amount, currency, region],
        true,
      ),
      product,
      account,
      reference: '',
      amount,
      currency,
      region,
    }),
  }),
  operation({
    path: '/v1/account-inquiries',
    id: 'inquireAccount',
    body: accountInquiry,
    keyed: false,
    requestOf: ({ product = '', account, region = '' }, caller) => ({
      kind: 'account-inquiry',
      provider: '',
      identity: identityOf(caller, FINANCIAL, [], true),
      product,
      account,
      reference: '',
      region,
    }),
  }),
  operation({
    path: '/v1/reversals',
    id: 'reverse',
    body: reversal,
    keyed: true,
    requestOf: ({ transaction, amount }, caller) => ({
      kind: 'reversal',
      identity: identityOf(caller, REVERSAL, ['reversal', transaction, amount]),
      amount,
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
];

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
