/**
 * A transaction's states and its legal moves.
 *
 *   open ──> pending ──> approved | declined                              close
 *               │ └────> reversing (undo by reversal or inquiry)          close in doubt; reverse
 *               └──────> reversed (no supplier was asked)                 reverse
 *            approved ─> reversing (a supplier has to undo)               reverse
 *               │ └────> reversed (nobody else has to)                    reverse
 *               └──────> approved (its supplier cannot undo: it stands)   reverse
 *            reversing ─> reversed                                        settleForwarding; close as declined
 *               └──────> approved (inquiry: done, and cannot be undone)   close as approved
 *
 * An operator may end pending and reversing by hand, by the same moves (resolve).
 *
 * pending    opened; a supplier may have been asked, nobody can tell. A supplier in doubt that cannot undo is
 *            inquired while it stays pending: a forwarding of kind inquiry stands beside it.
 * approved   closed with goods or credit; may be answered
 * declined   closed with nothing given; may be answered
 * reversing  undone here, the supplier has yet to acknowledge: a forwarding stands beside it
 * reversed   undone everywhere
 * A forwarding stands beside every reversing transaction and beside no approved, declined or reversed one.
 * A batch makes no such moves: its state follows from its items' (batch.ts).
 */
export const STATES = ['pending', 'approved', 'declined', 'reversing', 'reversed'] as const;
export type TransactionState = (typeof STATES)[number];

const MOVES: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  pending: ['approved', 'declined', 'reversing', 'reversed'],
  approved: ['reversing', 'reversed'],
  declined: [],
  reversing: ['reversed', 'approved'],
  reversed: [],
};

export function isLegalMove(from: TransactionState, to: TransactionState): boolean {
  return MOVES[from].includes(to);
}

/**
 * Where a PIN is; exactly one at any moment. Only `stock` may be sold. In a PIN network the hub's books also say
 * `transit` (to a switch, which has not said that it has it) and `away` (a switch's stock), a switch's `returned`
 * (the hub's again).
 */
export const CUSTODIES = [
  'stock',
  'transit',
  'away',
  'sold',
  'quarantined',
  'void',
  'expired',
  'returned',
] as const;
export type Custody = (typeof CUSTODIES)[number];
