/** Which shipped profile makes most of the requests of a guess: those that fit its format, the default ones first. */
import { type Conduit, createConduit } from '../../conduit/conduit.js';
import { loadProfile, ProfileError, shippedProfiles } from '../../conduit/profile.js';
import { type Codec, Iso8583Error } from '../../iso8583/index.js';
import type { Body } from './score.js';

export interface ProfileFit {
  readonly profile: string;
  /** Requests that it makes a service of. */
  readonly understood: number;
  readonly requests: number;
}

/** Stands in where a message names no acquirer. */
const ACQUIRER = '000001';

/** The best one; undefined where no shipped profile fits the format. */
export function profileFor(codec: Codec, bodies: readonly Body[]): ProfileFit | undefined {
  const fits = shippedProfiles()
    .sort((a, b) => Number(!a.startsWith('default')) - Number(!b.startsWith('default')) || (a < b ? -1 : 1))
    .map((profile) => fitOf(profile, codec, bodies))
    .filter((fit) => fit !== undefined);
  return fits.sort((a, b) => b.understood - a.understood)[0];
}

function fitOf(profile: string, codec: Codec, bodies: readonly Body[]): ProfileFit | undefined {
  const conduit = conduitOf(profile, codec);
  if (conduit === undefined) return undefined;
  let requests = 0;
  let understood = 0;
  for (const { bytes } of bodies) {
    try {
      const message = conduit.parse(bytes);
      if (!conduit.isRequest(message)) continue;
      requests += 1;
      if (conduit.understand(message).ok) understood += 1;
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
    }
  }
  return { profile, understood, requests };
}

function conduitOf(profile: string, codec: Codec): Conduit | undefined {
  try {
    return createConduit(loadProfile(profile), codec, ACQUIRER);
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}
