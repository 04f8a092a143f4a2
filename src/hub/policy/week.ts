/** The course of demand over a week, hour by hour, around a mean of 1. The week begins where the epoch's does: on a Thursday. */

export const WEEK_HOURS = 168;

/**
 * The course that `counts` show beside `base` (undefined: a flat one), drawn towards it by `prior` PINs an hour: few sales bend
 * it little. `weights` is how often each hour has been seen.
 */
export function bent(
  counts: Float64Array,
  weights: Float64Array,
  base: Float64Array | undefined,
  prior: number,
): Float64Array {
  let sold = 0;
  let likely = 0;
  for (let hour = 0; hour < WEEK_HOURS; hour++) {
    sold += counts[hour] ?? 0;
    likely += (base?.[hour] ?? 1) * (weights[hour] ?? 0);
  }
  const rate = likely > 0 ? sold / likely : 0;
  const course = new Float64Array(WEEK_HOURS);
  let sum = 0;
  for (let hour = 0; hour < WEEK_HOURS; hour++) {
    const at = base?.[hour] ?? 1;
    const expected = rate * at * (weights[hour] ?? 0);
    course[hour] = (at * ((counts[hour] ?? 0) + prior)) / (expected + prior);
    sum += course[hour] ?? 0;
  }
  for (let hour = 0; hour < WEEK_HOURS; hour++) course[hour] = ((course[hour] ?? 0) * WEEK_HOURS) / sum;
  return course;
}

/** `perWeek` PINs over the course of `whole`, bent as the two others are bent beside it; running totals from 0 on. */
export function cumulated(
  perWeek: number,
  whole: Float64Array,
  one: Float64Array | undefined,
  other: Float64Array | undefined,
): Float64Array {
  const totals = new Float64Array(WEEK_HOURS + 1);
  for (let hour = 0; hour < WEEK_HOURS; hour++) {
    const at = whole[hour] ?? 1;
    const both = ((one?.[hour] ?? at) * (other?.[hour] ?? at)) / at;
    totals[hour + 1] = (totals[hour] ?? 0) + both;
  }
  const scale = perWeek / (totals[WEEK_HOURS] || 1);
  for (let hour = 1; hour <= WEEK_HOURS; hour++) totals[hour] = (totals[hour] ?? 0) * scale;
  return totals;
}
