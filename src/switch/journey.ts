/**
 * The journey of one service request, in this order (CAPABILITIES T5): is the terminal known, what is asked,
 * which product and route, perform, answer. Every branch ends in an outcome that stands in the journal, or in
 * undefined: then nothing may be answered.
 */
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type {
  Batch,
  FinancialRequest,
  NetworkRequest,
  ReconciliationRequest,
  ReversalRequest,
  ServiceRequest,
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

export class Journey {
  readonly #context: SwitchContext;

  constructor(context: SwitchContext) {
    this.#context = context;
  }

  /** Undefined: suppressed, nothing may be sent. Rejects only with StoreBroken, when the program must stop. */
  async handle(policy: LinkPolicy, request: ServiceRequest): Promise<Outcome | undefined> {
    try {
      return await this.#perform(policy, request);
    } catch (error) {
      // Nothing was changed: the disk is full, or the queue is. New sales are declined, what stands stands.
      if (error instanceof StoreFull || error instanceof StoreBusy) return plainOutcome('malfunction');
      throw error;
    }
  }

  #perform(policy: LinkPolicy, request: ServiceRequest): Promise<Outcome | undefined> | Outcome {
    const context = this.#context;
    if (isNetwork(request)) return plainOutcome('approved');
    if (request.kind === 'cutover') return cutOver(context, request);
    const { terminal, merchant } = request.identity;
    if (request.kind === 'reconciliation' && terminal === '') return reconcile(context, policy, request);
    const stranger = context.catalogue.stranger(terminal, merchant, request.kind);
    if (stranger) return plainOutcome(stranger);
    if (request.kind === 'catalogue-inquiry') return tellCatalogue(context.catalogue, request);
    const identity = policy.undated ? request.identity : keepsDay(context, request.identity);
    return identity instanceof Promise
      ? identity.then((kept) => this.#carryOut(policy, { ...request, identity: kept }))
      : this.#carryOut(policy, request);
  }

  #carryOut(
    policy: LinkPolicy,
    request: FinancialRequest | Batch | ReversalRequest | ReconciliationRequest,
  ): Promise<Outcome | undefined> {
    const context = this.#context;
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
}

function isNetwork(request: ServiceRequest): request is NetworkRequest {
  return request.kind === 'echo' || request.kind === 'sign-on' || request.kind === 'sign-off';
}
