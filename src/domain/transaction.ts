/**
 * A transaction's states and its legal moves.
 *
 *   pending ──> approved ──> reversing ──> reversed
 *      │  └───> declined        ^
 *      └──────(doubt, undo)─────┘
 *
 * pending    opened; a supplier may have been asked, nobody can tell
 * approved   closed with goods or credit; may be answered
 * declined   closed with nothing given; may be answered
 * reversing  undone here, the supplier has yet to acknowledge: a forwarding stands beside it
 * reversed   undone everywhere
 */
export const STATES = ['pending', 'approved', 'declined', 'reversing', 'reversed'] as const;
export type TransactionState = (typeof STATES)[number];

const MOVES: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  pending: ['approved', 'declined', 'reversing'],
  approved: ['reversing', 'reversed'],
  declined: [],
  reversing: ['reversed'],
  reversed: [],
};

export function isLegalMove(from: TransactionState, to: TransactionState): boolean {
  return MOVES[from].includes(to);
}

/** Where a PIN is; exactly one at any moment. Only `stock` may be sold. */
export const CUSTODIES = ['stock', 'sold', 'quarantined', 'void', 'expired'] as const;
export type Custody = (typeof CUSTODIES)[number];
