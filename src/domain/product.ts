/**
 * What is for sale, and the checks that need nothing but the product: amount, step, currency, account.
 * Amounts in minor units.
 */
import type { Reason } from './reason.js';

/** What DE4's twelve digits hold, minor units. */
export const AMOUNT_MAX = 999_999_999_999;

interface ProductBase {
  readonly code: string;
  readonly name: string;
  /** Whose goods it is. */
  readonly provider: string;
  readonly enabled: boolean;
  /** ISO 4217 numeric. */
  readonly currency: string;
  /** What the customer gets, money or minutes, and how much of it; value 0 where that follows from the amount. */
  readonly unit: 'money' | 'minutes';
  readonly value: number;
  /** The amount of one, where it is fixed; else it is open, from amountMin to amountMax by amountStep. */
  readonly price: number | undefined;
  readonly amountMin: number;
  readonly amountMax: number;
  readonly amountStep: number;
  /** Regions of its provider in which it may be sold; none: in all of them. */
  readonly regions: readonly string[];
  readonly regionRequired: boolean;
  /** Rate information for customers, line by line. */
  readonly rates: readonly string[];
  /** Names of suppliers; 'stock' is our own stock, and comes first. In order of preference, or by weight. */
  readonly route: readonly string[];
  /** Shares of the route's suppliers, one for each; undefined where the order decides. */
  readonly weights: readonly number[] | undefined;
  /** Receipt lines with {product} {amount} {serial} {expiry} {terminal} {merchant} {rrn} {approval} in them. */
  readonly receipt: readonly string[];
}

export interface PinProduct extends ProductBase {
  readonly kind: 'pin';
  /** Made for one account, as an electricity token for its meter: a supplier is told which, and none is sold without. */
  readonly forAccount?: boolean | undefined;
}

export interface CreditProduct extends ProductBase {
  readonly kind: 'credit';
  /** Digits in an account, smallest and largest. */
  readonly accountLengthMin: number;
  readonly accountLengthMax: number;
}

/** A value card: bought for its price, redeemed for its value (its price, where that is 0). */
export interface CardProduct extends ProductBase {
  readonly kind: 'card';
  /** The credit product by whose route an account gains the value. */
  readonly credit: string;
  /** The PIN product from whose stock a card without a printed PIN gets one; '' where it needs none. */
  readonly pin: string;
}

export type Product = PinProduct | CreditProduct | CardProduct;

/** Undefined where the amount is right for `quantity` of this product, and can be told. A fixed one need not be sent. */
export function amountFault(
  product: Product,
  quantity: number,
  amount: number | undefined,
  currency: string,
): Reason | undefined {
  if (currency !== '' && currency !== product.currency) return 'invalid-amount';
  const due = amount ?? (product.price ?? Number.NaN) * quantity;
  if (!(due <= AMOUNT_MAX)) return 'invalid-amount';
  const each = due / quantity;
  if (!Number.isSafeInteger(each) || each < product.amountMin || each > product.amountMax)
    return 'invalid-amount';
  return (each - product.amountMin) % product.amountStep === 0 ? undefined : 'invalid-amount';
}

/** What `quantity` cost; `amount` was found right, and counts where the value is open. */
export function amountDue(product: Product, quantity: number, amount: number | undefined): number {
  return product.price === undefined ? (amount ?? 0) : product.price * quantity;
}

export function accountFits(product: CreditProduct, account: string): boolean {
  if (!/^[0-9]+$/.test(account)) return false;
  return account.length >= product.accountLengthMin && account.length <= product.accountLengthMax;
}
