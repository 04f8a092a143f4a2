import t from 'tap';
import { agrees, NO_FIGURES, netOf } from '../../src/domain/settling.js';

const OWN = {
  credits: 1,
  creditReversals: 0,
  debits: 5,
  debitReversals: 2,
  creditAmount: 300,
  creditReversalAmount: 0,
  debitAmount: 5_000,
  debitReversalAmount: 2_000,
};

t.test('what is owed is the net of it: below zero where the merchant owes', async (t) => {
  t.equal(netOf(OWN), -2_700);
  t.equal(netOf(NO_FIGURES), 0);
});

t.test(
  'a terminal that counted neither an unanswered sale nor its reversal agrees, and one that counted both',
  async (t) => {
    t.ok(agrees(OWN, OWN));
    t.ok(agrees({ debits: 3, debitAmount: 3_000 }, OWN));
    t.ok(agrees({ debits: 4, debitReversals: 1 }, OWN));
    t.ok(agrees({ net: -2_700 }, OWN));
  },
);

t.test('any figure that was said and is another one does not agree', async (t) => {
  for (const said of [
    { debits: 5 },
    { debitReversals: 2 },
    { credits: 0 },
    { creditAmount: 299 },
    { net: 2_700 },
  ]) {
    t.notOk(agrees(said, OWN), JSON.stringify(said));
  }
  t.notOk(agrees({ ...OWN, net: 0 }, OWN));
});
