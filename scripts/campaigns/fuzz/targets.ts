/** What mutated frames are put through: every format with fixtures, each profile that fits it, every framing. */
import { type Conduit, createConduit, measureBy } from '../../../src/conduit/conduit.js';
import { loadProfile, ProfileError, shippedProfiles } from '../../../src/conduit/profile.js';
import { type Codec, loadFormat, shippedFormats } from '../../../src/iso8583/index.js';
import { createFraming, FRAMINGS, type Framing, framingSchema } from '../../../src/transport/index.js';
import { bytesOf, codecOf, frames } from '../../../test/iso8583/frames.js';

export interface Target {
  readonly codec: Codec;
  readonly conduits: readonly Conduit[];
  readonly framings: readonly Framing[];
  readonly seeds: readonly Buffer[];
}

const FRAME_BYTES_MAX = 8_192;

export function targets(): Target[] {
  const codecs = new Map<string, Codec>(shippedFormats().map((name) => [name, loadFormat(name)]));
  for (const frame of frames) codecs.set(frame.format, codecOf(frame));
  const all = frames.map(bytesOf);
  return [...codecs].map(([format, codec]) => {
    const own = frames.filter((frame) => frame.format === format).map(bytesOf);
    return {
      codec,
      conduits: shippedProfiles().flatMap((profile) => conduitOf(profile, codec)),
      framings: FRAMINGS.map((kind) =>
        createFraming(framingSchema.parse({ kind }), FRAME_BYTES_MAX, measureBy(codec)),
      ),
      // A format without frames of its own is given everybody else's.
      seeds: own.length > 0 ? own : all,
    };
  });
}

/** None where the two do not fit. */
function conduitOf(profile: string, codec: Codec): Conduit[] {
  try {
    return [createConduit(loadProfile(profile), codec, '000001')];
  } catch (error) {
    if (error instanceof ProfileError) return [];
    throw error;
  }
}
