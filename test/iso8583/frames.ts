/** The frames of fixtures/frames, see its README. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/base/root.js';
import { type Codec, loadFormat } from '../../src/iso8583/index.js';

export interface FrameFixture {
  readonly file: string;
  readonly name: string;
  readonly source: string;
  readonly format: string;
  readonly parts: readonly (readonly [what: string, hex: string])[];
  readonly hex: string;
  readonly framing: string;
  readonly framed: string;
  readonly expected: { readonly mti: string; readonly fields: Readonly<Record<string, string>> };
}

const folder = join(packageRoot(), 'fixtures', 'frames');

export const frames: readonly FrameFixture[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const list = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<FrameFixture, 'file'>[];
    return list.map((frame) => ({ ...frame, file }));
  });

const codecs = new Map<string, Codec>();

/** The codec of a fixture: a shipped format, or a dialect file by its path in the repository. */
export function codecOf(frame: { readonly format: string }): Codec {
  const known = codecs.get(frame.format);
  if (known !== undefined) return known;
  const codec = loadFormat(frame.format.includes('/') ? join(packageRoot(), frame.format) : frame.format);
  codecs.set(frame.format, codec);
  return codec;
}

export function bytesOf(frame: FrameFixture): Buffer {
  return Buffer.from(frame.hex, 'hex');
}
