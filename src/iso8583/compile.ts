/**
 * Makes a codec of a format document. A document may extend a shipped format or another file and override single
 * fields; a bad one is refused here, once, with a FormatError.
 * Maximum: eight documents that extend each other.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../base/root.js';
import { CompiledCodec } from './codec.js';
import { FormatError } from './errors.js';
import { resolveFields } from './resolve.js';
import { type FormatSpec, readFormat } from './schema.js';
import type { Codec } from './types.js';

const MAX_EXTENDS = 8;
const shipped = new Map<string, Codec>();

/**
 * Compiles a format given as an object. `origin` is the file it came from: errors name it and a relative `extends`
 * is sought beside it. Throws FormatError.
 */
export function compile(spec: unknown, origin = 'format'): Codec {
  const format = readFormat(expand(spec, origin, 0), origin);
  const maximum = format.bitmap.maximum ?? 2;
  const always = format.bitmap.always ?? 1;
  checkBitmaps(format, maximum, always, origin);
  return new CompiledCodec({
    name: format.name,
    description: format.description ?? '',
    head: {
      mti: format.mti,
      bitmap: format.bitmap.coding,
      maximum,
      always,
      firstBit: (format.bitmap.firstBit ?? 'on') === 'on',
    },
    fields: resolveFields(format, origin),
  });
}

/**
 * Loads a format by the name of a shipped one (compiled once and shared) or by the path of a file.
 * Throws FormatError; for an unknown name it lists the shipped ones.
 */
export function loadFormat(nameOrFile: string): Codec {
  const known = shipped.get(nameOrFile);
  if (known !== undefined) return known;
  const file = fileOf(nameOrFile);
  const codec = compile(readJson(file, nameOrFile), file);
  if (file !== nameOrFile) shipped.set(nameOrFile, codec);
  return codec;
}

/** The names of the formats that come with the package. */
export function shippedFormats(): string[] {
  return readdirSync(formatsFolder())
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

function formatsFolder(): string {
  return join(packageRoot(), 'specs', 'formats');
}

function fileOf(nameOrFile: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(nameOrFile)) return nameOrFile;
  const file = join(formatsFolder(), `${nameOrFile}.json`);
  return existsSync(file) ? file : nameOrFile;
}

function readJson(file: string, asked: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new FormatError(
      file,
      '',
      `no such format '${asked}'; must be a file or one of ${shippedFormats().join(', ')}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(file, '', `must be JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
}

/** The document with what it extends filled in beneath it. */
function expand(spec: unknown, origin: string, depth: number): unknown {
  if (!isRecord(spec)) throw new FormatError(origin, '', 'must be an object');
  if (spec.extends === undefined) return spec;
  if (typeof spec.extends !== 'string')
    throw new FormatError(origin, 'extends', 'must be the name or file of a format');
  if (depth >= MAX_EXTENDS)
    throw new FormatError(origin, 'extends', `must not go deeper than ${MAX_EXTENDS} formats`);
  const named = fileOf(spec.extends);
  const file = named === spec.extends ? resolve(dirname(origin), named) : named;
  const base =
    named === spec.extends ? baseOf(file, spec.extends, depth) : shippedBase(file, spec.extends, depth);
  const { extends: _base, ...own } = spec;
  return merge(base, own);
}

function baseOf(file: string, asked: string, depth: number): Record<string, unknown> {
  const base = expand(readJson(file, asked), file, depth + 1);
  readFormat(base, file);
  return base as Record<string, unknown>;
}

/** Shipped documents that others extend, each read and checked once. */
const shippedBases = new Map<string, Record<string, unknown>>();

function shippedBase(file: string, name: string, depth: number): Record<string, unknown> {
  const known = shippedBases.get(name);
  if (known !== undefined) return known;
  const base = baseOf(file, name, depth);
  shippedBases.set(name, base);
  return base;
}

/**
 * Keys of the document over those of its base; `fields`, `bitmap` and `defaults` are merged one level deeper, a
 * field and a default key by key. A null field removes it.
 */
function merge(base: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base, ...own };
  if (isRecord(base.bitmap) && isRecord(own.bitmap)) merged.bitmap = { ...base.bitmap, ...own.bitmap };
  for (const key of ['fields', 'defaults']) {
    const below = base[key];
    const above = own[key];
    if (isRecord(below) && isRecord(above)) merged[key] = mergeEach(below, above);
  }
  return merged;
}

function mergeEach(base: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const below = base[key];
    merged[key] = isRecord(below) && isRecord(value) ? { ...below, ...value } : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkBitmaps(format: FormatSpec, maximum: number, always: number, origin: string): void {
  if (always > maximum)
    throw new FormatError(origin, 'bitmap.always', `must be at most the maximum, ${maximum}`);
  if (format.bitmap.firstBit === 'off' && (always !== 2 || maximum !== 2)) {
    throw new FormatError(
      origin,
      'bitmap.firstBit',
      "'off' needs always 2 and maximum 2, since nothing else tells of the second bitmap",
    );
  }
}
