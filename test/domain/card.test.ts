/** A card's table of moves: whatever is asked is either legal, or refused with a reason. */
import fc from 'fast-check';
import t from 'tap';
import {
  CARD_ACTIVATIONS,
  CARD_STATES,
  CARD_STEPS,
  type CardWish,
  cardRefusal,
  isLegalCardMove,
  STEP_TO,
} from '../../src/domain/card.js';

const WISH: CardWish = {
  step: 'redeem',
  terminal: 'HERE',
  activation: 'same-terminal',
  today: '20260301',
};
const CARD = { state: 'active', terminal: 'HERE', expiry: '20271231' } as const;

t.test('what is not refused is a legal move, and a move that is not legal is refused', async (t) => {
  const property = fc.property(
    fc.record({
      state: fc.constantFrom(...CARD_STATES),
      terminal: fc.constantFrom('', 'HERE', 'THERE'),
      expiry: fc.constantFrom('20260228', '20260301', '20271231'),
    }),
    fc.constantFrom(...CARD_STEPS),
    fc.constantFrom(...CARD_ACTIVATIONS),
    (card, step, activation) => {
      const refusal = cardRefusal(card, { ...WISH, step, activation });
      if (refusal === undefined) t.ok(isLegalCardMove(card.state, STEP_TO[step]), `${card.state} ${step}`);
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});

t.test('redemption tests in order: active, then not yet redeemed', async (t) => {
  const of = (state: (typeof CARD_STATES)[number]) => cardRefusal({ ...CARD, state }, WISH);
  t.equal(of('inactive'), 'card-inactive');
  t.equal(of('preauthorised'), 'card-inactive', 'a card that was only pre-authorised');
  t.equal(of('active'), undefined);
  t.equal(of('redeeming'), 'in-progress');
  t.equal(of('redeemed'), 'card-redeemed');
  t.equal(of('deactivated'), 'card-deactivated');
  t.equal(of('lost'), 'card-lost');
  t.equal(of('expired'), 'card-expired');
  t.equal(cardRefusal({ ...CARD, expiry: '20260228' }, WISH), 'card-expired', 'before any sweep');
});

t.test('who may activate is the pre-authorising terminal, unless the profile says otherwise', async (t) => {
  const of = (state: 'inactive' | 'preauthorised', terminal: string, activation: CardWish['activation']) =>
    cardRefusal({ ...CARD, state, terminal }, { ...WISH, step: 'activate', activation });
  t.equal(of('preauthorised', 'HERE', 'same-terminal'), undefined);
  t.equal(of('preauthorised', 'THERE', 'same-terminal'), 'card-other-terminal');
  t.equal(of('preauthorised', 'THERE', 'any-terminal'), undefined);
  t.equal(of('inactive', '', 'any-terminal'), 'card-not-preauthorised');
  t.equal(of('inactive', '', 'direct'), undefined);
});
