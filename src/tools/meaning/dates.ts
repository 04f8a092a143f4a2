/**
 * Dates and times as messages write them, made legible: by a pattern such as MMDDhhmmss. Undefined where the digits are
 * no date.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
/** February of a leap year: a date without its year may be one. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export type DatePattern =
  | 'MMDDhhmmss'
  | 'hhmmss'
  | 'MMDD'
  | 'YYMM'
  | 'YYMMDD'
  | 'CCYYMMDD'
  | 'YYMMDDhhmmss'
  | 'CCYYMMDDhhmmss';

/** `23 Nov 14:12:19` of 1123141219. */
export function dateMeaning(pattern: DatePattern, digits: string): string | undefined {
  if (digits.length !== pattern.length || !/^\d+$/.test(digits)) return undefined;
  const part = (letters: string): string | undefined => {
    const at = pattern.indexOf(letters);
    return at < 0 ? undefined : digits.slice(at, at + letters.length);
  };
  const [century, year, month, day] = [part('CC'), part('YY'), part('MM'), part('DD')];
  const [hour, minute, second] = [part('hh'), part('mm'), part('ss')];
  const monthAt = month === undefined ? 0 : Number(month) - 1;
  const days = DAYS[monthAt];
  if (days === undefined) return undefined;
  if (day !== undefined && (Number(day) < 1 || Number(day) > days)) return undefined;
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined;
  const fullYear = year === undefined ? undefined : `${century ?? '20'}${year}`;
  const date = month === undefined ? [] : [day && String(Number(day)), MONTHS[monthAt], fullYear];
  const time = hour === undefined ? [] : [`${hour}:${minute}:${second}`];
  return [...date, ...time].filter((text) => text !== undefined).join(' ');
}
