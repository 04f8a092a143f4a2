/**
 * A provider: whose goods they are (a telephone company, a utility). Its number ranges say which accounts are its
 * own; a range is a prefix, or a block of numbers that is cut into the few prefixes that cover exactly it.
 */

export interface Region {
  readonly code: string;
  readonly name: string;
}

export interface NumberRange {
  /** Digits that an account begins with; '' fits every account. */
  readonly prefix: string;
  /** Digits in an account, smallest and largest. */
  readonly lengthMin: number;
  readonly lengthMax: number;
  /** Credit product of accounts in this range where the request names none; '' leaves it to the amount. */
  readonly product: string;
}

export interface Provider {
  readonly code: string;
  readonly name: string;
  readonly enabled: boolean;
  /** False where its accounts cannot be credited: the customer gets a PIN instead. */
  readonly direct: boolean;
  readonly regions: readonly Region[];
  /** Rate information for customers, line by line. */
  readonly rates: readonly string[];
  readonly ranges: readonly NumberRange[];
}

/** The fewest prefixes that cover exactly the numbers `from` to `to`: digits, equally many, in order. */
export function prefixesOf(from: string, to: string): string[] {
  if (from === to) return [from];
  if (/^0*$/.test(from) && /^9*$/.test(to)) return [''];
  const first = Number(from[0]);
  const last = Number(to[0]);
  const rest = from.length - 1;
  const prefixes: string[] = [];
  for (let digit = first; digit <= last; digit++) {
    const low = digit === first ? from.slice(1) : '0'.repeat(rest);
    const high = digit === last ? to.slice(1) : '9'.repeat(rest);
    for (const tail of rest === 0 ? [''] : prefixesOf(low, high)) prefixes.push(`${digit}${tail}`);
  }
  return prefixes;
}

interface Owned extends NumberRange {
  readonly provider: Provider;
}

/** Longest prefix first, by one look-up for each length of prefix that there is. */
export class NumberRanges {
  readonly #byPrefix = new Map<string, Owned[]>();
  /** Lengths of prefixes that there are, longest first. */
  readonly #lengths: readonly number[];

  constructor(providers: Iterable<Provider>) {
    const lengths = new Set<number>();
    for (const provider of providers) {
      for (const range of provider.ranges) {
        const same = this.#byPrefix.get(range.prefix) ?? [];
        same.push({ ...range, provider });
        this.#byPrefix.set(range.prefix, same);
        lengths.add(range.prefix.length);
      }
    }
    this.#lengths = [...lengths].sort((a, b) => b - a);
  }

  /**
   * The longest range that an account lies in. Where several of one length fit, the preferred provider's counts, then
   * one whose provider is enabled, then the first.
   */
  find(account: string, preferred = ''): Owned | undefined {
    for (const length of this.#lengths) {
      const fits = this.#byPrefix
        .get(account.slice(0, length))
        ?.filter(
          (one) => account.length >= Math.max(one.lengthMin, length) && account.length <= one.lengthMax,
        );
      if (!fits?.length) continue;
      return (
        fits.find(({ provider }) => provider.enabled && provider.code === preferred) ??
        fits.find(({ provider }) => provider.enabled) ??
        fits[0]
      );
    }
    return undefined;
  }
}
