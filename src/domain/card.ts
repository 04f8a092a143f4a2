/**
 * A value card's states and its legal moves. A card is goods: it is worth nothing until it is activated at payment, and
 * its value goes to an account once.
 *
 *   inactive ──> preauthorised ──> active ──> redeeming ──> redeemed     pre-authorise, activate, redeem, its credit's end
 *      └───────────────────────────> │ <─────────┘                       activate, where the profile asks for no more; released
 *   inactive, preauthorised, active ──> deactivated | lost | expired     deactivate, report lost, its last day
 *
 * preauthorised  valid and ready at one terminal, which is remembered; nothing is activated
 * redeeming      bound to the credit that was opened for it, until that has ended or was undone
 * redeemed       that credit stands
 * A move that a terminal reverses goes back where it came from, while no other has followed.
 */
import type { Reason } from './reason.js';

/** A card's number, on the wire and in a batch file. */
export const CARD_NUMBER = /^[0-9A-Za-z]{4,40}$/;

export const CARD_STATES = [
  'inactive',
  'preauthorised',
  'active',
  'redeeming',
  'redeemed',
  'deactivated',
  'lost',
  'expired',
] as const;
export type CardState = (typeof CARD_STATES)[number];

/** What is asked of a card, and where it leads. */
export const CARD_STEPS = ['preauthorise', 'activate', 'redeem', 'deactivate', 'report-lost'] as const;
export type CardStep = (typeof CARD_STEPS)[number];

export const STEP_TO: Readonly<Record<CardStep, CardState>> = {
  preauthorise: 'preauthorised',
  activate: 'active',
  redeem: 'redeeming',
  deactivate: 'deactivated',
  'report-lost': 'lost',
};

/** Who may activate: the terminal that pre-authorised it; any, once one did; any, pre-authorised or not. */
export const CARD_ACTIVATIONS = ['same-terminal', 'any-terminal', 'direct'] as const;
export type CardActivation = (typeof CARD_ACTIVATIONS)[number];

const MOVES: Readonly<Record<CardState, readonly CardState[]>> = {
  inactive: ['preauthorised', 'active', 'deactivated', 'lost', 'expired'],
  preauthorised: ['preauthorised', 'active', 'deactivated', 'lost', 'expired'],
  active: ['redeeming', 'deactivated', 'lost', 'expired'],
  redeeming: ['redeemed', 'active'],
  redeemed: ['redeeming', 'active'],
  deactivated: [],
  lost: [],
  expired: [],
};

/** Moves forward; a reversed one goes back by what was recorded of it. */
export function isLegalCardMove(from: CardState, to: CardState): boolean {
  return MOVES[from].includes(to);
}

/** Why a card in this state is refused, whatever is asked; undefined where the step decides. */
const ENDED: Readonly<Partial<Record<CardState, Reason>>> = {
  redeeming: 'in-progress',
  redeemed: 'card-redeemed',
  deactivated: 'card-deactivated',
  lost: 'card-lost',
  expired: 'card-expired',
};

export interface CardStanding {
  readonly state: CardState;
  /** The terminal that pre-authorised it, '' where none did. */
  readonly terminal: string;
  /** Last day on which it may be used, YYYYMMDD. */
  readonly expiry: string;
}

export interface CardWish {
  readonly step: CardStep;
  readonly terminal: string;
  readonly activation: CardActivation;
  /** YYYYMMDD. */
  readonly today: string;
}

/** Undefined where the card may make this step. Tested in order: active, not yet redeemed, then all else. */
export function cardRefusal(card: CardStanding, wish: CardWish): Reason | undefined {
  const { state } = card;
  const refusal = stepRefusal(card, wish) ?? ENDED[state];
  if (refusal) return refusal;
  const isReported = wish.step === 'deactivate' || wish.step === 'report-lost';
  return !isReported && card.expiry < wish.today ? 'card-expired' : undefined;
}

function stepRefusal(
  { state, terminal }: CardStanding,
  { step, terminal: here, activation }: CardWish,
): Reason | undefined {
  switch (step) {
    case 'redeem':
      return state === 'inactive' || state === 'preauthorised' ? 'card-inactive' : undefined;
    case 'preauthorise':
      if (state === 'active') return 'card-active';
      return state === 'preauthorised' && terminal !== here ? 'card-other-terminal' : undefined;
    case 'activate':
      if (state === 'active') return 'card-active';
      if (state === 'inactive') return activation === 'direct' ? undefined : 'card-not-preauthorised';
      if (state !== 'preauthorised' || activation !== 'same-terminal') return undefined;
      return terminal === here ? undefined : 'card-other-terminal';
    default:
      return undefined;
  }
}
