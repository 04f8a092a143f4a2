/**
 * The journey of one service request, in this order (CAPABILITIES T5): is the terminal known, what is asked,
 * which product and route, perform, answer. Every branch ends in an outcome that stands in the journal, or in
 * undefined: then nothing may be answered.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { Reason } from '../domain/reason.js';
import {
  type Batch,
  CARD_SERVICES,
  type CutoverRequest,
  type FinancialRequest,
  type Identity,
  type NetworkRequest,
  type ReconciliationRequest,
  type ReversalRequest,
  type ServiceRequest,
} from '../domain/request.js';
import { StoreBusy, StoreFull } from '../store/errors.js';
import { performBatch } from './batches.js';
import { serveCard } from './cards.js';
import type { LinkPolicy, SwitchContext } from './context.js';
import { creditAccount, inquireAccount } from './credits.js';
import { cutOver, reconcile } from './days.js';
import { tellCatalogue } from './listings.js';
import { keepsDay } from './midnight.js';
import { sellPin } from './pinSales.js';
import { reverse } from './reversals.js';
import { tellStatus } from './statuses.js';
import { answerStranger } from './strangers.js';
import { Unread } from './unread.js';

/**
 * What these do first is read the store, so a search that comes after them may be handed over before they are. In a
 * network so may what comes before a sale that was tried, and waits for the hub since.
 */
const READ_FIRST: ReadonlySet<ServiceRequest['kind']> = new Set([
  'account-credit',
  'batch',
  ...CARD_SERVICES,
]);

export class Journey {
  readonly #context: SwitchContext;
  /** Requests under way of which the journal may not know yet. */
  readonly #reading = new Set<Identity>();

  constructor(context: SwitchContext) {
    this.#context = context;
  }

  /** Undefined: suppressed, nothing may be sent. Rejects only with StoreBroken, when the program must stop. */
  async handle(policy: LinkPolicy, request: ServiceRequest): Promise<Outcome | undefined> {
    try {
      return await this.#perform(policy, request);
    } catch (error) {
      if (error instanceof Unread) return undefined;
      // Nothing was changed: the disk is full, or the queue is. New sales are declined, what stands stands.
      if (error instanceof StoreFull || error instanceof StoreBusy) return plainOutcome('malfunction');
      throw error;
    }
  }

  #perform(policy: LinkPolicy, request: ServiceRequest): Promise<Outcome | undefined> | Outcome {
    const context = this.#context;
    if (isNetwork(request)) return plainOutcome('approved');
    if (request.kind === 'cutover') return cutOver(context, request);
    if (request.kind === 'reconciliation' && request.identity.terminal === '')
      return reconcile(context, policy, request);
    if (request.kind === 'catalogue-inquiry') {
      const { catalogue } = context;
      const stranger = strangerOf(catalogue, request);
      return stranger ? plainOutcome(stranger) : tellCatalogue(catalogue, request);
    }
    if (request.kind === 'status')
      return tellStatus(context, request, this.#reading, strangerOf(context.catalogue, request));
    const identity = policy.undated ? request.identity : keepsDay(context, policy, request.identity);
    if (identity instanceof Promise)
      return this.#noting(
        request.identity,
        identity.then((kept) => carryOut(context, policy, { ...request, identity: kept })),
      );
    const outcome = carryOut(context, policy, request);
    const isLate = READ_FIRST.has(request.kind) || context.network !== undefined;
    return isLate && outcome instanceof Promise ? this.#noting(request.identity, outcome) : outcome;
  }

  #noting<T>(identity: Identity, outcome: Promise<T>): Promise<T> {
    this.#reading.add(identity);
    return outcome.finally(() => this.#reading.delete(identity));
  }
}

function strangerOf(
  catalogue: SwitchContext['catalogue'],
  { kind, identity: { terminal, merchant } }: Exclude<ServiceRequest, NetworkRequest | CutoverRequest>,
): Reason | undefined {
  return catalogue.stranger(terminal, merchant, kind);
}

function carryOut(
  live: SwitchContext,
  policy: LinkPolicy,
  request: FinancialRequest | Batch | ReversalRequest | ReconciliationRequest,
): Promise<Outcome | undefined> | Outcome {
  // A new revision of the catalogue leaves what waits for something with the one that it began with: else its
  // merchant may be gone when it is charged. The sale of a PIN has read all that it needs of it before it waits.
  const context = request.kind === 'pin-sale' ? live : { ...live };
  const stranger = strangerOf(context.catalogue, request);
  if (stranger) return answerStranger(context, policy, request, stranger);
  switch (request.kind) {
    case 'pin-sale':
      return sellPin(context, policy, request);
    case 'batch':
      return performBatch(context, policy, request);
    case 'account-credit':
      return creditAccount(context, policy, request);
    case 'account-inquiry':
      return inquireAccount(context, request);
    case 'card-preauthorisation':
    case 'card-activation':
    case 'card-redemption':
    case 'card-deactivation':
    case 'card-loss':
      return serveCard(context, policy, request);
    case 'reversal':
      return reverse(context, policy, request);
    case 'reconciliation':
      return reconcile(context, policy, request);
  }
}

function isNetwork(request: ServiceRequest): request is NetworkRequest {
  return request.kind === 'echo' || request.kind === 'sign-on' || request.kind === 'sign-off';
}
