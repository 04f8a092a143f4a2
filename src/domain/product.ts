/**
 * What is for sale, and the checks that need nothing but the product: amount, step, currency, account.
 * Amounts in minor units.
 */
import type { Reason } from './reason.js';

interface ProductBase {
  readonly code: string;
  readonly name: string;
  /** ISO 4217 numeric. */
  readonly currency: string;
  /** Names of suppliers, in order of preference; 'stock' is our own stock, and comes first. */
  readonly route: readonly string[];
  /** Receipt lines with {product} {amount} {serial} {expiry} {terminal} {merchant} {rrn} {approval} in them. */
  readonly receipt: readonly string[];
}

export interface PinProduct extends ProductBase {
  readonly kind: 'pin';
  /** Price of one PIN. */
  readonly price: number;
}

export interface CreditProduct extends ProductBase {
  readonly kind: 'credit';
  readonly amountMin: number;
  readonly amountMax: number;
  readonly amountStep: number;
  /** Prefixes of the accounts that this product credits; the longest match wins. */
  readonly accountPrefixes: readonly string[];
  /** Digits in an account, smallest and largest. */
  readonly accountLengthMin: number;
  readonly accountLengthMax: number;
}

export type Product = PinProduct | CreditProduct;

/** Undefined where the amount is right for `quantity` PINs of this product. An amount not sent is right. */
export function pinAmountFault(
  product: PinProduct,
  quantity: number,
  amount: number | undefined,
  currency: string,
): Reason | undefined {
  if (currency !== '' && currency !== product.currency) return 'invalid-amount';
  if (amount !== undefined && amount !== product.price * quantity) return 'invalid-amount';
  return undefined;
}

export function creditAmountFault(
  product: CreditProduct,
  amount: number | undefined,
  currency: string,
): Reason | undefined {
  if (currency !== '' && currency !== product.currency) return 'invalid-amount';
  if (amount === undefined || amount < product.amountMin || amount > product.amountMax)
    return 'invalid-amount';
  return (amount - product.amountMin) % product.amountStep === 0 ? undefined : 'invalid-amount';
}

export function accountFits(product: CreditProduct, account: string): boolean {
  if (!/^[0-9]+$/.test(account)) return false;
  return account.length >= product.accountLengthMin && account.length <= product.accountLengthMax;
}
