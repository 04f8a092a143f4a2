/**
 * What a merchant earns by a sale: a share of the amount in basis points, and so much for each item, by merchant or
 * group and by product. What it pays is the amount less its commission, so no unit is lost: what a share leaves
 * of a minor unit stays with one of the two, as `rounding` says. Never below zero, never above the amount.
 */

export const ROUNDINGS = ['down', 'up', 'half-up'] as const;

export interface Commission {
  /** At most one of the two; neither: every merchant. */
  readonly merchant?: string | undefined;
  readonly group?: string | undefined;
  /** Undefined: every product. */
  readonly product?: string | undefined;
  /** Hundredths of a per cent of the amount, 0 to 10,000. */
  readonly basisPoints: number;
  /** Minor units for each item. */
  readonly fixed: number;
  /** Of the share, to whole minor units; `down` is in the house's favour. */
  readonly rounding: (typeof ROUNDINGS)[number];
}

const WHOLE = 10_000;
const LEFT_OVER = { down: 0, 'half-up': WHOLE / 2, up: WHOLE - 1 } as const;

/** Minor units. In two parts, so that no product leaves the numbers that are counted exactly. */
export function commissionOn(commission: Commission, amount: number, quantity: number): number {
  const { basisPoints, fixed, rounding } = commission;
  const rest = (amount % WHOLE) * basisPoints + LEFT_OVER[rounding];
  const share = Math.floor(amount / WHOLE) * basisPoints + Math.floor(rest / WHOLE);
  return Math.min(amount, share + fixed * quantity);
}

/** Looks up the most particular one: a merchant's own before its group's, one for the product before one for all. */
export class Commissions {
  readonly #bySubject = new Map<string, Commission>();

  constructor(list: Iterable<Commission>) {
    for (const one of list) this.#bySubject.set(subjectOf(one), one);
  }

  find(merchant: string, group: string, product: string): Commission | undefined {
    const of = (said: Pick<Commission, 'merchant' | 'group'>): Commission | undefined =>
      this.#bySubject.get(subjectOf({ ...said, product })) ?? this.#bySubject.get(subjectOf(said));
    return of({ merchant }) ?? (group === '' ? undefined : of({ group })) ?? of({});
  }
}

/** Two of one subject contradict each other. Codes have no space in them. */
export function subjectOf({
  merchant,
  group,
  product = '',
}: Pick<Commission, 'merchant' | 'group' | 'product'>): string {
  if (merchant !== undefined) return `merchant ${merchant} ${product}`;
  return group === undefined ? `all ${product}` : `group ${group} ${product}`;
}
