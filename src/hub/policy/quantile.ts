/**
 * Quantiles of demand that spreads as a negative binomial does (as a Poisson's where variance and mean are equal): counted
 * out where the mean is small, as a gamma's by Wilson and Hilferty's formula where it is large.
 */
import type { Expected } from './pair.js';

/** PINs; above it the two ways differ by less than one PIN in fifty. */
const COUNTED_OUT_BELOW = 40;
const STEPS_MAX = 1_000;

/** The least whole number that demand does not exceed with this probability. */
export function quantile({ mean, variance }: Expected, probability: number, normal: number): number {
  if (mean <= 0) return 0;
  if (mean >= COUNTED_OUT_BELOW) {
    const shape = mean ** 2 / Math.max(variance, mean);
    return Math.ceil(mean * Math.max(1 - 1 / (9 * shape) + normal / (3 * Math.sqrt(shape)), 0) ** 3);
  }
  const over = Math.max(variance - mean, 0);
  const success = mean / Math.max(variance, mean);
  const size = over > 0 ? mean ** 2 / over : Number.POSITIVE_INFINITY;
  let chance = over > 0 ? success ** size : Math.exp(-mean);
  let sum = chance;
  let count = 0;
  while (sum < probability && count < STEPS_MAX) {
    chance *= over > 0 ? ((size + count) / (count + 1)) * (1 - success) : mean / (count + 1);
    count += 1;
    sum += chance;
  }
  return count;
}

/** The standard normal distribution's quantile , by bisection. */
export function normalQuantile(probability: number): number {
  let low = -8;
  let high = 8;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Zelen and Severo's formula; to 10^-7. */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))));
  return x > 0 ? 1 - tail : tail;
}
