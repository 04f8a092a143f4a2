/** DE22 and DE25: how a card was read and under which conditions, as of 1987 and of 1993. */

/** First two digits of DE22 as of 1987. */
const ENTRY_MODES: Readonly<Record<string, string>> = {
  '00': 'entry unknown',
  '01': 'keyed in',
  '02': 'magnetic stripe',
  '03': 'bar code',
  '04': 'read optically',
  '05': 'chip',
  '06': 'keyed in',
  '07': 'contactless chip',
  '09': 'electronic commerce',
  '10': 'credentials on file',
  '79': 'keyed in, the chip could not be read',
  '80': 'magnetic stripe, the chip could not be read',
  '81': 'electronic commerce',
  '82': 'by a server',
  '90': 'magnetic stripe, whole track',
  '91': 'contactless magnetic stripe',
  '95': 'chip, card check value unreliable',
};

/** Third digit of DE22 as of 1987. */
const PIN_ENTRY: Readonly<Record<string, string>> = {
  '0': 'PIN entry unknown',
  '1': 'can take a PIN',
  '2': 'cannot take a PIN',
  '6': 'PIN pad out of order',
  '8': 'PIN pad out of order',
  '9': 'PIN verified by the terminal',
};

/** DE25 as of 1987. */
const CONDITIONS: Readonly<Record<string, string>> = {
  '00': 'normal presentment',
  '01': 'customer not present',
  '02': 'unattended terminal that may keep the card',
  '03': 'merchant suspicious',
  '04': 'electronic cash register',
  '05': 'customer present, card not',
  '06': 'preauthorised request',
  '07': 'by telephone',
  '08': 'by mail or telephone',
  '10': 'customer identified',
  '11': 'suspected fraud',
  '12': 'security reasons',
  '14': 'home terminal',
  '15': 'terminal of the issuer',
  '27': 'unattended terminal that cannot keep the card',
  '41': 'cash dispenser',
  '42': 'fuel dispenser',
  '51': 'account verification',
  '59': 'electronic commerce',
};

/** Position 7 of DE22 as of 1993: how the card data came in. */
const INPUT_MODES: Readonly<Record<string, string>> = {
  '0': 'entry unspecified',
  '1': 'no terminal used',
  '2': 'magnetic stripe',
  '3': 'bar code',
  '4': 'read optically',
  '5': 'chip',
  '6': 'keyed in',
};

/** Position 8 of DE22 as of 1993: how the cardholder proved to be one. */
const PROOFS: Readonly<Record<string, string>> = {
  '0': 'cardholder not authenticated',
  '1': 'PIN',
  '2': 'electronic signature',
  '3': 'biometrics',
  '4': 'biographic data',
  '5': 'signature checked by hand',
  '6': 'checked by hand otherwise',
};

export function entryMeaning(text: string): string | undefined {
  if (text.length === 3) return joined([ENTRY_MODES[text.slice(0, 2)], PIN_ENTRY[text.charAt(2)]]);
  if (text.length === 4 && text.startsWith('0')) return entryMeaning(text.slice(1));
  if (text.length === 12) return joined([INPUT_MODES[text.charAt(6)], PROOFS[text.charAt(7)]]);
  return undefined;
}

export function conditionMeaning(text: string): string | undefined {
  return CONDITIONS[text];
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  return parts.every((part) => part === undefined)
    ? undefined
    : parts.filter((part) => part !== undefined).join(', ');
}
