/** The conduit of a configured link: its format, read by its profile. Throws SafeError where they do not fit. */
import { type Conduit, createConduit } from '../conduit/conduit.js';
import type { LinkMac } from '../conduit/mac.js';
import { loadProfile } from '../conduit/profile.js';
import { loadFormat } from '../iso8583/index.js';
import type { PinOptions } from './linkSchema.js';

export interface Dialect {
  readonly format: string;
  readonly profile: string;
  readonly acquirer: string;
  readonly pinEncryption?: PinOptions | undefined;
}

export function conduitOf({ format, profile, acquirer, pinEncryption }: Dialect, mac?: LinkMac): Conduit {
  const pinKey = pinEncryption && Buffer.from(pinEncryption.key, 'hex');
  return createConduit(loadProfile(profile), loadFormat(format), acquirer, profile, { mac, pinKey });
}
