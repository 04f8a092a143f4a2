/**
 * The rules of a replay, from what the caller wrote to what is asked of each message. A path that the format does not
 * have is a RuleError, before anything is sent.
 */
import type { Clock } from '../../base/clock.js';
import { SafeError } from '../../base/errors.js';
import { LinkMac } from '../../conduit/mac.js';
import { ALGORITHMS, type MacAlgorithm } from '../../conduit/macAlgorithms.js';
import { loadProfile, type OriginalLayout, type Profile } from '../../conduit/profile.js';
import type { Codec } from '../../iso8583/index.js';

export class RuleError extends SafeError {
  override name = 'RuleError';
}

export const RENEWABLE = ['stan', 'rrn', 'times', 'mac'] as const;
export type Renewable = (typeof RENEWABLE)[number];

export interface RuleOptions {
  readonly renew: readonly Renewable[];
  /** Paths that are not compared, besides those that are new by nature. */
  readonly ignore: readonly string[];
  /** Paths that are compared though they are new by nature. */
  readonly compare: readonly string[];
  /** `102=5550001`: the value in every request that has the field. */
  readonly set: readonly string[];
  /** `63.AR=48.AR`: what an answer tells there, a later request cites here; `38`: in the same field. */
  readonly carry: readonly string[];
  /** The fields, besides the message type, by which an answer finds its request. */
  readonly pair: readonly string[];
  /** Tells how originals are cited and where PINs and approval codes stand. */
  readonly profile?: string;
  readonly macAlgorithm?: MacAlgorithm;
  /** Hexadecimal. */
  readonly macKey?: string;
}

export interface Setting {
  readonly path: string;
  readonly text: string;
}

export interface Carried {
  readonly from: string;
  readonly to: string;
}

export interface ReplayRules {
  readonly renewsStan: boolean;
  readonly renewsRrn: boolean;
  readonly renewsTimes: boolean;
  readonly mac: LinkMac | undefined;
  /** Their values are not compared. */
  readonly ignored: ReadonlySet<string>;
  /** Nor whether they are there: those that the caller named. */
  readonly ignoredWholly: ReadonlySet<string>;
  readonly settings: readonly Setting[];
  readonly carried: readonly Carried[];
  readonly pair: readonly string[];
  readonly layouts: readonly OriginalLayout[];
}

/** New in each run whoever sells: approval codes, and in the fields of PINs code, serial, expiry, references. */
const APPROVAL = '38';
const PIN_FIELDS = ['61', '62', '63'];
const PIN_TAGS = ['PN', 'SN', 'EX', 'AE', 'AR', 'AP'];
const MAC_FIELDS = ['64', '128'];
const LAYOUTS: readonly OriginalLayout[] = [{ layout: 'standard', field: 90 }, { layout: 'de56' }];
const CARRIED = ['38', '63.AR=48.AR', '62.AR=48.AR', '61.AR=48.AR', '37', '102'];
const PATHS_MAX = 64;

export function compileRules(options: RuleOptions, codec: Codec, clock: Clock): ReplayRules {
  const profile = options.profile === undefined ? undefined : loadProfile(options.profile);
  const mac = macOf(options, codec, clock);
  const ignoredWholly = new Set(few('ignore', options.ignore).map(known(codec, 'ignore')));
  const ignored = new Set([...ownByNature(codec, profile), ...ignoredWholly]);
  if (mac) for (const path of MAC_FIELDS) ignored.add(path);
  for (const path of options.compare.map(known(codec, 'compare'))) ignored.delete(path);
  const carried = [...CARRIED.filter((text) => definedPair(codec, text)), ...options.carry];
  return {
    renewsStan: options.renew.includes('stan'),
    renewsRrn: options.renew.includes('rrn'),
    renewsTimes: options.renew.includes('times'),
    mac,
    ignored,
    ignoredWholly,
    settings: few('set', options.set).map((text) => settingOf(codec, text)),
    carried: few('carry', carried).map((text) => carriedOf(codec, text)),
    pair: few('pair', options.pair).map(known(codec, 'pair')),
    layouts: profile?.originals ?? LAYOUTS,
  };
}

function ownByNature(codec: Codec, profile: Profile | undefined): string[] {
  const { approvalCode, transactionId, pins } = profile?.answer ?? {};
  const numbers = [approvalCode, transactionId];
  if (pins?.layout === 'plain') numbers.push(pins.field, pins.expiry);
  const fields = profile && pins?.layout !== 'tlv' ? [] : PIN_FIELDS;
  return [
    ...(profile ? [] : [APPROVAL]),
    ...numbers.flatMap((de) => (de === undefined ? [] : [String(de)])),
    ...fields.flatMap((de) => PIN_TAGS.map((tag) => `${de}.${tag}`)),
  ].filter((path) => codec.fieldName(path) !== undefined);
}

function macOf(
  { renew, macAlgorithm, macKey }: RuleOptions,
  codec: Codec,
  clock: Clock,
): LinkMac | undefined {
  if (macAlgorithm === undefined || macKey === undefined) {
    if (macAlgorithm !== macKey || renew.includes('mac'))
      throw new RuleError('renewing MACs needs both an algorithm and a key (--mac-algorithm, --mac-key)');
    return undefined;
  }
  const key = Buffer.from(macKey, 'hex');
  const { keyBytes } = ALGORITHMS[macAlgorithm];
  if (2 * key.length !== macKey.length || !keyBytes.includes(key.length))
    throw new RuleError(`the MAC key must have ${keyBytes.join(' or ')} bytes, in hexadecimal`);
  return new LinkMac(macAlgorithm, [key], codec, clock);
}

function known(codec: Codec, rule: string): (path: string) => string {
  return (path) => {
    if (!/^\d{1,3}(\.\w+)*$/.test(path)) throw new RuleError(`${rule}: must be fields such as 38 or 63.PN`);
    if (codec.fieldName(path) === undefined)
      throw new RuleError(`${rule}: the format ${codec.name} has no field ${path}`);
    return path;
  };
}

function settingOf(codec: Codec, text: string): Setting {
  const at = text.indexOf('=');
  if (at < 1) throw new RuleError('set: must be FIELD=VALUE, such as 102=5550001234');
  return { path: known(codec, 'set')(text.slice(0, at)), text: text.slice(at + 1) };
}

function carriedOf(codec: Codec, text: string): Carried {
  const [from = '', to = from] = text.split('=');
  const path = known(codec, 'carry');
  return { from: path(from), to: path(to) };
}

function definedPair(codec: Codec, text: string): boolean {
  return text.split('=').every((path) => codec.fieldName(path) !== undefined);
}

function few<T>(rule: string, list: readonly T[]): readonly T[] {
  if (list.length > PATHS_MAX) throw new RuleError(`${rule}: at most ${PATHS_MAX}`);
  return list;
}
