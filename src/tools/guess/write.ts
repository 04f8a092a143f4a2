/**
 * A guess as files to begin with: a format that extends the nearest shipped one, and a switch configuration of one link
 * that uses it. Neither holds anything of the traffic but its layout.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Document } from 'yaml';
import { makeFolder } from '../../base/folder.js';
import type { FramingSpec } from '../../transport/index.js';
import type { Guess } from './guess.js';
import { type ProfileFit, profileFor } from './profiles.js';
import { formatText, framingText, reasonsOf } from './reasons.js';

const ADMIN_PORT = 8580;
/** Where the traffic does not tell the server's port. */
const LINK_PORT = 8583;
/** Of a link when nothing tells the framing. */
const USUAL_FRAMING = 'length2';

export interface Written {
  readonly format: string;
  readonly configuration: string;
  readonly profile: ProfileFit | undefined;
}

/** `port` is the server's, 0 where it is not known. Files of the same names are written over. */
export function writeGuess(guess: Guess, folder: string, port: number): Written {
  makeFolder(folder);
  const format = join(resolve(folder), 'format.json');
  const configuration = join(resolve(folder), 'switch.yaml');
  const profile = profileFor(guess.format.codec, guess.bodies);
  writeFileSync(format, `${JSON.stringify(formatDocument(guess), undefined, 2)}\n`);
  writeFileSync(configuration, configurationText(guess, format, port, profile));
  return { format, configuration, profile };
}

function formatDocument(guess: Guess): object {
  const { base, overlay } = guess.format;
  return {
    name: 'guessed',
    description: `Guessed from traffic: ${formatText(guess)}`,
    extends: base,
    ...overlay,
    // Where nothing differs, the place where to begin.
    fields: overlay.fields ?? {},
  };
}

function configurationText(
  guess: Guess,
  format: string,
  port: number,
  profile: ProfileFit | undefined,
): string {
  const link = {
    name: 'guessed',
    mode: 'listen',
    host: '127.0.0.1',
    port: port || LINK_PORT,
    framing: guess.framing === undefined ? USUAL_FRAMING : shortFraming(guess.framing),
    format,
    profile: profile?.profile ?? 'default',
    acquirer: '000001',
  };
  const document = new Document({ admin: { host: '127.0.0.1', port: ADMIN_PORT }, links: [link] });
  document.commentBefore = [
    ` A switch with one link as guessed from traffic, score ${guess.score.toFixed(0)} of 100.`,
    ` Framing: ${framingText(guess.framing)}. Format: ${formatText(guess)}.`,
    ...reasonsOf(guess).map((reason) => ` - ${reason}`),
    ` ${profileText(profile)}`,
    ' Give it products, routes and suppliers (specs/demo.yaml shows them), and its acquirer.',
  ].join('\n');
  return document.toString();
}

function profileText(profile: ProfileFit | undefined): string {
  if (profile === undefined)
    return 'Profile: no shipped one fits the format: write one (specs/profiles/README.md).';
  const { understood, requests } = profile;
  return `Profile: ${profile.profile} makes a service of ${understood} of ${requests} requests.`;
}

/** A name where that says all; else the members that are not as usual. */
export function shortFraming(framing: FramingSpec): string | Partial<FramingSpec> {
  const { kind, digits, tpdu, tpduHex, headerBytes, headerHex } = framing;
  const name = kind === 'ascii' ? `ascii${digits}` : kind;
  if (tpdu === 'none' && headerBytes === 0) return name;
  return {
    kind,
    ...(kind === 'ascii' ? { digits } : {}),
    ...(tpdu === 'none' ? {} : { tpdu, tpduHex }),
    ...(headerBytes === 0 ? {} : { headerBytes }),
    ...(headerHex === '' ? {} : { headerHex }),
  };
}
