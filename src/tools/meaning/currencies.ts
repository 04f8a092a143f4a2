/**
 * Currencies by their ISO 4217 numeric code: the letters, the name in English, and how an amount in minor units is
 * written. Countries by their ISO 3166 numeric code. Names come from the data that Node carries.
 */

/** Numeric code and letters, in the order of the numbers; old codes that hosts still send included. */
const CODES =
  '008ALL 012DZD 031AZM 032ARS 036AUD 044BSD 048BHD 050BDT 051AMD 052BBD 060BMD 064BTN 068BOB 072BWP 084BZD 090SBD ' +
  '096BND 104MMK 108BIF 116KHR 124CAD 132CVE 136KYD 144LKR 152CLP 156CNY 170COP 174KMF 188CRC 191HRK 192CUP 203CZK ' +
  '208DKK 214DOP 222SVC 230ETB 232ERN 238FKP 242FJD 262DJF 270GMD 292GIP 320GTQ 324GNF 328GYD 332HTG 340HNL 344HKD ' +
  '348HUF 352ISK 356INR 360IDR 364IRR 368IQD 376ILS 388JMD 392JPY 396XAD 398KZT 400JOD 404KES 408KPW 410KRW 414KWD ' +
  '417KGS 418LAK 422LBP 426LSL 430LRD 434LYD 446MOP 454MWK 458MYR 462MVR 480MUR 484MXN 496MNT 498MDL 504MAD 512OMR ' +
  '516NAD 524NPR 532ANG 533AWG 548VUV 554NZD 558NIO 566NGN 578NOK 586PKR 590PAB 598PGK 600PYG 604PEN 608PHP 634QAR ' +
  '643RUB 646RWF 654SHP 682SAR 690SCR 694SLL 702SGD 704VND 706SOS 710ZAR 716ZWD 728SSP 748SZL 752SEK 756CHF 760SYP ' +
  '764THB 776TOP 780TTD 784AED 788TND 800UGX 807MKD 818EGP 826GBP 834TZS 840USD 858UYU 860UZS 882WST 886YER 901TWD ' +
  '924ZWG 925SLE 926VED 927UYW 928VES 929MRU 930STN 931CUC 932ZWL 933BYN 934TMT 936GHS 937VEF 938SDG 940UYI 941RSD ' +
  '943MZN 944AZN 946RON 949TRY 950XAF 951XCD 952XOF 953XPF 960XDR 967ZMW 968SRD 969MGA 971AFN 972TJS 973AOA 975BGN ' +
  '976CDF 977BAM 978EUR 980UAH 981GEL 985PLN 986BRL 990CLF';

const BY_NUMBER: ReadonlyMap<string, string> = new Map(
  CODES.split(' ').map((code) => [code.slice(0, 3), code.slice(3)]),
);

/** Digits of the minor unit where they are not two. */
const MINOR_DIGITS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
]);

const currencyNames = new Intl.DisplayNames('en', { type: 'currency' });
const regionNames = new Intl.DisplayNames('en', { type: 'region' });

export function isCurrency(code: string): boolean {
  return BY_NUMBER.has(code);
}

/** `US Dollar (USD)` of 840. */
export function currencyMeaning(code: string): string | undefined {
  const letters = BY_NUMBER.get(code);
  return letters === undefined ? undefined : `${currencyNames.of(letters)} (${letters})`;
}

/** `10.00 USD` of 000000001000 and 840; undefined where the currency is not known. */
export function amountMeaning(digits: string, currency: string | undefined): string | undefined {
  const letters = BY_NUMBER.get(currency ?? '');
  if (letters === undefined || !/^\d+$/.test(digits)) return undefined;
  const minor = MINOR_DIGITS[letters] ?? 2;
  const padded = digits.replace(/^0+/, '').padStart(minor + 1, '0');
  const whole = padded.slice(0, padded.length - minor);
  return `${whole}${minor === 0 ? '' : `.${padded.slice(-minor)}`} ${letters}`;
}

/** `Nigeria` of 566. */
export function countryMeaning(code: string): string | undefined {
  if (!/^\d{3}$/.test(code)) return undefined;
  const known = countries.get(code);
  if (known !== undefined) return known || undefined;
  const name = countryName(code);
  countries.set(code, name ?? '');
  return name;
}

/** Names found so far, empty where there is none; a thousand codes at most. */
const countries = new Map<string, string>();

function countryName(code: string): string | undefined {
  // The numeric code is an alias of the two letters in the data that locales come from.
  const { region } = new Intl.Locale(`und-${code}`);
  return region === undefined || /^\d/.test(region) ? undefined : regionNames.of(region);
}
