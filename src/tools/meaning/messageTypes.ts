/** What a message type says: version, class, function, origin. */

const VERSIONS: Readonly<Record<string, string>> = {
  '0': '1987',
  '1': '1993',
  '2': '2003',
  '8': 'national use',
  '9': 'private use',
};

const CLASSES: Readonly<Record<string, string>> = {
  '1': 'authorization',
  '2': 'financial',
  '3': 'file action',
  '4': 'reversal',
  '5': 'reconciliation',
  '6': 'administrative',
  '7': 'fee collection',
  '8': 'network management',
};

const FUNCTIONS: Readonly<Record<string, string>> = {
  '0': 'request',
  '1': 'response',
  '2': 'advice',
  '3': 'advice response',
  '4': 'notification',
  '5': 'notification acknowledgement',
  '6': 'instruction',
  '7': 'instruction acknowledgement',
};

const ORIGINS: Readonly<Record<string, string>> = {
  '0': '',
  '1': ', repeat',
  '2': ' by the issuer',
  '3': ' by the issuer, repeat',
  '4': ' by another party',
  '5': ' by another party, repeat',
};

/** Undefined where a digit says nothing known. */
export function messageTypeMeaning(mti: string): string | undefined {
  const [version = '', messageClass = '', task = '', origin = ''] = mti;
  const parts = [CLASSES[messageClass], FUNCTIONS[task], ORIGINS[origin], VERSIONS[version]];
  if (mti.length !== 4 || parts.some((part) => part === undefined)) return undefined;
  return `${parts[0]} ${parts[1]}${parts[2]} (${parts[3]})`;
}

/** Whether the message answers another. */
export function isAnswer(mti: string): boolean {
  return '1357'.includes(mti.charAt(2));
}

/** The version that the first digit tells, where it tells one. */
export function versionOf(mti: string): '1987' | '1993' | '2003' | undefined {
  const version = VERSIONS[mti.charAt(0)];
  return version === '1987' || version === '1993' || version === '2003' ? version : undefined;
}
